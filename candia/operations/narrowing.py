"""Narrowing: which part of the inbox somebody wants to see, as the address says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.utils.translation import pgettext_lazy

from candia.accounts import departments
from candia.core.access import Person
from candia.core.service import services
from candia.operations.inbox import STATES, Line

#: Whose: everyone's, one's own, that of one's departments, nobody's yet; and what rests.
WHOSE = {
    "all": __("All"),
    "mine": pgettext_lazy("inbox", "Mine"),
    "department": __("My department's"),
    "nobody": __("Nobody's"),
    "resting": __("Put off"),
}


class InboxFilter(forms.Form):
    """A state, a service, a kind and an area, each from what is there; whose it is stays as it was chosen."""

    whose = forms.CharField(widget=forms.HiddenInput, required=False)
    status = forms.ChoiceField(label=__("Status"), required=False)
    service = forms.ChoiceField(label=__("Service"), required=False)
    kind = forms.ChoiceField(label=__("Kind"), required=False)
    area = forms.ChoiceField(label=__("Area"), required=False)
    new = forms.BooleanField(label=__("New since my last shift"), required=False)
    cause = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, asked: QueryDict, found: Iterable[Line]) -> None:
        super().__init__(asked)
        own = services()
        served, kinds, areas = {}, {}, {}
        for line in found:
            served[line.item.service] = str(own[line.item.service].title)
            kinds[kind_of(line)] = str(line.item.kind)
            if line.place.area:
                areas[line.place.area] = line.place.area_name
        lists = {
            "status": {state: str(title) for state, (title, _test) in STATES.items()},
            "service": {"": _("Every service")} | served,
            "kind": {"": _("Every kind")} | kinds,
            "area": {"": _("Every area")} | dict(sorted(areas.items(), key=lambda area: area[1])),
        }
        for name, choices in lists.items():
            # What is asked for and is not there just now stays chosen, and finds nothing.
            if (given := asked.get(name, "")) and given not in choices and name in {"kind", "area"}:
                choices[given] = given[:60]
            self.fields[name].choices = list(choices.items())  # type: ignore[attr-defined]


def state_of(asked: QueryDict) -> str:
    """The state that is asked for; `open` where it makes no sense."""
    state = asked.get("status", "open")
    return state if state in STATES else "open"


def whose_of(asked: QueryDict) -> str:
    """Whose items are asked for; all where it makes no sense."""
    whose = asked.get("whose", "all")
    return whose if whose in WHOSE else "all"


def kind_of(line: Line) -> str:
    """What a line is called in the address: the rule of an alert, else the service and what it is."""
    return line.alert.rule if line.alert else line.item.key.partition(":")[0]


def narrowed(found: Iterable[Line], asked: Mapping[str, Any]) -> list[Line]:
    """The lines that a filter leaves; what is not asked for narrows nothing."""
    return [
        line
        for line in found
        if (line.new or not asked.get("new"))
        and asked.get("service") in {None, "", line.item.service}
        and asked.get("kind") in {None, "", kind_of(line)}
        and asked.get("area") in {None, "", line.place.area}
        and asked.get("cause") in {None, "", line.bundle.address if line.bundle else None}
    ]


def by_whom(found: Iterable[Line], by: Person) -> dict[str, list[Line]]:
    """The lines under each word of WHOSE; what rests stands under that word alone."""
    awake = [line for line in found if line.snoozed_until is None]
    # Where nothing is any department's, nobody's departments are asked for.
    ours = departments.of(by) if any(line.department for line in awake) else set()
    return {
        "all": awake,
        "mine": [line for line in awake if line.assignee == by],
        "department": [line for line in awake if line.department and line.department.pk in ours],
        "nobody": [line for line in awake if line.assignee is None],
        "resting": [line for line in found if line.snoozed_until is not None],
    }
