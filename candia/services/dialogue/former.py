"""Kinds of event that versions before recorded in dialogue's own words: stories that hold them go on being read."""

from django.utils.translation import gettext_lazy as _

from candia.core.event import EventType

events = (
    EventType("dialogue.proposal_supported", _("Supported")),
    EventType("dialogue.support_withdrawn", _("Support withdrawn")),
    EventType("dialogue.proposal_commented", _("Comment")),
    EventType("dialogue.proposal_followed", _("Followed")),
    EventType("dialogue.proposal_unfollowed", _("No longer followed")),
    EventType("dialogue.content_reported", _("Reported")),
    EventType("dialogue.proposal_hidden", _("Hidden by a moderator")),
    EventType("dialogue.proposal_restored", _("Shown again by a moderator")),
    EventType("dialogue.comment_hidden", _("Comment hidden by a moderator")),
    EventType("dialogue.comment_restored", _("Comment shown again")),
    EventType("dialogue.reports_dismissed", _("Reports dismissed")),
    EventType("dialogue.picture_attached", _("Picture attached")),
    EventType("dialogue.picture_removed", _("Picture removed")),
    EventType("dialogue.followers_notified", _("Followers notified")),
)
