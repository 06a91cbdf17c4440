"""Open data as the API tells of it; the files themselves lie under /data/."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_noop
from ninja import Router

from candia.core.dataset import Dataset
from candia.core.service import Service, services
from candia.doors.api import schemas
from candia.doors.api.city import columns
from candia.doors.api.paging import After, Limit, number, paged
from candia.doors.opendata import formats, parquet
from candia.doors.opendata.files import find
from candia.doors.opendata.snapshots import snapshot

router = Router()


@router.get("/datasets", response=list[schemas.Dataset], summary=gettext_noop("All open data"))
def datasets(request: HttpRequest) -> Any:
    """What the city gives away, and where the files are."""
    return [
        told(request, service, dataset) for service in services().values() for dataset in service.datasets
    ]


@router.get(
    "/datasets/{service}/{name}",
    response={200: schemas.Dataset, 404: schemas.Problem},
    summary=gettext_noop("One dataset"),
)
def dataset(request: HttpRequest, service: str, name: str) -> Any:
    """What its columns mean, its licence, its rhythm and its files."""
    return told(request, *find(service, name))


@router.get(
    "/datasets/{service}/{name}/rows",
    response={200: schemas.Page[dict[str, Any]], 404: schemas.Problem, 422: schemas.Problem},
    summary=gettext_noop("Rows of a dataset"),
)
def rows(
    request: HttpRequest,
    response: HttpResponse,
    service: str,
    name: str,
    after: After = "",
    limit: Limit = 100,
) -> Any:
    """Some rows; “after” counts those that were seen."""
    owner, found = find(service, name)
    begin = number(after) if after else 0
    taken = parquet.read(snapshot(owner, found).file("parquet"), found, begin, limit + 1)
    return paged(request, response, taken, limit, lambda _row: begin + limit, lambda row: row)


def told(request: HttpRequest, service: Service, dataset: Dataset) -> dict[str, Any]:
    """A dataset by its declaration."""
    own = {
        name: str(getattr(dataset, name)) for name in ("name", "title", "description", "licence", "rhythm")
    }
    files = [
        {
            "format": one.name,
            "media_type": one.media_type.partition(";")[0],
            "url": request.build_absolute_uri(
                reverse("download", args=(service.name, dataset.name, one.name))
            ),
        }
        for one in formats.of(dataset)
    ]
    return {"service": service.name, **own, "columns": columns(dataset.schema), "files": files}
