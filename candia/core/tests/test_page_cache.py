"""A page made for all who are not signed in: made once, for nobody else, and never with somebody's own form."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory

from candia.core import page_cache as shared_pages
from candia.core.errors import Unavailable
from candia.core.page_cache import Kept, forget, shared


@pytest.fixture
def counted():
    made = []

    def view(request, name="home"):
        made.append(name)
        return HttpResponse(f"{name} {len(made)}", headers={"Vary": "HX-Request"})

    return shared(view, 60), made


def test_visitors_get_the_page_that_one_of_them_had_made(counted):
    view, made = counted
    first, second = (view(RequestFactory().get("/")) for _ in range(2))
    assert first.content == second.content
    assert second["Vary"] == "HX-Request"
    assert len(made) == 1


def test_many_who_come_at_once_have_it_made_once(counted):
    view, made = counted
    visitors = [threading.Thread(target=view, args=(RequestFactory().get("/"),)) for _ in range(20)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(made) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/?page=2"},
        {"path": "/", "headers": {"Cookie": "sessionid=abc"}},
        {"path": "/", "headers": {"Cookie": "messages=abc"}},
    ],
)
def test_whoever_is_not_like_all_others_is_answered_afresh(counted, asked):
    view, made = counted
    view(RequestFactory().get("/"))
    view(RequestFactory().get(**asked))
    view(RequestFactory().get(**asked))
    assert len(made) == 3


def test_addresses_and_hosts_are_told_apart(counted):
    view, made = counted
    view(RequestFactory().get("/a"), name="a")
    view(RequestFactory().get("/b"), name="b")
    view(RequestFactory().get("/a", headers={"Host": "localhost"}), name="a")
    assert made == ["a", "b", "a"]


def test_a_page_with_a_form_of_ones_own_is_not_kept():
    made = []

    def view(request):
        made.append(get_token(request))
        return HttpResponse("form")

    kept = shared(view, 60)
    kept(RequestFactory().get("/"))
    kept(RequestFactory().get("/"))
    assert len(set(made)) == 2


def test_what_went_wrong_is_tried_again():
    made = []

    def view(request):
        made.append(1)
        return HttpResponse("later", status=503)

    kept = shared(view, 60)
    assert kept(RequestFactory().get("/")).status_code == 503
    assert kept(RequestFactory().get("/")).status_code == 503
    assert len(made) == 2


def test_while_one_makes_it_anew_the_others_get_the_old_for_as_long_again(monkeypatch):
    now, making, go_on = time.monotonic(), threading.Event(), threading.Event()
    monkeypatch.setattr(shared_pages, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(shared_pages, "PATIENCE", 0.01)
    kept = Kept(60)
    assert kept.get(lambda: ("old", True)) == "old"

    def make():
        making.set()
        assert go_on.wait(10)
        return "new", True

    now += 61
    one = threading.Thread(target=kept.get, args=(make,))
    one.start()
    assert making.wait(10)
    assert kept.get(lambda: ("never asked", True)) == "old"
    now += 60
    with pytest.raises(Unavailable):
        kept.get(lambda: ("never asked", True))
    go_on.set()
    one.join()
    assert kept.get(lambda: ("never asked", True)) == "new"


def test_open_pages_that_hear_news_share_what_was_made_after_it(monkeypatch, counted):
    view, made = counted
    now = time.monotonic()
    monkeypatch.setattr(shared_pages, "time", SimpleNamespace(monotonic=lambda: now))
    visit, hear = (RequestFactory().get("/", headers=told) for told in ({}, {"HX-Request": "true"}))
    view(visit)
    first = view(hear).content
    assert view(hear).content == first
    now += shared_pages.NEWS
    assert view(hear).content != first
    assert len(made) == 3


def test_forgetting_makes_it_anew(counted):
    view, made = counted
    view(RequestFactory().get("/"))
    forget()
    view(RequestFactory().get("/"))
    assert len(made) == 2
