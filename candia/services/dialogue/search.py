"""Search among proposals as Greek is written on a phone: without accents, in capitals, in any inflection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Greatest

from candia.core import greek
from candia.services.dialogue.models import Proposal

# Of a proposal these, folded, say as little as any article.
_stop = """
    μπορει χρειαζεται πρεπει θελουμε ζητω προτεινω προταση δημοσ δημου ηρακλειο ηρακλειου πολη πολησ δημιουργια
    τοποθετηση κατασκευη περισσοτερα περισσοτεροι νεα νεο new please city heraklion
"""
STOP = frozenset(_stop.split())
# Both measured in tests/test_search.py: below, unrelated proposals come up; above, paraphrases are missed.
SHARED_WORDS = 0.25
ALIKE_TITLES = 0.36
CANDIDATES = 200
#: Letters of the shortest word that is looked for.
LEAST = 2


@dataclass(frozen=True)
class Match:
    """A proposal that may be the same, and how much so (0 to 1)."""

    proposal: Proposal
    score: float


# The weight of a word is how rare it is among the candidates: «πεζοδρόμιο» says less than «ράμπα».
_question = """
WITH asked AS (
    SELECT lexeme FROM unnest(to_tsvector('candia_greek', %(words)s))
), query AS (
    SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS any_of FROM asked
), candidate AS (
    SELECT entity_ptr_id, heading, words, ts_rank(words, any_of) AS rank
    FROM dialogue_proposal, query
    WHERE public AND number <> %(but)s
      AND (words @@ any_of OR candia_sound(heading) %% candia_sound(%(heading)s))
    ORDER BY rank DESC LIMIT %(candidates)s
), known AS (
    SELECT count(*) AS proposals FROM dialogue_proposal WHERE public
), said AS (
    SELECT c.entity_ptr_id, l.lexeme, CASE WHEN 'A' = ANY(l.weights) THEN 1.0 ELSE 0.6 END AS place
    FROM candidate c CROSS JOIN LATERAL unnest(c.words) AS l JOIN asked USING (lexeme)
), weight AS (
    SELECT asked.lexeme, ln(1 + known.proposals::float / (1 + count(said.lexeme))) AS rare
    FROM asked CROSS JOIN known LEFT JOIN said USING (lexeme) GROUP BY asked.lexeme, known.proposals
), shared AS (
    SELECT entity_ptr_id, sum(rare * place) / (SELECT sum(rare) FROM weight) AS share, count(*) AS words
    FROM said JOIN weight USING (lexeme) GROUP BY entity_ptr_id
)
SELECT candidate.entity_ptr_id,
       coalesce(share / CASE WHEN shared.words > 1 OR (SELECT count(*) FROM asked) < 3 THEN 1 ELSE 2 END, 0),
       similarity(candia_sound(candidate.heading), candia_sound(%(heading)s))
FROM candidate LEFT JOIN shared USING (entity_ptr_id)
"""


def similar(heading: str, text: str = "", *, but: int = 0, most: int = 5) -> list[Match]:
    """Public proposals that may say the same, most alike first; `but` is the number of one's own.

    The title is asked for with the first words of the text, once there is a title worth asking for.
    """
    words = telling(heading)
    if not words:
        return []
    asked: dict[str, Any] = {
        "words": " ".join([*words, *telling(text)[:12]][:20]),
        "heading": heading,
        "but": but,
        "candidates": CANDIDATES,
    }
    with connection.cursor() as cursor:
        cursor.execute(_question, asked)
        found = {
            row[0]: max(row[1], row[2])
            for row in cursor.fetchall()
            if row[1] >= SHARED_WORDS or row[2] >= ALIKE_TITLES
        }
    best = sorted(found, key=lambda key: -found[key])[:most]
    proposals = Proposal.objects.in_bulk(best)
    return [Match(proposals[key], round(found[key], 3)) for key in best]


def telling(text: str) -> list[str]:
    """The words of a text that say what it is about, folded."""
    return [word for word in greek.words(text, least=3) if word not in STOP | greek.STOP]


def is_enough(text: str) -> bool:
    """Whether there is a word in it to look for; a single letter is none."""
    return bool(greek.words(text, least=LEAST))


def matching(proposals: QuerySet[Proposal], text: str) -> QuerySet[Proposal]:
    """The proposals in which every word of the text occurs, begun or misspelt ones included, best first.

    Of a text without a word to look for, such as a single letter, there are none.
    """
    words = greek.words(text, least=LEAST)
    if not words:
        return proposals.none()
    stems = SearchQuery(words[0], config="candia_greek")
    for word in words[1:]:
        stems &= SearchQuery(word, config="candia_greek")
    begun = SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
    near = Func(
        Func(Value(" ".join(words)), function="candia_sound"),
        Func(F("heading"), function="candia_sound"),
        function="word_similarity",
        output_field=FloatField(),
    )
    ranked = proposals.annotate(near=near, rank=Greatest(SearchRank(F("words"), stems), near * 0.5))
    return ranked.filter(Q(words=stems) | Q(words=begun) | Q(near__gte=0.55)).order_by("-rank", "-number")
