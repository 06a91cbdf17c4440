"""The states of a proposal, and which may follow which."""

from django.utils.translation import gettext_lazy as _

DRAFT, OPEN, ACCEPTED, NOT_NOW, REJECTED, WITHDRAWN, HIDDEN = (
    "draft",
    "open",
    "accepted",
    "not_now",
    "rejected",
    "withdrawn",
    "hidden",
)
STATUSES = (
    (DRAFT, _("Draft")),
    (OPEN, _("Open for support")),
    (ACCEPTED, _("Accepted")),
    (NOT_NOW, _("Not now")),
    (REJECTED, _("Not accepted")),
    (WITHDRAWN, _("Withdrawn")),
    (HIDDEN, _("Hidden")),
)
TONES = {OPEN: "info", ACCEPTED: "good", NOT_NOW: "warn", REJECTED: "bad"}

ANSWERS = frozenset({ACCEPTED, NOT_NOW, REJECTED})
PUBLIC = frozenset({OPEN, WITHDRAWN, *ANSWERS})
# No state, but what readers ask for: open, and by its supports owed an answer.
AWAITED = "awaited"
# Where a voice still counts: a proposal put off may come back, one decided is decided.
SUPPORTABLE = frozenset({OPEN, NOT_NOW})
DISCUSSED = frozenset({OPEN, *ANSWERS})

# A restored proposal goes back to where it was, which its last hiding remembers.
MOVES = {
    DRAFT: frozenset({OPEN}),
    OPEN: frozenset({*ANSWERS, WITHDRAWN, HIDDEN}),
    ACCEPTED: ANSWERS | {HIDDEN},
    NOT_NOW: ANSWERS | {WITHDRAWN, HIDDEN},
    REJECTED: ANSWERS | {HIDDEN},
    WITHDRAWN: frozenset({HIDDEN}),
    HIDDEN: PUBLIC,
}
