"""The catalogue of open data as DCAT-AP 3 in JSON-LD, for the portals that harvest it.

Source: https://semiceu.github.io/DCAT-AP/releases/3.0.0/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from candia.core.dataset import Dataset
from candia.core.errors import Unavailable
from candia.core.service import Service, services
from candia.doors.opendata import formats, words
from candia.doors.opendata.snapshots import snapshot

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
Node = dict[str, Any]


def catalogue(request: HttpRequest) -> HttpResponse:
    """The whole catalogue."""
    document = json.dumps(Catalogue(request).as_jsonld(), ensure_ascii=False, indent=1)
    return HttpResponse(document, content_type="application/ld+json")


class Catalogue:
    """Writes the catalogue with the addresses under which the asker reaches the city."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._city = settings.CANDIA_CITY

    def as_jsonld(self) -> Node:
        """The catalogue and all that it holds."""
        pairs = [(service, dataset) for service in services().values() for dataset in service.datasets]
        return {
            "@context": CONTEXT,
            "@id": self._address("catalogue"),
            "@type": "dcat:Catalog",
            "dct:title": self._spoken(_("Open data of the city")),
            "dct:description": self._spoken(
                _("What the city measures and decides, as data that anyone may use.")
            ),
            "dct:publisher": self._publisher(),
            "dct:language": [_is(words.LANGUAGES[name]) for name in self._city.languages],
            "foaf:homepage": _is(self._address("data")),
            "dcat:dataset": [self._dataset(service, dataset) for service, dataset in pairs],
            "dcat:service": [self._api(pairs)],
        }

    def _dataset(self, service: Service, dataset: Dataset) -> Node:
        return {
            "@id": self._page(service, dataset),
            "@type": "dcat:Dataset",
            "dct:identifier": f"{service.name}.{dataset.name}",
            "dct:title": self._spoken(dataset.title),
            "dct:description": self._spoken(dataset.description),
            "dct:publisher": self._publisher(),
            "dct:accrualPeriodicity": _is(words.frequency(dataset.rhythm)),
            "dct:language": [_is(words.LANGUAGES[self._city.languages[0]])],
            **self._modified(service, dataset),
            "dcat:keyword": self._spoken(service.title),
            "dcat:landingPage": _is(self._page(service, dataset)),
            "dcat:distribution": list(self._distributions(service, dataset)),
        }

    def _modified(self, service: Service, dataset: Dataset) -> Node:
        """When it changed; nothing where that can't be known now, which DCAT-AP allows."""
        try:
            changed = snapshot(service, dataset).changed
        except Unavailable:
            return {}
        return {"dct:modified": {"@type": "xsd:dateTime", "@value": changed.isoformat()}}

    def _distributions(self, service: Service, dataset: Dataset) -> Iterator[Node]:
        for one in formats.of(dataset):
            address = self._address("download", service.name, dataset.name, one.name)
            yield {
                "@id": address,
                "@type": "dcat:Distribution",
                "dct:title": self._spoken(one.title),
                "dcat:accessURL": _is(self._page(service, dataset)),
                "dcat:downloadURL": _is(address),
                "dcat:mediaType": _is(MEDIA_TYPES + one.media_type.partition(";")[0]),
                "dct:format": _is(f"{words.AUTHORITY}/file-type/{one.file_type}"),
                "dct:license": _is(words.licence(dataset.licence).uri),
            }

    def _api(self, pairs: list[tuple[Service, Dataset]]) -> Node:
        return {
            "@id": self._address("openapi"),
            "@type": "dcat:DataService",
            "dct:title": self._spoken(_("The city's API")),
            "dcat:endpointURL": _is(self._request.build_absolute_uri("/api/v1")),
            "dcat:endpointDescription": _is(self._address("openapi")),
            "dcat:servesDataset": [_is(self._page(service, dataset)) for service, dataset in pairs],
        }

    def _publisher(self) -> Node:
        names = [{"@language": self._city.languages[0], "@value": self._city.name}]
        if "en" in self._city.languages:
            names.append({"@language": "en", "@value": self._city.name_en})
        return {"@id": self._address("data") + "#publisher", "@type": "foaf:Agent", "foaf:name": names}

    def _spoken(self, text: str | Promise) -> list[Node]:
        """The text in each of the city's languages."""
        found = []
        for language in self._city.languages:
            with override(language):
                found.append({"@language": language, "@value": str(text)})
        return found

    def _page(self, service: Service, dataset: Dataset) -> str:
        return self._address("dataset", service.name, dataset.name)

    def _address(self, name: str, *arguments: str) -> str:
        with override(self._city.languages[0]):
            return self._request.build_absolute_uri(reverse(name, args=arguments))


def _is(uri: str) -> Node:
    return {"@id": uri}
