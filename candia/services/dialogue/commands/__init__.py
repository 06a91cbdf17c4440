"""What people may ask of dialogue, one module for each who asks: authors, residents, moderators, the city."""

from candia.services.dialogue.commands.answering import (
    accept_proposal,
    decline_proposal,
    postpone_proposal,
)
from candia.services.dialogue.commands.moderating import (
    dismiss_reports,
    hide_comment,
    hide_proposal,
    restore_comment,
    restore_proposal,
)
from candia.services.dialogue.commands.notifying import notify_followers
from candia.services.dialogue.commands.participation import (
    comment,
    follow,
    report,
    support_proposal,
    unfollow,
    withdraw_support,
)
from candia.services.dialogue.commands.writing import (
    attach_picture,
    check_finished,
    discard_draft,
    draft_proposal,
    edit_proposal,
    remove_picture,
    submit_proposal,
    withdraw_proposal,
)

every = (
    draft_proposal,
    edit_proposal,
    attach_picture,
    remove_picture,
    discard_draft,
    submit_proposal,
    withdraw_proposal,
    support_proposal,
    withdraw_support,
    comment,
    follow,
    unfollow,
    report,
    hide_proposal,
    restore_proposal,
    hide_comment,
    restore_comment,
    dismiss_reports,
    accept_proposal,
    postpone_proposal,
    decline_proposal,
    notify_followers,
)

__all__ = [
    "accept_proposal",
    "attach_picture",
    "check_finished",
    "comment",
    "decline_proposal",
    "discard_draft",
    "dismiss_reports",
    "draft_proposal",
    "edit_proposal",
    "every",
    "follow",
    "hide_comment",
    "hide_proposal",
    "notify_followers",
    "postpone_proposal",
    "remove_picture",
    "report",
    "restore_comment",
    "restore_proposal",
    "submit_proposal",
    "support_proposal",
    "unfollow",
    "withdraw_proposal",
    "withdraw_support",
]
