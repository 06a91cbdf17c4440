"""Departments: the tree of the city's administration, who belongs where, and what is routed to whom."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.models import Department, Route
from candia.core import errors
from candia.core.access import Person, administrator
from candia.core.command import command
from candia.core.event import Happened
from candia.core.service import services


@dataclass(frozen=True)
class Branch:
    """A department in its place in the tree, with how deep it stands."""

    department: Department
    depth: int

    @property
    def indent(self) -> str:
        """What stands before its name in a list to choose from, where nothing else can show the depth."""
        return "\u2003" * self.depth


def tree() -> list[Branch]:
    """The departments that are open, each below its parent and in the order of names: one query.

    Each has its number of `people`.
    """
    below: dict[int | None, list[Department]] = {}
    for one in Department.objects.filter(closed=None).annotate(people=Count("members")):
        below.setdefault(one.parent_id, []).append(one)

    def branches(parent: int | None, depth: int) -> Iterator[Branch]:
        for one in sorted(below.get(parent, ()), key=_in_order):
            yield Branch(one, depth)
            yield from branches(one.pk, depth + 1)

    return list(branches(None, 0))


def within(numbers: Iterable[int]) -> set[int]:
    """These departments and all below them."""
    found = wanted = set(numbers)
    if not found:
        return found
    children = list(Department.objects.values_list("pk", "parent"))
    while wanted:
        wanted = {child for child, parent in children if parent in wanted} - found
        found = found | wanted
    return found


def of(person: Person) -> set[int]:
    """The departments whose work is this person's: those they belong to and all below, but for closed ones."""
    return within(person.departments.filter(closed=None).values_list("pk", flat=True))


def routes() -> Mapping[tuple[str, str], Department]:
    """The department of each routed service and kind; the kind is empty for all of a service."""
    routed = Route.objects.filter(department__closed=None).select_related("department")
    return {(route.service, route.kind): route.department for route in routed}


@command(event="people.department_made", title=__("Department made"), may=administrator, staff=True)
def make_department(
    _by: Person, *, name: str, names: Mapping[str, str] | None = None, parent: int | None = None
) -> Happened:
    """Add a department, at the top or below another; `names` are those in the city's other languages."""
    _alone()
    made = Department(parent=_open(parent) if parent else None)
    _name(made, name, names)
    made.save()
    return Happened(story_of(made), data={"parent": parent})


@command(
    event="people.department_renamed",
    title=__("Department renamed"),
    may=administrator,
    staff=True,
    idempotent=True,
)
def rename_department(
    _by: Person, *, department: Department, name: str, names: Mapping[str, str] | None = None
) -> Happened:
    """Call a department otherwise."""
    _name(department, name, names)
    department.save()
    return Happened(story_of(department))


@command(event="people.department_moved", title=__("Department moved"), may=administrator, staff=True)
def move_department(_by: Person, *, department: int, parent: int | None = None) -> Happened:
    """Put a department with all that is below it under another, or at the top."""
    _alone()
    if parent and parent in within([department]):
        raise _wrong("parent", _("A department can't stand below itself. Choose another."))
    moved = _open(department)
    moved.parent = _open(parent) if parent else None
    moved.save(update_fields=["parent"])
    return Happened(story_of(moved), data={"parent": parent})


@command(event="people.department_closed", title=__("Department closed"), may=administrator, staff=True)
def close_department(_by: Person, *, department: int) -> Happened:
    """End a department that has none below it; its people stay staff, and what was routed to it is nobody's."""
    _alone()
    ended = _open(department)
    if ended.children.filter(closed=None).exists():
        raise errors.Refused(_("Departments stand below this one. Move or close them first."))
    ended.closed = timezone.now()
    ended.save(update_fields=["closed"])
    ended.members.clear()
    ended.routes.all().delete()
    return Happened(story_of(ended))


@command(event="people.member_added", title=__("Joined a department"), may=administrator, staff=True)
def add_member(_by: Person, *, department: Department, email: str) -> Happened:
    """Add a member of staff by e-mail address."""
    _open(department.pk)
    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        raise _wrong("email", _("No account has this address. Ask how it is spelled there."))
    if not person.is_staff:
        raise _wrong("email", _("This account holds no role. Grant one first."))
    department.members.add(person)
    return Happened(story_of(department), data={"person": person.pk})


@command(
    event="people.member_removed",
    title=__("Left a department"),
    may=administrator,
    staff=True,
    idempotent=True,
)
def remove_member(_by: Person, *, department: Department, person: int) -> Happened:
    """Let somebody belong to a department no longer."""
    department.members.remove(person)
    return Happened(story_of(department), data={"person": person})


@command(event="people.work_routed", title=__("Work routed"), may=administrator, staff=True, idempotent=True)
def route(_by: Person, *, service: str, kind: str = "", department: int | None = None) -> Happened:
    """Give what waits of a service, or of one rule of it, to a department; or to none any more."""
    known = services().get(service)
    if known is None or (kind and kind not in kinds(service)):
        raise _wrong("what", _("There is nothing of this kind. Choose from the list."))
    if department is None:
        Route.objects.filter(service=service, kind=kind).delete()
    else:
        Route.objects.update_or_create(service=service, kind=kind, defaults={"department": _open(department)})
    return Happened(f"people.route:{kind or service}", data={"department": department})


def kinds(service: str) -> list[str]:
    """What of a service can be routed by itself: the rules that raise alerts, as `water.night_flow`."""
    return [f"{service}.{rule.name}" for rule in services()[service].rules if rule.every]


def story_of(department: Department) -> str:
    """The id under which events speak of a department."""
    return f"people.department:{department.pk}"


def _in_order(department: Department) -> str:
    # As one piece, an accented capital stands before all others: Ύδρευση before Αρχείο.
    return unicodedata.normalize("NFD", str(department)).casefold()


def _alone() -> None:
    # Two who move at once might each be right, and together make a circle. Rows are locked only after this.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people.departments', 0))")


def _open(number: int) -> Department:
    found = Department.objects.filter(pk=number, closed=None).first()
    if found is None:
        raise _wrong("parent", _("This department is closed. Choose another."))
    return found


def _name(department: Department, name: str, names: Mapping[str, str] | None) -> None:
    name = " ".join(name.split())[:120]
    if not name:
        raise _wrong("name", _("Give the department a name."))
    department.name = name
    department.names = {key: " ".join(one.split())[:120] for key, one in (names or {}).items() if one.strip()}


def _wrong(field: str, sentence: str) -> errors.Refused:
    return errors.Refused(sentence, **{field: sentence})
