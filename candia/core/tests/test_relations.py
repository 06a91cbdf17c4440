"""Relations: each of two things knows the other, and what led to what is one query."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from candia.core.entity import Entity
from candia.core.relation import Related, Relation, came_from, led_to, relate, related, unrelate

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    """Makes things of the tests by their names."""
    return lambda *names: [
        Entity.objects.create(id=f"tests.thing:{name}", kind_name="tests.thing", name=name) for name in names
    ]


def test_each_of_two_related_things_knows_the_other(made) -> None:
    bench, square, old = made("bench", "square", "old")
    relate(bench, "stands_at", square)
    relate(bench, "stands_at", square)
    relate(bench, "replaces", old)

    assert related(bench.id) == [Related("stands_at", False, square.id), Related("replaces", False, old.id)]
    assert related(square.id) == [Related("stands_at", True, bench.id)]

    unrelate(bench, "stands_at", square)
    assert related(square.id) == []


def test_what_led_to_a_thing_is_followed_to_its_beginning_and_never_in_a_circle(made) -> None:
    one, two, item, project, follower = made("1", "2", "item", "project", "follower")
    for proposal in (one, two):
        relate(item, "came_from", proposal)
    relate(project, "came_from", item)
    relate(follower, "came_from", project)
    relate(one, "came_from", follower)

    with CaptureQueriesContext(connection) as queries:
        before = came_from(project.id)
    assert len(queries) == 1
    assert before == [item.id, one.id, two.id, follower.id]
    assert led_to(two.id) == [item.id, project.id, follower.id, one.id]


def test_nothing_is_related_to_itself_or_in_a_way_that_has_no_word(made) -> None:
    (thing,) = made("thing")

    with pytest.raises(IntegrityError), transaction.atomic():
        relate(thing, "part_of", thing)
    with pytest.raises(ValueError, match="is no relation"):
        relate(thing, "likes", "tests.thing:other")
    assert not Relation.objects.exists()
