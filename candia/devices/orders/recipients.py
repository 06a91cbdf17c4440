"""Recipients: through which device a thing is told something."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from candia.core.access import Device
from candia.devices.commands import DESK

# Of few things the index knows the devices; of many it is faster to look through all that devices speak for.
FEW = 20
_by_name = """
SELECT spoken.id, min(device.id) FROM core_device device, unnest(device.entities) AS spoken(id)
WHERE (%(all)s OR device.entities && %(asked)s::varchar(120)[]) AND spoken.id = ANY(%(asked)s::text[])
AND device.revoked IS NULL AND NOT starts_with(device.id, %(desk)s)
GROUP BY spoken.id
"""


def devices_of(entities: Iterable[str]) -> dict[str, str]:
    """The device of each thing that has one, by entity id.

    It is the one that was given the thing by name; where none was, one that was given its kind. Of several the
    first by name, so that all orders of a thing go one way.
    """
    asked = sorted(set(entities))
    with connection.cursor() as cursor:
        cursor.execute(_by_name, {"asked": asked, "all": len(asked) > FEW, "desk": DESK})
        found: dict[str, str] = dict(cursor.fetchall())
    left = [entity for entity in asked if entity not in found]
    by_kind = _of_kinds() if left else {}
    for entity in left:
        if device := by_kind.get(entity.partition(":")[0]):
            found[entity] = device
    return found


def _of_kinds() -> dict[str, str]:
    gateways = Device.objects.exclude(kinds=[]).exclude(id__startswith=DESK).filter(revoked=None)
    by_kind = dict[str, str]()
    for id, kinds in gateways.order_by("id").values_list("id", "kinds"):
        for kind in kinds:
            by_kind.setdefault(kind, id)
    return by_kind
