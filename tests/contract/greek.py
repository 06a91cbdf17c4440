"""What the code and the templates say, and the Greek of it, read from the sources themselves."""

from pathlib import Path

from candia import translations

candia = Path(__file__).parents[2] / "candia"
services = sorted(path.parent for path in candia.glob("services/*/service.py"))
floors = sorted(path.parent for path in candia.glob("*/locale"))
homes = [*floors, *services]
others = [candia / name for name in ("telemetry", "city")]


def used(home: Path) -> dict[str, str]:
    """Every msgid of a folder's Python and templates → the file that says it."""
    return {
        word(context, singular): str(path.relative_to(candia))
        for (context, singular, _plural), path in translations.used(home).items()
    }


def word(context: str, singular: str) -> str:
    """A msgid with its context before it, as gettext itself joins the two."""
    return f"{context}\x04{singular}" if context else singular


def greek(home: Path) -> dict[str, tuple[str, ...]]:
    """The Greek of a folder: msgid → its forms."""
    catalogue = translations.read(home, "el")
    assert not catalogue.header_comment.count("fuzzy"), f"{home} has words that nobody has checked"
    return {
        word(context, singular): forms
        for (context, singular, _plural), forms in translations.translated(home, "el").items()
    }


def english() -> set[str]:
    """Msgids that a Greek page must not show: whole sentences and words whose Greek is another."""
    words = {msgid.rpartition("\x04")[2]: forms for home in homes for msgid, forms in greek(home).items()}
    return {
        msgid for msgid, forms in words.items() if forms[0] != msgid and "%" not in msgid and len(msgid) > 3
    }
