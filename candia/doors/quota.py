"""Quota: how much a device may send, and all of them together; who sends more is shut out for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from candia.doors.connections import Connection

#: What was not used is saved up for so many seconds: of bytes, and of messages, which cost less. With the settings'
#: own numbers a gateway for 50,000 meters may send a day of their hourly readings one by one, as fast as it can.
SAVED_BYTES, SAVED_MESSAGES = 32, 400
# For how long (s) one is shut out at first, and at most; after a quiet hour the first time is the first again.
SHORTEST, LONGEST, FORGIVEN = 10.0, 600.0, 3600.0
# So many connections at once, and connections a second with so many saved up, are enough for a device.
CONNECTIONS, PER_SECOND, SAVED_UP = 32, 1.0, 120
MB = 1_000_000


class Bucket:
    """What was spent of a rate (a second) beyond what has flowed back."""

    def __init__(self, rate: float, saved: float) -> None:
        self._rate, self._most = rate, rate * saved
        self._spent, self._since = 0.0, -1e9

    def spend(self, amount: float, now: float) -> bool:
        """Whether it is more than was saved up."""
        self._spent = max(0.0, self._spent - (now - self._since) * self._rate) + amount
        self._since = now
        return self._spent > self._most

    def take(self, amount: float, now: float) -> bool:
        """Whether so much was saved up; only then it is spent."""
        taken = not self.spend(amount, now)
        if not taken:
            self._spent -= amount
        return taken

    def is_full(self, now: float) -> bool:
        """Whether all that was spent has flowed back."""
        return self._spent <= (now - self._since) * self._rate


@dataclass
class Account:
    """What is kept of one device that sends or connects."""

    bytes: Bucket
    messages: Bucket
    connects: Bucket = field(default_factory=lambda: Bucket(PER_SECOND, SAVED_UP))
    times: int = 0
    until: float = -1e9


class Quotas:
    """Counts what each connection sends; `megabytes` and `messages` are what one device may send a second."""

    def __init__(
        self, megabytes: float, messages: float, of_all: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.bytes, self.messages = megabytes * MB, messages
        self._clock = clock
        self._all = Bucket(of_all * MB, SAVED_BYTES)
        self._accounts: dict[str, Account] = {}
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}

    def may_connect(self, device: str) -> str:
        """Why it may not connect now; empty if it may, and that is counted."""
        now, account = self._clock(), self._account(device)
        if now < account.until:
            return f"it sent more than its quota and may come back in {account.until - now:.0f} s"
        return "" if account.connects.take(1, now) else "it connects too often"

    def over(self, there: Iterable[Connection]) -> set[str]:
        """Given all connections that stand: the devices that have sent too much, which are shut out from now on."""
        now, found, seen = self._clock(), set[str](), {}
        sent: dict[str, list[int]] = {}
        for one in there:
            key = one.server, one.number
            seen[key] = one.messages, one.bytes
            before = self._seen.get(key, (0, 0))
            total = sent.setdefault(one.device, [0, 0])
            total[0] += one.messages - before[0]
            total[1] += one.bytes - before[1]
        self._seen = seen
        for device, (messages, size) in sent.items():
            account = self._account(device)
            # Both are counted, whatever the first says.
            if account.messages.spend(messages, now) | account.bytes.spend(size, now):
                found.add(device)
        if sent and self._all.spend(sum(size for _, size in sent.values()), now):
            found.add(max(sent, key=lambda device: sent[device][1]))
        for device in found:
            self._shut_out(self._account(device), now)
        self._forget(now, there=sent.keys())
        return found

    def shut_out(self) -> list[str]:
        """Who is, for a quiet hour longer than it lasts, so that somebody can read it."""
        now = self._clock()
        return sorted(
            name for name, one in self._accounts.items() if one.times and now < one.until + FORGIVEN
        )

    def _account(self, device: str) -> Account:
        account = self._accounts.get(device)
        if account is None:
            made = Account(Bucket(self.bytes, SAVED_BYTES), Bucket(self.messages, SAVED_MESSAGES))
            account = self._accounts[device] = made
        return account

    def _shut_out(self, account: Account, now: float) -> None:
        if now < account.until:
            return  # It is, and what it sent before that has just been counted.
        account.times = account.times + 1 if now < account.until + FORGIVEN else 1
        account.until = now + min(SHORTEST * 2 ** (account.times - 1), LONGEST)

    def _forget(self, now: float, there: Iterable[str]) -> None:
        stay = set(there)
        for name, one in list(self._accounts.items()):
            idle = one.connects.is_full(now) and one.bytes.is_full(now) and one.messages.is_full(now)
            if name not in stay and idle and now > one.until + FORGIVEN:
                del self._accounts[name]
