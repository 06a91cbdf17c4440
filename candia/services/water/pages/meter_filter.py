"""Which meters the desk asks for, as the address says it: the list and the map narrow by the same."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.alert import Alert
from candia.services.water.models import District, Meter
from candia.services.water.overview import districts
from candia.services.water.pages.districts import FAILINGS


class MeterFilter(forms.Form):
    """Which meters: by serial or number, district, and what is wrong with them."""

    q = forms.CharField(
        label=gettext_lazy("Serial or number"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    district = forms.ChoiceField(label=gettext_lazy("District"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {
            "district": [
                ("", _("Every district")),
                *((place.local_id, str(place)) for place in districts()),
            ],
            "state": [
                ("", _("Any state")),
                ("alert", _("With an open alert")),
                *((rule, str(title)) for rule, title in FAILINGS.items()),
            ],
        }
        for name, choices in lists.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def narrows(self) -> bool:
        """Whether it leaves anything out."""
        return any(self.data.get(name) for name in self.fields)


def narrowed(form: MeterFilter) -> QuerySet[Meter]:
    """The meters that a filter leaves, by serial number."""
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    standing = Alert.objects.filter(entity=OuterRef("pk"), closed=None)
    found = Meter.objects.order_by("bulk", "serial", "pk")
    if sought := asked.get("q", "").strip():
        found = found.filter(Q(serial__istartswith=sought) | Q(pk=f"{Meter.kind}:{sought}") | Q(pk=sought))
    if asked.get("district"):
        found = found.filter(district=f"{District.kind}:{asked['district']}")
    if asked.get("state") == "alert":
        found = found.filter(Exists(standing))
    elif asked.get("state"):
        found = found.filter(Exists(standing.filter(rule=f"water.{asked['state']}")))
    return found
