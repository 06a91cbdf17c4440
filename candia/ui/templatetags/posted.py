"""What every form carries that is posted: the token against forgery, and the key by which it is done once.

Both come with Django's own `{% csrf_token %}`, whose place this one takes in every template, so that no form can
lack either; `{% once %}` alone is for a form whose address is its proof.
"""

from __future__ import annotations

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from candia.core.idempotency import FIELD, new_key

register = template.Library()


class Posted(CsrfTokenNode):
    """The two hidden fields."""

    def render(self, context: template.Context) -> SafeString:
        """Both, the key made anew for each form that is shown."""
        return SafeString(super().render(context) + once())


@register.tag
def csrf_token(_parser: Parser, _token: Token) -> Posted:
    """Django's token, and the key beside it."""
    return Posted()


@register.simple_tag
def once() -> SafeString:
    """The hidden field with a key of its own for each form that is shown."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, new_key())
