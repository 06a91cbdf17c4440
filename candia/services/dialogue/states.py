"""The states of a proposal's life, and which may follow which; that it is hidden is a fact beside them."""

from django.utils.translation import gettext_lazy as _

DRAFT, OPEN, ACCEPTED, NOT_NOW, REJECTED, WITHDRAWN = (
    "draft",
    "open",
    "accepted",
    "not_now",
    "rejected",
    "withdrawn",
)
STATUSES = (
    (DRAFT, _("Draft")),
    (OPEN, _("Open for support")),
    (ACCEPTED, _("Accepted")),
    (NOT_NOW, _("Not now")),
    (REJECTED, _("Not accepted")),
    (WITHDRAWN, _("Withdrawn")),
)
TONES = {OPEN: "info", ACCEPTED: "good", NOT_NOW: "warn", REJECTED: "bad"}

ANSWERS = frozenset({ACCEPTED, NOT_NOW, REJECTED})
# Everyone may read what has come so far, unless a moderator hid it: ask `Proposal.published()`, not this.
SUBMITTED = frozenset({OPEN, WITHDRAWN, *ANSWERS})
# No state, but what readers ask for: open, and by its supports owed an answer.
AWAITED = "awaited"
# Where a voice still counts: a proposal put off may come back, one decided is decided.
SUPPORTABLE = frozenset({OPEN, NOT_NOW})
DISCUSSED = frozenset({OPEN, *ANSWERS})

MOVES = {
    DRAFT: frozenset({OPEN}),
    OPEN: ANSWERS | {WITHDRAWN},
    ACCEPTED: ANSWERS,
    NOT_NOW: ANSWERS | {WITHDRAWN},
    REJECTED: ANSWERS,
    WITHDRAWN: frozenset(),
}
