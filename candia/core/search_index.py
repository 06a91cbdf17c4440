"""Search index: what of published things, pages and datasets is looked through, kept by whoever changes them.

A document is written in the transaction that writes its thing. What else decides whether a thing is published, such
as how many meters hang in a district, is caught up with each night; `search` asks again at each reading anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import F, Func
from django.utils.translation import override
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from candia.core import things
from candia.core.entity import Entity
from candia.core.service import Service, entity_kinds, services
from candia.core.zones import zone_name

#: What documents of pages and of datasets have in the place of a thing's kind.
PAGE, DATASET = "page", "dataset"
BATCH = 1000
Some = TypeVar("Some")


def _sound(column: str) -> Func:
    return Func(F(column), function="candia_sound", output_field=models.TextField())


def _fold(column: str) -> Func:
    return Func(F(column), function="candia_fold", output_field=models.TextField())


class SearchDocument(models.Model):
    """What one thing, page or dataset is found by, in all of the city's languages together.

    `names` are its names by language, `title` all of them, and `text` what else finds it. Greek words are kept by
    their stem, as they are written without accents, and as they sound, so that Latin letters find them too.
    """

    id = models.CharField(primary_key=True, max_length=160)
    kind = models.CharField(max_length=60, db_index=True)
    entity = models.OneToOneField(Entity, models.CASCADE, null=True, related_name="+")
    names = models.JSONField(default=dict)
    title = models.TextField()
    text = models.TextField(blank=True)
    sound = models.GeneratedField(
        expression=_sound("title"), output_field=models.TextField(), db_persist=True
    )
    words = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="candia_greek")
        + SearchVector(_fold("title"), weight="A", config="simple")
        + SearchVector(_sound("title"), weight="A", config="simple")
        + SearchVector("text", weight="C", config="candia_greek")
        + SearchVector(_sound("text"), weight="C", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_words"),
            GinIndex(OpClass(F("sound"), name="gin_trgm_ops"), name="search_sound"),
        ]

    def __str__(self) -> str:
        return self.id

    def says_like(self, other: SearchDocument) -> bool:
        """Whether both are found by the same."""
        return (self.names, self.title, self.text) == (other.names, other.title, other.text)


@dataclass(frozen=True)
class Counts:
    """How many documents were written, gone, and in all."""

    written: int
    gone: int
    total: int


def renew(ids: Collection[str]) -> None:
    """Write the documents of these things as they are now; what is not published has none."""
    for kind, wanted in things.by_kind(ids).items():
        if things.is_open(entity_kinds()[kind]):
            found = _things(kind, wanted)
            _keep(found)
            gone = set(wanted) - {one.pk for one in found}
            if gone:
                SearchDocument.objects.filter(pk__in=gone).delete()


def rebuild() -> Counts:
    """Write every document as it should be now, and take away those of what is not published any more."""
    written, kept = 0, set[str]()
    for documents in _batches(chain(declared(), _every_thing())):
        with transaction.atomic():
            written += _keep(documents)
        kept.update(one.pk for one in documents)
    known = SearchDocument.objects.values_list("pk", flat=True).iterator(chunk_size=BATCH)
    gone = [id for id in known if id not in kept]
    for some in _batches(gone):
        # What was published since this began is written already and stays.
        still = {one.pk for kind, ids in things.by_kind(some).items() for one in _things(kind, ids)}
        SearchDocument.objects.filter(pk__in=set(some) - still).delete()
    return Counts(written, len(gone), len(kept))


def prepare() -> None:
    """At the start of a city: pages and datasets as they are declared; of an older city, all else soon."""
    with transaction.atomic():
        documents = list(declared())
        _keep(documents)
        SearchDocument.objects.filter(entity=None).exclude(pk__in=[one.pk for one in documents]).delete()
    if not SearchDocument.objects.exclude(entity=None).exists():
        with suppress(AlreadyEnqueued):
            catch_up.configure().defer(timestamp=0)


@app.periodic(cron="40 3 * * *")
@app.task(name="core.search", queueing_lock="core.search", pass_context=False)
def catch_up(timestamp: int) -> None:  # noqa: ARG001 — the worker's signature
    """Each night: what is published, or no more, for reasons that lie outside its own row."""
    rebuild()


def declared() -> Iterator[SearchDocument]:
    """The documents of the portal's pages with a place in the menu, and of the datasets."""
    for service in services().values():
        for page in service.pages:
            if page.menu and not page.desk:
                title, about = page.title or service.title, (service.title, service.description)
                yield _document(f"{PAGE}:{service.name}-{page.name}", PAGE, lambda t=title: t, about)
        yield from _datasets(service)


def _datasets(service: Service) -> Iterator[SearchDocument]:
    for dataset in service.datasets:
        id, about = f"{DATASET}:{service.name}/{dataset.name}", (dataset.description,)
        yield _document(id, DATASET, lambda t=dataset.title: t, about)


def _every_thing() -> Iterator[SearchDocument]:
    for model in things.open_kinds().values():
        for thing in model.published().order_by("pk").iterator(BATCH):
            yield _of(thing)


def _things(kind: str, ids: Iterable[str]) -> list[SearchDocument]:
    """The documents of those of a kind that are published."""
    return [_of(thing) for thing in entity_kinds()[kind].published().filter(pk__in=ids)]


def _of(thing: Entity) -> SearchDocument:
    def told() -> Iterator[Any]:
        yield from (getattr(thing, name) for name in thing.searched())
        yield zone_name(thing.zone) if thing.zone else ""

    document = _document(thing.pk, thing.kind, lambda: thing, told)
    document.entity_id = thing.pk
    return document


def _document(id: str, kind: str, name: Any, told: Any) -> SearchDocument:
    names, texts = {}, []
    for language in settings.CANDIA_CITY.languages:
        with override(language):
            names[language] = str(name())
            texts += [str(text) for text in (told() if callable(told) else told) if text]
    title, text = ("\n".join(dict.fromkeys(each)) for each in (names.values(), texts))
    return SearchDocument(id=id, kind=kind, names=names, title=title, text=text)


def _batches(each: Iterable[Some]) -> Iterator[tuple[Some, ...]]:
    rest = iter(each)
    while some := tuple(islice(rest, BATCH)):
        yield some


def _keep(documents: Collection[SearchDocument]) -> int:
    """Write those that say something else than before; answers with how many."""
    before = SearchDocument.objects.defer("words", "sound").in_bulk([one.pk for one in documents])
    changed = [one for one in documents if one.pk not in before or not one.says_like(before[one.pk])]
    SearchDocument.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["kind", "entity", "names", "title", "text"],
    )
    return len(changed)
