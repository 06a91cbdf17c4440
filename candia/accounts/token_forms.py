"""The forms of tokens, and of the programs that an administrator lets in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as __

from candia.accounts import tokens
from candia.accounts.token_commands import ROLES
from candia.core.access import Grant, RoleHolder
from candia.core.service import services

DAYS = ((30, __("30 days")), (90, __("90 days")), (180, __("180 days")), (365, __("a year")))


class NewToken(forms.Form):
    """What a token is for, what it opens, and for how long."""

    title = forms.CharField(
        label=__("What it is for"),
        max_length=80,
        help_text=__("A few words by which you know it again, such as: script of the reading club."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=__("What it opens"),
        widget=forms.CheckboxSelectMultiple,
        help_text=__("Never more than its owner may do."),
    )
    days = forms.TypedChoiceField(label=__("It ends after"), choices=DAYS, coerce=int, initial=90)

    def __init__(self, *args: Any, owner: RoleHolder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = list(tokens.opened_to(owner).items())  # type: ignore[attr-defined]


class Roles(forms.Form):
    """The roles of a program, each in one service."""

    held = forms.MultipleChoiceField(
        label=__("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=__("Give it as few as it needs. A program cannot be an administrator or a clerk."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held"].choices = list(roles().items())  # type: ignore[attr-defined]


class NewProgram(Roles):
    """A program that is to be let in."""

    field_order = ["id", "title", "held"]

    id = forms.CharField(
        label=__("Short name"),
        max_length=64,
        help_text=__(
            "Small Latin letters, digits and hyphens, such as call-centre. It stands in the history."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    title = forms.CharField(label=__("What colleagues call it"), max_length=80)


class NewWebhook(forms.Form):
    """An address that is told of what happens, and of which kinds of it."""

    url = forms.CharField(
        label=__("Its address"),
        max_length=500,
        help_text=__("By https, such as https://example.gr/candia."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    patterns = forms.CharField(
        label=__("Of what it is told"),
        max_length=1700,
        help_text=__("A kind of event a line, such as core.alert_opened or dialogue.*"),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_patterns(self) -> list[str]:
        """The lines."""
        return str(self.cleaned_data["patterns"]).split()


class FoundToken(forms.Form):
    """A token that was found where others could read it."""

    found = forms.CharField(
        label=__("The token, or its first twelve signs"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def roles() -> dict[str, str]:
    """The roles that a program may have: `operator:water` and its words, where there is a thing to act on."""
    words = dict(Grant.ROLES)
    return {
        f"{role}:{service.name}": f"{words[role]}: {service.title}"
        for service in services().values()
        if service.entities
        for role in ROLES
    }
