"""Acts: what is asked for about many items of the inbox at once; each item is a command of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from candia.core import errors, idempotency
from candia.core.access import Person
from candia.core.alert import Alert
from candia.core.event import Event
from candia.core.numbers import number_of
from candia.operations import causes, commands, inbox, judging
from candia.operations.forms import until
from candia.operations.maintenance import begin_maintenance

# So many at one press: a press must not hold the desk for longer than a reader waits.
MOST = 200
# Decisions that follow each other so closely were one press.
ONE_PRESS = timedelta(seconds=10)

Ask = Callable[[str, str, Event | None], object]
#: The acts that are one decision on all that has one cause.
TOGETHER = {"confirm", "dismiss", "repair"}


def carry_out(by: Person, given: QueryDict, items: Sequence[str]) -> tuple[str, str]:
    """Ask for the act that was posted on each item: what was done, in a sentence, and why the others were not.

    Raises Refused where nothing was chosen, or where one is refused for what was filled in.
    """
    act = next((act for act in ("snooze", "maintain") if act in given), given.get("act", ""))
    if act == "undo_last":
        act, items = "undo", undoable(by)
    if act not in ACTS:
        raise errors.Refused(_("The page asked for something that it can't. Reload it and try again."))
    chosen = list(dict.fromkeys(items))[:MOST]
    if not chosen:
        raise errors.Refused(_("Choose at least one item first."))
    ask, sentence = ACTS[act](by, given), SAID[act]
    done, refused = 0, ""
    for lot in _lots(by, act, chosen):
        did, why_not = _asked(by, ask, act, lot)
        done, refused = done + did, why_not or refused
    left = len(chosen) - done
    why = ngettext("%(n)d was not done: %(why)s", "%(n)d were not done: %(why)s", left)
    said = str(sentence % {"n": done}) if done else ""
    return said, why % {"n": left, "why": refused} if left else ""


def _lots(by: Person, act: str, chosen: Sequence[str]) -> list[list[str]]:
    """What was chosen, those with one cause together where they are decided on, and all else by itself."""
    found = causes.bundles(inbox.served(by)) if act in TOGETHER else {}
    lots: dict[str, list[str]] = {}
    for key in chosen:
        bundle = found.get(inbox.alert_number(key))
        lots.setdefault(bundle.key if bundle else key, []).append(key)
    return list(lots.values())


def _asked(by: Person, ask: Ask, act: str, lot: Sequence[str]) -> tuple[int, str]:
    """Ask for the act on these: how many were done, and why the last of the others was not.

    Several with one cause are one decision, whose event stands before each one's own.
    """
    once, done, refused = idempotency.asked(), 0, ""
    with transaction.atomic():
        try:
            because = _together(by, act, lot, once) if len(lot) > 1 else None
        except errors.Conflict:
            because = None  # By now they have no common cause; each is decided by itself.
        for key in lot:
            try:
                # Each has a key of its own under the form's, so that a form sent twice finds each done.
                ask(key, f"{once} {key}" if once else "", because)
                done += 1
            except errors.Refused as no:
                if no.fields:
                    raise
                refused = str(no)
        transaction.set_rollback(not done)
    return done, refused


def _together(by: Person, act: str, lot: Sequence[str], once: str) -> Event:
    key = f"{once} {lot[0]} and {len(lot) - 1}" if once else ""
    return causes.judge_cause(by=by, key=key, alerts=[inbox.alert_number(one) for one in lot], decision=act)


def undoable(by: Person) -> list[str]:
    """The keys of the alerts that this person decided with their last press, while it can be taken back."""
    judged = [commands.confirm_alert.event, commands.dismiss_alert.event, commands.report_repair.event]
    last = Event.objects.filter(
        by=by.actor_id, kind__in=judged, time__gt=timezone.now() - judging.UNDO
    ).order_by("-id")
    pressed: list[Event] = []
    for event in last[:MOST]:
        if pressed and (event.kind != pressed[-1].kind or pressed[-1].time - event.time > ONE_PRESS):
            break
        pressed.append(event)
    standing = set(
        Alert.objects.filter(pk__in=[event.data["alert"] for event in pressed], closed=None)
        .exclude(status=Alert.OPEN)
        .values_list("pk", flat=True)
    )
    return [f"{inbox.ALERT}{event.data['alert']}" for event in pressed if event.data["alert"] in standing]


def _alert(key: str) -> Alert:
    alert = inbox.alert_of(key)
    if alert is None:
        raise errors.Refused(_("This is decided on its own page."))
    return alert


def _confirm(by: Person, given: QueryDict) -> Ask:
    reason, note = given.get("confirm_reason", ""), given.get("note", "")
    return lambda key, once, because: commands.confirm_alert(
        by=by, key=once, because=because, alert=_alert(key), reason=reason, note=note
    )


def _dismiss(by: Person, given: QueryDict) -> Ask:
    reason, note = given.get("dismiss_reason", ""), given.get("note", "")
    return lambda key, once, because: commands.dismiss_alert(
        by=by, key=once, because=because, alert=_alert(key), reason=reason, note=note
    )


def _repair(by: Person, given: QueryDict) -> Ask:
    note = given.get("note", "")
    return lambda key, once, because: commands.report_repair(
        by=by, key=once, because=because, alert=_alert(key), note=note
    )


def _undo(by: Person, _given: QueryDict) -> Ask:
    return lambda key, once, _because: commands.reopen_alert(by=by, key=once, alert=_alert(key))


def _assign(by: Person, given: QueryDict) -> Ask:
    word = given.get("to", "") if given.get("act") == "assign" else "me"
    kind, _colon, number = ("", "", str(by.pk)) if word == "me" else word.rpartition(":")
    found = number_of(number) or None
    to, department = (None, found) if kind == "department" else (found, None)
    return lambda key, once, _because: commands.assign(
        by=by, key=once, item=key, to=to, department=department
    )


def _snooze(by: Person, given: QueryDict) -> Ask:
    moment = until(given.get("snooze", ""))
    return lambda key, _once, _because: commands.snooze(by=by, key="", item=key, until=moment)


def _maintain(by: Person, given: QueryDict) -> Ask:
    moment, reason = until(given.get("maintain", "")), given.get("maintain_reason", "")
    return lambda key, once, _because: begin_maintenance(
        by=by, key=once, entity=_alert(key).entity_id, reason=reason, until=moment
    )


ACTS: dict[str, Callable[[Person, QueryDict], Ask]] = {
    "confirm": _confirm,
    "dismiss": _dismiss,
    "repair": _repair,
    "undo": _undo,
    "assign": _assign,
    "take": _assign,
    "snooze": _snooze,
    "maintain": _maintain,
}
#: What is said when it is done, of one and of many.
SAID = {
    "confirm": ngettext_lazy("%(n)d alert is confirmed.", "%(n)d alerts are confirmed.", "n"),
    "dismiss": ngettext_lazy("%(n)d alert is dismissed.", "%(n)d alerts are dismissed.", "n"),
    "repair": ngettext_lazy(
        "%(n)d alert is marked as repaired.", "%(n)d alerts are marked as repaired.", "n"
    ),
    "undo": ngettext_lazy("%(n)d decision is taken back.", "%(n)d decisions are taken back.", "n"),
    "assign": ngettext_lazy("%(n)d item has changed hands.", "%(n)d items have changed hands.", "n"),
    "take": ngettext_lazy("%(n)d item is yours.", "%(n)d items are yours.", "n"),
    "snooze": ngettext_lazy("%(n)d item is put off.", "%(n)d items are put off.", "n"),
    "maintain": ngettext_lazy(
        "The thing of %(n)d alert is in maintenance.", "The things of %(n)d alerts are in maintenance.", "n"
    ),
}
