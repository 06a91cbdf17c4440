"""The styleguide: every building block of the pages with something to show, for who makes new ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from candia.ui.map_layers import collection, feature


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("As others see it."))
    text = forms.CharField(label=gettext_lazy("Text"), widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Severity"),
        choices=[
            ("minor", gettext_lazy("minor")),
            ("moderate", gettext_lazy("moderate")),
            ("severe", gettext_lazy("severe")),
        ],
    )
    agreed = forms.BooleanField(label=gettext_lazy("I have read it"))
    lat = forms.DecimalField(required=False)
    lon = forms.DecimalField(required=False)


def blocks() -> dict[str, Any]:
    """What the page shows: tones, figures, steps of a story, rows, a map, a curve and two forms."""
    now = timezone.now()
    return {
        "tones": ["good", "warn", "bad", "info", "quiet"],
        "colours": ["paper", "surface", "sunken", "line", "ink", "sea", "ochre", "good", "warn", "bad"],
        "series": [12, 11.4, 11.8, 13.1, 12.2, 14.9, 15.3, 15.1],
        "gaps": [3, None, 4, 5, None, 4.2],
        "events": [
            {
                "time": now - timedelta(days=9),
                "title": _("Alert opened"),
                "by": _("the city's rules"),
                "tone": "warn",
            },
            {
                "time": now - timedelta(days=2),
                "title": _("Alert cleared"),
                "because": _("Alert opened"),
                "text": _("The pipe was mended."),
                "tone": "good",
            },
        ],
        "tabs": [
            {"label": _("All"), "url": "#", "current": True, "count": 12},
            {"label": _("Rules"), "url": "#", "current": False, "count": 3},
        ],
        "crumbs": [(_("Desk"), "#"), (_("Building blocks"), None)],
        "page_obj": Paginator(range(90), 10).page(4),
        # The middle of the day is missing: a gap stays a gap.
        "hours": [
            (now.replace(minute=0) + timedelta(hours=hour), flow)
            for hour, flow in enumerate([18, 17.2, 16.4, 16, 16.8, 19.5, None, None, 21, 20.2, 19.1, 18.4])
        ],
        "layers": [layer()],
        "form": Sample(),
        "wrong": Sample({"name": "", "kind": "none"}, auto_id="wrong_%s"),
    }


def layer() -> dict[str, Any]:
    """One point of each tone, in a row along the coast."""
    tones = ["good", "warn", "bad", "info", "quiet"]
    features = [
        feature(
            {"type": "Point", "coordinates": [25.10 + place * 0.015, 35.327]},
            name=tone,
            tone=tone,
            synthetic=True,
        )
        for place, tone in enumerate(tones)
    ]
    return {
        "id": "tones",
        "title": _("Alerts"),
        "kind": "points",
        "tones": tones,
        "data": collection(features),
    }
