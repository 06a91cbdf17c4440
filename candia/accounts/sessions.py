"""Sessions: who asks, with their roles and whether they have a second factor, in one question for each request.

Nothing is kept between two requests: who signs out, loses a role or is erased has none of it with the next one.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from candia.core.access import Grant, Person


class SessionStore(db.SessionStore):
    """Django's sessions in the records; one that is loaded brings its owner along as `person`."""

    person: Person | None = None

    def _get_session_from_db(self) -> Session | None:
        with connection.cursor() as cursor:
            cursor.execute(_question(), [self.session_key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return None
        data, expires, grants, has_factor, *columns = found
        if columns[0] is not None:
            self.person = Person.from_db(connection.alias, _names(), columns)
            self.person._roles = frozenset(map(tuple, grants))  # noqa: SLF001 — what `Person.roles` reads
            self.person.has_factor = has_factor  # type: ignore[attr-defined]  # read by second_factor.py
        return Session(session_key=self.session_key or "", session_data=data, expire_date=expires)


class SignedIn(AuthenticationMiddleware):
    """Django's middleware, which takes the person that the session brought, if all that Django asks for is true."""

    def process_request(self, request: HttpRequest) -> None:
        """Let `request.user` be asked when it is looked at first."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]


def _user(request: Any) -> Any:
    if not hasattr(request, "_cached_user"):
        request._cached_user = _brought_along(request.session) or auth.get_user(request)  # noqa: SLF001 — Django's
    return request._cached_user  # noqa: SLF001


def _brought_along(session: Any) -> Person | None:
    claimed = session.get(auth.SESSION_KEY)
    person: Person | None = getattr(session, "person", None)
    good = (
        # A session that allauth has not noted, and any doubt, is Django's own to judge.
        person is not None
        and person.is_active
        and claimed == str(person.pk)
        and session.get(auth.BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(auth.HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    )
    return person if good else None


@cache
def _names() -> list[str]:
    return [field.attname for field in Person._meta.concrete_fields]


@cache
def _question() -> str:
    tables = {
        "session": Session, "owner": UserSession, "person": Person, "grant": Grant, "factor": Authenticator,
    }  # fmt: skip
    names = {name: model._meta.db_table for name, model in tables.items()}
    columns = ", ".join(f'p."{field.column}"' for field in Person._meta.concrete_fields)
    return """
        SELECT s.session_data, s.expire_date,
               ARRAY(SELECT ARRAY[g.role::text, g.service::text] FROM {grant} g WHERE g.person_id = p.id),
               EXISTS (SELECT FROM {factor} f WHERE f.user_id = p.id),
               {columns}
        FROM {session} s LEFT JOIN {owner} o USING (session_key) LEFT JOIN {person} p ON p.id = o.user_id
        WHERE s.session_key = %s AND s.expire_date > %s
    """.format(columns=columns, **names)
