"""Dialogue: what residents propose, what others say to it, and what the city answers."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import Grant, moderator, operator, resident
from candia.core.page import Menu, Page
from candia.core.sample_people import SamplePerson
from candia.core.service import Service
from candia.services.dialogue import (
    city,
    commands,
    datasets,
    former,
    home,
    inbox,
    mine,
    pages,
    personal,
    seed,
)
from candia.services.dialogue.models import Proposal

staff = moderator("dialogue") | operator("dialogue")

service = Service(
    name="dialogue",
    title=_("Dialogue"),
    description=_("What residents propose to the city, who supports it, and what the city answers."),
    entities=(Proposal,),
    commands=commands.every,
    events=former.events,
    pages=(
        Page(view=pages.proposals, path="proposals/", title=_("Proposals"), menu=Menu.SAY),
        Page(view=pages.proposals_layer, path="proposals.geojson", title=_("Proposals on the map")),
        Page(
            view=pages.new_proposal,
            path="proposals/new/",
            title=_("New proposal"),
            may=resident,
        ),
        Page(view=pages.similar_proposals, path="proposals/similar/", title=_("Similar proposals")),
        Page(view=pages.proposal, path="proposals/<int:number>/", title=_("A proposal")),
        Page(view=pages.my_proposals, path="my-proposals/", title=_("My proposals"), may=resident),
        Page(
            view=pages.stop_following,
            path="unfollow/<str:token>/",
            title=_("No more mail about a proposal"),
        ),
        Page(view=pages.queue, path="proposals/", title=_("Proposals"), desk=True, may=staff, menu=Menu.WORK),
        Page(
            view=pages.handle,
            path="proposals/<int:number>/",
            title=_("A proposal at the desk"),
            desk=True,
            may=staff,
        ),
    ),
    datasets=(datasets.proposals,),
    personal=personal.records,
    home=home.home,
    inbox=inbox.waiting,
    mine=mine.mine,
    check=city.check,
    sample=seed.sample,
    sample_people=(
        SamplePerson(
            "moderator@example.gr",
            "Αντώνης Βασιλάκης",
            ((Grant.MODERATOR, "dialogue"), (Grant.OPERATOR, "dialogue")),
        ),
    ),
)
