"""Every form that is posted carries a key of its own, so that it can be sent again without being done twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.test import Client

from candia.contract.declared import declared, homes, samples
from candia.contract.test_pages import address
from candia.core.page import Page
from candia.core.service import Service

FORM = re.compile(r"<form\b[^>]*\bmethod=.?post.*?</form>", re.IGNORECASE | re.DOTALL)
KEY = re.compile(r'<input type="hidden" name="once" value="([\w-]{24})">')
TEMPLATES = sorted(
    {
        path
        for home in homes()
        for path in home.rglob("templates/**/*.html")
        if "node_modules" not in path.parts
    }
)


@pytest.mark.django_db
@pytest.mark.parametrize(("service", "page"), declared("pages"))
def test_each_form_of_a_page_has_its_own_key(service: Service, page: Page, client: Client) -> None:
    if (reader := samples(service).reader(page)) is not None:
        client.force_login(reader)

    shown = client.get(address(service, page, "el")).content.decode(errors="replace")

    keys = [KEY.findall(form) for form in FORM.findall(shown)]
    assert all(len(found) == 1 for found in keys)
    assert len({found[0] for found in keys}) == len(keys)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path).partition("templates/")[2])
def test_no_template_has_a_form_without_one(path: Path) -> None:
    for form in FORM.findall(path.read_text("utf-8")):
        assert "{% csrf_token %}" in form or "{% once %}" in form


def test_the_forms_of_libraries_have_one_too(rf) -> None:
    shown = get_template("allauth/elements/form.html")

    assert shown is not None
    from django.template import engines

    assert KEY.search(engines["django"].from_string("<form>{% csrf_token %}</form>").render({}, rf.get("/")))
