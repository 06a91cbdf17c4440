"""The things of trees."""

from django.db import models

from candia.core.entity import Entity


class Tree(Entity):
    """A tree on public ground."""

    kind = "trees.tree"
    title = "Tree"
    public_story = True

    species = models.CharField(max_length=80, blank=True)

    class Meta:
        app_label = "candia_trees"
