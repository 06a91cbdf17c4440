"""The forms of water: they draw fields; what is right and wrong, the commands say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from candia.operations.forms import Asked


class Number(forms.FloatField):
    """A number with a decimal comma or a decimal point, whichever the keyboard has."""

    def to_python(self, value: Any) -> Any:
        """The number, or nothing where nothing was written."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class LookForm(forms.Form):
    """Why a member of staff opens a household's readings."""

    use_required_attribute = False

    reason = Asked(
        label=_("Why you look"),
        help_text=_("The household sees that the water service looked, and when."),
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 1000}),
    )


class GiveForm(forms.Form):
    """Who becomes the holder of a meter."""

    use_required_attribute = False

    email = Asked(
        label=_("E-mail of the customer"),
        help_text=_("They see what is counted from now on; whoever held it before sees it no longer."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "maxlength": 254}),
    )


class ExchangeForm(forms.Form):
    """What is printed on the new meter, and what it shows."""

    use_required_attribute = False

    serial = Asked(
        label=_("Serial number of the new meter"),
        widget=forms.TextInput(attrs={"maxlength": 40, "autocomplete": "off"}),
    )
    index = Number(
        label=_("What it shows, m³"),
        initial=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 12}),
    )


class ClaimForm(forms.Form):
    """The two words from the bill by which a household says that a meter is theirs."""

    use_required_attribute = False

    serial = Asked(
        label=_("Serial number of the meter"),
        help_text=_("On the meter and on each bill, such as 906949."),
        widget=forms.TextInput(
            attrs={"maxlength": 40, "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
    code = Asked(
        label=_("Code from the bill"),
        help_text=_("On your last bill, below the serial number."),
        widget=forms.TextInput(
            attrs={"maxlength": 20, "autocomplete": "off", "autocapitalize": "characters"}
        ),
    )
