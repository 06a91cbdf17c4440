"""The forms of accounts, roles and residency."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.residency import documents, reasons
from candia.core.access import Person
from candia.core.role import Role, core_roles
from candia.core.service import declared_roles, services


class Profile(forms.Form):
    """The name that others see, and the language of mail."""

    name = forms.CharField(
        label=__("Name that others see"),
        max_length=120,
        required=False,
        help_text=__("It stands beside your proposals and comments. Without one they carry no name."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=__("Language of your mail"), choices=settings.LANGUAGES)


class Address(forms.Form):
    """Where the letter with the code goes."""

    addressee = forms.CharField(
        label=__("Name on the letterbox"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = forms.CharField(
        label=__("Postal address"),
        max_length=400,
        help_text=__("Street and number, postcode and town."),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )


class Code(forms.Form):
    """The code of the letter."""

    code = forms.CharField(
        label=__("Code of the letter"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class Erasure(forms.Form):
    """The proof that it is the account's owner who erases it: the password, or a word where there is none."""

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        # Its translation is what a reader of that language types.
        self.word = _("ERASE")
        if person.has_usable_password():
            self.fields["proof"] = forms.CharField(
                label=_("Your password"),
                widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            )
        else:
            self.fields["proof"] = forms.CharField(label=_("Type the word %(word)s") % {"word": self.word})

    def clean_proof(self) -> str:
        """The proof, if it is one."""
        proof: str = self.cleaned_data["proof"]
        if self.person.has_usable_password():
            if not self.person.check_password(proof):
                raise forms.ValidationError(_("This is not your password."))
        elif proof.strip().upper() != self.word:
            raise forms.ValidationError(_("Type the word %(word)s") % {"word": self.word})
        return proof


class Search(forms.Form):
    """Whose account a member of staff looks for."""

    q = forms.CharField(label=__("E-mail address or name"), required=False, max_length=120)


class Lookup(forms.Form):
    """The account of the resident who stands at the desk."""

    email = forms.EmailField(label=__("E-mail address of the account"), required=True)


class RoleForm(forms.Form):
    """A role with what it may do, and the service in which it counts where that is to choose."""

    # What stands for all services: nobody gives so much by leaving something out.
    EVERY = "*"

    role = forms.ChoiceField(label=__("Role"), widget=forms.RadioSelect)
    service = forms.ChoiceField(
        label=__("Service in which it counts"),
        required=False,
        help_text=__("For an operator or a moderator. The other roles count where their line says."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [
            (f"{name}:{service}", _told(role, services()[service].title))
            for (name, service), role in declared_roles().items()
        ]
        core = [
            (role.name, _told(role, _("the whole city") if role.citywide else ""))
            for role in core_roles.values()
        ]
        worked = [(one.name, one.title) for one in services().values() if one.entities or one.rules]
        every = (self.EVERY, _("All services, also those that come later"))
        self.fields["role"].choices = [*core, *own]  # type: ignore[attr-defined]
        self.fields["service"].choices = [("", _("Choose a service")), *worked, every]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The role and its service as they are granted."""
        role, _sign, service = self.cleaned_data.get("role", "").partition(":")
        if role in core_roles and not core_roles[role].citywide:
            service = self.cleaned_data.get("service", "")
            if not service and "service" not in self.errors:
                self.add_error("service", _("Choose the service in which the role counts."))
        return {"role": role, "service": "" if service == self.EVERY else service}


def _told(role: Role, where: Any) -> SafeString:
    """A role as a choice: its title, where it counts, and what it may do."""
    title = f"{role.title} ({where})" if where else role.title
    return format_html('<span>{}<br><span class="soft small">{}</span></span>', title, role.description)


class Document(forms.Form):
    """Which document a clerk has seen; not its number."""

    document = forms.ChoiceField(
        label=__("Document seen"), choices=list(documents.items()), widget=forms.RadioSelect
    )


class Reason(forms.Form):
    """Why a confirmation is withdrawn."""

    reason = forms.ChoiceField(label=__("Reason"), choices=list(reasons.items()), widget=forms.RadioSelect)
