"""Forms that ask for a command: what it refuses stands beside the fields, and what was typed stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from candia.core.errors import Forbidden, NotFound, Refused

if TYPE_CHECKING:
    from django.utils.functional import Promise


def act(
    request: HttpRequest,
    form: forms.Form,
    command: Callable[..., Any],
    said: str | Promise = "",
    **given: Any,
) -> bool:
    """Ask for a command with what a form holds and what is given besides; whether it is done, and then said.

    A refusal is shown at the form. Raises Forbidden and NotFound, which no other words in the form would change.
    """
    if not form.is_valid():
        return False
    try:
        command(by=request.user, **given, **form.cleaned_data)
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        show_refusal(form, refused)
        return False
    if said:
        messages.success(request, str(said))
    return True


def show_refusal(form: forms.Form, refused: Refused) -> None:
    """Put the sentences of a refusal beside the fields that they speak of, the rest above the form."""
    for name, sentence in refused.fields.items():
        form.add_error(name if name in form.fields else None, str(sentence))
    if not any(name in form.fields for name in refused.fields):
        form.add_error(None, str(refused.sentence))
