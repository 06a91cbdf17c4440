"""What goes wrong is said in a sentence, in the reader's language, with a way on."""

import pytest
from django.db import OperationalError
from django.test import Client

from candia.core.access import Person
from candia.web import bounds
from candia.web.portal import views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("/nothing/here/", "Δεν υπάρχει σελίδα"), ("/en/nothing/here/", "There is no page")],
)
def test_an_address_that_leads_nowhere(client, address, sentence):
    answer = client.get(address)

    assert answer.status_code == 404
    assert sentence in answer.content.decode()


@pytest.mark.parametrize(("address", "word"), [("/desk/", "Δεν επιτρέπεται"), ("/en/desk/", "not allowed")])
def test_a_resident_at_the_desk(client, address, word):
    client.force_login(Person.objects.create_user("resident@example.gr", "a long enough password"))

    answer = client.get(address)

    assert answer.status_code == 403
    assert word in answer.content.decode()


def test_a_form_whose_token_is_missing(client):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post("/account/login/", {"login": "a@example.gr", "password": "x"})

    assert answer.status_code == 403
    assert "Η φόρμα έληξε για την ασφάλειά σας" in answer.content.decode()


@pytest.mark.parametrize(("address", "word"), [("/", "Κάτι χάλασε"), ("/en/", "Something broke")])
def test_a_mistake_of_ours_is_admitted_without_its_details(client, monkeypatch, address, word):
    monkeypatch.setattr(views, "gathered", lambda: 1 / 0)
    client.raise_request_exception = False

    answer = client.get(address)

    assert answer.status_code == 500
    assert word in answer.content.decode()
    assert "ZeroDivisionError" not in answer.content.decode()


def test_a_page_whose_records_are_away(client, monkeypatch):
    def gathered():
        raise OperationalError("no connection to 10.0.0.1")

    monkeypatch.setattr(views, "gathered", gathered)

    answer = client.get("/")

    assert answer.status_code == 503
    assert "δεν απαντά" in answer.content.decode()
    assert "10.0.0.1" not in answer.content.decode()


async def answered(path, length, body=b""):
    """What the application behind the bounds took, and what was answered."""
    taken, sent, parts = [], [], [body[:5], body[5:]]

    async def application(_scope, receive, send):
        while parts:
            message = await receive()
            taken.append(message["type"])
            if message["type"] == "http.disconnect":
                return

    async def receive():
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    headers = [(b"content-length", length)] if length else []
    scope = {"type": "http", "path": path, "headers": headers}
    await bounds.Bounded(application)(scope, receive, send)
    return taken, sent


@pytest.mark.parametrize(
    ("path", "word"), [("/dialogue/proposals/new/", "πολύ μεγάλο"), ("/en/desk/x", "too large")]
)
async def test_a_body_that_says_it_is_too_large_is_not_read(path, word):
    taken, sent = await answered(path, str(bounds.DESK + 1).encode())

    assert not taken
    assert sent[0]["status"] == 413
    assert word in sent[1]["body"].decode()


async def test_a_body_that_turns_out_too_large_is_cut_off(monkeypatch):
    monkeypatch.setattr(bounds, "PUBLIC", 8)

    taken, _sent = await answered("/dialogue/proposals/new/", b"", b"much more than eight")

    assert taken == ["http.request", "http.disconnect"]


async def test_an_ordinary_body_passes():
    taken, sent = await answered("/dialogue/proposals/new/", b"12", b"ten and two.")

    assert taken == ["http.request", "http.request"]
    assert not sent
