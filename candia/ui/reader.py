"""Reader: whoever asks for a page that is theirs alone."""

from django.http import HttpRequest

from candia.core.access import Person
from candia.core.errors import Forbidden


def member(request: HttpRequest) -> Person:
    """Who asks, if it is somebody with an account; raises Forbidden for everybody else."""
    if not isinstance(request.user, Person):
        raise Forbidden
    return request.user
