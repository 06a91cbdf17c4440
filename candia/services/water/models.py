"""The things of water: districts and meters, and who holds a meter."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity
from candia.operations.maintenance import standing
from candia.participation.declaration import Holders, Participation
from candia.services.water import advice

#: Of fewer households, or fewer meters that report, nothing is told to the public.
FEW = 10


class District(Entity):
    """A district metered area (DMA): one measured inflow, many meters; where it has many homes it is public."""

    kind = "water.district"
    title = _("District")

    # Without a name on Entity, so that a meter may call its own district just that.
    entity_ptr = models.OneToOneField(
        Entity, models.CASCADE, parent_link=True, primary_key=True, related_name="+", editable=False
    )
    mains_km = models.FloatField(_("length of mains, km"), null=True, blank=True)
    connections = models.PositiveIntegerField(_("service connections"), default=0)

    @classmethod
    def published(cls) -> models.QuerySet[District]:
        """Those of many households: of a few, even the inflow would tell when somebody is at home."""
        hung = Meter.objects.values("district").annotate(count=models.Count("pk")).filter(count__gte=FEW)
        return cls.objects.filter(models.Q(connections__gte=FEW) | models.Q(pk__in=hung.values("district")))

    def page(self) -> str:
        """Where everyone reads what it loses."""
        return reverse("water-district", kwargs={"name": self.local_id})

    def desk_page(self) -> str:
        """Where staff look after it."""
        return reverse("water-desk-district", kwargs={"name": self.local_id})


class Meter(Entity):
    """A household's meter: its index counts m³; where it hangs and what it counts is personal."""

    kind = "water.meter"
    title = _("Meter")
    serials = ("serial",)
    # A household hears of its leak. What else a meter tells is for the water service, which writes to nobody of it.
    participation = Participation(
        holders=Holders(
            rules=("water.continuous_flow", "water.burst"),
            whose=lambda meter: meter.holders(),
            name=lambda meter: f"{meter.title} {meter.serial or meter.local_id}",
            page=lambda meter: reverse("water-my-meter", kwargs={"number": meter.local_id}),
            words=advice.words,
        )
    )

    district = models.ForeignKey(
        District, models.PROTECT, related_name="meters", verbose_name=_("district"), null=True, blank=True
    )
    serial = models.CharField(_("serial number"), max_length=40, blank=True, db_index=True)
    # A sum of many connections is no household: nothing that a home does is told of it.
    bulk = models.BooleanField(_("several connections"), default=False, db_default=False)
    # Who knows it, from the last bill, may say that the meter is theirs.
    claim_code = models.CharField(max_length=20, blank=True, editable=False)
    # Since when this household draws water here; what was counted before is another household's.
    household_since = models.DateTimeField(null=True, blank=True, editable=False)

    @classmethod
    def visible_to(cls, person: Any) -> models.QuerySet[Meter]:
        """To staff all, and to a household its own."""
        held = models.Q(holdings__person=person, holdings__until=None)
        if person is None or person.is_staff_of("water"):
            return super().visible_to(person)
        return cls.objects.filter(held).distinct()

    def holders(self) -> set[int]:
        """Who holds it now and may be told of it; nobody while it is worked on."""
        if standing([self.pk]):
            return set()
        return set(self.holdings.filter(until=None).values_list("person", flat=True))

    def desk_page(self) -> str:
        """Where staff look after it."""
        return reverse("water-desk-meter", kwargs={"number": self.local_id})


class Counted(models.Model):
    """That a meter counts in what is published of a district, whatever became of it since; see `published.py`."""

    # No foreign key: a meter that is deleted goes on counting until enough others leave with it.
    meter = models.CharField(max_length=120)
    district = models.ForeignKey(District, models.CASCADE, related_name="counted")
    # What it rose by on a usual day, m³, for when nothing is heard of it any more.
    usual = models.FloatField(default=0.0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["meter", "district"], name="counted_once")]

    def __str__(self) -> str:
        return f"{self.meter} {self.district_id}"


class PublishedDay(models.Model):
    """A district's day as it was published, for good: the database refuses to change it. Volumes in m³."""

    district = models.ForeignKey(District, models.CASCADE, related_name="days")
    day = models.DateField()
    input_m3 = models.FloatField()
    metered_m3 = models.FloatField()
    losses_m3 = models.FloatField()
    # Of the input, from 0 to 1
    share = models.FloatField(null=True)
    # Least inflow of the night, L/s
    night = models.FloatField(null=True)
    meters = models.PositiveIntegerField()
    meters_reporting = models.PositiveIntegerField()
    estimated = models.BooleanField()
    published = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["day", "district"]
        constraints = [models.UniqueConstraint(fields=["district", "day"], name="published_once")]

    def __str__(self) -> str:
        return f"{self.district_id} {self.day}"


class Holding(models.Model):
    """That a customer holds a meter, from the day they said so until they leave it."""

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="holdings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meter", "person"], condition=models.Q(until=None), name="meter_held_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.person_id}"
