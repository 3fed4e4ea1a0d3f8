"""What is wrong with single rows of a small table, each with its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.bars.actions import ACTION_KINDS, LEAST_FACTOR, MOST_FACTOR
from sigma_core.bars.records import SPLIT_FACTOR_HINT
from sigma_core.errors import Problem, did_you_mean
from sigma_core.ingest.tables import Table

#: kind → what a row is known by; implied volatilities are judged by D13
KEYS: Mapping[str, tuple[str, ...]] = {
    "actions": ("ticker", "ex_date", "kind"),
    "reference": ("ticker",),
    "membership": ("ticker", "start"),
    "index": ("ticker", "date"),
}
#: the field that says when a row is of, whichever the kind has
_DAYS = ("ex_date", "date", "start")


@dataclass(frozen=True)
class RowFaults:
    """Finds the faults of typed rows; none means that the file is taken."""

    kind: str
    rows: pd.DataFrame
    table: Table
    fields: Mapping[str, str]

    def all(self) -> Iterator[Problem]:
        """Every fault, rule by rule."""
        if self.kind in KEYS:
            yield from self._twice()
        if self.kind == "actions":
            yield from self._unknown_kinds()
            yield from self._amounts()
        if self.kind == "membership" and "end" in self.rows:
            wrong = self.rows["end"] <= self.rows["start"]
            hint = "`end` is the first day outside; leave it empty while it is in."
            yield from self._of(wrong, "end", "it ends on or before its start.", hint)

    def _twice(self) -> Iterator[Problem]:
        key = list(KEYS[self.kind])
        message = f"the same {', '.join(key)} stands above already."
        twice = self.rows.duplicated(key)
        yield from self._of(twice, key[0], message, "Keep one of the rows.")

    def _unknown_kinds(self) -> Iterator[Problem]:
        kinds = self.rows["kind"]
        for word in sorted(set(kinds) - set(ACTION_KINDS)):
            known = f"Known: {', '.join(ACTION_KINDS)}."
            hint = did_you_mean(word, ACTION_KINDS) or known
            message = f"{word[:60]!r} is no kind of action."
            yield from self._of(kinds == word, "kind", message, hint)

    def _amounts(self) -> Iterator[Problem]:
        """A split needs its factor; a dividend that says its cash says more than 0."""
        nothing = pd.Series(np.nan, self.rows.index)
        factor = self.rows.get("split_factor", nothing)
        units = self.rows["kind"].isin(["split", "rescaled"])
        field = "split_factor" if "split_factor" in self.fields else "kind"
        wrong = units & ~factor.between(LEAST_FACTOR, MOST_FACTOR)
        for row in np.flatnonzero(wrong.to_numpy()).tolist():
            where = self.table.place(row, self.fields[field])
            message = f"{self.rows['ticker'].iloc[row]}: split_factor "
            given = factor.iloc[row]
            message += "is missing." if np.isnan(given) else f"{given:g}."
            yield Problem(f"{self.kind}.row", where, message, SPLIT_FACTOR_HINT)
        cash = self.rows.get("cash", nothing)
        wrong = (self.rows["kind"] == "dividend") & (cash <= 0)
        message = "a dividend's cash must be above 0."
        yield from self._of(wrong, "cash", message, "Give it per share.")

    def _of(
        self, wrong: pd.Series[bool], field: str, message: str, hint: str
    ) -> Iterator[Problem]:
        for row in np.flatnonzero(wrong.to_numpy()).tolist():
            place = self.table.place(row, self.fields[field])
            where = f"{place}, {self._whose(row)}"
            yield Problem(f"{self.kind}.row", where, message, hint)

    def _whose(self, row: int) -> str:
        """Ticker and day of a row, as the file has them."""
        day = next((name for name in _DAYS if name in self.fields), None)
        headers = [self.fields[name] for name in ("ticker", day) if name]
        said = (str(self.table.columns[header].iloc[row]) for header in headers)
        return " ".join(said)[:60]
