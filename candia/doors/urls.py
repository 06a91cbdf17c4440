"""The addresses of the doors: the interfaces that programs and other cities rely on."""

from django.urls import URLPattern, URLResolver, path

from candia.doors import health, intake, metrics
from candia.doors.api import api, nothing
from candia.doors.api.schema import openapi

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/observations", intake.observations, name="observations"),
    path("api/v1/", api.urls),
    path("api/<path:rest>", nothing),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", health.ready, name="ready"),
]
