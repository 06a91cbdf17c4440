"""The devices that somebody keeps: the list of them, and each with what it may speak for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from candia.core import errors, idempotency
from candia.core.access import Device, Person, administrator
from candia.core.event import story
from candia.core.service import entity_kinds, services
from candia.core.timeline import steps
from candia.devices import commands, credentials, ingest_status
from candia.devices.commands import operates
from candia.devices.forms import Addition, Lorawan, Search, Speaks
from candia.devices.models import LorawanAddress
from candia.telemetry.last_seen import last_seen
from candia.ui.forms import show_refusal
from candia.ui.reader import member

SHOWN = 50


def kept_by(person: Person) -> QuerySet[Device]:
    """The devices that this person keeps: all for an administrator, else those of the services they operate."""
    if administrator(person):
        return Device.objects.all()
    mine = operates(person)
    kinds = [kind for kind in entity_kinds() if kind.partition(".")[0] in mine]
    candidates = Device.objects.filter(Q(kinds__overlap=kinds) | ~Q(entities=[]))
    kept = [one.pk for one in candidates.only("entities", "kinds") if commands.keeps(person, one)]
    return Device.objects.filter(pk__in=kept)


def listing(request: HttpRequest) -> HttpResponse:
    """The devices with what they speak for and when they last spoke; adding one, whose secret is then shown."""
    by = member(request)
    form = Addition(request.POST or None, by=by)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            added, secret = credentials.issue(by, given.pop("id").strip(), **given)
        except errors.Refused as error:
            show_refusal(form, error)
        else:
            return _show_secret(request, added, secret)
    search = Search(request.GET)
    chosen = search.cleaned_data if search.is_valid() else {"q": "", "revoked": False}
    found = kept_by(by).filter(Q(id__icontains=chosen["q"]) | Q(title__icontains=chosen["q"]))
    if not chosen["revoked"]:
        found = found.filter(revoked=None)
    page = Paginator(found.order_by("id"), SHOWN).get_page(request.GET.get("page"))
    heard = spoke([one.id for one in page])
    rows = [{"device": one, "speaks": speaks_for(one), "heard": (heard or {}).get(one.id)} for one in page]
    return render(
        request,
        "devices/listing.html",
        {"form": form, "search": search, "rows": rows, "page_obj": page, "away": heard is None},
    )


def device(request: HttpRequest, name: str) -> HttpResponse:
    """One device: what it may speak for, giving it more or less, another secret, revoking it, its story."""
    by = member(request)
    found = get_object_or_404(kept_by(by), pk=name)
    form = Speaks(request.POST if "grant" in request.POST else None, by=by)
    address = LorawanAddress.objects.filter(device=found).first()
    lorawan = Lorawan(
        request.POST if "lorawan" in request.POST else None, initial=model_to_dict(address) if address else {}
    )
    try:
        if "renew" in request.POST:
            secret = credentials.new_secret(idempotency.derived("device", by.actor_id, found.id))
            commands.renew_secret(by=by, device=found, fingerprint=credentials.fingerprint(secret))
            return _show_secret(request, found, secret)
        if done := _change(request, by, found, form, lorawan):
            messages.success(request, done)
            return redirect("devices-desk-device", name=name)
    except errors.Refused as error:
        if "grant" in request.POST:
            show_refusal(form, error)
        elif "lorawan" in request.POST:
            show_refusal(lorawan, error)
        else:
            messages.error(request, str(error))
    heard = spoke([found.id])
    return render(
        request,
        "devices/device.html",
        {
            "device": found,
            "form": form,
            "address": address,
            "lorawan": lorawan if settings.CANDIA.chirpstack_url or address else None,
            "heard": (heard or {}).get(found.id),
            "away": heard is None,
            "of_desk": found.id.startswith(commands.DESK),
            "kinds": [(kind, kind_title(kind)) for kind in found.kinds],
            "events": steps(story(commands.story_of(found)), public=False),
        },
    )


def _change(request: HttpRequest, by: Person, found: Device, form: Speaks, lorawan: Lorawan) -> str:
    """Do what a button asks for; the sentence that says it is done."""
    if "revoke" in request.POST:
        commands.revoke_device(by=by, device=found)
        return _("The device is revoked. It is disconnected within seconds.")
    if "take" in request.POST:
        less = [request.POST["take"]]
        commands.limit_device(by=by, device=found, entities=less, kinds=less)
        return _("The device speaks for this no more.")
    if "lorawan" in request.POST and lorawan.is_valid():
        commands.set_lorawan(by=by, device=found, **lorawan.cleaned_data)
        return _("The device gets its orders by LoRaWAN from now on.")
    if "wired" in request.POST:
        commands.drop_lorawan(by=by, device=found)
        return _("The device gets its orders by MQTT or HTTP again.")
    if "grant" in request.POST and form.is_valid():
        commands.grant_device(by=by, device=found, **form.cleaned_data)
        return _("The device may speak for more.")
    return ""


def _show_secret(request: HttpRequest, added: Device, secret: str) -> HttpResponse:
    """The one page on which a secret is ever seen; no cache keeps it. Raises Conflict if it opens nothing."""
    if not Device.objects.filter(pk=added.pk, secret_hash=credentials.fingerprint(secret)).exists():
        raise errors.Conflict(_("The device has got another secret since. Make a new one."))
    answer = render(request, "devices/secret.html", {"device": added, "secret": secret, "mqtt": _door()})
    answer["Cache-Control"] = "no-store"
    return answer


def _door() -> str:
    host = settings.CANDIA.mqtt_host
    shown = settings.CANDIA.allowed_hosts[0].lstrip(".*") if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"{shown}:{settings.CANDIA.mqtt_port}"


def spoke(names: list[str]) -> dict[str, datetime] | None:
    """When each of these spoke last; None where the stream does not answer."""
    try:
        return ingest_status.ask(lambda stream: last_seen(stream, names), within=2)
    except errors.Unavailable:
        return None


def speaks_for(one: Device) -> dict[str, Any]:
    """What a device speaks for, shortly: titles of kinds, the first entities, and how many more."""
    shown = one.entities[:2]
    kinds = [kind_title(kind) for kind in one.kinds]
    return {"kinds": kinds, "entities": shown, "more": len(one.entities) - len(shown)}


def kind_title(kind: str) -> str:
    """A kind in the reader's words, with its service."""
    model, service = entity_kinds().get(kind), services().get(kind.partition(".")[0])
    return f"{service.title}: {model.title}" if model and service else kind
