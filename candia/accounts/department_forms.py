"""The forms of departments: a name in each language, a place in the tree, a member, and what goes where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from candia.accounts.departments import Branch, kinds
from candia.accounts.models import Department
from candia.core.service import services


class NameForm(forms.Form):
    """What a department is called, in each of the city's languages."""

    def __init__(self, *args: Any, department: Department | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = dict(settings.LANGUAGES)
        first, *others = settings.CANDIA_CITY.languages
        own = department.names if department else {}
        label = _("Name")
        for language in (first, *others):
            self.fields["name" if language == first else f"name_{language}"] = forms.CharField(
                label=label if not others else f"{label} ({titles.get(language, language)})",
                max_length=120,
                required=language == first,
                initial=(department.name if department else "") if language == first else own.get(language),
            )

    def clean(self) -> dict[str, Any]:
        """The name, and the names in other languages by language, as the commands take them."""
        given = dict(self.cleaned_data)
        others = [key for key in given if key.startswith("name_")]
        names = {key.removeprefix("name_"): given.pop(key) for key in others}
        return {**given, "names": names}


class PlaceForm(forms.Form):
    """Below which department another stands."""

    parent = forms.TypedChoiceField(label=__("Belongs to"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, branches: Iterable[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        top = ("", _("none: it stands at the top"))
        self.fields["parent"].choices = [top, *choices(branches)]  # type: ignore[attr-defined]


class NewForm(PlaceForm, NameForm):
    """A department to be: its names and its place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "parent"])


class MemberForm(forms.Form):
    """Who joins a department."""

    email = forms.EmailField(
        label=__("E-mail address of the account"), help_text=__("Of somebody who holds a role already.")
    )


class RouteForm(forms.Form):
    """What waits of a service, or of one kind of it, and whose work that is."""

    what = forms.ChoiceField(label=__("What comes in"))
    department = forms.TypedChoiceField(label=__("Is the work of"), coerce=int)

    def __init__(self, *args: Any, branches: Iterable[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", _("Choose from the list")), *_routable()]  # type: ignore[attr-defined]
        chosen = [("", _("Choose a department")), *choices(branches)]
        self.fields["department"].choices = chosen  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The service, the kind within it or nothing, and the department."""
        service, _sign, kind = self.cleaned_data.get("what", "").partition(":")
        return {"service": service, "kind": kind, "department": self.cleaned_data.get("department")}


def choices(branches: Iterable[Branch]) -> list[tuple[int, str]]:
    """Departments as a list to choose from, each indented by how deep it stands."""
    return [(one.department.pk, f"{one.indent}{one.department}") for one in branches]


def _routable() -> list[tuple[str, list[tuple[str, Any]]]]:
    """Every service that has something waiting, with the rules whose alerts can go elsewhere."""
    return [
        (
            str(service.title),
            [
                (f"{name}:", _("all of %(service)s") % {"service": service.title}),
                *((f"{name}:{kind}", service.rule(kind.partition(".")[2]).title) for kind in kinds(name)),
            ],
        )
        for name, service in services().items()
        if service.inbox or kinds(name)
    ]
