"""What a person has added goes with the account, but for what is of the city's record."""

import pytest

from candia.accounts import commands, personal
from candia.contract.dummy import installed
from candia.contract.dummy.service import Lamp
from candia.core.attachment import Attachment, attach
from candia.core.tests.test_attachments import OPEN, person, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def lamp():
    with installed():
        yield Lamp.objects.create(id="dummy.lamp:1", name="Λάμπα")


def test_with_an_account_goes_what_it_added_but_for_the_citys_record(lamp) -> None:
    maria = person("maria")
    own = attach(maria, OPEN, photo(), alt="Η αυλή μας")
    record = attach(maria, lamp, photo("navy"), stays=True)
    files = next(item for item in personal.records if item.name == "files")
    told = files.export(maria)
    assert [(one["of"], one["shows"], one["stays"]) for one in told] == [
        (OPEN, "Η αυλή μας", False),
        (lamp.pk, "", True),
    ]

    commands.erase_account(by=maria)

    assert not Attachment.objects.filter(pk=own.pk).exists()
    record.refresh_from_db()
    assert record.by is None
