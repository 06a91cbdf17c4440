"""Every page: answers in both languages, and opens to nobody whom its declaration does not name."""

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from candia.contract.declared import declared, samples
from candia.core.access import Person, anyone
from candia.core.page import Page
from candia.core.service import Service

pytestmark = pytest.mark.django_db(databases=["default"])


def address(service: Service, page: Page, language: str) -> str:
    arguments = {**page.sample, **samples(service).pages().get(page.name, {})}
    with override(language):
        return reverse(f"{service.name}-{page.name}", kwargs=arguments)


@pytest.mark.parametrize("language", ["el", "en"])
@pytest.mark.parametrize(("service", "page"), declared("pages"))
def test_a_page_answers_whom_it_is_for(service: Service, page: Page, language: str, client: Client) -> None:
    reader = samples(service).reader(page)
    if reader is not None:
        client.force_login(reader)

    answer = client.get(address(service, page, language))

    assert answer.status_code == 200
    if answer["Content-Type"].startswith("text/html"):
        assert f'lang="{language}"' in answer.content.decode()


# Questions to the records for a page that was opened before, the one for the session among them. Where a page asks
# more, the same thing is often asked twice, or once for each row: find out before you raise a number. A service
# from outside says its own numbers in `questions` of its samples, by the page's name.
QUESTIONS = 8
MORE = {
    "water.district": 11,
    "water.desk-district": 13,
    "water.desk-meter": 9,
    "devices.desk-thing": 10,
    # Which departments there are, and what is routed to which; the work that came of it, and who can be sent.
    "operations.desk-alert": 18,
    # What waits of each floor: alerts and their causes, appeals, answers owed, work orders.
    "operations.desk-inbox-layer": 11,
    # Those to many, with what became of them.
    "devices.desk-orders": 9,
    "operations.desk-work-order": 13,
    "dialogue.proposal": 12,
    "participation.thing": 13,
    # What each floor says is one's own, with what it is owed and when it changed; which devices are told.
    "participation.mine": 11,
    "participation.desk-moderate": 10,
    "dialogue.desk-handle": 11,
    # All that is known of a person, table by table: it grows with every service.
    "people.my-data": 40,
}


@pytest.mark.parametrize(("service", "page"), declared("pages"))
def test_a_page_asks_the_records_little(service: Service, page: Page, client: Client) -> None:
    reader = samples(service).reader(page) or Person.objects.create_user(
        "reader@example.gr", "a long password"
    )
    client.force_login(reader)
    # As allauth does when somebody signs in by the form.
    UserSession.objects.create(
        user=reader, session_key=client.session.session_key, ip="127.0.0.1", user_agent=""
    )
    path = address(service, page, "el")
    client.get(path)

    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200

    most = getattr(samples(service), "questions", {}).get(page.name, QUESTIONS)
    assert len(asked) <= MORE.get(f"{service.name}.{page.name}", most), [one["sql"] for one in asked]


@pytest.mark.parametrize(("service", "page"), declared("pages"))
def test_nobody_else_sees_it(service: Service, page: Page, client: Client) -> None:
    closed = page.desk or page.may is not anyone

    answer = client.get(address(service, page, "el"))

    assert (answer.status_code == 302 and "login" in answer["Location"]) is closed


@pytest.mark.parametrize(("service", "page"), [item for item in declared("pages") if item.values[1].desk])
def test_a_resident_does_not_sit_at_the_desk(service: Service, page: Page, client: Client) -> None:
    resident = Person.objects.create_user("resident@example.gr", "a long enough password")
    client.force_login(resident)

    assert client.get(address(service, page, "el")).status_code == 403


@pytest.mark.parametrize(("service", "page"), declared("pages"))
def test_a_question_that_no_name_can_answer_is_answered_by_a_page(
    service: Service, page: Page, client: Client
) -> None:
    reader = samples(service).reader(page)
    if reader is not None:
        client.force_login(reader)

    asked = "?device=%00&reason=%00&q=%00&tab=%00&page=%00&email=%00&part=%00&draft=%00&state=%00"
    answer = client.get(address(service, page, "el") + asked)

    assert answer.status_code == 404


def test_an_address_that_no_name_can_have_is_answered_by_a_page(client: Client) -> None:
    answer = client.get("/stories/%00")

    assert answer.status_code == 404
    assert "lang=" in answer.content.decode()
