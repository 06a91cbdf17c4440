"""What citizens do to the things of the city, and what the city says to it: rows that belong to an entity.

They go with the entity where that is deleted: what nobody can look up any more is not kept about persons. That it
happened stays, as events.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
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
    """That a moderator hid a thing, with the reason for everyone, until it was restored."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="hidings")
    reason = models.TextField()
    since = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity"], condition=models.Q(until=None), name="participation_hidden_once"
            )
        ]


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


class Notice(models.Model):
    """That one follower is to hear of one event, and when that was mailed; the row keeps it from going twice."""

    event = models.PositiveBigIntegerField()
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made = models.DateTimeField(auto_now_add=True)
    sent = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person"], name="participation_notice_once")]
        indexes = [models.Index(fields=["person", "-id"], name="participation_notice_newest")]


class NoticeSettings(models.Model):
    """How somebody wants to hear of what they follow, and how far they have read."""

    AT_ONCE, DAILY, WEEKLY, NO_MAIL = "at_once", "daily", "weekly", "no_mail"
    RHYTHMS = (
        (AT_ONCE, _("By e-mail, at once")),
        (DAILY, _("By e-mail, once a day")),
        (WEEKLY, _("By e-mail, once a week")),
        (NO_MAIL, _("On this page alone, no e-mail")),
    )

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    rhythm = models.CharField(max_length=8, choices=RHYTHMS, default=AT_ONCE)
    # The newest notice that stood on the person's page when they last looked.
    read = models.PositiveBigIntegerField(default=0)

    @classmethod
    def of(cls, person: Any) -> NoticeSettings:
        """Those of a person; as everyone begins, unsaved, where they chose nothing yet."""
        return cls.objects.filter(person=person).first() or cls(person=person)
