"""One alert's page: how it is now, also before anybody decides, and its story with the colleagues' words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candia.core.access import Grant, Person
from candia.core.alert import Alert
from candia.core.event import story
from candia.operations import commands
from candia.operations.tests.samples import raised, shift

pytestmark = pytest.mark.django_db
FOUND = "Το συνεργείο βρήκε σπασμένη παροχή."


@pytest.fixture
def operator(client: Client) -> Person:
    made = shift()
    client.force_login(made)
    return made


def at(alert: Alert) -> str:
    return reverse("operations-desk-alert", args=[alert.pk])


def test_how_it_stands_is_told_before_and_after_the_decision(client, operator) -> None:
    alert = raised()

    def standing(**changed: object) -> str:
        Alert.objects.filter(pk=alert.pk).update(**changed)
        return client.get(at(alert)).content.decode()

    now = timezone.now()
    assert "Συνεχίζεται: εντοπίστηκε τελευταία" in standing()
    assert "ο κανόνας δεν μπορεί να κρίνει" in standing(last_seen=now - timedelta(days=9))
    assert "η ειδοποίηση κλείνει μόνη της" in standing(clear_since=now)
    commands.confirm_alert(by=operator, alert=alert, note=FOUND)
    decided = standing(clear_since=None, last_seen=now)
    assert "Συνεχίζεται: εντοπίστηκε τελευταία" in decided
    assert FOUND in decided
    assert "ο κανόνας δεν βρίσκει πια κάτι" in standing(closed=now)


def test_a_dismissal_needs_a_reason_and_what_was_typed_is_kept(client, operator) -> None:
    alert = raised()

    empty = client.post(at(alert), {"act": "dismiss", "dismiss_reason": "", "note": FOUND})

    assert empty.status_code == 422
    assert "id_dismiss_reason_error" in empty.content.decode()
    assert f"{FOUND}</textarea>" in empty.content.decode()
    client.post(at(alert), {"act": "dismiss", "dismiss_reason": "sensor", "note": FOUND})
    alert.refresh_from_db()
    assert (alert.status, alert.reason, alert.note) == (Alert.DISMISSED, "sensor", FOUND)


def test_a_decision_that_came_too_late_is_shown_beside_the_first(client, operator) -> None:
    alert = raised()
    commands.confirm_alert(by=shift("colleague"), alert=alert, reason="seen", note=FOUND)

    late = client.post(at(alert), {"act": "dismiss", "dismiss_reason": "works", "note": "Δεν είναι τίποτα."})

    page = late.content.decode()
    alert.refresh_from_db()
    assert (late.status_code, alert.status) == (422, Alert.CONFIRMED)
    for told in (FOUND, "Colleague", "Δεν είναι τίποτα."):
        assert told in page


def test_a_colleagues_decision_reaches_an_open_page_and_leaves_a_reason_half_written(
    client, operator
) -> None:
    alert = raised()
    part = {"part": "decision"}

    assert client.get(at(alert), part).status_code == 204
    commands.dismiss_alert(by=shift("colleague"), alert=alert, reason="works", note=FOUND)

    assert FOUND in client.get(at(alert), part).content.decode()


def test_a_wrong_press_is_taken_back_on_the_page(client, operator) -> None:
    alert = raised()
    client.post(at(alert), {"act": "confirm", "confirm_reason": "evidence"})
    assert 'value="undo"' in client.get(at(alert)).content.decode()

    client.post(at(alert), {"act": "undo"})

    assert Alert.objects.get(pk=alert.pk).status == Alert.OPEN
    assert 'value="undo"' not in client.get(at(alert)).content.decode()


def test_notes_and_hands_are_in_its_story_and_in_nobody_elses(client, operator) -> None:
    alert, colleague = raised(), shift("colleague")
    client.post(at(alert), {"act": "note", "text": "Ο υδραυλικός έρχεται αύριο."})
    client.post(at(alert), {"act": "assign", "to": colleague.pk})
    client.post(at(alert), {"snooze": "4h"})

    page = client.get(at(alert)).content.decode()

    timeline = page.partition('class="timeline"')[2].partition("</ol>")[0]
    for told in ("Ο υδραυλικός έρχεται αύριο.", "Colleague", "Operator"):
        assert told in timeline
    assert [event.kind for event in story(alert.entity_id)] == ["core.alert_opened"]
    assert client.post(at(alert), {"act": "note", "text": " "}).status_code == 422


def test_the_page_is_for_operators_of_the_service(client) -> None:
    alert = raised()
    assert "login" in client.get(at(alert))["Location"]
    for who in (shift("clerk", role=Grant.CLERK), shift("elsewhere", service="dialogue")):
        client.force_login(who)
        assert client.get(at(alert)).status_code == 403
        assert client.post(at(alert), {"act": "confirm"}).status_code == 403
    client.force_login(shift("operator"))
    assert client.get(reverse("operations-desk-alert", args=[9_999_999])).status_code == 404
