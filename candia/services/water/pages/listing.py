"""The desk's list of alerts, for whoever has the shift: what is wrong, worst first, where, and since when.

They come with a minute between two calls, must see at once what is new, narrow it to a district or a kind,
and open it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.core.alert import Alert
from candia.core.entity import Entity
from candia.core.service import services
from candia.services.water.models import District, Meter
from candia.services.water.overview import districts
from candia.services.water.pages.outcome import in_short

TONES = {"extreme": "bad", "severe": "bad", "moderate": "warn", "minor": "info"}
WORST_FIRST = Case(
    *(When(severity=word, then=Value(rank)) for rank, word in enumerate(TONES)),
    default=Value(len(TONES)),
    output_field=IntegerField(),
)
STATES: dict[str, tuple[Any, Q]] = {
    "open": (gettext_lazy("Waiting"), Q(closed=None, status=Alert.OPEN)),
    "confirmed": (gettext_lazy("Confirmed"), Q(closed=None, status=Alert.CONFIRMED)),
    "dismissed": (gettext_lazy("Dismissed"), Q(closed=None, status=Alert.DISMISSED)),
    "over": (gettext_lazy("Over"), Q(closed__isnull=False)),
}


class AlertFilter(forms.Form):
    """What the shift wants to see: a state, a kind, a district."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    rule = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    district = forms.ChoiceField(label=gettext_lazy("District"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {
            "status": [(state, str(title)) for state, (title, _test) in STATES.items()],
            "rule": [("", _("Every kind")), *((name, str(title)) for name, title in rule_titles().items())],
            "district": [
                ("", _("Every district")),
                *((place.local_id, str(place)) for place in districts()),
            ],
        }
        for name, choices in lists.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


def alerts(request: HttpRequest) -> HttpResponse:
    """The alerts that the shift asks for, worst and newest first, on a map and in a list."""
    form = AlertFilter(request.GET)
    page = Paginator(narrowed(form), 30).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page_obj": page,
        "rows": lines(page.object_list),
        "found": page.paginator.count,
        "state": form.cleaned_data.get("status") or "open",
        "narrowed": any(request.GET.get(name) for name in form.fields),
        "layers": layers(query.urlencode()),
        "synthetic": District.objects.filter(synthetic=True).exists(),
    }
    return render(request, "water/alerts.html", context)


def alerts_layer(request: HttpRequest) -> JsonResponse:
    """The same alerts as GeoJSON: `?of=district` gives outlines, anything else the meters' points."""
    wanted = narrowed(AlertFilter(request.GET))
    if request.GET.get("of") == "district":
        return geojson(_outlines(wanted.filter(entity__kind_name=District.kind)))
    meters = wanted.filter(entity__kind_name=Meter.kind, entity__lon__isnull=False)[:5000]
    return geojson([_feature(alert, alert.entity) for alert in meters])


def narrowed(form: AlertFilter) -> QuerySet[Alert]:
    """The alerts of water that a filter asks for; one that makes no sense is left out."""
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    found = Alert.objects.filter(STATES[asked.get("status") or "open"][1], rule__startswith="water.")
    if asked.get("rule"):
        found = found.filter(rule=f"water.{asked['rule']}")
    if asked.get("district"):
        place = f"{District.kind}:{asked['district']}"
        found = found.filter(Q(entity=place) | Q(entity__meter__district=place))
    return found.select_related("entity__meter").order_by(WORST_FIRST, "-opened")


def lines(found: Iterable[Alert]) -> list[dict[str, Any]]:
    """Alerts as rows of a list: what, how bad, where, and where to read on; one question for all of them."""
    places = {place.id: str(place) for place in districts()}
    titles = rule_titles()
    return [
        {
            "alert": alert,
            "what": titles.get(alert.rule.partition(".")[2], alert.rule),
            "tone": TONES.get(alert.severity, "info"),
            "place": places.get(place_of(alert), ""),
            "meter": _serial(alert),
            "now": in_short(alert),
            "url": reverse("water-desk-alert", kwargs={"number": alert.pk}),
        }
        for alert in found
    ]


def place_of(alert: Alert) -> str:
    """The id of the district that an alert lies in."""
    if alert.entity.kind_name == District.kind:
        return alert.entity_id
    meter: Meter | None = getattr(alert.entity, "meter", None)
    return (meter.district_id or "") if meter else ""


def _serial(alert: Alert) -> str:
    meter: Meter | None = getattr(alert.entity, "meter", None)
    return (meter.serial or meter.local_id) if meter else ""


def layers(query: str) -> list[dict[str, Any]]:
    """The two layers of alerts: districts as outlines, meters as points."""
    source = reverse("water-desk-alerts-layer")
    common = {"live": "core", "synthetic": True, "tones": ["bad", "warn", "info"], "words": severities()}
    return [
        {
            "id": "districts",
            "title": _("Districts"),
            "kind": "zones",
            "fit": True,
            "src": f"{source}?of=district&{query}",
            **common,
        },
        {"id": "meters", "title": _("Meters"), "kind": "points", "src": f"{source}?{query}", **common},
    ]


def severities() -> dict[str, str]:
    """What the tones of the map say of an alert."""
    return {"bad": _("severe alert"), "warn": _("moderate alert"), "info": _("minor alert")}


def rule_titles() -> dict[str, Any]:
    """What each rule of water recognises, in words."""
    return {rule.name: rule.title for rule in services()["water"].rules}


def geojson(features: list[dict[str, Any]]) -> JsonResponse:
    """Features as a GeoJSON answer."""
    return JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )


def _outlines(wanted: QuerySet[Alert]) -> list[dict[str, Any]]:
    worst: dict[str, Alert] = {}
    for alert in wanted:
        worst.setdefault(alert.entity_id, alert)
    places = {place.id: place for place in districts()}
    quiet = [
        {
            "type": "Feature",
            "geometry": place.point(),
            "properties": {
                "name": str(place),
                "tone": "quiet",
                "text": _("nothing here"),
                "synthetic": place.synthetic,
                "url": reverse("water-desk-district", kwargs={"name": place.local_id}),
            },
        }
        for place in places.values()
        if place.id not in worst
    ]
    return quiet + [_feature(alert, places[name]) for name, alert in worst.items()]


def _feature(alert: Alert, thing: Entity) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": thing.point(),
        "properties": {
            "name": str(thing),
            "text": alert.sentence(),
            "tone": TONES.get(alert.severity, "info"),
            "synthetic": thing.synthetic,
            "url": reverse("water-desk-alert", kwargs={"number": alert.pk}),
        },
    }
