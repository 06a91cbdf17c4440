"""What may be asked for about any thing that is open to participation, one module for each who asks."""

from candia.participation.commands.attaching import attach_file, describe_file, remove_file
from candia.participation.commands.commenting import comment, vote_comment, withdraw_vote
from candia.participation.commands.following import choose_notices, follow, unfollow
from candia.participation.commands.moderating import (
    dismiss_reports,
    hide,
    hide_comment,
    restore,
    restore_comment,
)
from candia.participation.commands.notifying import notify_followers
from candia.participation.commands.reporting import report
from candia.participation.commands.supporting import support, withdraw_support

every = (
    support,
    withdraw_support,
    comment,
    attach_file,
    describe_file,
    remove_file,
    vote_comment,
    withdraw_vote,
    follow,
    unfollow,
    choose_notices,
    report,
    hide,
    restore,
    hide_comment,
    restore_comment,
    dismiss_reports,
    notify_followers,
)

__all__ = [
    "attach_file",
    "choose_notices",
    "comment",
    "describe_file",
    "dismiss_reports",
    "every",
    "follow",
    "hide",
    "hide_comment",
    "notify_followers",
    "remove_file",
    "report",
    "restore",
    "restore_comment",
    "support",
    "unfollow",
    "vote_comment",
    "withdraw_support",
    "withdraw_vote",
]
