"""Meters at the desk, for the field crew's planner: find the one in question, or all that fail in one way.

They type a serial from a phone call, or take a district's silent meters as a round; a household's use is not
their business unless they say why.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.alert import Alert
from candia.core.telemetry import zone
from candia.services.water import readings
from candia.services.water.forms import LookForm
from candia.services.water.models import District, Holding, Meter
from candia.services.water.overview import districts, midnight, named, one
from candia.services.water.pages import evidence, looking
from candia.services.water.pages.districts import FAILINGS
from candia.services.water.pages.listing import WORST_FIRST, lines


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
                *((place.local_id, named(place)) for place in districts()),
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
        "rows": _rows(list(page.object_list)),
        "found": page.paginator.count,
        "narrowed": any(request.GET.get(name) for name in form.fields),
    }
    return render(request, "water/meters.html", context)


def meter(request: HttpRequest, number: str) -> HttpResponse:
    """One meter: what is known of it, its alerts, and behind a reason what it counted."""
    shown = one(Meter.objects.select_related("district"), number)
    if request.method != "POST":
        return render(request, "water/meter.html", _context(request, shown))
    form = looking.asked(request, shown)
    if form is None:
        return redirect("water-desk-meter", number=number)
    return render(request, "water/meter.html", _context(request, shown) | {"look_form": form}, status=422)


def _narrowed(form: MeterFilter) -> QuerySet[Meter]:
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    standing = Alert.objects.filter(entity=OuterRef("pk"), closed=None)
    found = Meter.objects.select_related("district").order_by("serial", "pk")
    if sought := asked.get("q", "").strip():
        found = found.filter(Q(serial__istartswith=sought) | Q(pk=f"{Meter.kind}:{sought}") | Q(pk=sought))
    if asked.get("district"):
        found = found.filter(district=f"{District.kind}:{asked['district']}")
    if asked.get("state") == "alert":
        found = found.filter(Exists(standing))
    elif asked.get("state"):
        found = found.filter(Exists(standing.filter(rule=f"water.{asked['state']}")))
    return found.annotate(open_alerts=Count("alerts", filter=Q(alerts__closed=None)))


def _rows(found: list[Meter]) -> list[dict[str, Any]]:
    """The meters of one page with battery and last reading; one question each for all of them."""
    ids = [each.pk for each in found]
    battery = readings.latest("battery", ids) if ids else {}
    index = readings.latest("index", ids) if ids else {}
    return [
        {
            "meter": each,
            "district": named(each.district) if each.district else "",
            "battery": battery.get(each.pk),
            "last": index.get(each.pk),
        }
        for each in found
    ]


def _context(request: HttpRequest, shown: Meter) -> dict[str, Any]:
    open_until = looking.open_until(request, shown.pk)
    alerts = Alert.objects.filter(entity=shown.pk).select_related("entity__meter")
    [row] = _rows([shown])
    return {
        **row,
        "crumbs": [(_("Meters"), reverse("water-desk-meters")), (shown.serial or shown.local_id, "")],
        "held": Holding.objects.filter(meter=shown, until=None).exists(),
        "open_alerts": lines(alerts.filter(closed=None).order_by(WORST_FIRST, "-opened")),
        "past_alerts": lines(alerts.exclude(closed=None).order_by("-closed")[:10]),
        "open_until": open_until,
        "charts": _charts(shown.pk) if open_until else [],
        "look_form": LookForm(prefix="look"),
        "layers": _place(shown),
    }


def _charts(meter: str) -> list[Any]:
    now = timezone.now().astimezone(zone())
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return [
        evidence.use(meter, hour - timedelta(days=7), hour, "hour"),
        evidence.use(meter, midnight(now.date() - timedelta(days=60)), now, "day"),
    ]


def _place(shown: Meter) -> list[dict[str, Any]]:
    place = shown.point()
    if place is None:
        return []
    about = {"name": shown.serial or shown.name, "tone": "info", "synthetic": shown.synthetic}
    feature = {"type": "Feature", "geometry": place, "properties": about}
    return [
        {
            "id": "place",
            "title": _("The meter"),
            "kind": "points",
            "data": {"type": "FeatureCollection", "features": [feature]},
        }
    ]
