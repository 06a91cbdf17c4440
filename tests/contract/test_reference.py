"""The documentation says what is declared, no more and no less."""

from pathlib import Path

from candia.core.reference import pages

folder = Path(__file__).parents[2] / "docs" / "services"


def test_every_service_is_documented_as_it_is_declared() -> None:
    for name, text in pages().items():
        assert (folder / f"{name}.md").read_text("utf-8") == text, f"{name}.md is stale: run `candia docs`"
