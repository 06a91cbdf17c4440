"""Lean templates say what Django's own would say, with fewer blanks and less work."""

import re

import pytest
from django.conf import settings
from django.template import Context, Engine
from django.template.base import TextNode
from django.utils import translation

from candia.web.lean_templates import Loader

PARTS = {
    "icon.svg": "<svg>\n  <path/>\n</svg>\n",
    "part.html": '{% load i18n %}\n<b>\n  {{ word }}\n</b>{% if tail %}{% include "icon.svg" %}{% endif %}',
    "tree.html": '<li>{{ node.name }}{% for node in node.children %}{% include "tree.html" %}{% endfor %}</li>',
    "turns.html": "{% cycle 'a' 'b' %}",
    "frame.html": "<html>\n\n  {% block main %}\n    nothing\n  {% endblock %}\n</html>",
}
PAGES = {
    "words": '{% load i18n %}<p>\n  {% translate "Main" %}\n  {% translate "Menu" as menu %}{{ menu }}\n</p>',
    "a variable phrase": '{% load i18n %}{% translate word %}{% translate "Menu"|upper %}',
    "a phrase with blanks": "{% load i18n %}{% blocktranslate %}\n  {{ word }}\n  stays\n{% endblocktranslate %}",
    "addresses": "{% url 'home' %} {% url 'home' as home %}{{ home }} {% url 'story' word %}{% url 'no' as no %}",
    "an icon": '<a>{% include "icon.svg" %}</a>',
    "parts": '{% include "part.html" %}{% include "part.html" with word=tail %}',
    "a part alone": '{% include "part.html" with tail=word only %}',
    "a part that is not there": '{% if 0 %}{% include "nothing.html" %}{% endif %}{% include name %}',
    "a part in itself": '{% include "tree.html" %}',
    "parts that take turns": '{% for _ in "xyz" %}{% include "turns.html" %}{% endfor %}',
    "a frame": '{% extends "frame.html" %}{% block main %}{{ block.super }}\n   <i>more</i>{% endblock %}',
    "turns": "{% for one in 'abca' %}\n {% ifchanged one %}{% cycle 'x' 'y' %}{% endifchanged %}\n{% endfor %}",
    "blanks in a row": "<b>a</b>\n   <b>b</b>   <b>c</b> \n\n\t<b>d</b>",
    "written as it is": "<pre>\n  two\n    four\n</pre>",
    "a field": "<textarea>\n  two\n</textarea>",
    "a space that holds": "Σεπτ.\u00a0\n\u00a0b",
}
CONTEXT = {
    "word": "a & b",
    "tail": "<tail>",
    "name": "icon.svg",
    "node": {"name": 1, "children": [{"name": 2, "children": [{"name": 3}]}, {"name": 4}]},
}


def engine(loader, page):
    sources = {**PARTS, "page.html": page}
    inner = ("django.template.loaders.locmem.Loader", sources)
    return Engine(loaders=[(loader, [inner])], libraries={"i18n": "django.templatetags.i18n"})


def said(loader, page, times=1):
    template = engine(loader, page).get_template("page.html")
    return [template.render(Context(CONTEXT)) for _ in range(times)][-1]


def squeezed(text):
    return re.sub(r"[ \t\n]*\n[ \t\n]*", "\n", text)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["el", "en"])
def test_a_page_says_what_django_would_say(name, language):
    with translation.override(language):
        ours = said("candia.web.lean_templates.Loader", PAGES[name], times=2)
        theirs = said("django.template.loaders.cached.Loader", PAGES[name])

    assert squeezed(ours) == squeezed(theirs)


@pytest.mark.parametrize(
    "name", ["written as it is", "a field", "a space that holds", "a phrase with blanks"]
)
def test_blanks_that_mean_something_stay(name):
    assert said("candia.web.lean_templates.Loader", PAGES[name]) == said(
        "django.template.loaders.cached.Loader", PAGES[name]
    )


def test_a_phrase_follows_the_reader_and_not_whoever_came_first():
    template = engine("candia.web.lean_templates.Loader", PAGES["words"]).get_template("page.html")
    told = {}
    for language in ("el", "en", "el"):
        with translation.override(language):
            told[language] = template.render(Context())

    assert "Μενού" in told["el"]
    assert "Menu" in told["en"]


def test_what_is_always_the_same_is_one_text():
    template = engine(
        "candia.web.lean_templates.Loader", "<a>\n  {% include 'icon.svg' %}\n</a>"
    ).get_template("page.html")

    assert [type(node) for node in template.nodelist] == [TextNode]
    assert template.render(Context()) == "<a>\n<svg>\n<path/>\n</svg>\n\n</a>"


def test_the_citys_pages_are_lean():
    loaders = settings.TEMPLATES[0]["OPTIONS"]["loaders"]

    assert [name for name, _inner in loaders] == [f"{Loader.__module__}.{Loader.__qualname__}"]
