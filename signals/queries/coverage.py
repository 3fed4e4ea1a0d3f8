"""What a preview or a matrix says of its columns, laid out for a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]  # Any: JSON
#: a cause as people read it
NAMES = {
    "warmup": "warm-up",
    "not_listed": "not listed",
    "short_history": "short history",
}


@dataclass
class CauseRow:
    """One cause over all columns, with the fix of the slowest of them."""

    cause: str
    excused: bool
    cells: int = 0
    columns: list[str] = field(default_factory=list)
    tickers: list[str] = field(default_factory=list)
    fix: str = ""
    _needs: int = 0

    @property
    def name(self) -> str:
        """The cause as people read it."""
        return NAMES.get(self.cause, self.cause)

    def take(self, column: Document, found: Document) -> None:
        """Count the cells of one column."""
        self.cells += found["cells"]
        self.columns.append(column["name"])
        if column["needs"] > self._needs:
            self._needs = column["needs"]
            self.tickers, self.fix = found["tickers"], found["fix"]


def cause_rows(columns: Iterable[Document]) -> list[CauseRow]:
    """Every cause there is, the one that costs most first, excused ones last."""
    rows: dict[str, CauseRow] = {}
    for column in columns:
        for found in column["causes"]:
            row = rows.setdefault(
                found["cause"], CauseRow(found["cause"], found["excused"])
            )
            row.take(column, found)
    return sorted(rows.values(), key=lambda row: (row.excused, -row.cells))
