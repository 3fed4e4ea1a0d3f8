"""A calibration set in type for a terminal."""

from __future__ import annotations

import textwrap
from typing import Any

from sigma_core.numerals import numeral
from signals.management.tables import WIDTH, standing_lines, table
from signals.metric_words import said
from signals.models import Run
from signals.queries.calibration_maps import value_words
from signals.queries.calibrations import Result, result_of, terms_words

#: cells shown, the best first
MOST = 40


def calibration_text(run: Run) -> str:
    """A calibration that has ended: cells, winner, why, what became of it."""
    found, summary = result_of(run), run.summary
    parts = [
        _head(run, found),
        "\n".join(textwrap.fill(f"! {note}", WIDTH) for note in summary["notes"]),
        _cells(found),
        textwrap.fill(found.judged.why, WIDTH),
        _after(summary),
        f"run {run.pk} · recipe {run.pack}/recipes/{summary['recipe']}.json",
    ]
    return "\n\n".join(part for part in parts if part)


def _head(run: Run, found: Result) -> str:
    summary = run.summary
    dates, terms = summary["dates"], terms_words(run)
    on_terms = f"\nTerms of the fills: {terms}." if terms else ""
    count = len(found.cells)
    cells = f"{count} cell{'s' if count != 1 else ''}"
    return (
        f"{run.pack}/{run.model_id}, {cells}, dataset {run.dataset}\n"
        f"trained on {dates['train_start']} to {dates['train_end']} "
        f"({summary['swept_sessions']:,} sessions), held out {dates['held_out_start']} "
        f"to {dates['held_out_end']} ({summary['held_out_sessions']:,})."
        f"{on_terms}{standing_lines(summary)}"
    )


def _cells(found: Result) -> str:
    judged = found.judged
    order = sorted(
        range(len(found.cells)),
        key=lambda at: (judged.values[at] is None, -(judged.values[at] or 0.0)),
    )
    rows = [_row(found, at) for at in order[:MOST]]
    left = len(order) - MOST
    more = f"\nand {left} more" if left > 0 else ""
    head = [*found.grid, judged.objective, "", "Sharpe", "trades", "signals a session"]
    head += ["held out", "trades"]
    numbers = set(range(len(head))) - {len(found.grid) + 1}
    return table(head, rows, numbers) + more


def _row(found: Result, at: int) -> list[str]:
    cell, judged = found.cells[at], found.judged
    won = "winner, " if at == judged.winner else ""
    return [
        *(f"{value:g}" for value in cell.params.values()),
        value_words(judged.objective, judged.values[at]),
        f"{won}{judged.standings[at].word or '–'}",
        said("sharpe", cell.swept.metrics["sharpe"]),
        f"{cell.swept.trades:,}",
        f"{cell.swept.signals_per_session:.1f}",
        value_words(judged.objective, judged.held_out[at]),
        f"{cell.held_out.trades:,}",
    ]


def _after(summary: dict[str, Any]) -> str:
    said_pbo = ""
    if summary["pbo"] is not None:
        share = numeral(summary["pbo"], ".1%")
        said_pbo = f"Probability that choosing was overfitting: {share}. "
    if made := summary.get("promoted"):
        number = made["revision"]
        where = f" (revision {number})" if number else ""
        return f"{said_pbo}Promoted: {made['words']}{where}"
    if left := summary.get("not_promoted"):
        return f"{said_pbo}Not promoted: {left}"
    return said_pbo.strip()
