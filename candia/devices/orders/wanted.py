"""Wanted: of the reasons for which a state is wanted the strongest holds; when it ends, the next one does.

Pure: it knows no Django, and all moments are given. What a thing reports stands elsewhere, among the observations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

Value = float | str | None
#: From the weakest to the strongest.
REASONS = ("default", "programme", "override", "rule", "person")


@dataclass(frozen=True)
class Claim:
    """A value that is wanted for one reason, by whom, and until when (None: until it is taken back)."""

    value: Value
    by: str = ""
    until: datetime | None = None
    group: int | None = None

    def holds(self, now: datetime) -> bool:
        """Whether its time is not over."""
        return self.until is None or now < self.until


@dataclass(frozen=True)
class Wanted:
    """The claims on one capability of one thing by reason, and which of them is in force.

    `version` counts what was in force; `reason` is "" where nothing is wanted. A version is never used twice, so
    that of two orders it is known which is newer.
    """

    claims: Mapping[str, Claim]
    reason: str = ""
    version: int = 0

    @property
    def claim(self) -> Claim | None:
        """The claim in force."""
        return self.claims.get(self.reason)

    def settled(self, now: datetime, *, anew: str = "") -> Wanted:
        """With the strongest claim that holds in force; `anew` names a reason that was just given again."""
        claims = {reason: claim for reason, claim in self.claims.items() if claim.holds(now)}
        reason = max(claims, key=REASONS.index, default="")
        before = self.claims.get(self.reason)
        same = reason == self.reason and reason != anew and claims.get(reason) == before
        return Wanted(claims, reason, self.version if same else self.version + 1)

    def with_claim(self, reason: str, claim: Claim, now: datetime) -> Wanted:
        """With one more claim, or another one for a reason that there was; the version rises if it is in force."""
        before = replace(self, claims={**self.claims, reason: claim})
        return before.settled(now, anew=reason)

    def without(self, reason: str, now: datetime) -> Wanted:
        """With the claim of this reason taken back."""
        claims = {name: claim for name, claim in self.claims.items() if name != reason}
        return replace(self, claims=claims).settled(now)

    def turns(self) -> datetime | None:
        """When something else comes into force by itself: at the end of the claim that is."""
        return self.claim.until if self.claim else None
