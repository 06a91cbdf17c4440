"""What citizens do to the things of the city, and what the city says to it: rows that belong to an entity.

They go with the entity where that is deleted: what nobody can look up any more is not kept about persons. That it
happened stays, as events.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from candia.core.entity import Entity
from candia.core.service import entity_kinds
from candia.participation.declaration import NOTHING, Answers, of


def signature(person: Any) -> str:
    """The name that somebody chose to show, else only that this is a resident."""
    return (person.name if person is not None else "") or gettext("A resident")


class Support(models.Model):
    """A verified resident's yes to a thing; one person, one voice."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="supports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "person"], name="participation_one_voice")]


class Comment(models.Model):
    """What a resident says to a thing, or in reply to another comment; where sides are taken, for or against it."""

    FOR, AGAINST, NEUTRAL = "for", "against", "neutral"
    STANCES = (
        (FOR, pgettext_lazy("stance", "For")),
        (AGAINST, pgettext_lazy("stance", "Against")),
        (NEUTRAL, pgettext_lazy("stance", "A question or an addition")),
    )

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="comments")
    # The comment that it answers, which answers none itself.
    reply_to = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    stance = models.CharField(max_length=8, choices=STANCES, default=NEUTRAL)
    text = models.TextField()
    signed = models.BooleanField(default=True)
    written = models.DateTimeField(auto_now_add=True)
    votes = models.PositiveIntegerField(default=0, db_default=0)
    hidden_because = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["entity", "written"], name="participation_comment_order")]

    @property
    def signature(self) -> str:
        """The name under which it stands."""
        return signature(self.author if self.signed else None)


class CommentVote(models.Model):
    """A resident's word that a comment speaks for them too."""

    comment = models.ForeignKey(Comment, models.CASCADE, related_name="voters")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "person"], name="participation_vote_once")]


class Follow(models.Model):
    """Somebody who wants to hear when something happens to a thing."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="follows")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entity", "person"], name="participation_follow_once")]


class Report(models.Model):
    """Somebody's word to the moderators that a thing, or a comment on it, should be looked at."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="reports")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="reports")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField()
    made = models.DateTimeField(auto_now_add=True)
    settled = models.BooleanField(default=False)


class Hiding(models.Model):
    """That a moderator hid a thing, or a comment on it, with the reason for everyone, until it was restored.

    `by` is who did it, as events name them.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="hidings")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="hidings")
    by = models.CharField(max_length=120, blank=True, db_default="", default="")
    reason = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity"],
                condition=models.Q(until=None, comment=None),
                name="participation_hidden_once",
            ),
            models.UniqueConstraint(
                fields=["comment"], condition=models.Q(until=None), name="participation_comment_hidden_once"
            ),
        ]

    def why(self, kind: str) -> str:
        """The public words of an event of this kind about it: the reason, or that of the decision on the appeal."""
        if kind in {"participation.hiding_upheld", "participation.hiding_lifted"}:
            return self.appeal.reason
        return "" if kind == "participation.hiding_appealed" else self.reason


class Appeal(models.Model):
    """That whoever's words were hidden asked, once, for another look; and what another than the hider decided.

    The text is for those who decide; the reason of the decision is public.
    """

    hiding = models.OneToOneField(Hiding, models.CASCADE, related_name="appeal")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    made = models.DateTimeField(auto_now_add=True)
    decided = models.DateTimeField(null=True)
    upheld = models.BooleanField(null=True)
    reason = models.TextField(blank=True)
    by = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["made"], condition=models.Q(decided=None), name="participation_appeal_waits")
        ]

    @property
    def standing(self) -> str:
        """How it stands, for everyone."""
        if self.decided is None:
            return gettext("Appealed; not decided yet")
        return (
            gettext("Still hidden after an appeal") if self.upheld else gettext("Shown again after an appeal")
        )

    @property
    def tone(self) -> str:
        """The colour and shape of how it stands."""
        return "warn" if self.decided is None else "quiet" if self.upheld else "good"

    @property
    def changed(self) -> datetime:
        """When it came to stand so."""
        return self.decided or self.made


class Answer(models.Model):
    """What the city said to a thing, and why; an earlier answer stays beside a later one."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="answers")
    # One of those that the kind declares.
    status = models.CharField(max_length=12)
    text = models.TextField()
    office = models.CharField(_("responsible office"), max_length=120, blank=True)
    given = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    @property
    def title(self) -> str:
        """What was answered, in the reader's language."""
        return str(self._declared.titles.get(self.status, self.status))

    @property
    def tone(self) -> str:
        """The colour and shape of what was answered."""
        return self._declared.tones.get(self.status, "quiet")

    @property
    def _declared(self) -> Answers:
        kind = entity_kinds().get(self.entity_id.partition(":")[0])
        return (of(kind) if kind else NOTHING).answers or Answers(titles={})


class AnswerDue(models.Model):
    """That the city owes a thing an answer: since when, until which day of its own, and when it came.

    `released`: nobody waits for it any more. `reminded`: how often the desk was, 1 before the day and 2 after it.
    """

    entity = models.OneToOneField(Entity, models.CASCADE, related_name="answer_due")
    since = models.DateTimeField()
    due = models.DateField(null=True)
    answered = models.DateTimeField(null=True)
    released = models.DateTimeField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["due"],
                condition=models.Q(answered=None, released=None),
                name="participation_answer_due",
            )
        ]

    @property
    def waits(self) -> bool:
        """Whether it is still to come."""
        return self.answered is None and self.released is None

    @property
    def days_late(self) -> int:
        """By how many days it is late; 0 where it is not."""
        if self.due is None or not self.waits:
            return 0
        return max(0, (timezone.localdate() - self.due).days)

    @property
    def late(self) -> bool:
        """Whether its day has passed."""
        return self.days_late > 0

    @property
    def sentence(self) -> str:
        """By when the city answers, or by how much it is late, in the reader's language."""
        if self.due is None:
            return gettext("The city owes an answer.")
        told = {"day": date_format(self.due, "SHORT_DATE_FORMAT"), "count": self.days_late}
        if not self.late:
            return gettext("The city answers by %(day)s.") % told
        return (
            ngettext(
                "The city's answer was due by %(day)s: %(count)d day late.",
                "The city's answer was due by %(day)s: %(count)d days late.",
                self.days_late,
            )
            % told
        )


class Notice(models.Model):
    """That one person is to hear of one event, and when that was mailed; the row keeps it from going twice.

    A `direct` one is told since it is theirs, whether they follow the thing or not.
    """

    event = models.PositiveBigIntegerField()
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True)
    direct = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person"], name="participation_notice_once")]
        indexes = [models.Index(fields=["person", "-id"], name="participation_notice_newest")]

    @property
    def is_wanted(self) -> bool:
        """Whether its person still wants to hear of it."""
        return self.direct or Follow.objects.filter(entity=self.entity_id, person=self.person_id).exists()


class NoticeSettings(models.Model):
    """How somebody wants to hear of what they follow, and how far they have read."""

    AT_ONCE, DAILY, WEEKLY, NO_MAIL = "at_once", "daily", "weekly", "no_mail"
    RHYTHMS = (
        (AT_ONCE, _("By e-mail, at once")),
        (DAILY, _("By e-mail, once a day")),
        (WEEKLY, _("By e-mail, once a week")),
        (NO_MAIL, _("No e-mail")),
    )

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=8, choices=RHYTHMS, default=AT_ONCE)
    # The newest notice that stood on the person's page when they last looked.
    read = models.PositiveBigIntegerField(default=0)

    @classmethod
    def of(cls, person: Any) -> NoticeSettings:
        """Those of a person; as everyone begins, unsaved, where they chose nothing yet."""
        return cls.objects.filter(person=person).first() or cls(person=person)
