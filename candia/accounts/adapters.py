"""What allauth asks of the city: names, where a person lands, and what is kept from a provider."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language

from candia.accounts import login_throttle, mail_queue, residency
from candia.accounts.encryption import opened, sealed
from candia.accounts.push import browser
from candia.accounts.second_factor import is_missing
from candia.core.access import Person


def city_name() -> str:
    """The city's name in the reader's language."""
    city = settings.CANDIA_CITY
    return str(city.name if get_language() == "el" else city.name_en)


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by e-mail address, in the language in which they were opened."""

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        """Keep the language of the page on which somebody signed up."""
        user.language = (get_language() or settings.LANGUAGE_CODE)[:2]
        saved: Person = super().save_user(request, user, form, commit)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now, and send it behind the answer."""
        request = allauth_context.request
        context = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        mail_queue.queue(self.render_mail(template_prefix, email, context))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try; raises ValidationError where it is one too many."""
        # Taken back by allauth where the password was right.
        self._login_failed_rl_usage = login_throttle.take(request, credentials.get("email", "").lower())
        if self._login_failed_rl_usage is None:
            raise ValidationError(login_throttle.too_many())

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        # Asked by allauth when somebody set a new password with the code from the mail.
        login_throttle.prove(request, credentials.get("email", "").lower())

    def format_email_subject(self, subject: str) -> str:
        """The city's name in front of a mail's subject."""
        return f"{city_name()}: {subject}"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Staff without a second factor are led to it; others to the front page."""
        return reverse("desk") if is_missing(request.user) else super().get_login_redirect_url(request)

    def post_login(self, request: HttpRequest, user: Person, **arguments: Any) -> HttpResponse:
        """Take the provider's word for the residency, where it gave it."""
        login = (arguments.get("signal_kwargs") or {}).get("sociallogin")
        if login and login.account.extra_data.get("resident") and not user.is_verified:
            residency.accept_claim(by=residency.provider, person=user)
        answer: HttpResponse = super().post_login(request, user, **arguments)
        login_throttle.remember(request, answer, user.email.lower(), f"factor:{user.pk}")
        return answer


class Keys(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: secrets are encrypted in the database, with a key that is not there."""

    def encrypt(self, text: str) -> str:
        """A secret as it is stored."""
        return sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """A stored secret as it was; raises InvalidToken after a change of CANDIA_SECRET_KEY."""
        return opened(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """The picture for the app, on white: a phone does not read dark on dark."""
        drawn: str = super().build_totp_svg(url)
        return drawn.replace("<path", '<rect width="100%" height="100%" fill="#fff"/><path', 1)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The city as a passkey's store shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": city_name()}


class Sessions(DefaultUserSessionsAdapter):  # type: ignore[misc]
    """Signing out everywhere else: the browsers that are left are told nothing any more either."""

    def end_sessions(self, sessions: list[Any]) -> None:
        """End these sessions of one person."""
        super().end_sessions(sessions)
        request = allauth_context.request
        browser.others_left(request, request.user)


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts that a provider opens: the language of the page, and the name it tells."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Person:
        """The e-mail address and name; people may change the name later."""
        user: Person = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:120]
        user.language = (get_language() or settings.LANGUAGE_CODE)[:2]
        return user


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """The city's OpenID Connect provider, of whose answer only two facts are kept."""

    package = "allauth.socialaccount.providers.openid_connect"

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """The number there and whether it says `resident`: a tax number or a birthday is none of ours."""
        claims = data.get("userinfo") or data.get("id_token") or {}
        claim = settings.CANDIA.oidc_verified_claim
        return {
            "sub": claims.get("sub"),
            "resident": bool(claim) and claims.get(claim) in (True, "true", "1", 1),
        }
