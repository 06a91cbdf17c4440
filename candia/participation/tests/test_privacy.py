"""What participation keeps about somebody is theirs to take along, and goes or loses its name with the account."""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from candia.participation import commands, personal
from candia.participation.models import Comment, CommentVote, Follow, NoticeSettings, Report, Support
from candia.participation.tests.samples import answered, proposal

pytestmark = pytest.mark.django_db


def test_an_account_takes_its_words_along(maria, nikos) -> None:
    thing = proposal(nikos)
    commands.comment(by=maria, entity=thing, stance="for", text="Δική μου λέξη.")
    commands.support(by=maria, entity=thing)
    commands.follow(by=maria, entity=thing)
    commands.choose_notices(by=maria, rhythm="weekly")
    commands.report(by=maria, entity=thing, reason="Έχει προσωπικά στοιχεία.")

    kept = {record.name: record.export(maria) for record in personal.records}
    told = json.dumps(kept, ensure_ascii=False, cls=DjangoJSONEncoder)

    for word in ("Δική μου λέξη.", "Έχει προσωπικά", "weekly"):
        assert word in told
    assert told.count(thing.pk) == 4


def test_an_erased_account_leaves_the_record_and_no_name(maria, nikos, officer, client) -> None:
    open_, decided = proposal(nikos), proposal(nikos, "Ράμπα στη διάβαση")
    for thing in (open_, decided):
        commands.support(by=maria, entity=thing)
        said = commands.comment(by=maria, entity=thing, stance="for", text="Μια γνώμη.").data["comment"]
        commands.vote_comment(by=nikos, entity=thing, comment=said)
    commands.follow(by=maria, entity=open_)
    commands.choose_notices(by=maria, rhythm="daily")
    commands.report(by=maria, entity=open_, reason="Έχει προσωπικά στοιχεία.")
    answered(decided, officer)

    for person in (maria, nikos):
        for record in personal.records:
            record.erase(person)
    maria.delete()

    open_.refresh_from_db()
    decided.refresh_from_db()
    assert (open_.support_count, decided.support_count) == (0, 1)
    assert Support.objects.count() == 1
    assert Comment.objects.filter(author=None, signed=False).count() == 2
    assert CommentVote.objects.filter(person=None).count() == 2
    assert Report.objects.get().person is None
    assert not Follow.objects.filter(person=maria.pk).exists()
    assert not NoticeSettings.objects.exists()
    page = client.get(decided.page()).content.decode()
    assert "Μια γνώμη." in page
    assert "Maria" not in page
