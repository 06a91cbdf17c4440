"""Trees: which stand where, and who planted them."""

from candia.core.dataset import dataset_of
from candia.core.page import Menu, Page
from candia.core.service import Service
from candia.telemetry.observation import Property
from candia_trees import commands, pages
from candia_trees.models import Tree

service = Service(
    name="trees",
    title="Trees",
    description="Which trees stand where, and how moist their ground is.",
    entities=(Tree,),
    properties=(Property("moisture", unit="%", low=0, high=100),),
    commands=(commands.plant_tree,),
    datasets=(
        dataset_of(
            Tree,
            name="trees",
            title="Trees",
            description="Every tree on public ground, with its species and place.",
            licence="CC-BY-4.0",
            rhythm="CONT",
        ),
    ),
    pages=(Page(view=pages.trees, title="Trees", menu=Menu.SEE),),
)
