"""The forms of the desk: they draw fields; what is right and wrong, the commands say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from candia.core.errors import Refused
from candia.core.zones import zones
from candia.operations import judging
from candia.operations.models import Maintenance

# When the day's shift begins, the city's time.
MORNING = 7
RESTS = {
    "4h": _("4 hours"),
    "morning": _("until tomorrow morning"),
    "monday": _("until Monday morning"),
    "week": _("a week"),
}
#: For how long a thing may be in maintenance at a press.
QUIETS = RESTS | {"month": _("a month")}


def until(word: str) -> datetime:
    """The moment until which something rests; raises Refused for a word that is not on the list."""
    now = timezone.localtime()
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    ends = {
        "4h": now + timedelta(hours=4),
        "morning": morning + timedelta(days=1),
        "monday": morning + timedelta(days=7 - now.weekday()),
        "week": now + timedelta(days=7),
        "month": now + timedelta(days=30),
    }
    if word not in ends:
        raise Refused(__("Choose until when it rests."))
    return ends[word]


class Asked(forms.CharField):
    """A field that should be filled in, and whose lack the command names."""

    def validate(self, value: Any) -> None:
        """Nothing here: see the command."""


class Choice(forms.ChoiceField):
    """A list of which one is needed for one of several buttons; the command names its lack."""

    def validate(self, value: Any) -> None:
        """Nothing here: see the command."""


class JudgeForm(forms.Form):
    """What the operator found: a reason from the list for either decision, and words of their own."""

    use_required_attribute = False

    confirm_reason = Choice(label=_("If it is real: how you know"))
    dismiss_reason = Choice(label=_("If nothing is wrong: why"))
    note = forms.CharField(
        label=_("In your words"),
        help_text=_("Colleagues read it; others learn that it was confirmed or dismissed, and when."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirm_reason"].choices = [*judging.CONFIRMING.items()]  # type: ignore[attr-defined]
        chosen = [("", __("Choose a reason")), *judging.DISMISSING.items()]
        self.fields["dismiss_reason"].choices = chosen  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """A word for colleagues at an alert."""

    use_required_attribute = False

    text = Asked(label=_("Note"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": 2000}))


class MaintenanceForm(forms.Form):
    """Why a thing wakes nobody, and for how long."""

    use_required_attribute = False

    reason = Choice(label=_("Why"), choices=[("", _("Choose a reason")), *Maintenance.REASONS])
    until = forms.TypedChoiceField(
        label=_("For how long"),
        choices=[*QUIETS.items()],
        coerce=until,
    )


class AreaForm(MaintenanceForm):
    """Which things wake nobody, why, and for how long."""

    service = Choice(label=_("Service"))
    zone = forms.ChoiceField(label=_("Zone"), required=False)
    at = forms.CharField(
        label=_("Or all that belongs to"),
        required=False,
        help_text=_(
            "The id of a thing, such as water.district:a, with all that is part of it or stands there."
        ),
    )

    field_order = ("service", "zone", "at", "reason", "until")

    def __init__(self, *args: Any, served: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service"].choices = list(served.items())  # type: ignore[attr-defined]
        drawn = sorted(((id, str(zone)) for id, zone in zones().items()), key=lambda zone: zone[1])
        self.fields["zone"].choices = [("", __("No zone")), *drawn]  # type: ignore[attr-defined]


class HandoverForm(forms.Form):
    """A word for the next shift."""

    use_required_attribute = False

    handover = forms.CharField(
        label=_("What the next shift should know"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
    )
