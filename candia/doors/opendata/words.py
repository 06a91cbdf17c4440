"""Words of open data: licences and rhythms as the EU's vocabularies and as a reader know them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

AUTHORITY = "http://publications.europa.eu/resource/authority"


@dataclass(frozen=True)
class Licence:
    """A licence by its name, its text, and its place in the EU's vocabulary."""

    title: str
    text: str
    uri: str


def _licence(title: str, text: str, code: str) -> Licence:
    return Licence(title, text, f"{AUTHORITY}/licence/{code}")


_licences = {
    "CC-BY-4.0": _licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "CC_BY_4_0"),
    "CC-BY-SA-4.0": _licence(
        "CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", "CC_BYSA_4_0"
    ),
    "CC0-1.0": _licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
    "ODbL-1.0": _licence("ODbL 1.0", "https://opendatacommons.org/licenses/odbl/1-0/", "ODC_BL"),
}
_rhythms: dict[str, str | Promise] = {
    "CONT": _("continuously"),
    "UPDATE_CONT": _("continuously"),
    "HOURLY": _("every hour"),
    "DAILY": _("every day"),
    "WEEKLY": _("every week"),
    "MONTHLY": _("every month"),
    "QUARTERLY": _("every quarter"),
    "ANNUAL": _("every year"),
    "IRREG": _("irregularly"),
    "NEVER": _("never again"),
}
_types: dict[str, str | Promise] = {
    "string": _("text"),
    "integer": _("whole number"),
    "number": _("number"),
    "money": _("amount"),
    "boolean": _("yes or no"),
    "date": _("date"),
    "datetime": _("moment"),
    "geometry": _("place"),
}
LANGUAGES = {"el": f"{AUTHORITY}/language/ELL", "en": f"{AUTHORITY}/language/ENG"}


def licence(spdx: str) -> Licence:
    """The licence of this SPDX identifier; one that is not known here is named by SPDX."""
    address = f"https://spdx.org/licenses/{spdx}"
    return _licences.get(spdx, Licence(spdx, address, address))


def rhythm(code: str) -> str:
    """How often something changes, in the reader's language."""
    return str(_rhythms.get(code, code))


def type_of(field: str) -> str:
    """What a column holds, in the reader's language."""
    return str(_types[field])


def unit(code: str) -> str:
    """A unit as one reads it: m³ for the m3 of programs."""
    return code.replace("m3", "m³").replace("m2", "m²").replace("l/", "L/")


def frequency(code: str) -> str:
    """A rhythm in the EU's vocabulary."""
    return f"{AUTHORITY}/frequency/{code}"
