"""One valid call of every command and one reader of every page, for the contract tests."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from candia.accounts import residency, tokens
from candia.accounts.models import (
    Delivery,
    Department,
    Integration,
    Letter,
    Subscription,
    Token,
    Webhook,
)
from candia.core.access import Grant, Person, RoleHolder, clerk, resident, system
from candia.core.event import Event, Happened, record
from candia.core.page import Page

rules: dict[str, Any] = {}
#: A browser's keys: those of the example of RFC 8291.
BROWSER = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


def somebody(mailbox: str, *roles: tuple[str, str], **fields: Any) -> Person:
    person = Person.objects.create_user(f"{mailbox}@example.gr", "a long enough password", **fields)
    for role, service in roles:
        Grant.objects.create(person=person, role=role, service=service)
    return person


def with_letter(name: str) -> Letter:
    person = somebody(name)
    return Letter.objects.create(person=person, addressee="Α. Β.", address="Οδός 1", nonce="n")


def program(name: str, *held: str) -> Integration:
    """A program that was let in."""
    return Integration.objects.create(id=name, title="Τηλεφωνικό κέντρο", held=list(held))


def token(owner: RoleHolder, *scopes: str, **fields: Any) -> str:
    """A token of a person or of a program, as its owner has it."""
    text = tokens.written(secrets.token_bytes(32))
    whose = {"person": owner} if isinstance(owner, Person) else {"integration": owner}
    Token.objects.create(
        title="A script",
        handle=tokens.handle(text),
        fingerprint=tokens.fingerprint(text),
        scopes=list(scopes),
        **{"expires": timezone.now() + timedelta(days=30), "second_factor": True} | whose | fields,
    )
    return text


def hook(program: Integration, **fields: Any) -> Webhook:
    """A webhook of a program."""
    given = {"url": "https://example.gr/candia", "patterns": ["*"], "nonce": "n"}
    return Webhook.objects.create(integration=program, **given | fields)


def subscribed(person: Person, **fields: Any) -> Subscription:
    """A browser of somebody's that is told."""
    given = {
        "endpoint": f"https://192.88.0.1/{secrets.token_hex(8)}",
        "browser": "Firefox, Android",
        **BROWSER,
    }
    return Subscription.objects.create(person=person, **given | fields)


def undelivered(hook: Webhook, event: Event) -> Webhook:
    """The webhook, to which an event could not be told."""
    Delivery.objects.create(
        hook=hook, event=event, subject=event.entity, state="failed", tries=9, error="slow"
    )
    return hook


def happened() -> Event:
    """Something that happened to nothing in particular."""
    return record("core.alert_opened", Happened("elsewhere.thing:1"), by=system)


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
    text = tokens.written(bytes(32))
    wanted = {
        "title": "Σενάριο",
        "scopes": ["read"],
        "days": 30,
        "handle": tokens.handle(text),
        "fingerprint": tokens.fingerprint(text),
    }
    token(anna, "read")
    held, heard = ["operator:people"], program("heard", "operator:people")
    off = {"off_since": timezone.now()}
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
        "make_token": {"by": anna, **wanted},
        "revoke_token": {"by": anna, "token": anna.tokens.get().pk},
        "add_integration": {"by": admin, "id": "call-centre", "title": "Τηλεφωνικό κέντρο", "held": held},
        "change_integration": {"by": admin, "integration": program("changing").pk, "held": held},
        "stop_integration": {"by": admin, "integration": program("stopping").pk},
        "add_webhook": {
            "by": admin,
            "integration": heard.pk,
            "url": "https://192.88.0.1/candia",
            "patterns": ["core.alert_opened"],
            "nonce": "n",
        },
        "end_webhook": {"by": admin, "webhook": hook(heard).pk},
        "switch_off_webhook": {"by": system, "webhook": hook(heard).pk},
        "switch_on_webhook": {"by": admin, "webhook": hook(heard, **off).pk},
        "send_again": {"by": admin, "webhook": undelivered(hook(heard), happened()).pk},
        "subscribe": {"by": anna, "endpoint": "https://192.88.0.1/a", "browser": "Firefox", **BROWSER},
        "unsubscribe": {"by": anna, "subscription": subscribed(anna).pk},
        "make_integration_token": {"by": admin, "integration": program("new").pk, **wanted},
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
    heard = program("told", "operator:people")
    return {
        "desk-webhook": {"name": heard.pk, "number": undelivered(hook(heard), happened()).pk},
        "desk-person": {"number": somebody("shown").pk},
        "desk-department": {"number": Department.objects.create(name="Ύδρευση").pk},
        "desk-letter": {"number": with_letter("shown2").pk},
        "desk-integration": {"name": program("shown", "operator:people").pk},
    }


def reader(page: Page) -> Person | None:
    if page.desk:
        role = Grant.CLERK if page.may is clerk else Grant.ADMINISTRATOR
        return somebody("reader", (role, ""))
    return somebody("reader") if page.may is resident else None
