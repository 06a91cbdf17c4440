"""Dialogue: what residents propose, what others say to it, and what the city answers."""

from django.utils.translation import gettext_lazy as _

from candia.core.access import Grant, moderator, operator, resident
from candia.core.page import Page
from candia.core.rule import Rule
from candia.core.sample_people import SamplePerson
from candia.core.service import Service
from candia.services.dialogue import city, commands, datasets, home, inbox, pages, personal, rules, seed
from candia.services.dialogue.models import Proposal

staff = moderator("dialogue") | operator("dialogue")

service = Service(
    name="dialogue",
    title=_("Dialogue"),
    description=_("What residents propose to the city, who supports it, and what the city answers."),
    entities=(Proposal,),
    commands=commands.every,
    rules=(
        Rule(
            function=rules.tell_of_acceptance,
            title=_("Tell followers of acceptance"),
            hears="dialogue.proposal_accepted",
        ),
        Rule(
            function=rules.tell_of_postponement,
            title=_("Tell followers of postponement"),
            hears="dialogue.proposal_postponed",
        ),
        Rule(
            function=rules.tell_of_refusal,
            title=_("Tell followers of refusal"),
            hears="dialogue.proposal_declined",
        ),
        Rule(
            function=rules.tell_of_comment,
            title=_("Tell followers of a comment"),
            hears="dialogue.proposal_commented",
        ),
        Rule(
            function=rules.tell_of_hiding,
            title=_("Tell followers of hiding"),
            hears="dialogue.proposal_hidden",
        ),
        Rule(
            function=rules.tell_of_withdrawal,
            title=_("Tell followers of withdrawal"),
            hears="dialogue.proposal_withdrawn",
        ),
    ),
    pages=(
        Page(view=pages.proposals, path="proposals/", title=_("Proposals"), menu=True),
        Page(view=pages.proposals_layer, path="proposals.geojson", title=_("Proposals on the map")),
        Page(
            view=pages.new_proposal,
            path="proposals/new/",
            title=_("New proposal"),
            may=resident,
        ),
        Page(view=pages.similar_proposals, path="proposals/similar/", title=_("Similar proposals")),
        Page(view=pages.proposal, path="proposals/<int:number>/", title=_("A proposal")),
        Page(view=pages.picture, path="pictures/<int:picture>/<str:size>", title=_("A proposal's picture")),
        Page(view=pages.my_proposals, path="my-proposals/", title=_("My proposals"), may=resident),
        Page(
            view=pages.stop_following,
            path="unfollow/<str:token>/",
            title=_("No more mail about a proposal"),
        ),
        Page(view=pages.queue, path="proposals/", title=_("Proposals"), desk=True, may=staff, menu=True),
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
