"""Mail that lies as files goes with the account it was written to, and with no other."""

import pytest
from django.core import mail as sending

from candia.accounts import commands, mail_files
from candia.core.access import Person


@pytest.fixture
def folder(tmp_path, settings):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    return tmp_path


def write(*to, **more):
    return sending.EmailMessage("Κωδικός 482915", "Ο κωδικός σας", "city@example.gr", list(to), **more)


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir())


@pytest.mark.django_db
def test_mail_in_files_goes_with_the_account(folder, django_capture_on_commit_callbacks):
    eleni = Person.objects.create_user("eleni@example.gr", "a long password")
    write("Eleni@Example.gr").send()
    write("maria@example.gr", cc=["Ελένη <eleni@example.gr>"]).send()
    write("maria@example.gr").send()
    # One connection writes one file.
    sending.get_connection().send_messages([write("eleni@example.gr"), write("nikos@example.gr")])
    assert [one["subject"] for one in mail_files.written_to({"eleni@example.gr"})] == ["Κωδικός 482915"] * 3
    with django_capture_on_commit_callbacks(execute=True):
        commands.erase_account(by=eleni)
    assert b"eleni" not in everything(folder).lower()
    assert [len(mail_files.written_to({one})) for one in ("maria@example.gr", "nikos@example.gr")] == [1, 1]
