"""The desk's forms for work: they draw fields; what is right and wrong, the commands say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from candia.core.access import Person
from candia.core.service import services
from candia.operations.forms import Asked, Choice
from candia.operations.work.crews import crews_of
from candia.operations.work.field_events import REASONS
from candia.operations.work.models import EVERY, PRIORITIES
from candia.operations.work.planning import Plan

_lines = _("One a line.")


class Moment(forms.DateTimeField):
    """A day and an hour, by the browser's own control; the city's time."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], required=False, **kwargs)


class Crew(forms.TypedMultipleChoiceField):
    """Who goes: a box for each member of the crews."""

    def __init__(self, people: Iterable[Person] = (), **kwargs: Any) -> None:
        super().__init__(
            label=_("Who goes"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple, **kwargs
        )
        self.choices = [(person.pk, str(person)) for person in people]


class PlanForm(forms.Form):
    """What a crew is told."""

    use_required_attribute = False

    what = Asked(label=_("What is to be done"), max_length=200)
    place = forms.CharField(label=_("Where, in words"), max_length=200, required=False)
    priority = Choice(label=_("Priority"), choices=[*PRIORITIES.items()], initial="normal")
    due = Moment(label=_("Until when"))
    safety = forms.CharField(
        label=_("Safety notes"),
        help_text=_("The crew reads them before anything else."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 4000}),
    )
    parts = forms.CharField(
        label=_("Parts needed"),
        help_text=_lines,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 4000}),
    )
    checklist = forms.CharField(
        label=_("Checklist"),
        help_text=_lines,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 4000}),
    )

    def __init__(self, *args: Any, service: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["crew"] = Crew(crews_of(service))
        if not self.fields["crew"].choices:  # type: ignore[attr-defined]
            self.fields["crew"].help_text = __("Nobody has a role in a crew yet. An administrator grants it.")
        self.order_fields(["what", "place", "crew", "priority", "due"])

    def short(self) -> list[forms.BoundField]:
        """What must be said each time."""
        return [self[name] for name in ("what", "crew", "priority", "due")]

    def long(self) -> list[forms.BoundField]:
        """What is said where there is something to say."""
        return [self[name] for name in ("place", "safety", "parts", "checklist")]

    def clean(self) -> dict[str, Any]:
        """What was filled in, as the plan that the commands ask for."""
        given = dict(super().clean() or {})
        plan = {name: given.pop(name) for name in [*given] if name in Plan.__dataclass_fields__}
        return given | {"plan": Plan(**plan | {"crew": tuple(plan.get("crew", ()))})}


class OrderForm(PlanForm):
    """The same by hand: with what it is about, and how often."""

    every = forms.TypedChoiceField(label=_("How often"), coerce=int, choices=[*EVERY.items()], initial=0)
    because = forms.CharField(
        label=_("Because of"),
        help_text=_("The id of a thing or a plan, such as water.meter:17."),
        max_length=120,
        required=False,
    )


class CrewForm(forms.Form):
    """Who goes."""

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["crew"] = Crew(people)


class DueForm(forms.Form):
    """Until when."""

    due = Moment(label=_("Until when"))


class CancelForm(forms.Form):
    """Why it is called off, for colleagues."""

    note = forms.CharField(
        label=_("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 4000})
    )


class CloseForm(forms.Form):
    """How it ended, in the desk's own word."""

    reason = forms.ChoiceField(label=_("How it ended"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        not_done = [(word, __("Not possible: %(why)s") % {"why": why}) for word, why in REASONS.items()]
        self.fields["reason"].choices = [("", __("Done")), *not_done]  # type: ignore[attr-defined]


class ListFilter(forms.Form):
    """A service, somebody of the crews, a priority, each from what is there; the part stays as it was chosen."""

    part = forms.CharField(widget=forms.HiddenInput, required=False)
    service = forms.ChoiceField(label=_("Service"), required=False)
    who = forms.ChoiceField(label=_("Who goes"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), required=False)

    def __init__(self, asked: Any, served: Iterable[str], people: Iterable[Person]) -> None:
        super().__init__(asked)
        named = [(name, services()[name].title) for name in served]
        lists = {
            "service": [("", __("Every service")), *named],
            "who": [("", __("Everybody")), *((str(person.pk), str(person)) for person in people)],
            "priority": [("", __("Every priority")), *PRIORITIES.items()],
        }
        for name, choices in lists.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
