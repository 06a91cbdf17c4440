"""Recipients: through which device a thing is told something."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from candia.core.access import Device
from candia.devices.commands import DESK


def devices_of(entities: Iterable[str]) -> dict[str, str]:
    """The device of each thing that has one, by entity id.

    It is the one that was given the thing by name; where none was, one that was given its kind. Of several the
    first by name, so that all orders of a thing go one way.
    """
    wanted = set(entities)
    kinds = {entity.partition(":")[0] for entity in wanted}
    found, by_kind = dict[str, str](), dict[str, str]()
    known = Device.objects.filter(
        Q(entities__overlap=list(wanted)) | Q(kinds__overlap=list(kinds)), revoked=None
    )
    for device in known.exclude(id__startswith=DESK).order_by("id"):
        for entity in wanted.intersection(device.entities):
            found.setdefault(entity, device.id)
        for kind in device.kinds:
            by_kind.setdefault(kind, device.id)
    for entity in wanted - found.keys():
        if device_id := by_kind.get(entity.partition(":")[0]):
            found[entity] = device_id
    return found
