"""Relation: how one thing stands to another, across services; each of the two knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity

#: What a thing is to the other, and what the other is to it.
KINDS = {
    "came_from": (_("Came from"), _("Led to")),
    "funded_by": (_("Funded by"), _("Funds")),
    "part_of": (_("Part of"), _("Consists of")),
    "stands_at": (_("Stands at"), _("What stands here")),
    "replaces": (_("Replaces"), _("Replaced by")),
}
# Further back or ahead than so many steps nobody follows a story.
FAR = 8
_line = """
WITH RECURSIVE line (id, step) AS (
    SELECT {to}, 1 FROM core_relation WHERE {since} = %s AND kind = 'came_from'
    UNION
    SELECT {to}, step + 1 FROM core_relation JOIN line ON {since} = line.id
    WHERE kind = 'came_from' AND step < %s
)
SELECT id FROM line GROUP BY id ORDER BY min(step), id
"""


class Relation(models.Model):
    """The origin stands to the target in one of the ways of `KINDS`; only commands write it."""

    origin = models.ForeignKey(Entity, models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=20, choices=[(name, words[0]) for name, words in KINDS.items()])
    target = models.ForeignKey(Entity, models.CASCADE, related_name="back_relations")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "kind", "target"], name="related_once"),
            models.CheckConstraint(condition=~Q(origin=F("target")), name="not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.origin_id} {self.kind} {self.target_id}"


@dataclass(frozen=True)
class Related:
    """That a thing stands to another (`id`) so, or, if `back`, the other to it."""

    kind: str
    back: bool
    id: str

    @property
    def title(self) -> Any:
        """What the other is to the thing, in words: Funded by, Funds."""
        return KINDS[self.kind][self.back]


def relate(origin: Entity | str, kind: str, target: Entity | str) -> Relation:
    """Let one thing stand to another, within the command that says so; once is enough."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no relation; these are: {', '.join(KINDS)}.")
    relation, _new = Relation.objects.get_or_create(origin_id=_id(origin), kind=kind, target_id=_id(target))
    return relation


def unrelate(origin: Entity | str, kind: str, target: Entity | str) -> None:
    """End it."""
    Relation.objects.filter(origin_id=_id(origin), kind=kind, target_id=_id(target)).delete()


def related(id: str) -> list[Related]:
    """What a thing is related to, and what to it, each way in the order of `KINDS`; two small look-ups at most."""
    rows = Relation.objects.filter(Q(origin=id) | Q(target=id)).values_list("origin_id", "kind", "target_id")
    order = list(KINDS)
    both = [Related(kind, origin != id, target if origin == id else origin) for origin, kind, target in rows]
    return sorted(both, key=lambda one: (order.index(one.kind), one.back, one.id))


def came_from(id: str) -> list[str]:
    """What led to a thing, however many steps back, the nearest first: one query."""
    return list(_walked(id, since="origin_id", to="target_id"))


def led_to(id: str) -> list[str]:
    """What a thing led to, however many steps ahead, the nearest first: one query."""
    return list(_walked(id, since="target_id", to="origin_id"))


def _walked(id: str, *, since: str, to: str) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_line.format(since=since, to=to), [id, FAR])
        yield from (other for (other,) in cursor.fetchall() if other != id)


def _id(thing: Entity | str) -> str:
    return thing if isinstance(thing, str) else thing.pk
