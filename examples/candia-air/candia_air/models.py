"""The things of air."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from candia.core.entity import Entity
from candia.core.field import Field


class Station(Entity):
    """Where the air is measured."""

    kind = "air.station"
    title = pgettext_lazy("air", "Station")
    attributes = (Field("model", "string", _("Model")),)

    model = models.CharField(_("model"), max_length=80, blank=True)

    @classmethod
    def published(cls) -> models.QuerySet["Station"]:
        """All of them: nothing here is personal."""
        return cls.objects.all()

    def page(self) -> str:
        """Where everyone reads about it."""
        return reverse("air-station", kwargs={"number": self.local_id})

    def desk_page(self) -> str:
        """Where staff tell it something: the page of its orders."""
        return reverse("devices-desk-thing", kwargs={"entity": self.pk})
