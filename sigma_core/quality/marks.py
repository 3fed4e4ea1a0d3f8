"""The shape of what quality finds: `Marks`, and the list rules write their finds to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.errors import Problem
from sigma_core.frames import Axis, Bools, Ints, Times

Action = Literal["warn", "quarantine", "block"]
#: A column of words: a list, or an array of objects where it was made at once.
Texts = Sequence[str] | npt.NDArray[np.object_]
MARK_COLUMNS = ("ticker", "ts", "rule", "action", "known", "message")

_HINTS: dict[Action, str] = {
    "warn": "The bar is used.",
    "quarantine": "The bar is not used; a corrected row replaces it.",
    "block": "Record the missing action, or acknowledge that the bars are right.",
}


@dataclass(frozen=True)
class Marks:
    """What the rules say about the bars of one axis.

    `quarantined[ticker, time]`: the bar is not to be used. `blocked[ticker, time]`: the
    ticker is out of universes, as the bars up to that time tell: no later bar changes
    the cell. `table`: one row per find with `MARK_COLUMNS`, sorted by ticker, ts, rule;
    `ts` and `known` are UTC, `known` is the time of the last row that proves the find.
    """

    quarantined: Bools
    blocked: Bools
    table: pd.DataFrame

    def counts(self, action: Action) -> dict[str, int]:
        """Number of finds with that action, by rule."""
        rules = self.table.loc[self.table["action"] == action, "rule"]
        return {str(rule): int(n) for rule, n in rules.value_counts(sort=False).items()}

    def problems(self, most: int = 1000) -> list[Problem]:
        """The finds as problems, blocks first, no more than `most` of them."""
        order = self.table["action"].map({"block": 0, "quarantine": 1, "warn": 2})
        shown = self.table.loc[order.sort_values(kind="stable").index[:most]]
        columns = (shown[name].tolist() for name in MARK_COLUMNS if name != "known")
        return [
            Problem(
                code=f"quality.{rule}",
                where=f"{ticker} {_day_or_minute(ts)}",
                message=message,
                hint=_HINTS[action],
                severity="warning" if action == "warn" else "error",
            )
            for ticker, ts, rule, action, message in zip(*columns, strict=True)
        ]


@dataclass
class Finds:
    """Collects the finds of all rules, as parallel lists of columns."""

    axis: Axis
    parts: list[pd.DataFrame] = field(default_factory=list)
    _late: dict[str, list[Ints]] = field(default_factory=dict)

    def add(
        self,
        rule: str,
        action: Action,
        at: tuple[Ints, Ints],
        known: Ints,
        messages: Texts,
    ) -> None:
        """Note finds at (rows, columns) of the axis, known as of columns `known`."""
        rows, columns = at
        if action == "quarantine":
            later = known > columns
            cells = np.stack([rows[later], columns[later], known[later]])
            self._late.setdefault(rule, []).append(cells)
        tickers = np.asarray(self.axis.tickers, dtype=object)
        self.add_rows(
            rule,
            action,
            tickers[rows],
            self.axis.times[columns],
            self.axis.times[known],
            messages,
        )

    def add_rows(
        self,
        rule: str,
        action: Action,
        tickers: Texts,
        ts: Times,
        known: Times,
        messages: Texts,
    ) -> None:
        """Note finds on rows that need not be on the axis."""
        if not len(tickers):
            return
        self.parts.append(
            pd.DataFrame(
                {
                    "ticker": tickers,
                    "ts": _utc(ts),
                    "rule": rule,
                    "action": action,
                    "known": _utc(known),
                    "message": list(messages),
                }
            )
        )

    def late(self, *rules: str) -> tuple[Ints, Ints, Ints]:
        """Bars quarantined by some rules so far that only later bars tell: row, column,
        and the column of the bar that tells."""
        parts = [part for rule in rules for part in self._late.get(rule, ())]
        row, column, known = np.concatenate([np.zeros((3, 0), np.int64), *parts], 1)
        return row, column, known

    def take(self, table: pd.DataFrame) -> None:
        """Note finds that stand in a table with `MARK_COLUMNS` already."""
        if len(table):
            self.parts.append(table)

    def table(self) -> pd.DataFrame:
        """All finds with `MARK_COLUMNS`, sorted; an empty table keeps its dtypes."""
        if not self.parts:
            return _EMPTY.copy()
        table = pd.concat(self.parts, ignore_index=True)
        table = table.astype(dict.fromkeys(_TEXTS, "str"))
        order = ["ticker", "ts", "rule", "action"]
        return table.sort_values(order, kind="stable", ignore_index=True)


def _utc(times: Times) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(times.astype("datetime64[us]"), tz="UTC")


def _day_or_minute(ts: pd.Timestamp) -> str:
    midnight = ts == ts.normalize()
    return ts.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")


_TEXTS = ("ticker", "rule", "action", "message")
_EMPTY = pd.DataFrame(
    {
        name: pd.Series(
            dtype="str" if name in _TEXTS else pd.DatetimeTZDtype("us", "UTC")
        )
        for name in MARK_COLUMNS
    }
)
