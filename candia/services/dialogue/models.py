"""The things of dialogue: proposals, and what residents and the city say to them."""

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
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity
from candia.core.field import Field
from candia.core.zones import zone_name
from candia.services.dialogue import city, states


class Proposal(Entity):
    """What a resident asks the city to do, from the draft to the answer.

    The shared row (`name`, `lon`, `lat`, `zone`), which maps, stories and doors of others read,
    is filled only while the proposal is public; `heading`, `text` and `place` are the author's own.
    """

    kind = "dialogue.proposal"
    title = _("Proposal")

    attributes = (
        Field("status", "string", _("Status: open, accepted, not_now, rejected or withdrawn")),
        Field("theme", "string", _("Theme")),
        Field("support_count", "integer", _("Verified residents who support it")),
        Field("submitted", "datetime", _("Submitted")),
        Field("answered", "datetime", _("Last answered")),
    )

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


def signature(person: Any) -> str:
    """The name that somebody chose to show, else only that this is a resident."""
    return (person.name if person is not None else "") or gettext("A resident")


class Picture(models.Model):
    """A proposal's picture: two sizes as files with random names, and words for who can't see it."""

    proposal = models.OneToOneField(Proposal, models.CASCADE, related_name="picture")
    file = models.CharField(max_length=40, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    alt = models.CharField(_("what the picture shows"), max_length=200, blank=True)


class Support(models.Model):
    """A verified resident's yes to a proposal; one person, one voice."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="supports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "person"], name="one_person_one_voice")]


class Comment(models.Model):
    """What a resident says to a proposal: for, against or neither."""

    FOR, AGAINST, NEUTRAL = "for", "against", "neutral"
    STANCES = (
        (FOR, pgettext_lazy("stance", "For")),
        (AGAINST, pgettext_lazy("stance", "Against")),
        (NEUTRAL, pgettext_lazy("stance", "A question or an addition")),
    )

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    stance = models.CharField(max_length=8, choices=STANCES, default=NEUTRAL)
    text = models.TextField()
    signed = models.BooleanField(default=True)
    written = models.DateTimeField(auto_now_add=True)
    hidden_because = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["proposal", "written"], name="comment_in_order")]

    @property
    def signature(self) -> str:
        """The name under which it stands."""
        return signature(self.author if self.signed else None)


class Follow(models.Model):
    """Somebody who wants mail when something happens to a proposal."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="follows")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "person"], name="follow_once")]


class Answer(models.Model):
    """What the city said to a proposal, and why; an earlier answer stays beside a later one."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="answers")
    status = models.CharField(max_length=12, choices=states.STATUSES)
    text = models.TextField()
    office = models.CharField(_("responsible office"), max_length=120, blank=True)
    given = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    @property
    def tone(self) -> str:
        """The colour and shape of what was answered."""
        return states.TONES.get(self.status, "quiet")


class Hiding(models.Model):
    """That a moderator hid a proposal, with the reason for everyone, until it was restored."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="hidings")
    reason = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"], condition=models.Q(until=None), name="hidden_once_at_a_time"
            )
        ]


class Report(models.Model):
    """Somebody's word to the moderators that a proposal or a comment should be looked at."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="reports")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField()
    made = models.DateTimeField(auto_now_add=True)
    settled = models.BooleanField(default=False)


class Notice(models.Model):
    """One mail to one follower about one event; the row keeps it from being sent twice."""

    event = models.PositiveBigIntegerField()
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    sent = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person"], name="notice_once")]
