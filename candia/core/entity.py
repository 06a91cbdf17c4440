"""Entity: a thing of the city with an id, a name and, often, a place."""

from __future__ import annotations

from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from candia.core import entity_changes
from candia.core.field import Field
from candia.core.names import translated
from candia.core.zones import zone_at


class ZoneField(models.CharField):  # type: ignore[type-arg]  # generic in its stubs alone
    """The zone of a thing, by its id; whatever is created with a place and none told gets the one it lies in."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Ask the city's map where the thing is, if nobody has said it; in bulk as well."""
        thing: Any = model_instance
        if not thing.zone and thing.lon is not None and thing.lat is not None:
            thing.zone = zone_at(thing.lon, thing.lat)
        return super().pre_save(model_instance, add)

    def deconstruct(self) -> Any:
        """To a migration it is the text that it is kept as."""
        name, _path, arguments, keywords = super().deconstruct()
        return name, "django.db.models.CharField", arguments, keywords


class Entity(models.Model):
    """A thing of the city, known everywhere by its id `service.kind:local` (NGSI-LD entity).

    A service's own entity subclasses this, names its `kind` and adds its columns; those that anyone may know
    of a published thing it declares as `attributes`, each a column or property of the same name. The shared
    row lets maps, alerts, stories and open standards speak of any thing alike. `name` is in the city's
    first language, `names` in its others (`{"en": …}`). Coordinates are WGS84 degrees; `geometry` is a
    GeoJSON geometry where a point says too little. Of a kind that `moves`, the two properties named there
    (longitude, latitude) are observed, and the row follows them: `position_at` is when it was seen there.
    `owned_by` names the foreign key of whoever may do what the condition `author` lets them do.
    What is published is found by its names and by what `search` names, columns or properties that anyone may know;
    where a kind says nothing, by its attributes that are text. `serials` are columns with what is written on it, by
    which a table of history may name it, beside its alias.
    """

    kind: ClassVar[str] = ""
    title: ClassVar[Any] = _("Thing")
    attributes: ClassVar[tuple[Field, ...]] = ()
    moves: ClassVar[tuple[str, str] | None] = None
    owned_by: ClassVar[str] = "author"
    search: ClassVar[tuple[str, ...] | None] = None
    serials: ClassVar[tuple[str, ...]] = ()

    id = models.CharField(primary_key=True, max_length=120)
    kind_name = models.CharField(max_length=60, db_column="kind", db_index=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    names = models.JSONField(_("names in other languages"), default=dict, db_default={}, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    geometry = models.JSONField(null=True, blank=True)
    zone = ZoneField(_("zone"), max_length=60, blank=True, db_index=True)
    position_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What the outside calls it: a DevEUI, a serial number.
    alias = models.CharField(max_length=120, null=True, blank=True, unique=True)
    synthetic = models.BooleanField(_("synthetic position"), default=False)
    created = models.DateTimeField(auto_now_add=True)

    objects = entity_changes.Written()

    class Meta:
        indexes = [models.Index(fields=["kind_name", "zone"], name="entity_kind_zone")]

    def __str__(self) -> str:
        first = {settings.CANDIA_CITY.languages[0]: self.name} if self.name else {}
        return translated({**self.names, **first}, self.name) or self.id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row under its kind; the id must belong to that kind."""
        # Django gives a child's key to the child alone.
        self.id = self.id or self.pk
        self.kind_name = self.kind or self.kind_name
        if not self.id.startswith(f"{self.kind_name}:"):
            msg = f"The id {self.id!r} does not belong to the kind {self.kind_name!r}."
            raise ValueError(msg)
        with transaction.atomic():
            super().save(*args, **kwargs)
            entity_changes.tell([self.pk])

    @classmethod
    def published(cls) -> models.QuerySet[Any]:
        """Those that anyone may know of, with story, alerts and observations; none unless a kind says so."""
        return cls._default_manager.none()

    @classmethod
    def visible_to(cls, person: Any) -> models.QuerySet[Any]:
        """Those that this person (None: whoever comes) may know of: what is published, and staff all of their own.

        A kind that holds what its staff may not see, or what somebody owns, says so itself.
        """
        if person is not None and person.is_staff_of(cls.kind.partition(".")[0]):
            return cls._default_manager.all()
        return cls.published()

    @classmethod
    def of_id(cls, id: str) -> type[Entity]:
        """The model of the kind that an id names; the shared one where the city has no such kind."""
        kind = id.partition(":")[0]
        return next(
            (model for model in apps.get_models() if issubclass(model, cls) and kind and model.kind == kind),
            cls,
        )

    @classmethod
    def searched(cls) -> tuple[str, ...]:
        """The columns and properties by whose words it is found, beside its names."""
        if cls.search is not None:
            return cls.search
        return tuple(field.name for field in cls.attributes if field.type == "string")

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

    def desk_page(self) -> str:
        """The address of the desk's page about it, for staff; empty where it has none."""
        return ""

    def attribute_values(self) -> dict[str, Any]:
        """What anyone may know of it, by the names of its attributes."""
        return {field.name: getattr(self, field.name) for field in self.attributes}

    def point(self) -> dict[str, Any] | None:
        """The position as a GeoJSON geometry, the full one where it is known."""
        if self.geometry:
            return dict(self.geometry)
        if self.lon is None or self.lat is None:
            return None
        return {"type": "Point", "coordinates": [self.lon, self.lat]}
