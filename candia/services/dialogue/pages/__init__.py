"""The pages of dialogue: for readers, for authors, and for the desk."""

from candia.services.dialogue.pages.following import stop_following
from candia.services.dialogue.pages.handling import handle, queue
from candia.services.dialogue.pages.listing import proposals, proposals_layer
from candia.services.dialogue.pages.reading import proposal
from candia.services.dialogue.pages.writing import my_proposals, new_proposal, similar_proposals

__all__ = [
    "handle",
    "my_proposals",
    "new_proposal",
    "proposal",
    "proposals",
    "proposals_layer",
    "queue",
    "similar_proposals",
    "stop_following",
]
