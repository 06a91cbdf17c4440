"""Operations: what staff do to anything: judge an alert, take what waits, put it off, hand the shift over."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import staff
from candia.core.page import Page
from candia.core.rule import Rule
from candia.core.service import Service
from candia.operations import commands, notices, personal
from candia.operations.pages import alert, map_layer

service = Service(
    name="operations",
    title=_("Operations"),
    description=_(
        "What staff do to anything: judge alerts, take what waits, put it off, hand the shift over."
    ),
    commands=(
        commands.confirm_alert,
        commands.dismiss_alert,
        commands.report_repair,
        commands.reopen_alert,
        commands.assign,
        commands.snooze,
        commands.add_note,
        commands.hand_over,
        notices.tell_operators,
    ),
    rules=(Rule(function=notices.tell_of_alert, title=_("Operators hear of it"), hears="core.alert_opened"),),
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
    ),
    personal=personal.records,
)
