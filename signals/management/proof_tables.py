"""The result of the proofs set in type for a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

from signals.management.tables import WIDTH, table
from signals.models import Run

#: findings of one column that are shown
SHOWN = 3


def proof_text(run: Run) -> str:
    """What was proved, what was refuted and why, and which canaries were caught."""
    summary = run.summary
    parts = [_counts(summary)]
    for kind in ("indicators", "sets", "models"):
        parts += [_refuted(row) for row in summary[kind] if not row["certified"]]
        parts += [
            f"{row['name']}: {note}" for row in summary[kind] for note in row["notes"]
        ]
    if summary["canaries"]:
        parts.append(_canaries(summary["canaries"]))
    parts.append(f"run {run.pk}")
    return "\n\n".join(parts)


def _counts(summary: dict[str, Any]) -> str:
    lines = []
    for kind in ("indicators", "sets", "models"):
        rows = summary[kind]
        if rows:
            held = sum(row["certified"] for row in rows)
            cells = sum(row["cells"] for row in rows)
            lines.append(
                f"{held} of {len(rows)} {kind} certified, {cells:,} values compared."
            )
    flown = summary["canaries"]
    if flown:
        caught = sum(row["caught"] for row in flown)
        lines.append(f"{caught} of {len(flown)} canaries caught.")
    return "\n".join(lines)


def _refuted(row: dict[str, Any]) -> str:
    lines = [f"✗ {row['name']}"]
    for one in row["findings"][:SHOWN]:
        said = (
            f"{one['proof']}: {one['column']} of {one['ticker']} on {one['session']} "
            f"is {_figure(one['found'])}, should be {_figure(one['expected'])} "
            f"({one['trial']}; {one['cells']:,} cells). {one['cause']} {one['repair']}"
        )
        lines += textwrap.wrap(
            said, WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    return "\n".join(lines)


def _canaries(flown: list[dict[str, Any]]) -> str:
    rows = [
        [one["name"], "✓" if one["caught"] else "✗", one["proof"], one["leak"]]
        for one in flown
    ]
    return table(["canary", "caught", "by", "planted leak"], rows, set())


def _figure(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.8g}"
