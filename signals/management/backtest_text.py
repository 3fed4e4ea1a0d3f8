"""A backtest set in type for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from signals import metric_words
from signals.management.tables import WIDTH, standing_lines, table
from signals.models import Run
from signals.queries.luck import luck_of

Report = Mapping[str, Any]  # Any: JSON


def backtest_text(run: Run) -> str:
    """A backtest that has ended: metrics, gate, luck, costs, years, refusals, rules."""
    report, luck = run.summary, luck_of(run.backtest)
    parts = [
        _head(run, report),
        "\n".join(textwrap.fill(f"! {note}", WIDTH) for note in report["notes"]),
        _metrics(report),
        _gate(report),
        textwrap.fill(f"Luck: {luck.line}", WIDTH) if luck else "",
        _costs(report),
        _years(report),
        _refusals(report),
        textwrap.fill(" ".join(report["rules"]), WIDTH),
        f"run {run.pk} · output_sha {run.fingerprint['output_sha']}",
    ]
    return "\n\n".join(part for part in parts if part)


def _head(run: Run, report: Report) -> str:
    counts = report["counts"]
    return (
        f"{run.pack}/{run.model_id}, policy {report['policy']}\n"
        f"{report['first_session']} to {report['last_session']}, dataset "
        f"{report['dataset']}, universe {report['universe']}: "
        f"{report['capital']:,.0f} became {report['final_equity']:,.2f} in "
        f"{report['sessions']:,} sessions; {counts['candidates']:,} candidates, "
        f"{counts['orders']:,} orders, {counts['fills']:,} fills."
        f"{standing_lines(report)}"
    )


def _metrics(report: Report) -> str:
    """The book net and gross, beside its curves."""
    curves = report["curves"]
    head = ["metric", "net", "gross", *(curve["name"] for curve in curves)]
    columns = [report["metrics"], report["gross"]]
    columns += [curve["metrics"] for curve in curves]
    rows = [[line.term.name, *line.values] for line in metric_words.lines(*columns)]
    return table(head, rows, set(range(1, len(head))))


def _gate(report: Report) -> str:
    gate = report["gate"]
    said = ", ".join(
        f"{'✓' if one['passed'] else '✗'} {one['check']} "
        f"{_number(one['value'])} of {one['limit']:g}"
        for one in gate["checks"]
    )
    return f"Run gate {'passed' if gate['passed'] else 'not passed'}: {said}."


def _costs(report: Report) -> str:
    names = ("total_return", "sharpe", "max_drawdown")
    rows = [
        [f"{row['cost_bps']:g}", *(metric_words.said(n, row[n]) for n in names)]
        for row in report["costs"]
    ]
    return table(["bps a side", "return", "sharpe", "drawdown"], rows, {0, 1, 2, 3})


def _years(report: Report) -> str:
    names = ("total_return", "sharpe", "max_drawdown")
    rows = [
        [
            row["year"],
            f"{row['sessions']:,}",
            *(metric_words.said(n, row[n]) for n in names),
        ]
        for row in report["years"]
    ]
    head = ["year", "sessions", "return", "sharpe", "drawdown"]
    return table(head, rows, {1, 2, 3, 4})


def _refusals(report: Report) -> str:
    counts = report["counts"]
    both = [*counts["refused_by"], *counts["cancelled_by"]]
    rows = [[one["reason"], f"{one['count']:,}"] for one in both]
    return table(["not bought or filled", "count"], rows, {1}) if rows else ""


def _number(value: float | None) -> str:
    return metric_words.NOTHING if value is None else f"{value:,.4g}"
