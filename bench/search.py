"""The search bench: 100,000 things with made-up Greek names, asked for as people type, on PostgreSQL.

Each question is asked as the page asks it: found, and looked at again whether it is still published. The names are
drawn with a fixed seed; what is typed is taken from them, so that each question has an answer.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.engine import Engine, config_in
from bench.report import publish, quantile
from candia.core.startup import start_django
from candia.engines import postgres

THINGS, ASKED, SHORT = 100_000, 200, 3
KINDS = (
    "Οδός",
    "Λεωφόρος",
    "Πλατεία",
    "Πάρκο",
    "Στάση",
    "Κάδος",
    "Στύλος",
    "Σχολείο",
    "Δέντρο",
    "Πρόταση για",
)
_syllables = "κα λε μι νο σω θη βα ρι δα φε ξε πο τρα στε γιώ χρι ψη ζα μπου ντι γκο λου μαι νει"
_endings = "άκη ίδη όπουλου ίου άτου ου ών ής"
SYLLABLES, ENDINGS = _syllables.split(), _endings.split()
Row = dict[str, Any]


class Names:
    """Names as streets have them: a word that many share, a rare one, a number."""

    def __init__(self, seed: int = 7) -> None:
        self._draw = random.Random(seed)
        self._rare = sorted({self._word() for _ in range(9000)})

    def _word(self) -> str:
        beginning = "".join(self._draw.choices(SYLLABLES, k=self._draw.randint(1, 3)))
        return (beginning + self._draw.choice(ENDINGS)).capitalize()

    def draw(self) -> str:
        """One name: Λεωφόρος Τρακαλεμάκη 62."""
        return f"{self._draw.choice(KINDS)} {self._draw.choice(self._rare)} {self._draw.randint(1, 240)}"


def run(out: Path, *, quick: bool = False) -> None:
    """Fill a PostgreSQL of its own, and ask."""
    things, times = (THINGS // 10, ASKED // 10) if quick else (THINGS, ASKED)
    with tempfile.TemporaryDirectory(prefix="candia-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _records(folder):
            names, filled = _fill(things)
            rows = [_row(title, typed, names, times) for title, typed in QUESTIONS.items()]
            index = _size()
    load = os.getloadavg()[0]
    publish("search", rows, out, things=things, filled_s=filled, load_average=load, **index)


@contextmanager
def _records(folder: Path) -> Iterator[None]:
    """PostgreSQL with the tables of a city, alone, and Django upon it."""
    from django.core.management import call_command
    from django.db import connections

    with Engine(postgres.part(config_in(folder)), folder / "postgres"):
        os.environ["CANDIA_HOME"] = str(folder)
        start_django()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()


def _fill(many: int) -> tuple[list[str], float]:
    """So many published things of a kind, written as a city writes them; their names, and the seconds it took."""
    from django.db import connection

    from candia.core.entity import Entity
    from candia.core.service import entity_kinds

    class Place(Entity):
        kind, title = "bench.place", "Place"

        class Meta:
            proxy, app_label = True, "core"

        @classmethod
        def published(cls) -> Any:
            return cls.objects.filter(kind_name=cls.kind)

    entity_kinds()[Place.kind] = Place
    drawn, draw = Names(), random.Random(3)
    names = [drawn.draw() for _ in range(many)]
    rows = [
        Place(
            id=f"bench.place:{number}",
            kind_name=Place.kind,
            name=name,
            lon=25.05 + draw.random() / 5,
            lat=35.25 + draw.random() / 10,
        )
        for number, name in enumerate(names)
    ]
    began = time.perf_counter()
    for first in range(0, many, 2000):
        Place.objects.bulk_create(rows[first : first + 2000])
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE core_searchdocument, core_entity")
    return names, took


def _row(title: str, typed: Callable[[random.Random, str], str], names: list[str], times: int) -> Row:
    from candia.core.search import search

    draw = random.Random(11)
    wanted = [(name, typed(draw, name)) for name in draw.choices(names, k=times)]
    # Of a beginning that hundreds share nobody expects the one.
    meant = len(wanted[0][1]) > SHORT and wanted[0][1] not in KINDS
    took, among, many = [], 0, []
    search(wanted[0][1])
    before = _worked()
    for name, text in wanted:
        began = time.perf_counter()
        hits = search(text)
        took.append((time.perf_counter() - began) * 1000)
        among += any(hit.name == name for hit in hits)
        many.append(len(hits))
    return {
        "typed": title,
        "for_instance": wanted[0][1],
        "p50_ms": quantile(took, 0.5),
        "p95_ms": quantile(took, 0.95),
        "worst_ms": max(took),
        "cpu_ms": (_worked() - before) * 1000 / times,
        "found_it": f"{among / times:.0%}" if meant else "",
        "found_median": quantile(many, 0.5),
    }


def _worked() -> float:
    """Seconds of processor of this process and its backend of PostgreSQL: other work changes them little."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    used = psutil.Process(backend).cpu_times()
    return used.user + used.system + time.process_time()


def _bare(name: str) -> str:
    from candia.core.greek import fold

    return fold(name)


def _misspelt(draw: random.Random, name: str) -> str:
    """A letter of the rare word left out."""
    kind, rare, number = name.rsplit(" ", 2)
    at = draw.randint(1, len(rare) - 2)
    return f"{kind} {rare[:at]}{rare[at + 1 :]} {number}"


def _latin(_draw: random.Random, name: str) -> str:
    pairs = dict(zip("αβγδεζηικλμνοπρστυφχω", "avgdezhiklmnoprstyfxw", strict=True))
    return "".join({"θ": "th", "ξ": "ks", "ψ": "ps", **pairs}.get(sign, sign) for sign in _bare(name))


QUESTIONS: dict[str, Callable[[random.Random, str], str]] = {
    "the whole name": lambda _draw, name: name,
    "without accents, small": lambda _draw, name: _bare(name),
    "its rare word alone": lambda _draw, name: name.split()[-2],
    "while typing: its first three letters": lambda _draw, name: name.split()[-2][:3],
    "while typing: its first two letters": lambda _draw, name: name.split()[-2][:2],
    "a word that a tenth of all share": lambda _draw, name: name.split()[0],
    "a letter left out": _misspelt,
    "in Latin letters": _latin,
    "three words of which none has all": lambda _draw, name: f"{name.split()[0]} {name.split()[-2]} ποδήλατα",
    "six beginnings of two letters": lambda draw, _name: " ".join(w[:2] for w in draw.sample(SYLLABLES, 6)),
    "what is nowhere": lambda draw, _name: "".join(draw.choices("βγζξψφχλρμ", k=9)),
}


def _size() -> Row:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('core_searchdocument')")
        (total,) = cursor.fetchone()
    return {"megabytes": total / 1e6}
