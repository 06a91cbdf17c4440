"""The city and its services, as they are declared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from ninja import Router

from candia.core import things
from candia.core.entity import Entity
from candia.core.errors import NotFound
from candia.core.field import Field
from candia.core.jobs import thresholds
from candia.core.rule import Rule
from candia.core.service import Service, services
from candia.doors.api import schemas

router = Router()


@router.get("/city", response=schemas.City, summary=gettext_noop("The city"))
def city(request: HttpRequest) -> Any:
    """Its name, languages and services."""
    facts = settings.CANDIA_CITY
    own = {name: getattr(facts, name) for name in ("name", "name_en", "timezone", "sample")}
    return {
        **own,
        "languages": list(facts.languages),
        "centre": list(facts.centre),
        "services": [named(service) for service in services().values()],
    }


@router.get("/services", response=list[schemas.Service], summary=gettext_noop("All services"))
def all_services(request: HttpRequest) -> Any:
    """What each service knows, observes, watches and gives away."""
    return [declared(service) for service in services().values()]


@router.get(
    "/services/{service}",
    response={200: schemas.Service, 404: schemas.Problem},
    summary=gettext_noop("One service"),
)
def one_service(request: HttpRequest, service: str) -> Any:
    """Its declaration."""
    return declared(service_of(service))


def service_of(name: str) -> Service:
    """The service of this name; raises NotFound."""
    found = services().get(name)
    if found is None:
        raise NotFound(_("The city has no such service."))
    return found


def named(thing: Any) -> dict[str, str]:
    """A declared thing by its two names."""
    return {"name": thing.name, "title": str(thing.title)}


def declared(service: Service) -> dict[str, Any]:
    """A service's declaration, as far as it concerns others."""
    return {
        **named(service),
        "description": str(service.description),
        "kinds": [_kind(model) for model in service.entities if things.is_open(model)],
        "properties": [
            {
                **named(item),
                **{key: getattr(item, key) for key in ("unit", "counter", "low", "high")},
                "states": list(item.states),
                "derived_from": list(item.derived.of) if item.derived else [],
            }
            for item in service.properties
        ],
        "forecasts": [
            {
                "property": one.name,
                "kind": one.on.kind,
                "step": int(one.step.total_seconds()),
                "horizon": int(one.horizon.total_seconds()),
                "levels": list(one.levels),
            }
            for one in service.forecasts
            if things.is_open(one.on)
        ],
        "rules": [_rule(service, rule) for rule in service.rules if rule.every],
        "datasets": [named(dataset) for dataset in service.datasets],
    }


def _kind(model: type[Entity]) -> dict[str, Any]:
    return {"name": model.kind, "title": str(model.title), "attributes": columns(model.attributes)}


def columns(fields: Iterable[Field]) -> list[dict[str, str]]:
    """Attributes of a kind, or columns of a dataset, as they are declared."""
    return [{"name": one.name, "type": one.type, "title": str(one.title), "unit": one.unit} for one in fields]


def _rule(service: Service, rule: Rule) -> dict[str, Any]:
    return {
        **named(rule),
        "every": int(rule.every.total_seconds()) if rule.every else None,
        "hears": rule.hears,
        "thresholds": thresholds(service.name, rule),
    }
