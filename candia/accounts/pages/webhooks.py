"""The desk's page of one webhook: what it is told, what failed and why, sending that again."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __
from django.views.decorators.cache import never_cache

from candia.accounts.models import Delivery, Integration, Webhook
from candia.accounts.token_forms import NewWebhook
from candia.accounts.webhooks import commands, delivery
from candia.core import errors, idempotency
from candia.core.access import Person
from candia.core.service import event_titles

WHY = {
    "unknown": __("nobody answers to this name"),
    "forbidden": __("the address lies within a network that the city does not allow"),
    "unreachable": __("nobody answered"),
    "slow": __("the answer did not come in time"),
}


def add(request: HttpRequest, by: Person, program: Integration, form: NewWebhook) -> HttpResponse:
    """Add a webhook to a program; the one page on which its secret is ever seen. Raises Refused."""
    # A form that is sent again is shown the secret of the first time.
    nonce = idempotency.derived("webhook", by.actor_id, program.pk).hex()
    event = commands.add_webhook(by=by, integration=program, nonce=nonce, **form.cleaned_data)
    made = Webhook.objects.get(pk=event.data["webhook"])
    context = {"program": program, "secret": f"whsec_{base64.b64encode(made.secret).decode()}"}
    return render(request, "people/desk/webhook_secret.html", context)


@never_cache
def webhook(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """One webhook: its state, what failed, and the buttons."""
    hooks = Webhook.objects.select_related("integration").filter(integration=name, ended=None)
    found = get_object_or_404(hooks, pk=number)
    if request.method == "POST":
        try:
            messages.success(request, _changed(request, found))
        except errors.Refused as error:
            messages.error(request, str(error))
        if "end" in request.POST:
            return redirect("people-desk-integration", name=name)
        return redirect("people-desk-webhook", name=name, number=number)
    rows = [_row(one) for one in delivery.failed(found)]
    failed = any(row["over"] for row in rows)
    return render(request, "people/desk/webhook.html", {"hook": found, "rows": rows, "failed": failed})


def _changed(request: HttpRequest, found: Webhook) -> str:
    by: Any = request.user
    if "again" in request.POST:
        commands.send_again(by=by, webhook=found)
        return _("What failed is on its way again.")
    if "on" in request.POST:
        commands.switch_on_webhook(by=by, webhook=found)
        return _("The address is told again of what happens from now on.")
    commands.end_webhook(by=by, webhook=found)
    return _("The address is removed. It is told of nothing any more.")


def _row(one: Delivery) -> dict[str, Any]:
    answered = _("it answered %(status)s") % {"status": one.status} if one.status else ""
    return {
        "one": one,
        "title": event_titles().get(one.event.kind, one.event.kind),
        "why": WHY.get(one.error, answered),
        "over": one.state == Delivery.FAILED,
    }
