"""Participation: what citizens do to anything in the city, and how they hear of what they follow."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import resident
from candia.core.entity import Entity
from candia.core.page import Menu, Page
from candia.core.push import Push
from candia.core.rule import TOLD, Rule, hours
from candia.core.service import Service
from candia.participation import (
    attachments,
    checks,
    commands,
    deadlines,
    holders,
    inbox,
    notices,
    pages,
    personal,
    rules,
)
from candia.participation.pages.moderation import any_judge, any_moderator

service = Service(
    name="participation",
    title=_("Participation"),
    description=_("What citizens do to anything in the city, and how they hear of what they follow."),
    commands=commands.every,
    rules=(
        Rule(
            function=rules.tell_followers,
            title=_("Tell followers"),
            hears=TOLD,
            heeds=rules.is_followed,
        ),
        Rule(
            function=rules.remind_of_answer,
            title=_("Remind of an answer that is owed"),
            on=Entity,
            among=deadlines.to_remind,
            facts=("answer_due__due", "answer_due__reminded"),
            every=hours(1),
        ),
        Rule(
            function=rules.tell_who_answers,
            title=_("Remind those who answer"),
            hears="participation.answer_reminded",
            heeds=rules.is_answered,
        ),
        # Opened, grown worse and cleared; what persons decide about an alert is no news to whose the thing is.
        Rule(
            function=rules.tell_holders,
            title=_("Tell whose it is"),
            hears="core.alert_*",
            heeds=holders.hears,
        ),
        # What is hidden, and what becomes of the appeal: hidden, comment_hidden, hiding_upheld, hiding_lifted.
        Rule(
            function=rules.tell_concerned,
            title=_("Tell whose words were hidden"),
            hears="participation.*hid*",
        ),
    ),
    pages=(
        Page(view=pages.mine, path="mine/", title=_("Mine"), may=resident),
        Page(view=pages.stop_mail, path="stop-mail/<str:token>/", title=_("No more mail")),
        Page(view=pages.thing, path="<str:entity>/", title=_("A thing of the city")),
        Page(view=pages.appeal, path="<str:entity>/appeal/", title=_("Hidden by a moderator"), may=resident),
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
            may=any_judge,
        ),
    ),
    subjects=(attachments.COMMENT,),
    personal=personal.records,
    pushes=(Push(name="notice", title=_("What you follow, and what is yours"), told=notices.brief),),
    inbox=inbox.waiting,
    changes_others=True,
    check=checks.check,
)
