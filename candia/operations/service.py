"""Operations: what staff do to anything: judge an alert, take what waits, put it off, hand the shift over."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import staff
from candia.core.page import Menu, Page
from candia.core.push import Push
from candia.core.rule import Rule
from candia.core.service import Service
from candia.devices.commands import keeper
from candia.operations import areas, causes, commands, maintenance, notices, personal
from candia.operations.feeds import commands as feed_commands
from candia.operations.feeds import health
from candia.operations.feeds import rules as feed_rules
from candia.operations.pages import alert, feeds, forecasts, map_layer, silenced
from candia.operations.work import crews, planning, recurring, reporting, telling, waiting
from candia.operations.work import personal as personal_work
from candia.operations.work.models import WorkOrder
from candia.operations.work.pages import crew, listing, order

service = Service(
    name="operations",
    title=_("Operations"),
    description=_(
        "What staff do to anything: judge alerts, send crews, take what waits, hand the shift over."
    ),
    commands=(
        commands.confirm_alert,
        commands.dismiss_alert,
        commands.report_repair,
        commands.reopen_alert,
        causes.judge_cause,
        commands.assign,
        commands.snooze,
        commands.add_note,
        commands.hand_over,
        maintenance.begin_maintenance,
        maintenance.end_maintenance,
        areas.begin_area_maintenance,
        areas.end_area_maintenance,
        notices.tell_operators,
        feed_commands.ask_feed,
        planning.order_from_alert,
        planning.make_order,
        planning.assign_order,
        planning.change_due,
        planning.cancel_order,
        planning.close_order,
        reporting.report_work,
        reporting.add_photo,
        reporting.weigh_reports,
        recurring.plan_next,
    ),
    entities=(WorkOrder,),
    inbox=waiting.items,
    rules=(
        Rule(
            function=notices.tell_of_alert,
            title=_("Operators hear of it"),
            hears="core.alert_*",
            heeds=notices.is_severe,
        ),
        *feed_rules.rules,
    ),
    evidence=health.evidence,
    # The inbox itself is the desk's first page, which the frame serves: see web/desk/views.py.
    pages=(
        Page(
            view=map_layer.inbox_layer,
            path="inbox.geojson",
            title=_("Inbox on the map"),
            desk=True,
            may=staff,
        ),
        Page(view=alert.alert, path="alerts/<int:number>/", title=_("An alert"), desk=True, may=staff),
        Page(
            view=listing.work_orders,
            path="work/",
            title=_("Work orders"),
            desk=True,
            may=staff,
            menu=Menu.WORK,
        ),
        Page(view=order.new_work_order, path="work/new/", title=_("A new work order"), desk=True, may=staff),
        Page(view=order.work_order, path="work/<int:number>/", title=_("A work order"), desk=True, may=staff),
        Page(
            view=silenced.maintenance,
            path="maintenance/",
            title=_("Maintenance"),
            desk=True,
            may=areas.operates,
            menu=Menu.WORK,
        ),
        Page(
            view=forecasts.forecasts,
            path="forecasts/",
            title=_("Forecasts"),
            desk=True,
            may=staff,
            menu=Menu.WORK,
        ),
        Page(
            view=feeds.feeds,
            path="feeds/",
            title=_("Feeds"),
            desk=True,
            may=keeper,
            menu=Menu.DEVICES,
        ),
        # Open to all and empty, so that a phone may keep it: what belongs to a crew comes from the next one.
        Page(view=crew.crew, path="crew/", title=_("The crew's phone")),
        Page(
            view=crew.crew_orders,
            path="crew/orders.json",
            title=_("A crew's own work orders"),
            desk=True,
            may=crews.crew,
        ),
        Page(
            view=crew.crew_photos,
            path="crew/photos",
            title=_("A crew's photographs"),
            desk=True,
            may=crews.crew,
        ),
    ),
    personal=(*personal.records, *personal_work.records),
    pushes=(
        Push(
            name="work_order",
            title=_("Work that you are sent to"),
            told=telling.brief,
            concerns=crews.crew,
            urgent=True,
        ),
        Push(
            name="alert",
            title=_("Severe alerts of what you operate"),
            told=notices.brief,
            concerns=areas.operates,
            urgent=True,
        ),
    ),
)
