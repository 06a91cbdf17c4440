"""Search over everything published: however it is written, and never what is not for everyone."""

from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from candia.core import extensions, search_index
from candia.core.entity import Entity
from candia.core.errors import Refused
from candia.core.search import asked, search
from candia.core.search_index import SearchDocument
from candia.core.service import entity_kinds

pytestmark = pytest.mark.django_db


class Square(Entity):
    """A square of the tests; unpublished while it has no place."""

    kind = "dummy.square"
    title = "Square"

    class Meta:
        proxy = True
        app_label = "core"

    @classmethod
    def published(cls):
        return cls.objects.filter(kind_name=cls.kind, lon__isnull=False)


@pytest.fixture(autouse=True)
def _squares(monkeypatch):
    monkeypatch.setitem(entity_kinds(), Square.kind, Square)


def square(local: str, name: str, **more) -> Square:
    return Square.objects.create(id=f"dummy.square:{local}", name=name, lon=25.13, lat=35.34, **more)


def found(text: str) -> list[str]:
    return [hit.name for hit in search(text)]


@pytest.mark.parametrize(
    "typed",
    [
        "Κνωσού",
        "ΛΕΩΦΟΡΟΣ ΚΝΩΣΟΥ",
        "λεωφορος κνωσου",
        "λεωφόροσ",
        "λεωφ",
        "Κνωσσού",
        "κνοσου",
        "knosou",
        "leoforos knwsou",
        "λεοφορος κνοσου",
        "λεωφρος κνωσου",
        "Πού είναι η λεωφόρος Κνωσού",
    ],
)
def test_a_name_is_found_as_it_is_typed_on_a_phone(typed):
    square("1", "Λεωφόρος Κνωσού")
    square("2", "Πλατεία Ελευθερίας")

    assert found(typed) == ["Λεωφόρος Κνωσού"]


def test_it_is_found_by_its_name_in_the_other_language_and_told_in_the_readers():
    square("1", "Πλατεία Λιονταριών", names={"en": "Lions Square"})

    assert found("lions") == ["Πλατεία Λιονταριών"]
    with override("en"):
        assert found("λιονταρια") == ["Lions Square"]


@pytest.mark.parametrize("typed", ["", " ", "α", "?", "α β γ", "'", "%", "\\", "α:*", "🚲"])
def test_one_letter_or_a_sign_asks_for_nothing(typed):
    square("1", "Α Β Γ")

    assert asked(typed) == []
    assert search(typed) == []


@pytest.mark.parametrize("typed", ["άλφα' | βήτα", "½ δρόμος", "a:* & !b", "--; DROP", "ﬀ ß ǅ", "x" * 5000])
def test_no_sign_breaks_it(typed):
    square("1", "Άλφα")

    assert isinstance(search(typed), list)


def test_what_is_hidden_is_gone_at_once_even_past_the_index():
    square("1", "Πλατεία Κορνάρου")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_entity SET lon = NULL WHERE id = 'dummy.square:1'")

    assert SearchDocument.objects.filter(pk="dummy.square:1").exists()
    assert found("Κορνάρου") == []


def test_its_document_goes_and_comes_with_the_thing_however_it_is_written():
    one = square("1", "Πλατεία Κορνάρου")
    assert found("Κορνάρου")

    Square.objects.filter(pk=one.pk).update(lon=None)
    assert not SearchDocument.objects.filter(pk=one.pk).exists()

    Square.objects.filter(lon=None).update(lon=25.1, name="Πλατεία Ελευθερίας")
    assert found("Κορνάρου") == []
    assert found("Ελευθερίας")

    one.refresh_from_db()
    one.name = "Πλατεία Δασκαλογιάννη"
    Square.objects.bulk_update([one], ["name"])
    assert found("Δασκαλογιάννη")

    one.delete()
    assert not SearchDocument.objects.filter(pk=one.pk).exists()

    Square.objects.bulk_create(
        [Square(id="dummy.square:2", kind_name=Square.kind, name="Πλατεία Ρήγα", lon=25.1, lat=35.3)]
    )
    assert found("Ρηγα")


def test_a_server_that_lacks_what_search_needs_is_told_of_in_a_sentence(monkeypatch):
    monkeypatch.setattr(extensions, "NEEDED", ("unaccent", "no_such_extension"))

    with pytest.raises(Refused, match=r"lacks no_such_extension\. Install"):
        extensions.create(None, SimpleNamespace(connection=connection))


def test_a_change_that_is_undone_leaves_no_trace():
    with transaction.atomic():
        square("1", "Πλατεία Κορνάρου")
        transaction.set_rollback(True)

    assert not SearchDocument.objects.filter(pk="dummy.square:1").exists()


def test_the_whole_index_is_made_anew():
    square("1", "Πλατεία Κορνάρου")
    square("2", "Πλατεία Ρήγα")
    SearchDocument.objects.filter(pk="dummy.square:1").delete()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_entity SET lon = NULL WHERE id = 'dummy.square:2'")

    counts = search_index.rebuild()

    assert found("πλατεια") == ["Πλατεία Κορνάρου"]
    assert counts.gone == 1
    assert search_index.rebuild().written == 0


def test_pages_and_data_are_found_by_their_words_in_either_language():
    search_index.prepare()

    kinds = {hit.kind for hit in search("water")}

    assert kinds >= {search_index.PAGE, search_index.DATASET}
