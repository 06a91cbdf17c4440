"""Causes: which of the alerts that stand are together, what their things share, and one decision on all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core import errors
from candia.core.access import May, RoleHolder
from candia.core.alert import Alert
from candia.core.cause import Cause, Standing, together
from candia.core.command import OneOf, command
from candia.core.entity import Entity
from candia.core.event import Happened
from candia.core.relation import KINDS, Relation
from candia.core.service import entity_kinds, services


@dataclass(frozen=True)
class Bundle:
    """Alerts with one cause: `of` is what their things share, an id or a word, and `name` what people call that."""

    service: str
    cause: Cause
    of: str
    name: str
    alerts: tuple[int, ...]

    @property
    def key(self) -> str:
        """Its own among the bundles of a moment; two floods of alerts about one thing are two."""
        return f"{self.address}@{self.alerts[0]}"

    @property
    def address(self) -> str:
        """How the address of the inbox asks for it, for as long as anything of it stands."""
        return f"{self.service}.{self.cause.name}:{self.of}"

    @property
    def url(self) -> str:
        """The inbox with these alone."""
        return f"{reverse('desk')}?{urlencode({'cause': self.address})}"

    @property
    def subject(self) -> str:
        """What the event of a decision on it is about: the thing that they share, where it is one."""
        shared = ":" in self.of and self.of.partition(":")[0] in entity_kinds()
        return self.of if shared else f"operations.cause:{self.address}"


def bundles(names: Iterable[str] | None = None) -> dict[int, Bundle]:
    """Of each alert that stands and has others with its cause, its bundle; of these services, or of all.

    One query for the alerts, and one or two for each cause; none for an alert.
    """
    wanted = [one for one in services().values() if one.causes and (names is None or one.name in set(names))]
    rules = [f"{one.name}.{rule}" for one in wanted for cause in one.causes for rule in _rules(cause)]
    if not rules:
        return {}
    rows = Alert.objects.filter(closed=None, rule__in=rules).values_list("opened", "pk", "rule", "entity_id")
    standing = [Standing(*row) for row in rows]
    found: dict[int, Bundle] = {}
    for service in wanted:
        for cause in service.causes:
            own = [one for one in standing if one.alert not in found and _is_of(one, service.name, cause)]
            for of, alerts in together(cause, _shared(service.name, cause, own)):
                found |= dict.fromkeys(alerts, Bundle(service.name, cause, of, of, alerts))
    return _named(found)


def _rules(cause: Cause) -> tuple[str, ...]:
    return (*cause.rules, *((cause.root,) if cause.root else ()))


def _is_of(one: Standing, service: str, cause: Cause) -> bool:
    whose, _dot, rule = one.rule.partition(".")
    return whose == service and rule in _rules(cause)


def _shared(service: str, cause: Cause, standing: Sequence[Standing]) -> list[Standing]:
    """These with what each one's thing shares with others, and their rules by plain names."""
    of = _of(service, cause, {one.entity for one in standing})
    return [
        Standing(one.opened, one.alert, one.rule.partition(".")[2], one.entity, of.get(one.entity, ""))
        for one in standing
    ]


def _of(service: str, cause: Cause, ids: set[str]) -> dict[str, str]:
    if cause.by in KINDS:
        found = Relation.objects.filter(kind=cause.by, origin__in=ids).order_by("-target")
        return dict(found.values_list("origin", "target"))
    return {
        id: str(value)
        for model in services()[service].entities
        if has_column(model, cause.by)
        for id, value in model._default_manager.filter(pk__in=ids).values_list("pk", cause.by)
        if value not in {None, ""}
    }


def has_column(model: type[Entity], name: str) -> bool:
    """Whether a kind's rows have this column."""
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


def _named(found: dict[int, Bundle]) -> dict[int, Bundle]:
    ids = {bundle.of for bundle in found.values()}
    names = {thing.pk: str(thing) for thing in Entity.objects.filter(pk__in=ids)}
    told = {
        bundle.key: Bundle(
            bundle.service, bundle.cause, bundle.of, names.get(bundle.of, bundle.of), bundle.alerts
        )
        for bundle in set(found.values())
    }
    return {alert: told[bundle.key] for alert, bundle in found.items()}


def _operates_all(by: object, _target: object) -> bool:
    return isinstance(by, RoleHolder) and by.is_active


Decided = Annotated[str, OneOf("confirm", "dismiss", "repair")]


@command(
    event="operations.cause_judged",
    title=__("Decided together"),
    may=May("operator of the alerts' services", _operates_all),
    staff=True,
)
def judge_cause(by: RoleHolder, *, alerts: Sequence[int], decision: Decided) -> Happened:
    """Decide on several alerts with one cause; the decision on each is an event of its own, because of this."""
    from candia.operations import inbox

    found = bundles()
    own = {found[alert].key: found[alert] for alert in alerts if alert in found}
    if len(own) != 1 or not set(alerts) <= set(next(iter(own.values())).alerts):
        raise errors.Conflict(_("These alerts have no common cause any more. Look again."))
    if not all(inbox.operates(by, alert) for alert in Alert.objects.filter(pk__in=alerts)):
        raise errors.Forbidden
    [bundle] = own.values()
    told = {"cause": f"{bundle.service}.{bundle.cause.name}", "decision": decision, "alerts": sorted(alerts)}
    return Happened(bundle.subject, data=told)
