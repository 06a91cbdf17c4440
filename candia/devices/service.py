"""Devices: who may speak for the city's things, what they are told, and which of their words could not be taken."""

from django.utils.translation import gettext_lazy as _

from candia.core.page import Menu, Page
from candia.core.service import Service
from candia.devices import commands, history, ingest_status, pages
from candia.devices.orders import commands as orders
from candia.devices.orders import evidence, ledger

service = Service(
    name="devices",
    title=_("Devices"),
    description=_(
        "Which meter, sensor or gateway may speak for what, what it is told, and what could not be taken of it."
    ),
    commands=(
        commands.add_device,
        commands.grant_device,
        commands.limit_device,
        commands.set_lorawan,
        commands.drop_lorawan,
        commands.renew_secret,
        commands.revoke_device,
        commands.replay_letters,
        commands.discard_letters,
        history.send_history,
        history.take_back_history,
        orders.want_state,
        orders.release_state,
        orders.order_act,
        orders.order_group,
        orders.cancel_order,
        orders.cancel_group,
    ),
    events=ledger.EVENTS,
    rules=(evidence.rule, evidence.silence),
    pages=(
        Page(
            view=pages.listing,
            path="list/",
            title=_("Devices"),
            desk=True,
            may=commands.keeper,
            menu=Menu.DEVICES,
        ),
        Page(
            view=pages.device, path="list/<slug:name>/", title=_("A device"), desk=True, may=commands.keeper
        ),
        Page(
            view=pages.orders,
            path="orders/",
            title=_("Orders"),
            desk=True,
            may=commands.keeper,
            menu=Menu.DEVICES,
        ),
        Page(
            view=pages.thing,
            path="orders/<str:entity>/",
            title=_("The orders of a thing"),
            desk=True,
            may=commands.keeper,
        ),
        Page(
            view=pages.order_many,
            path="order-many/",
            title=_("An order to many"),
            desk=True,
            may=commands.keeper,
        ),
        Page(
            view=pages.order_group,
            path="order-groups/<int:number>/",
            title=_("An order to many"),
            desk=True,
            may=commands.keeper,
        ),
        Page(
            view=pages.letters,
            path="dead-letters/",
            title=_("Dead letters"),
            desk=True,
            may=commands.keeper,
            menu=Menu.DEVICES,
        ),
        Page(
            view=pages.history,
            path="bring-history/",
            title=_("Bring in history"),
            desk=True,
            may=commands.keeper,
            menu=Menu.DEVICES,
        ),
        Page(
            view=pages.history_import,
            path="bring-history/<int:number>/",
            title=_("An import of history"),
            desk=True,
            may=commands.keeper,
        ),
    ),
    inbox=ingest_status.waiting,
    evidence=pages.evidence,
)
