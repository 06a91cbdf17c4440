"""What is remembered of a feed between one fetching and the next."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class FeedState(models.Model):
    """How a feed does: when it was tried, answered and brought something new, what that was, and what is wrong.

    `entity` stands for it among the things of its service, with its alerts and its story. `etag`, `modified` and
    `digest` are of the newest answer from `address`. `unread` is why nothing of the newest answer could be read
    (telemetry/reason.py), `unread_times` how often in a row; `usual` is what it brings (form.py).
    """

    entity = models.OneToOneField("core.Entity", models.CASCADE, primary_key=True, related_name="+")
    feed = models.CharField(max_length=80, unique=True)
    address = models.CharField(max_length=500)
    every = models.DurationField()
    fresh = models.DurationField()
    begun = models.DateTimeField()
    due = models.DateTimeField()
    tried = models.DateTimeField(null=True)
    succeeded = models.DateTimeField(null=True)
    changed = models.DateTimeField(null=True)
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    things = models.PositiveIntegerField(default=0)
    observations = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    error = models.CharField(max_length=20, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    unread = models.TextField(blank=True)
    unread_times = models.PositiveIntegerField(default=0)
    usual = models.JSONField(default=dict, blank=True)
    vanished = ArrayField(models.CharField(max_length=80), default=list, blank=True)

    class Meta:
        app_label = "operations"

    def __str__(self) -> str:
        return self.feed
