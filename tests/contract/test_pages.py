"""Every page: answers in both languages, and opens to nobody whom its declaration does not name."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from candia.core.access import Person, anyone
from candia.core.page import Page
from candia.core.service import Service
from tests.contract.conftest import declared, samples

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
