"""Translations: what the code and templates of a folder say, and the catalogue in which each language says it."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from candia.core.installed import installed, package

#: A msgid: its context ("" for none), its singular, its plural ("" for none).
Msgid = tuple[str, str, str]

_counted = ("ngettext", "ngettext_lazy")
_placed = ("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy")
# Why something could not be taken is said where no Django is, and translated at the desk.
_reasons = ("because", "DecodeError", "Unknown")
_calls = dict.fromkeys(("_", "__", "gettext", "gettext_lazy", "gettext_noop", *_counted, *_placed, *_reasons))
_string = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_tag = re.compile(rf"\b(_|n?p?gettext)\(({_string})(?:, ?({_string}))?(?:, ?({_string}))?", re.DOTALL)
_templates = {".html", ".txt", ".svg", ".js"}
_left_out = {"tests", "migrations", "node_modules"}


def used(folder: Path) -> dict[Msgid, Path]:
    """Every msgid of a folder's Python and templates → the file that says it."""
    found: dict[Msgid, Path] = {}
    for path in sorted(folder.rglob("*.py")):
        if not _left_out & set(path.relative_to(folder).parts):
            found |= dict.fromkeys(_of_code(path), path)
    for path in sorted((folder / "templates").rglob("*.*")):
        if path.suffix in _templates:
            found |= dict.fromkeys(_of_template(path), path)
    return found


def _of_code(path: Path) -> Iterator[Msgid]:
    with path.open("rb") as source:
        for _line, name, words, _comments in extract_python(source, _calls, [], {"encoding": "utf-8"}):
            texts: Any = words if isinstance(words, tuple) else (words,)
            yield from _msgid(str(name), texts)
    yield from (("", sentence, "") for sentence in _meanings(path))


def _meanings(path: Path) -> Iterator[str]:
    """What commands that are open to programs say of themselves: it stands in the API's description."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(map(_opens, node.decorator_list)):
            yield " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())


def _opens(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and any(
        keyword.arg == "api" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in decorator.keywords
    )


def _of_template(path: Path) -> Iterator[Msgid]:
    from django.utils.translation.template import templatize

    for found in _tag.finditer(templatize(path.read_text("utf-8"))):
        words = tuple(ast.literal_eval(word) if word else "" for word in found.groups()[1:])
        yield from _msgid(found[1], words)


def _msgid(name: str, words: tuple[str | None, ...]) -> Iterator[Msgid]:
    texts = [word or "" for word in words]
    context = texts.pop(0) if name in _placed else ""
    plural = texts[1] if name.startswith("n") else ""
    if texts and texts[0]:
        yield context, texts[0], plural


def catalogue(folder: Path, language: str) -> Path:
    """Where a folder's words of a language stand."""
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


def read(folder: Path, language: str) -> Catalog:
    """The catalogue of a folder; an empty one where there is none."""
    path = catalogue(folder, language)
    return read_po(io.BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


def translated(folder: Path, language: str) -> dict[Msgid, tuple[str, ...]]:
    """What is translated: msgid → its forms, none of them empty."""
    found = {_key(message): _forms(message) for message in read(folder, language) if message.id}
    return {msgid: forms for msgid, forms in found.items() if all(forms)}


def _key(message: Message) -> Msgid:
    several = message.id if isinstance(message.id, (tuple, list)) else (message.id, "")
    return message.context or "", several[0], several[1]


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def elsewhere(folder: Path, language: str) -> Iterator[tuple[Msgid, tuple[str, ...]]]:
    """What the other catalogues of this installation translate."""
    homes = [Path(__file__).parent / name for name in ("core", "ui", "web", "doors")]
    for point in installed().values():
        found = find_spec(package(point))
        if found is not None and found.origin:
            homes.append(Path(found.origin).parent)
    for home in homes:
        if home.resolve() != folder.resolve():
            yield from translated(home, language).items()


@dataclass(frozen=True)
class Missing:
    """What a catalogue lacks, and what it holds that nobody says."""

    untranslated: Mapping[Msgid, Path]
    unused: tuple[Msgid, ...]


def examine(folder: Path, language: str, others: Mapping[Msgid, tuple[str, ...]]) -> Missing:
    """Hold a folder's catalogue against what is said there; `others` is what the floors below translate."""
    said, own = used(folder), translated(folder, language)
    return Missing(
        {msgid: path for msgid, path in said.items() if msgid not in own and msgid not in others},
        tuple(msgid for msgid in own if msgid not in said),
    )


def clashes(
    folder: Path, language: str, others: Mapping[Msgid, tuple[str, ...]]
) -> dict[Msgid, tuple[str, str]]:
    """Msgids translated otherwise elsewhere: Django shows one of the two everywhere; a context tells them apart."""
    own = translated(folder, language)
    return {
        msgid: (forms[0], others[msgid][0])
        for msgid, forms in own.items()
        if msgid in others and others[msgid] != forms
    }


def write(folder: Path, language: str, lacking: Iterable[Msgid], unused: Iterable[Msgid] = ()) -> Path:
    """Add what is lacking to the catalogue, without a translation yet, and take out what is unused."""
    path, kept = catalogue(folder, language), read(folder, language)
    for context, singular, _plural in unused:
        kept.delete(singular, context=context or None)
    for context, singular, plural in lacking:
        kept.add((singular, plural) if plural else singular, context=context or None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, kept, width=0, omit_header=False, sort_output=False)
    return path


def compile(folder: Path, language: str) -> Path:
    """Write what the city reads at its start, beside the catalogue."""
    path = catalogue(folder, language).with_suffix(".mo")
    with path.open("wb") as file:
        write_mo(file, read(folder, language))
    return path
