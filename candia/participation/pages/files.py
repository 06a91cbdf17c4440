"""Files on what somebody is still writing: the one that was chosen is kept, and each says what it shows."""

from __future__ import annotations

from contextlib import suppress

from django.http import QueryDict

from candia.core import attachment, errors, upload
from candia.core.access import Person
from candia.core.entity import Entity
from candia.participation import commands, text_cleaning
from candia.participation.forms import WithFile
from candia.ui.forms import show_refusal

ALT, REMOVE = "alt:", "remove-file:"


def keep_files(form: WithFile, person: Person, thing: Entity, told: QueryDict) -> None:
    """Do what a form asks for: `file` is kept, `alt:<id>` describes one, the act `remove-file:<id>` takes one away.

    What is refused stands beside the field.
    """
    gone = told.get("act", "").removeprefix(REMOVE) if told.get("act", "").startswith(REMOVE) else ""
    kept = {one.pk: one for one in attachment.of(thing)[thing.pk]}
    for name, alt in told.items():
        one = kept.get(name.removeprefix(ALT)) if name.startswith(ALT) else None
        if one is not None and one.alt != text_cleaning.line(str(alt))[:200]:
            commands.describe_file(by=person, entity=thing, file=one.pk, alt=str(alt))
    try:
        if file := form.cleaned_data.get("file"):
            commands.attach_file(by=person, entity=thing, file=upload.judged(file))
    except errors.Refused as refused:
        show_refusal(form, refused)
    if gone:
        # Pressed twice it is gone all the same.
        with suppress(errors.NotFound):
            commands.remove_file(by=person, entity=thing, file=gone)
