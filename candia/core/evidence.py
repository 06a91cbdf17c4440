"""Evidence: what a service shows of an alert, so that it can be judged: where it is, and how it stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django import forms
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Place:
    """What an alert is about and where that is, in the reader's language; `area` is the id of what it lies in."""

    thing: str
    area: str = ""
    area_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What else may be done at an alert: its form, the command that takes its fields, what is said when done.

    One with a `title` stands below the others; one without is drawn by the evidence, as `<name>_form`.
    """

    name: str
    form: type[forms.Form]
    ask: Callable[..., Any]
    title: str | Promise = ""
    said: str | Promise = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A template with its context, facts about the thing as (label, value, address), and further decisions."""

    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    facts: tuple[tuple[str | Promise, str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()
