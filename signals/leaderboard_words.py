"""The checks of a run gate as a person would say them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from signals import metric_words

#: check → what is looked at, on which side of the limit it must lie, its metric
CHECKS: Mapping[str, tuple[str, str, str]] = {
    "min_trades": ("trades", "at least", "trades"),
    "max_drawdown": ("drawdown", "at most", "max_drawdown"),
    "min_sharpe": ("Sharpe", "at least", "sharpe"),
}


SIDES = {"at least": "≥", "at most": "≤"}


@dataclass(frozen=True)
class Check:
    """A check in a row of a table: Sharpe, 0.31, ≥, 0.50."""

    what: str
    value: str
    side: str
    limit: str


def check_parts(check: Mapping[str, Any]) -> Check:
    """What a row says of a check; of another version's, its own name and no side."""
    name = str(check["check"])
    if name not in CHECKS:
        return Check(name, str(check["value"]), "", str(check["limit"]))
    what, side, metric = CHECKS[name]
    value, limit = (metric_words.said(metric, check[key]) for key in ("value", "limit"))
    return Check(what, value, SIDES[side], limit)


def check_words(check: Mapping[str, Any]) -> str:
    """`Sharpe 0.31, at least 0.50`; a check of another version by its own name."""
    name = str(check["check"])
    if name not in CHECKS:
        return f"{name}: {check['value']} of {check['limit']}"
    what, side, metric = CHECKS[name]
    value = metric_words.said(metric, check["value"])
    said = f"{what} {value}, {side} {metric_words.said(metric, check['limit'])}"
    return said.replace(" %", "\u00a0%")  # a unit begins no line
