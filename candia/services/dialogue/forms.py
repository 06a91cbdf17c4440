"""The forms of dialogue: they draw fields and read types; what is right and wrong, the commands say."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.access import Person
from candia.core.zones import zones
from candia.participation.forms import Asked, Chosen, WithFile, name_or_nothing
from candia.services.dialogue import city, states


class Degrees(forms.Field):
    """A number of degrees that a Greek keyboard may write with a comma."""

    def to_python(self, value: Any) -> float | None:
        """The number, or nothing where nothing was written."""
        text = str(value or "").strip().replace(",", ".")
        try:
            number = float(text) if text else None
        except ValueError as wrong:
            raise forms.ValidationError(_("Write a number of degrees, such as 35.33870.")) from wrong
        if number is not None and not math.isfinite(number):
            raise forms.ValidationError(_("Write a number of degrees, such as 35.33870."))
        return number

    def prepare_value(self, value: Any) -> Any:
        """With a point in every language, as the map writes it."""
        return f"{value:.5f}" if isinstance(value, float) else value


class ProposalForm(WithFile):
    """A proposal as its author writes it; nothing is required while it is a draft."""

    use_required_attribute = False

    form_key = forms.UUIDField(widget=forms.HiddenInput)
    heading = Asked(
        label=gettext_lazy("What do you propose?"),
        help_text=gettext_lazy("One sentence that says it all, such as “Shade at the bus stop of Kaminia”."),
        widget=forms.TextInput(attrs={"maxlength": 120, "autocomplete": "off", "enterkeyhint": "next"}),
    )
    text = Asked(
        label=gettext_lazy("Why, and how?"),
        help_text=gettext_lazy("What is wrong today, what should change, and who gains by it."),
        widget=forms.Textarea(attrs={"rows": 7, "maxlength": 6000}),
    )
    theme = Chosen(label=gettext_lazy("Theme"))
    address = forms.CharField(
        label=gettext_lazy("Where, in words"),
        help_text=gettext_lazy("A street, a square, a neighbourhood."),
        widget=forms.TextInput(attrs={"maxlength": 120, "autocomplete": "off"}),
        required=False,
    )
    lat = Degrees(label=gettext_lazy("Latitude"), required=False)
    lon = Degrees(label=gettext_lazy("Longitude"), required=False)
    signed = forms.BooleanField(label=gettext_lazy("Show my name beside the proposal"), required=False)

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_or_nothing(self, by)
        self.fields["theme"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose a theme")),
            *((slug, str(theme)) for slug, theme in city.themes().items()),
        ]
        for name in ("lat", "lon"):
            self.fields[name].widget = forms.TextInput(
                attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 12}
            )


class AnswerForm(forms.Form):
    """The city's answer: yes, not now or no; why; and who sees to it."""

    use_required_attribute = False

    status = forms.ChoiceField(
        label=gettext_lazy("The city says"),
        choices=[pair for pair in states.STATUSES if pair[0] in states.ANSWERS],
        widget=forms.RadioSelect,
    )
    text = Asked(
        label=gettext_lazy("Why, and what happens next"),
        help_text=gettext_lazy("Everyone reads this, for good. A later answer stands beside it."),
        widget=forms.Textarea(attrs={"rows": 7, "maxlength": 6000}),
    )
    # The last answer that stood there when the form was shown.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    office = forms.CharField(
        label=gettext_lazy("Responsible office"),
        widget=forms.TextInput(attrs={"maxlength": 120}),
        required=False,
    )


class FilterForm(forms.Form):
    """What a reader looks for among the proposals."""

    SORTS = (
        ("new", gettext_lazy("Newest first")),
        ("support", gettext_lazy("Most supported")),
        ("comments", gettext_lazy("Most discussed")),
        ("answered", gettext_lazy("Latest answers")),
    )

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": 120}),
    )
    theme = forms.ChoiceField(label=gettext_lazy("Theme"), required=False)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Zone"), required=False)
    sort = forms.ChoiceField(label=gettext_lazy("Order"), choices=SORTS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {
            "theme": (_("All themes"), city.themes().items()),
            "zone": (_("The whole city"), zones().items()),
            "status": (_("Any status"), _statuses()),
        }
        for name, (every, pairs) in lists.items():
            choices = [("", every), *((key, str(title)) for key, title in pairs)]
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def _statuses() -> list[tuple[str, Any]]:
    """What a reader may ask for: the public states, and what waits for a promised answer."""
    asked = [pair for pair in states.STATUSES if pair[0] in states.SUBMITTED]
    return [*asked, (states.AWAITED, _("Waiting for the city's answer"))] if city.answer_days() else asked
