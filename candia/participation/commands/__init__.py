"""What may be asked for about any thing that is open to participation, one module for each who asks."""

from candia.participation.commands.answering import answer, remind_of_answer
from candia.participation.commands.appealing import appeal, lift_hiding, uphold_hiding
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
from candia.participation.commands.notifying import notify_followers, tell_concerned
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
    answer,
    remind_of_answer,
    appeal,
    uphold_hiding,
    lift_hiding,
    notify_followers,
    tell_concerned,
)

__all__ = [
    "answer",
    "appeal",
    "attach_file",
    "choose_notices",
    "comment",
    "describe_file",
    "dismiss_reports",
    "every",
    "follow",
    "hide",
    "hide_comment",
    "lift_hiding",
    "notify_followers",
    "remind_of_answer",
    "remove_file",
    "report",
    "restore",
    "restore_comment",
    "support",
    "tell_concerned",
    "unfollow",
    "uphold_hiding",
    "vote_comment",
    "withdraw_support",
    "withdraw_vote",
]
