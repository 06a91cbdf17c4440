"""The things of dialogue: proposals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity
from candia.core.field import Field
from candia.core.zones import zone_name
from candia.participation.declaration import Answers, Comments, Participation, Supports
from candia.participation.models import signature
from candia.services.dialogue import city, life, states


class Proposal(Entity):
    """What a resident asks the city to do, from the draft to the answer.

    The shared row (`name`, `lon`, `lat`, `zone`), which maps, stories and doors of others read,
    is filled only while the proposal is public; `heading`, `text` and `place` are the author's own.
    """

    kind = "dialogue.proposal"
    title = _("Proposal")
    participation = Participation(
        comments=Comments(stances=True),
        support=Supports(
            press=_("I support this"), given=_("You support this."), template="dialogue/parts/goal.html"
        ),
        answers=Answers(titles=dict(states.STATUSES), tones=states.TONES),
        follow=True,
        report=True,
        hide=True,
        attachments=True,
        check=life.check,
        counted=life.counted,
    )

    attributes = (
        Field("status", "string", _("Status: open, accepted, not_now, rejected or withdrawn")),
        Field("theme", "string", _("Theme")),
        Field("support_count", "integer", _("Verified residents who support it")),
        Field("submitted", "datetime", _("Submitted")),
        Field("answered", "datetime", _("Last answered")),
    )

    search = ("text", "address", "theme_name")

    number = models.PositiveBigIntegerField(unique=True, editable=False)
    # Made with the form, so that a draft sent twice on a bad line is one draft.
    form_key = models.UUIDField(unique=True, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    signed = models.BooleanField(default=True)
    status = models.CharField(max_length=12, choices=states.STATUSES, default=states.DRAFT)
    # Only hiding and restoring change it, so that no step in a proposal's life can bring it back to the public.
    hidden = models.BooleanField(default=False, db_default=False, editable=False)
    # The one answer to whether everyone may know of it, for every query however it is written.
    public = models.GeneratedField(
        expression=models.ExpressionWrapper(
            models.Q(status__in=sorted(states.SUBMITTED), hidden=False), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    heading = models.CharField(_("title"), max_length=120, blank=True)
    text = models.TextField(_("text"), blank=True)
    theme = models.CharField(_("theme"), max_length=40, blank=True, db_index=True)
    # [lon, lat] in WGS84 degrees
    place = ArrayField(models.FloatField(), size=2, null=True, blank=True)
    address = models.CharField(max_length=120, blank=True)
    support_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)
    changed = models.DateTimeField(auto_now=True)
    submitted = models.DateTimeField(null=True)
    # When its supports first reached the city's goal without an answer yet: from then on the city's days count.
    reached = models.DateTimeField(null=True, editable=False, db_index=True)
    answered = models.DateTimeField(null=True)
    withdrawn_because = models.TextField(blank=True)
    words = models.GeneratedField(
        expression=SearchVector("heading", weight="A", config="candia_greek")
        + SearchVector("text", weight="B", config="candia_greek"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(fields=["public", "status", "-submitted"], name="proposal_public"),
            models.Index(fields=["author", "-number"], name="proposal_author"),
            GinIndex(fields=["words"], name="proposal_words"),
        ]

    def page(self) -> str:
        """Where everyone reads it."""
        return reverse("dialogue-proposal", kwargs={"number": self.number})

    def desk_page(self) -> str:
        """Where staff handle it."""
        return reverse("dialogue-desk-handle", kwargs={"number": self.number})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row, and let the shared one say only what is public."""
        self.name = self.heading if self.is_public else ""
        self.lon, self.lat = self.place if self.is_public and self.place else (None, None)
        self.zone = ""  # its place, if it tells one, says in which zone it lies
        super().save(*args, **kwargs)

    @classmethod
    def published(cls) -> models.QuerySet[Proposal]:
        """Everything but drafts and what moderators hid."""
        return cls.objects.filter(public=True)

    @classmethod
    def visible_to(cls, person: Any) -> models.QuerySet[Proposal]:
        """Beside what everyone reads to authors their own, and to staff what moderators hid but no drafts."""
        if person is None:
            return cls.published()
        seen = ~models.Q(status=states.DRAFT) if person.is_staff_of("dialogue") else models.Q(public=True)
        return cls.objects.filter(seen | models.Q(author=person))

    @property
    def due(self) -> date | None:
        """The last day on which the city's answer comes as promised; None where none is promised."""
        if self.reached is None or not city.answer_days():
            return None
        return timezone.localdate(self.reached) + timedelta(days=city.answer_days())

    @property
    def awaited(self) -> bool:
        """Whether the promised answer is still to come."""
        return self.is_public and self.status == states.OPEN and self.due is not None

    @property
    def overdue(self) -> bool:
        """Whether the day of the promised answer has passed without one."""
        return self.awaited and self.due is not None and self.due < timezone.localdate()

    @property
    def goal(self) -> int:
        """As many supports as ask for an answer; 0 where the city has no goal."""
        return city.goal()

    @property
    def by_when(self) -> str:
        """By when the city answers it, or that it is late; nothing where it has promised nothing."""
        if self.due is None or not self.awaited:
            return ""
        told = {"day": date_format(self.due, "SHORT_DATE_FORMAT")}
        if self.overdue:
            return gettext("The city's answer was due by %(day)s.") % told
        return gettext("The city answers by %(day)s.") % told

    @property
    def is_public(self) -> bool:
        """Whether everyone may read it, as it stands here and perhaps unsaved; `public` says it of what is kept."""
        return self.status in states.SUBMITTED and not self.hidden

    @property
    def standing(self) -> str:
        """How it stands, in the reader's language: its status, or that it is hidden."""
        return gettext("Hidden") if self.hidden else self.get_status_display()

    @property
    def tone(self) -> str:
        """The colour and shape of how it stands."""
        return "quiet" if self.hidden else states.TONES.get(self.status, "quiet")

    @property
    def theme_name(self) -> str:
        """Its theme in the reader's language."""
        return str(city.themes().get(self.theme, ""))

    @property
    def zone_name(self) -> str:
        """Its zone in the reader's language."""
        return zone_name(self.zone)

    @property
    def signature(self) -> str:
        """The name under which it stands, as its author chose."""
        return signature(self.author if self.signed else None)

    def point(self) -> dict[str, Any] | None:
        """The place as a GeoJSON point, for those who may read the proposal."""
        return {"type": "Point", "coordinates": list(self.place)} if self.place else None
