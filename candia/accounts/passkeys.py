"""The form that adds a passkey: one that opens the account by itself, unless somebody wants less."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class AddPasskey(AddWebAuthnForm):  # type: ignore[misc]
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
