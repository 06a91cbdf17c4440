"""One valid call of every command and one reader of every page, for the contract tests."""

from typing import Any

from candia.accounts import residency
from candia.accounts.models import Department, Letter
from candia.core.access import Grant, Person, clerk, resident
from candia.core.page import Page

rules: dict[str, Any] = {}


def somebody(mailbox: str, *roles: tuple[str, str], **fields: Any) -> Person:
    person = Person.objects.create_user(f"{mailbox}@example.gr", "a long enough password", **fields)
    for role, service in roles:
        Grant.objects.create(person=person, role=role, service=service)
    return person


def with_letter(name: str) -> Letter:
    person = somebody(name)
    return Letter.objects.create(person=person, addressee="Α. Β.", address="Οδός 1", nonce="n")


def commands() -> dict[str, dict[str, Any]]:
    admin = somebody("admin", (Grant.ADMINISTRATOR, ""))
    officer = somebody("clerk", (Grant.CLERK, ""))
    member = somebody("member", (Grant.MODERATOR, "people"))
    anna, verified = somebody("anna"), somebody("verified", verified_how="desk")
    verified.verified_at = verified.joined
    verified.save()
    posted = with_letter("posted")
    posted.printed = posted.asked
    posted.save()
    return {
        "grant_role": {"by": admin, "person": anna.pk, "role": "operator", "service": "people"},
        "revoke_role": {"by": admin, "person": member.pk, "role": "moderator", "service": "people"},
        "view_account": {"by": officer, "person": anna.pk},
        "change_profile": {"by": anna, "name": "Άννα", "language": "el"},
        "erase_account": {"by": anna},
        "verify_resident": {"by": officer, "person": anna.pk, "document": "passport"},
        "unverify": {"by": officer, "person": verified.pk, "reason": "moved"},
        "request_code": {"by": anna, "addressee": "Άννα", "address": "Οδός 1, 713 00 Ηράκλειο"},
        "print_letter": {"by": officer, "letter": with_letter("waiting").pk},
        "redeem_code": {"by": posted.person, "code": posted.code()},
        **departments_sample(admin, member),
        "accept_claim": {"by": residency.provider, "person": anna.pk},
    }


def departments_sample(admin: Person, member: Person) -> dict[str, dict[str, Any]]:
    works, lights = (Department.objects.create(name=name) for name in ("Τεχνικά έργα", "Φωτισμός"))
    lights.members.add(member)
    return {
        "make_department": {"by": admin, "name": "Ύδρευση", "names": {"en": "Water"}, "parent": works.pk},
        "rename_department": {"by": admin, "department": lights.pk, "name": "Ηλεκτροφωτισμός"},
        "move_department": {"by": admin, "department": lights.pk, "parent": works.pk},
        "close_department": {"by": admin, "department": lights.pk},
        "add_member": {"by": admin, "department": works.pk, "email": member.email},
        "remove_member": {"by": admin, "department": lights.pk, "person": member.pk},
        "route": {"by": admin, "service": "water", "kind": "water.night_flow", "department": works.pk},
    }


def pages() -> dict[str, dict[str, Any]]:
    return {
        "desk-person": {"number": somebody("shown").pk},
        "desk-department": {"number": Department.objects.create(name="Ύδρευση").pk},
        "desk-letter": {"number": with_letter("shown2").pk},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        role = Grant.CLERK if page.may is clerk else Grant.ADMINISTRATOR
        return somebody("reader", (role, ""))
    return somebody("reader") if page.may is resident else None
