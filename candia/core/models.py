"""Django looks for models here; each lives in the module of its word."""

from candia.core.access import Device, Grant, Person
from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.event import Event
from candia.core.idempotency import IdempotencyKey
from candia.core.relation import Relation
from candia.core.rule_run import RuleRun, Unjudged
from candia.core.search_index import SearchDocument

__all__ = [
    "Alert",
    "Device",
    "Entity",
    "Event",
    "Grant",
    "IdempotencyKey",
    "Person",
    "Relation",
    "RuleRun",
    "SearchDocument",
    "Unjudged",
]
