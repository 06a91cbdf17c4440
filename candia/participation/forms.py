"""The forms of participation: they draw fields and read types; what is right and wrong, the commands say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from candia.core.access import Person
from candia.participation.declaration import Participation
from candia.participation.models import Comment, NoticeSettings


class Asked(forms.CharField):
    """A field that a reader should fill in, and whose lack the command names: a draft may lack it."""

    def validate(self, value: Any) -> None:
        """Nothing here: see the command."""


class Chosen(forms.ChoiceField):
    """A choice of the same kind: a wrong one is refused here, a missing one by the command."""

    def validate(self, value: Any) -> None:
        """One of the choices, or none yet."""
        if value:
            super().validate(value)


class WithFile(forms.Form):
    """A form that takes a picture or a PDF, and words for who can't see the picture."""

    file = forms.FileField(
        label=gettext_lazy("Picture or PDF"),
        help_text=gettext_lazy(
            "JPEG, PNG or WebP up to 8 MB, PDF up to 10 MB. "
            "What a phone writes into a picture, its place and time, is removed."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        required=False,
    )


class CommentForm(WithFile):
    """A comment: what it says, which way it speaks where sides are taken, and whose it is where a name is known."""

    use_required_attribute = False

    stance = Chosen(label=gettext_lazy("You speak"), choices=Comment.STANCES, widget=forms.RadioSelect)
    text = Asked(
        label=gettext_lazy("Your comment"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
    )
    alt = forms.CharField(
        label=gettext_lazy("What the picture shows"),
        help_text=gettext_lazy("For those who can't see it."),
        widget=forms.TextInput(attrs={"maxlength": 200, "autocomplete": "off"}),
        required=False,
    )
    signed = forms.BooleanField(label=gettext_lazy("Show my name"), required=False)

    field_order = ["stance", "text", "file", "alt", "signed"]

    def __init__(self, *args: Any, to: Participation, by: Person, reply: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"stance": Comment.FOR, "signed": True})
        super().__init__(*args, **kwargs)
        if reply or not (to.comments and to.comments.stances):
            del self.fields["stance"]
        if not to.attachments:
            del self.fields["file"], self.fields["alt"]
        if reply:
            self.fields["text"].label = gettext_lazy("Your reply")
        name_or_nothing(self, by)


class ReasonForm(forms.Form):
    """A reason, in a sentence or two."""

    use_required_attribute = False

    reason = Asked(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 1000}),
    )


class AnswerForm(forms.Form):
    """The city's answer: what it says, by the names that a kind declares; why; and who sees to it."""

    use_required_attribute = False

    status = forms.ChoiceField(label=gettext_lazy("The city says"), widget=forms.RadioSelect)
    text = Asked(
        label=gettext_lazy("Why, and what happens next"),
        help_text=gettext_lazy("Everyone reads this, for good. A later answer stands beside it."),
        widget=forms.Textarea(attrs={"rows": 7, "maxlength": 6000}),
    )
    # The last answer that stood there when the form was shown.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    office = forms.CharField(
        label=gettext_lazy("Responsible office"),
        widget=forms.TextInput(attrs={"maxlength": 120}),
        required=False,
    )

    def __init__(self, *args: Any, titles: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = list(titles.items())  # type: ignore[attr-defined]
        self.initial.setdefault("status", next(iter(titles)) if len(titles) == 1 else None)


class AppealForm(forms.Form):
    """Why a moderator was wrong to hide it, for whoever decides."""

    use_required_attribute = False

    text = Asked(
        label=gettext_lazy("Why should it be shown?"),
        help_text=gettext_lazy("Only those who decide read this."),
        widget=forms.Textarea(attrs={"rows": 6, "maxlength": 3000}),
    )


class NoticesForm(forms.Form):
    """How somebody wants to hear of what they follow, and, where a device of theirs is told, of what that tells."""

    rhythm = forms.ChoiceField(
        label=gettext_lazy("How to tell you"), choices=NoticeSettings.RHYTHMS, widget=forms.RadioSelect
    )
    push = forms.MultipleChoiceField(
        label=gettext_lazy("Your devices tell you of"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, kinds: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["push"].choices = list(kinds.items())  # type: ignore[attr-defined]
        if not kinds:
            del self.fields["push"]


def name_or_nothing(form: forms.Form, by: Person) -> None:
    """Ask whether to show a name only of somebody who gave one."""
    if not by.name:
        del form.fields["signed"]
