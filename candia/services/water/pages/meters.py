"""Meters at the desk, for the field crew's planner: find the one in question, or all that fail in one way.

They type a serial from a phone call, or take a district's silent meters as a round; a household's use is not
their business unless they say why.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.alert import Alert
from candia.services.water import readings
from candia.services.water.models import District, Meter
from candia.services.water.overview import districts
from candia.services.water.pages import everywhere
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


def meters(request: HttpRequest) -> HttpResponse:
    """The meters that were asked for, fifty to a page."""
    form = MeterFilter(request.GET)
    page = Paginator(_narrowed(form), 50).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page_obj": page,
        "rows": rows(list(page.object_list)),
        "found": page.paginator.count,
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "layers": [everywhere.layer()],
        "synthetic": Meter.objects.filter(synthetic=True).exists(),
    }
    return render(request, "water/meters.html", context)


def _narrowed(form: MeterFilter) -> QuerySet[Meter]:
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    standing = Alert.objects.filter(entity=OuterRef("pk"), closed=None)
    found = Meter.objects.select_related("district").order_by("bulk", "serial", "pk")
    if sought := asked.get("q", "").strip():
        found = found.filter(Q(serial__istartswith=sought) | Q(pk=f"{Meter.kind}:{sought}") | Q(pk=sought))
    if asked.get("district"):
        found = found.filter(district=f"{District.kind}:{asked['district']}")
    if asked.get("state") == "alert":
        found = found.filter(Exists(standing))
    elif asked.get("state"):
        found = found.filter(Exists(standing.filter(rule=f"water.{asked['state']}")))
    return found.annotate(open_alerts=Count("alerts", filter=Q(alerts__closed=None)))


def rows(found: list[Meter]) -> list[dict[str, Any]]:
    """The meters of one page with battery and last reading; one question each for all of them."""
    ids = [each.pk for each in found]
    battery = readings.latest("battery", ids) if ids else {}
    index = readings.latest("index", ids) if ids else {}
    return [
        {
            "meter": each,
            "district": str(each.district) if each.district else "",
            "battery": battery.get(each.pk),
            "last": index.get(each.pk),
        }
        for each in found
    ]
