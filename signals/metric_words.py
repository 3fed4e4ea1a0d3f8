"""Metrics as people read them: in which order, under which name, with which unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sigma_core.numerals import numeral
from signals.backtest_terms import METRIC_TERMS
from signals.terms import Term

NOTHING = "–"
#: metric → how its value is written
FORMS: Mapping[str, str] = {
    "total_return": "change",
    "cagr": "change",
    "volatility": "share",
    "sharpe": "ratio",
    "sortino": "ratio",
    "calmar": "ratio",
    "max_drawdown": "share",
    "max_drawdown_sessions": "count",
    "var_95": "share",
    "es_95": "share",
    "trades": "count",
    "hit_rate": "share",
    "profit_factor": "ratio",
    "average_win": "change",
    "average_loss": "change",
    "turnover": "ratio",
    "exposure": "share",
    "costs": "count",
    "halted": "share",
}
FORMATS: Mapping[str, str] = {
    "count": ",.0f",
    "ratio": ",.2f",
    "share": ",.1%",
    "change": "+,.1%",
}


@dataclass(frozen=True)
class Line:
    """One metric of several things side by side, in words."""

    key: str
    term: Term
    values: tuple[str, ...]


def said(name: str, value: float | None) -> str:
    """A metric's value with its unit: +3.5 %, 0.79, 214; – where it is not defined."""
    if value is None:
        return NOTHING
    return numeral(value, FORMATS[FORMS[name]])


def lines(*columns: Mapping[str, float | None]) -> list[Line]:
    """A line for each metric that one of the columns has, in the usual order."""
    return [
        Line(name, METRIC_TERMS[name], tuple(_cell(name, column) for column in columns))
        for name in FORMS
        if any(name in column for column in columns)
    ]


def _cell(name: str, column: Mapping[str, float | None]) -> str:
    return said(name, column[name]) if name in column else ""
