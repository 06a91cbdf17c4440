"""Entity: a thing of the city with an id, a name and, often, a place."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entity(models.Model):
    """A thing of the city, known everywhere by its id `service.kind:local` (NGSI-LD entity).

    A service's own entity subclasses this, names its `kind` and adds its columns; the shared
    row lets maps, alerts, stories and open standards speak of any thing alike. Coordinates are
    WGS84 degrees; `geometry` is a GeoJSON geometry where a point says too little.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[Any] = _("Thing")

    id = models.CharField(primary_key=True, max_length=120)
    kind_name = models.CharField(max_length=60, db_column="kind", db_index=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    geometry = models.JSONField(null=True, blank=True)
    zone = models.CharField(_("zone"), max_length=60, blank=True, db_index=True)
    # What the outside calls it: a DevEUI, a serial number.
    alias = models.CharField(max_length=120, null=True, blank=True, unique=True)
    synthetic = models.BooleanField(_("synthetic position"), default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["kind_name", "zone"], name="entity_kind_zone")]

    def __str__(self) -> str:
        return self.name or self.id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row under its kind; the id must belong to that kind."""
        self.kind_name = self.kind or self.kind_name
        if not self.id.startswith(f"{self.kind_name}:"):
            msg = f"The id {self.id!r} does not belong to the kind {self.kind_name!r}."
            raise ValueError(msg)
        super().save(*args, **kwargs)

    @classmethod
    def published(cls) -> models.QuerySet[Any]:
        """Those that anyone may know of, with story, alerts and observations; none unless a kind says so."""
        return cls._default_manager.none()

    @property
    def local_id(self) -> str:
        """The id within its kind: `17` of `water.meter:17`."""
        return self.id.partition(":")[2]

    @property
    def service_name(self) -> str:
        """The service that owns this thing: `water` of `water.meter:17`."""
        return self.id.partition(".")[0]

    def page(self) -> str:
        """The address of the page that is about this thing alone; empty where it has none."""
        return ""

    def point(self) -> dict[str, Any] | None:
        """The position as a GeoJSON geometry, the full one where it is known."""
        if self.geometry:
            return dict(self.geometry)
        if self.lon is None or self.lat is None:
            return None
        return {"type": "Point", "coordinates": [self.lon, self.lat]}
