"""The forms of devices, orders, dead letters and history."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.core.access import Person
from candia.core.capability import Capability
from candia.core.service import entity_kinds, services
from candia.core.zones import zones
from candia.devices.commands import operates
from candia.devices.history import MEGABYTES
from candia.devices.models import LorawanAddress


class Entities(forms.CharField):
    """Entity ids with spaces, commas or lines between."""

    widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "none"})

    def to_python(self, value: Any) -> Any:
        """The ids as a list."""
        return [told for told in re.split(r"[\s,;]+", super().to_python(value) or "") if told]


class Speaks(forms.Form):
    """What a device may speak for."""

    entities = Entities(
        label=__("Things"),
        required=False,
        max_length=20_000,
        help_text=__("One or more, such as water.meter:17, with spaces between."),
    )
    kinds = forms.MultipleChoiceField(
        label=__("Whole kinds"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=__("For a gateway that speaks for many."),
    )

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = operates(by)
        kinds = {kind: model for kind, model in entity_kinds().items() if kind.partition(".")[0] in mine}
        self.fields["kinds"].choices = [  # type: ignore[attr-defined]
            (kind, f"{services()[kind.partition('.')[0]].title}: {model.title} ({kind})")
            for kind, model in kinds.items()
            if services()[kind.partition(".")[0]].properties
        ]


class Lorawan(forms.Form):
    """How ChirpStack reaches a device."""

    dev_eui = forms.CharField(
        label=__("DevEUI"),
        max_length=32,
        help_text=__("Sixteen digits, as ChirpStack shows them."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    f_port = forms.IntegerField(label=__("Port of orders"), min_value=1, max_value=223)
    device_class = forms.ChoiceField(label=__("Class"), choices=LorawanAddress.CLASSES)


class Addition(Speaks):
    """A device that is to be let in."""

    field_order = ["id", "title", "entities", "kinds", "source"]

    id = forms.CharField(
        label=__("Name"),
        max_length=64,
        help_text=__(
            "Small Latin letters, digits and hyphens, such as meter-17. It is the device's MQTT user name."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    title = forms.CharField(label=__("What people call it"), max_length=120, required=False)
    source = forms.ChoiceField(label=__("Format of its payloads"), required=False)

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        names = [item.name for service in services().values() for item in service.sources]
        if names:
            choices = [("", _("one of the usual ones")), *((name, name) for name in names)]
            self.fields["source"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["source"]


def _sought(label: Any, most: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "search", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


class OrderSearch(forms.Form):
    """The beginning of a thing's id, or a device."""

    q = _sought(__("Thing or device"), 120)


class ThingSearch(forms.Form):
    """Of which things: what they can be told, words of their names or what a device speaks for, a zone."""

    what = forms.ChoiceField(label=__("What they can be told"))
    q = _sought(__("Name, id or device"), 120)
    zone = forms.ChoiceField(label=__("Zone"), required=False)

    def __init__(
        self,
        told: Mapping[str, str],
        *,
        capabilities: Mapping[str, Capability],
        capability: Capability,
    ) -> None:
        super().__init__({"what": capability.qualified, "q": told.get("q", ""), "zone": told.get("zone", "")})
        several = len({one.on.kind for one in capabilities.values()}) > 1
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (name, f"{one.on.title}: {one.title or one.name}" if several else one.title or one.name)
            for name, one in capabilities.items()
        ]
        places = [(id, str(named)) for id, named in zones().items()]
        if places:
            self.fields["zone"].choices = [("", _("everywhere")), *places]  # type: ignore[attr-defined]
        else:
            self.fields["zone"].widget = forms.HiddenInput()


class Search(forms.Form):
    """Words of a device's name."""

    q = _sought(__("Name"), 64)
    revoked = forms.BooleanField(label=__("Revoked ones too"), required=False)


class History(forms.Form):
    """A table of observations of one service."""

    service = forms.ChoiceField(label=__("Service"))
    file = forms.FileField(
        label=__("File"),
        help_text=__("CSV in UTF-8, at most 50 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, by: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [services()[name] for name in operates(by) if services()[name].properties]
        self.fields["service"].choices = [(one.name, one.title) for one in mine]  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile:
        """Refuse what is too large to be read while somebody waits."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than 50 MB. Cut it in parts."))
        return file


#: How long a wish may last, in hours; none at all is until it is taken back.
LASTING = {"": __("until it is taken back"), "1": __("1 hour"), "8": __("8 hours"), "24": __("24 hours")}


class OrderForm(forms.Form):
    """What one capability of a thing shall be, and for how long."""

    def __init__(self, *args: Any, capability: Capability, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if capability.options:
            self.fields["value"] = forms.ChoiceField(
                label=__("Wanted"), choices=[(one, one) for one in capability.options]
            )
        elif capability.takes_number:
            bounds = f" ({capability.unit})" if capability.unit else ""
            self.fields["value"] = forms.FloatField(
                label=format_lazy("{}{}", __("Wanted"), bounds),
                localize=True,
                min_value=capability.low,
                max_value=capability.high,
            )
        if not capability.momentary:
            self.fields["lasting"] = forms.ChoiceField(
                label=__("Holds"), choices=list(LASTING.items()), required=False
            )

    def end(self, now: datetime) -> datetime | None:
        """When the wish ends."""
        hours = self.cleaned_data.get("lasting")
        return now + timedelta(hours=int(hours)) if hours else None
