"""What the code and the templates say, and the Greek of it, read from the sources themselves."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

candia = Path(__file__).parents[2] / "candia"
services = sorted(path.parent for path in candia.glob("services/*/service.py"))
floors = [candia / name for name in ("web", "core", "doors", "accounts", "devices")]
homes = [*floors, *services]
others = [candia / name for name in ("telemetry", "city")]
counted = ("ngettext", "ngettext_lazy")
placed = ("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy")
# Why something could not be taken is said where no Django is, and translated at the desk.
reasons = ("because", "DecodeError", "Unknown")
calls = ["_", "__", "gettext", "gettext_lazy", "gettext_noop", *counted, *placed, *reasons]
string = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
tag = re.compile(rf"\b(_|n?p?gettext)\(({string})(?:, ?({string}))?", re.DOTALL)


def used(home: Path) -> dict[str, str]:
    """Every msgid of a folder's Python and templates → the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(home.rglob("*.py")):
        if not {"tests", "migrations", "node_modules"} & set(path.parts):
            found |= dict.fromkeys(of_code(path), str(path.relative_to(candia)))
    for path in sorted((home / "templates").rglob("*.*")):
        if path.suffix in {".html", ".txt", ".svg", ".js"}:
            found |= dict.fromkeys(of_template(path), str(path.relative_to(candia)))
    return found


def of_code(path: Path) -> Iterator[str]:
    with path.open("rb") as source:
        for _line, name, words, _comments in extract_python(source, calls, [], {"encoding": "utf-8"}):
            several = words if isinstance(words, tuple) else (words,)
            text = several[1] if name in placed else several[0]
            if text:
                yield text


def of_template(path: Path) -> Iterator[str]:
    for name, first, second in tag.findall(templatize(path.read_text("utf-8"))):
        yield ast.literal_eval(second if name in placed else first)


def greek(home: Path) -> dict[str, tuple[str, ...]]:
    """The Greek of a folder: msgid → its forms."""
    path = home / "locale" / "el" / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return {}
    catalogue = read_po(io.BytesIO(path.read_bytes()), locale="el")
    assert not catalogue.header_comment.count("fuzzy"), f"{path} has words that nobody has checked"
    return {
        message.id[0] if isinstance(message.id, (tuple, list)) else message.id: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string)
        )
        for message in catalogue
        if message.id
    }


def english() -> set[str]:
    """Msgids that a Greek page must not show: whole sentences and words whose Greek is another."""
    words = {msgid: forms for home in homes for msgid, forms in greek(home).items()}
    return {
        msgid for msgid, forms in words.items() if forms[0] != msgid and "%" not in msgid and len(msgid) > 3
    }
