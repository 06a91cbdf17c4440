"""Allauth's forms for passkeys: any answer of a browser is read with care, and a new key opens the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# COSE numbers its algorithms down to here; a browser's answer has no other numbers.
LARGEST = 65_535
# What the library raises on an answer that no browser gives.
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class _Decoder(json.JSONDecoder):
    """JSON, where too deep a nest or too large a number is no JSON either.

    Of a number where bytes belong, the library would make that many bytes: twenty thousand millions of them took a
    machine down.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, parse_int=_small)

    def decode(self, s: str, *arguments: Any) -> Any:
        try:
            return super().decode(s, *arguments)
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError) as wrong:
            raise json.JSONDecodeError("too deep or too large", s[:40], 0) from wrong


def _small(digits: str) -> int:
    """A number as browsers give them, such as that of an algorithm; raises ValueError for a larger one."""
    number = int(digits)
    if abs(number) > LARGEST:
        raise ValueError(f"{digits[:40]} is larger than {LARGEST}")
    return number


@contextmanager
def _readable() -> Iterator[None]:
    """What can't be read of an answer is an answer that is wrong."""
    try:
        yield
    except UNREADABLE as wrong:
        raise _wrong() from wrong


def _wrong() -> ValidationError:
    return ValidationError(get_adapter().error_messages["incorrect_code"])


class _Answer:
    """A form's field with what the browser answered for a key."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].decoder = _Decoder


class _Proof(_Answer):
    """The answer of a key that is known."""

    def clean_credential(self) -> Any:
        """The key, if it is one of the person's."""
        with _readable():
            return super().clean_credential()  # type: ignore[misc]


class SignIn(_Proof, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in the password's place."""


class SecondFactor(_Proof, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A key after the password."""


class Again(_Proof, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A key where somebody shows once more that it is they."""


class AddPasskey(_Answer, AddWebAuthnForm):  # type: ignore[misc]
    """A name for the key, and whether it stands in for the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name")
        passwordless = self.fields["passwordless"]
        passwordless.initial = True
        passwordless.label = _("Key with which you also sign in")
        passwordless.help_text = _(
            "On: the key alone opens your account. Off: it is asked for after the password."
        )

    def clean(self) -> dict[str, Any]:
        """The new key, if the browser made one as it was asked."""
        if "credential" in self.cleaned_data and not isinstance(self.cleaned_data["credential"], dict):
            raise _wrong()
        with _readable():
            cleaned: dict[str, Any] = super().clean()
            return cleaned
