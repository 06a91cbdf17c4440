"""Django looks for models here; each lives in the module of its word."""

from candia.core.access import Device, Grant, Person
from candia.core.alert import Alert
from candia.core.attachment import Attachment
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.idempotency import IdempotencyKey
from candia.core.look import Look
from candia.core.relation import Relation
from candia.core.rule_run import RuleRun, Unjudged

__all__ = [
    "Alert",
    "Attachment",
    "Device",
    "Entity",
    "Event",
    "Grant",
    "IdempotencyKey",
    "Look",
    "Person",
    "Relation",
    "RuleRun",
    "Unjudged",
]
