"""Participation: what citizens do to anything in the city, and how they hear of what they follow."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import resident
from candia.core.page import Menu, Page
from candia.core.rule import TOLD, Rule
from candia.core.service import Service
from candia.participation import attachments, checks, commands, inbox, pages, personal, rules
from candia.participation.pages.moderation import any_moderator

service = Service(
    name="participation",
    title=_("Participation"),
    description=_("What citizens do to anything in the city, and how they hear of what they follow."),
    commands=commands.every,
    rules=(Rule(function=rules.tell_followers, title=_("Tell followers"), hears=TOLD),),
    pages=(
        Page(view=pages.mine, path="mine/", title=_("Mine"), may=resident),
        Page(view=pages.stop_mail, path="stop-mail/<str:token>/", title=_("No more mail")),
        Page(view=pages.thing, path="<str:entity>/", title=_("A thing of the city")),
        Page(
            view=pages.reports,
            path="reports/",
            title=_("Reported"),
            desk=True,
            may=any_moderator,
            menu=Menu.WORK,
        ),
        Page(
            view=pages.moderate,
            path="<str:entity>/",
            title=_("A conversation at the desk"),
            desk=True,
            may=any_moderator,
        ),
    ),
    subjects=(attachments.COMMENT,),
    personal=personal.records,
    inbox=inbox.reported,
    changes_others=True,
    check=checks.check,
)
