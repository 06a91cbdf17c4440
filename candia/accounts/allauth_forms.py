"""Allauth's forms for signing up and for a second factor, with care about what they tell."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from candia.accounts import login_throttle


class SignUp(SignupForm):  # type: ignore[misc]
    """Opens an account, and does the same work where there is one already: its time tells nobody who has one."""

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        """The new person; or nobody, and the answer that a new person would get."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return super().try_save(request)
            except IntegrityError:
                # Somebody was faster with the same address.
                self.account_already_exists = True
        else:
            self._rehearse(request)
        return super().try_save(request)

    def _rehearse(self, request: HttpRequest) -> None:
        """Open an account that nobody has, and take it back."""
        email = self.cleaned_data["email"]
        with transaction.atomic():
            self.account_already_exists = False
            self.cleaned_data["email"] = f"{get_random_string(12).lower()}@invalid.example"
            self.save(request)
            transaction.set_rollback(True)
        self.cleaned_data["email"], self.account_already_exists = email, True


class _Slowed:
    """A code of a second factor: wrong ones are slowed by who sends them."""

    user: Any

    def clean_code(self) -> str:
        """The code, if it is right."""
        usage = login_throttle.take(context.request, f"factor:{self.user.pk}")
        if usage is None:
            raise ValidationError(login_throttle.too_many())
        code: str = super().clean_code()  # type: ignore[misc]
        usage.rollback()
        return code


class Factor(_Slowed, AuthenticateForm):  # type: ignore[misc]
    """The code at signing in."""


class FactorAgain(_Slowed, ReauthenticateForm):  # type: ignore[misc]
    """The code where somebody shows once more that it is they."""
