"""What people may ask of trees."""

from candia.core.access import Actor, operator
from candia.core.command import command
from candia.core.event import Happened
from candia_trees.models import Tree


@command(event="trees.tree_planted", title="Tree planted", may=operator("trees"))
def plant_tree(by: Actor, *, number: str, species: str, lon: float, lat: float) -> Happened:
    """Record a newly planted tree with its species and place."""
    tree = Tree.objects.create(id=f"trees.tree:{number}", name=species, species=species, lon=lon, lat=lat)
    return Happened(tree, data={"species": species})
