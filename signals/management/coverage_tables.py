"""Previews and matrices set in type for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from sigma_core.numerals import numeral
from signals.management.tables import WIDTH, standing_lines, table
from signals.models import Run

Document = Mapping[str, Any]  # Any: JSON
#: candidates shown
BEST = 10


def preview_text(document: Document) -> str:
    """A preview: its columns, what is missing and why, gates, candidates."""
    parts = [
        _preview_head(document),
        columns_text(document["columns"]),
        _causes(document["columns"]),
        _way(document["funnel"]),
        _gates(document["gates"]),
        _candidates(document["candidates"]),
        _problems(document["problems"]),
    ]
    return "\n\n".join(part for part in parts if part)


def matrix_text(run: Run) -> str:
    """A matrix that was built: how large, its columns, what is missing."""
    summary = run.summary
    again = ", as built before" if summary["reused"] else ""
    head = (
        f"{run.pack}/{run.model_id}\n"
        f"{summary['first_session']} to {summary['last_session']}, dataset "
        f"{summary['dataset']}: {summary['rows']:,} rows of "
        f"{summary['tickers']:,} tickers × {summary['sessions']:,} sessions{again}."
        f"{standing_lines(summary)}"
    )
    parts = [
        head,
        columns_text(summary["columns"]),
        _causes(summary["columns"]),
        _problems(summary["problems"]),
        f"run {run.pk} · matrix_sha {summary['matrix_sha']}",
    ]
    return "\n\n".join(part for part in parts if part)


def columns_text(columns: Sequence[Document]) -> str:
    """A row for each column."""
    rows = [
        [
            one["name"],
            one["status"],
            _percent(one["share"]),
            _number(one["low"]),
            _number(one["mean"]),
            _number(one["high"]),
            "" if one.get("psi") is None else f"{one['psi']:.2f}",
            ", ".join(one.get("smells", [])),
        ]
        for one in columns
    ]
    head = ["column", "", "missing", "min", "mean", "max", "psi", "smells"]
    return table(head, rows, {2, 3, 4, 5, 6})


def _preview_head(document: Document) -> str:
    synthetic = "Synthetic market, " if document["synthetic"] else ""
    days = " and ".join(document["sessions"][-2:])
    if len(document["sessions"]) > 2:
        days = f"{document['sessions'][0]} to {document['sessions'][-1]}"
    return (
        f"{document['pack']}/{document['model_id']}\n{synthetic}{days}, dataset "
        f"{document['dataset']}: {document['rows']:,} rows, "
        f"{len(document['columns'])} columns, {document['status']}, "
        f"{document['seconds']:.2f} s.{standing_lines(document)}"
    )


def _causes(columns: Sequence[Document]) -> str:
    """A row for each cause, over all columns; the fix of the slowest column."""
    found: dict[str, list[tuple[Document, Document]]] = {}
    for column in columns:
        for cause in column["causes"]:
            found.setdefault(cause["cause"], []).append((column, cause))
    rows = []
    for name, hits in found.items():
        column, worst = max(hits, key=lambda hit: hit[0]["needs"])
        more = f" and {len(hits) - 1} more" if len(hits) > 1 else ""
        rows.append(
            [
                name,
                f"{sum(cause['cells'] for _, cause in hits):,}",
                "excused" if worst["excused"] else "",
                f"{column['name']}{more}",
                ", ".join(worst["tickers"]),
                worst["fix"],
            ]
        )
    head = ["missing for", "cells", "", "in", "such as", "fix"]
    return table(head, rows, {1}) if rows else ""


def _way(funnel: Sequence[Document]) -> str:
    way = " → ".join(f"{step['survivors']:,} {step['label']}" for step in funnel)
    return textwrap.fill(way, WIDTH)


def _gates(gates: Sequence[Document]) -> str:
    rows = [
        [gate["words"], *(f"{gate[name]:,}" for name in _COUNTS), _unknown(gate)]
        for gate in gates
    ]
    head = ["gate", "alone", "together", "without it", "unknown"]
    return table(head, rows, {1, 2, 3, 4}) if rows else ""


_COUNTS = ("alone", "together", "if_removed")


def _unknown(gate: Document) -> str:
    return f"{gate['unknown']:,}" if gate["unknown"] else ""


def _candidates(found: Sequence[Document]) -> str:
    rows = [
        [str(one["rank"]), one["ticker"], one["name"], f"{one['score_total']:.1f}"]
        for one in found[:BEST]
    ]
    return table(["#", "ticker", "name", "score"], rows, {0, 3}) if rows else ""


def _problems(problems: Sequence[Document]) -> str:
    return "\n".join(
        f"{'fails' if one['severity'] == 'error' else 'warns'}: {one['where']}: "
        f"{one['message']} {one['hint']}".rstrip()
        for one in problems
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else numeral(share, ".1%")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}"
