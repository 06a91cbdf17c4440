"""The pages of trees."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from candia_trees.models import Tree


def trees(request: HttpRequest) -> HttpResponse:
    """Every tree, for everyone."""
    return render(request, "trees/trees.html", {"trees": Tree.objects.order_by("name")})
