"""The words of a service somebody writes: gathered, held against others, compiled, and nothing else touched."""

import gettext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from candia import translations
from candia.cli import app

CODE = """from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy
title = _("Air quality of the square")
several = ngettext("%(n)d sensor of the air", "%(n)d sensors of the air", 2)
index = pgettext_lazy("air", "Index")
"""
PAGE = '{% load i18n %}<h1>{% translate "How is the air?" %}</h1>{% translate "Cancel" %}'


@pytest.fixture
def air(tmp_path):
    folder = tmp_path / "air"
    (folder / "templates" / "air").mkdir(parents=True)
    (folder / "service.py").write_text(CODE, "utf-8")
    (folder / "templates" / "air" / "air.html").write_text(PAGE, "utf-8")
    return folder


def words(folder, *more):
    return CliRunner().invoke(app, ["words", str(folder), *more])


def test_what_a_service_says_is_gathered_once_and_what_is_translated_stays(air):
    before = {path: path.read_bytes() for path in Path(translations.__file__).parent.rglob("*.po")}
    told = words(air)
    assert told.exit_code == 0
    path = translations.catalogue(air, "el")
    text = path.read_text("utf-8")
    assert text.count("How is the air?") == text.count("Air quality of the square") == 1
    assert "Cancel" not in text  # the floors below say it in Greek already

    lacking = 'msgid "How is the air?"\nmsgstr "'
    path.write_text(text.replace(lacking, lacking + "Πώς είναι ο αέρας;"), "utf-8")
    again = words(air)
    assert "How is the air?" not in again.output
    assert "Air quality of the square" in again.output
    with path.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("How is the air?") == "Πώς είναι ο αέρας;"
    assert {path: path.read_bytes() for path in before} == before


def test_what_is_not_translated_fails_the_check_and_nothing_is_written(air):
    told = words(air, "--check")
    assert told.exit_code == 1
    assert "How is the air?" in told.output
    assert not (air / "locale").exists()


def test_a_word_with_another_translation_elsewhere_is_told(air):
    words(air)
    path = translations.catalogue(air, "el")
    path.write_text(path.read_text("utf-8") + '\nmsgid "Index"\nmsgstr "Δείκτης"\n', "utf-8")
    told = words(air, "--check")
    assert "two translations: 'Index' is 'Δείκτης' here and 'Ένδειξη' elsewhere" in told.output
    assert "(air)" in told.output  # the one with a context is another word


def test_what_nobody_says_any_more_goes_when_it_is_asked_for(air):
    path = translations.catalogue(air, "el")
    words(air)
    kept = 'msgctxt "air"\nmsgid "Old"\nmsgstr "Παλιό"\n\nmsgid "Cancel"\nmsgstr "Ακύρωση"\n'
    path.write_text(path.read_text("utf-8") + "\n" + kept, "utf-8")

    words(air)
    assert 'msgid "Old"' in path.read_text("utf-8")
    words(air, "--tidy")

    text = path.read_text("utf-8")
    assert 'msgid "Old"' not in text
    assert 'msgid "Cancel"' in text
    assert "How is the air?" in text
