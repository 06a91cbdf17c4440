"""The addresses of the doors: the interfaces that programs and other cities rely on."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from candia.doors import health, intake, metrics
from candia.doors.api import api, commands, nothing
from candia.doors.api.schema import openapi
from candia.doors.opendata import dcat, files

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/observations", intake.observations, name="observations"),
    path("api/v1/commands/<slug:service>/<slug:verb>", commands.ask, name="command"),
    path("api/v1/docs", RedirectView.as_view(pattern_name="api-reference")),
    path("api/v1/", RedirectView.as_view(pattern_name="api-reference")),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing),
    path("data/catalog.jsonld", dcat.catalogue, name="catalogue"),
    path("data/<slug:service>/<slug:name>.<str:format>", files.download, name="download"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", health.ready, name="ready"),
]
