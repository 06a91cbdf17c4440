"""Search: what is published and says what somebody types, however they write it; best first.

Each word of the question must occur: by its stem, begun, without its accents, or as it sounds. Where nothing has
them all, words that nothing has are taken for misspelt; where that finds nothing either, half of them will do.
Stems and sounds are PostgreSQL's (`candia_greek`, `candia_sound`); see `search_index` for what is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from math import ceil
from typing import Any

from django.db import connection

from candia.core import things
from candia.core.greek import STOP, words
from candia.core.names import translated
from candia.core.search_index import DATASET, PAGE
from candia.core.service import services

Rows = list[tuple[Any, ...]]
#: One letter says nothing; of more words than this a question has said enough.
LEAST, MOST_WORDS = 2, 6
#: So many letters may be a beginning; fewer only in the last word, which somebody may still be typing.
BEGINNING = 3
#: Nobody reads on further.
MOST = 300
#: Of what so many have, some are as good as the others, and ranking them all would take long.
CANDIDATES = 2000

_question = """
WITH found AS (
    SELECT * FROM core_searchdocument WHERE {condition} LIMIT %(candidates)s
)
SELECT id, kind, names, text, {score} AS score FROM found
ORDER BY score DESC, char_length(title), id LIMIT %(most)s
"""
# A word by its stem, as it is written so far, and as it sounds so far.
_word = """(
    plainto_tsquery('candia_greek', %({name})s)
    || to_tsquery('simple', quote_literal(candia_fold(%({name})s)) || '{begun}')
    || to_tsquery('simple', quote_literal(candia_sound(%({name})s)) || '{begun}')
)"""
_known = "EXISTS (SELECT FROM core_searchdocument WHERE words @@ {query})"
_rank = "ts_rank('{{0.1, 0.2, 0.4, 1.0}}', words, {query}, 1)"


@dataclass(frozen=True)
class Hit:
    """Something published that says what was asked for; `name` and `text` as the reader's language has them."""

    id: str
    kind: str
    name: str
    text: str
    score: float


def asked(text: str) -> list[str]:
    """The words of a question that can be looked for; none where it is a single letter or empty."""
    every = words(text[:200], least=LEAST)
    return (([word for word in every if word not in STOP]) or every)[:MOST_WORDS]


def search(text: str, most: int = MOST) -> list[Hit]:
    """What is published and says this, best first; nothing that has been hidden or taken back a moment ago."""
    question = _Question(asked(text), most)
    if not question.words:
        return []
    for ask in (question.every_word, question.misspelt, question.half):
        if found := _public(ask()):
            return found
    return []


class _Question:
    """The words of a question, and the three ways to ask for them, each a statement or two."""

    def __init__(self, words: list[str], most: int) -> None:
        self.words = words
        self._values = {f"word{number}": word for number, word in enumerate(words)}
        self._queries = [
            _word.format(name=name, begun=":*" if len(word) >= BEGINNING or word == words[-1] else "")
            for name, word in self._values.items()
        ]
        self._most = most

    def every_word(self) -> Rows:
        """What has them all."""
        query = " && ".join(self._queries)
        return self._ask(f"words @@ ({query})", _rank.format(query=query))

    def misspelt(self) -> Rows:
        """What has those that anything has, and in its title others that look like the rest."""
        (known,) = self._rows(f"SELECT {', '.join(_known.format(query=query) for query in self._queries)}")
        conditions = [
            f"words @@ {query}" if there else f"candia_sound(%({name})s) <%% sound"
            for query, name, there in zip(self._queries, self._values, known, strict=True)
        ]
        alike = [
            f"word_similarity(candia_sound(%({name})s), sound)"
            for name, there in zip(self._values, known, strict=True)
            if not there
        ]
        return self._ask(" AND ".join(conditions), " + ".join(alike)) if alike else []

    def half(self) -> Rows:
        """What has at least half of them."""
        least = ceil(len(self._queries) / 2)
        if least == len(self._queries):
            return []
        enough = (f"({' && '.join(some)})" for some in combinations(self._queries, least))
        share = " + ".join(f"(words @@ {query})::int" for query in self._queries)
        return self._ask(f"words @@ ({' || '.join(enough)})", share)

    def _ask(self, condition: str, score: str) -> Rows:
        return self._rows(_question.format(condition=condition, score=score))

    def _rows(self, sql: str) -> Rows:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**self._values, "most": self._most, "candidates": CANDIDATES})
            found: Rows = cursor.fetchall()
            return found


def _public(rows: Rows) -> list[Hit]:
    """Those that everyone may know of as this is read, whatever the index says."""
    if not rows:
        return []
    public = things.among(row[0] for row in rows) | _declared()
    return [
        Hit(id, kind, translated(json.loads(names)), text, score)
        for id, kind, names, text, score in rows
        if id in public
    ]


def _declared() -> set[str]:
    """The pages and datasets that everyone may open."""
    pages = {
        f"{PAGE}:{service.name}-{page.name}"
        for service in services().values()
        for page in service.pages
        if page.menu and not page.desk and page.may(None)
    }
    data = {
        f"{DATASET}:{service.name}/{dataset.name}"
        for service in services().values()
        for dataset in service.datasets
    }
    return pages | data
