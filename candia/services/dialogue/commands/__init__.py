"""What people may ask of dialogue alone, one module for each who asks: authors, and the city."""

from candia.services.dialogue.commands.answering import (
    accept_proposal,
    decline_proposal,
    postpone_proposal,
)
from candia.services.dialogue.commands.writing import (
    check_finished,
    discard_draft,
    draft_proposal,
    edit_proposal,
    submit_proposal,
    withdraw_proposal,
)

every = (
    draft_proposal,
    edit_proposal,
    discard_draft,
    submit_proposal,
    withdraw_proposal,
    accept_proposal,
    postpone_proposal,
    decline_proposal,
)

__all__ = [
    "accept_proposal",
    "check_finished",
    "decline_proposal",
    "discard_draft",
    "draft_proposal",
    "edit_proposal",
    "every",
    "postpone_proposal",
    "submit_proposal",
    "withdraw_proposal",
]
