"""Crews: who may be sent, and who was."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from candia.core.access import Grant, May, Person, operator
from candia.operations.work.models import Assignment, WorkOrder


def _is_crew(by: Any, _target: object) -> bool:
    return isinstance(by, Person) and by.is_active and by.is_crew


def _sent(by: Any, order: object) -> bool:
    """Whether somebody is on an order or has been: what they did while nobody could tell them counts as well."""
    return _is_crew(by, None) and isinstance(order, WorkOrder) and was_sent(by, order)


crew = May("crew", _is_crew)
sent = May("crew that was sent", _sent)
runs = May(
    "operator of the order's service",
    lambda by, order: isinstance(order, WorkOrder) and operator(order.service)(by),
)


def was_sent(person: Person, order: WorkOrder) -> bool:
    """Whether somebody is or was on an order."""
    return Assignment.objects.filter(order=order, person=person).exists()


def crews_of(service: str) -> QuerySet[Person]:
    """Those who may be sent for a service, by name."""
    held = Person.objects.filter(grants__role=Grant.CREW, grants__service__in=[service, ""], is_active=True)
    return held.distinct().order_by("name", "pk")
