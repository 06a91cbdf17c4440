"""The things of trees."""

from django.db import models

from candia.core.entity import Entity
from candia.core.field import Field
from candia.participation.declaration import Comments, Participation


class Tree(Entity):
    """A tree on public ground."""

    kind = "trees.tree"
    title = "Tree"
    attributes = (Field("species", "string", "Species"),)
    participation = Participation(comments=Comments(), follow=True, report=True, attachments=True)

    species = models.CharField(max_length=80, blank=True)

    @classmethod
    def published(cls) -> models.QuerySet["Tree"]:
        """All of them: a tree has no secrets."""
        return cls.objects.all()
