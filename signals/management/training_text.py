"""A training set in type for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigma_core.numerals import numeral
from signals.management.tables import standing_lines, table
from signals.models import Run

Document = Mapping[str, Any]  # Any: JSON
#: columns shown by importance
MOST = 10


def training_text(run: Run) -> str:
    """A training that has ended: what it learned from, how good it was, its names."""
    summary = run.summary
    report = summary["report"]
    head = (
        f"{run.pack}/{run.model_id} learned {summary['label']} from "
        f"{summary['rows']:,} rows of {summary['train_first']} to "
        f"{summary['train_last']}, dataset {summary['dataset']}.\n"
        f"{summary['models']} models tested {summary['test_first']} to "
        f"{summary['test_last']}: {summary['predictions']:,} predictions out of sample."
        f"{standing_lines(summary)}"
    )
    names = f"trees_sha {summary['trees_sha']} · output_sha {summary['output_sha']}"
    parts = [head, _measures(report), _decay(report), _importance(report)]
    return "\n\n".join([*parts, f"run {run.pk} · {names}"])


def _measures(report: Document) -> str:
    """A row for each fold, all together, and what it is held against."""
    rows = [
        [f"fold {fold['number']}", fold["test_first"], *_cells(fold["measures"])]
        for fold in report["folds"]
    ]
    rows.append(["together", "", *_cells(report["pooled"])])
    rows += [[name, "", *_cells(found)] for name, found in report["baselines"].items()]
    head = ["", "tested from", "IC", "rank IC", "ICIR", "spread", "hits", "turnover"]
    return table([*head, "t", "p"], rows, set(range(2, 10)))


def _cells(found: Document) -> list[str]:
    return [
        _number(found["ic"], "+.3f"),
        _number(found["rank_ic"], "+.3f"),
        _number(found["icir"], "+.2f"),
        _number(found["spread"], "+.2%"),
        _number(found["hit_rate"], ".1%"),
        _number(found["turnover"], ".1%"),
        _number(found["t"], "+.2f"),
        _number(found["p"], ".3f"),
    ]


def _decay(report: Document) -> str:
    """Rank IC over other horizons, in one line."""
    said = ", ".join(
        f"{horizon}: {_number(found, '+.3f')}"
        for horizon, found in report["decay"].items()
    )
    return f"rank IC with the return over so many sessions: {said}" if said else ""


def _importance(report: Document) -> str:
    rows = [
        [one["column"], numeral(one["gain"], ".1%"), f"{one['splits']:,}"]
        for one in report["importance"][:MOST]
    ]
    return table(["column", "gain", "splits"], rows, {1, 2})


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else numeral(value, form)
