"""Per column: how much is missing and why, against the limits of its set."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from sigma_core.coverage.causes import CAUSES, EXCUSED, Codes, Need, causes, needs
from sigma_core.coverage.history import History
from sigma_core.errors import Problem
from sigma_core.frames import Bools, Floats, Matrix
from sigma_core.matrix import Plan
from sigma_core.specs.schema import PreviewLimits

Status = Literal["ok", "warn", "fail"]
#: tickers named as examples of a cause
EXAMPLES = 3
_FIXES = {
    "holiday": "Nothing to do: the exchange was closed.",
    "not_listed": "Nothing to do: the ticker was not listed on that session.",
    "warmup": "Nothing to do: it fills with age; min_age {stable} in the universe "
    "leaves young tickers out.",
    "short_history": "Ingest {bars} or more sessions before the first one asked for.",
    "gap": "Ingest the missing bars; after more than 5 in a row the warm-up restarts.",
    "quarantined": "See the bars on Data: ingest corrected ones, or acknowledge them.",
    "provider": "Ingest that provider's data for these tickers and sessions.",
    "join": "Ingest the bars of the other cadence for the session before.",
    "math": "0/0, mostly flat prices or no volume: a longer window, or a stricter "
    "universe.",
}


@dataclass(frozen=True)
class Missing:
    """The missing cells of one cause: how many, of which tickers, and the fix."""

    cause: str
    cells: int
    share: float
    excused: bool
    tickers: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class ColumnCoverage:
    """One column over the cells of universe members.

    `needs`: own bars before it has a value. `cells` of members, `missing` of them
    without a value, `excused` of those for a cause nobody can mend; `share` is
    unexcused / (cells − excused), NaN where all are excused. `low`, `mean`, `high` of
    the finite values, in each session's own units.
    """

    name: str
    dtype: str
    needs: int
    cells: int
    missing: int
    excused: int
    share: float
    status: Status
    low: float
    mean: float
    high: float
    causes: tuple[Missing, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; None where there is no number."""
        plain = asdict(self)
        numbers = ("share", "low", "mean", "high")
        finite = {key: _finite(plain[key]) for key in numbers}
        return plain | finite | {"causes": [_plain(one) for one in self.causes]}


@dataclass(frozen=True)
class Coverage:
    """All columns of a set, in its order, and the limits they were held against."""

    columns: tuple[ColumnCoverage, ...]
    members: int
    limits: PreviewLimits

    @property
    def status(self) -> Status:
        """The worst of the columns."""
        found = {column.status for column in self.columns}
        return "fail" if "fail" in found else "warn" if "warn" in found else "ok"

    def problems(self, where: str) -> list[Problem]:
        """One for each column that warns or fails, failures first; `where`: the set."""
        order = sorted(self.columns, key=lambda column: column.status != "fail")
        return [self._problem(one, where) for one in order if one.status != "ok"]

    def _problem(self, column: ColumnCoverage, where: str) -> Problem:
        fails = column.status == "fail"
        code = "coverage.nan" if column.missing < column.cells else "coverage.no_value"
        return Problem(
            code=code,
            where=where,
            message=_sentence(column, self.limits),
            hint=_hint(column),
            severity="error" if fails else "warning",
        )


def coverage(
    matrix: Matrix,
    plan: Plan,
    known: History,
    limits: PreviewLimits,
    *,
    threads: int = 2,
) -> Coverage:
    """The coverage of each column of the plan, over all sessions of the matrix.

    `known` speaks of the same tickers and sessions.
    """
    wanted = needs(plan)
    codes: dict[str, Codes] = {}
    for name, need in wanted.items():
        read = [codes[n] for n in need.reads if n in wanted and wanted[n].cadence]
        values = matrix.columns[name]
        codes[name] = causes(name, values, matrix.members, known, need, read)
    members = int(matrix.members.sum())

    def column(name: str) -> ColumnCoverage:
        return _column(name, matrix, codes[name], wanted[name], limits, members)

    with ThreadPoolExecutor(threads) as pool:
        columns = tuple(pool.map(column, wanted))
    return Coverage(columns, members, limits)


def _column(
    name: str,
    matrix: Matrix,
    codes: Codes,
    need: Need,
    limits: PreviewLimits,
    cells: int,
) -> ColumnCoverage:
    values = matrix.columns[name]
    there = codes[codes > 0]
    counts = dict(enumerate(np.bincount(there, minlength=len(CAUSES)).tolist()))
    missing = sum(counts[code] for code in range(1, len(CAUSES)))
    excused = sum(counts[CAUSES.index(cause)] for cause in EXCUSED)
    counted = cells - excused
    share = (missing - excused) / counted if counted else float("nan")
    low, mean, high = _spread(matrix, name)
    return ColumnCoverage(
        name=name,
        dtype=str(values.dtype),
        needs=need.bars,
        cells=cells,
        missing=missing,
        excused=excused,
        share=share,
        status=_status(share, cells - missing, limits),
        low=low,
        mean=mean,
        high=high,
        causes=tuple(_missing(codes, counts, cells, matrix, need)),
    )


def _status(share: float, valid: int, limits: PreviewLimits) -> Status:
    """Both limits as they are written: exactly `warn_nan` warns, exactly `fail_nan`
    does not fail yet. A share is one division, so that 3 of 10 is 0.3 itself."""
    if not valid or share > limits.fail_nan:
        return "fail"
    return "warn" if share >= limits.warn_nan else "ok"


def _missing(
    codes: Codes, counts: Mapping[int, int], cells: int, matrix: Matrix, need: Need
) -> list[Missing]:
    """The causes there are, the most frequent first."""
    found = []
    for code in sorted(range(1, len(CAUSES)), key=lambda code: -counts[code]):
        if not counts[code]:
            break
        cause = CAUSES[code]
        rows = np.flatnonzero((codes == code).any(axis=1))[:EXAMPLES]
        fix = _FIXES[cause].format(bars=need.bars, stable=need.stable)
        tickers = tuple(matrix.axis.tickers[row] for row in rows)
        share = counts[code] / cells
        excused = cause in EXCUSED
        found.append(Missing(cause, counts[code], share, excused, tickers, fix))
    return found


def _spread(matrix: Matrix, name: str) -> tuple[float, float, float]:
    """Least, mean and greatest of the members' finite values; NaN without one."""
    values = member_values(matrix, name, matrix.members)
    if not len(values):
        return (float("nan"),) * 3
    mean = values.mean(dtype=np.float64)  # also of float32
    return float(values.min()), float(mean), float(values.max())


def member_values(matrix: Matrix, name: str, cells: Bools) -> Floats:
    """The finite values of a column in some cells, in each session's own units."""
    values = own_units(matrix, name)[cells]
    finite: Floats = values[np.isfinite(values)]
    return finite


def own_units(matrix: Matrix, name: str) -> Floats:
    """A column as it read on each session, `[ticker, session]`."""
    values, degree = matrix.columns[name], matrix.degree[name]
    if matrix.factor is None or not degree:
        return values
    scaled: Floats = values / matrix.factor**degree
    return scaled


def _sentence(column: ColumnCoverage, limits: PreviewLimits) -> str:
    what = f"column {column.name!r}:"
    if column.cells == 0:
        return f"{what} no ticker is in the universe on these sessions."
    if column.missing == column.cells:
        return f"{what} not one of its {column.cells:,} cells has a value."
    limit = limits.fail_nan if column.status == "fail" else limits.warn_nan
    sign = "above" if column.status == "fail" else "at or above"
    share = f"{100 * column.share:.1f} % of its cells are missing"
    return f"{what} {share}, {sign} {100 * limit:g} %."


def _hint(column: ColumnCoverage) -> str:
    """The fix of what is missing most among what can be mended."""
    if column.cells == 0:
        return "The universe's steps say what removed the last ticker."
    worst = [one for one in column.causes if not one.excused] or list(column.causes)
    words = worst[0].cause.replace("_", " ") if worst else ""
    return f"Mostly {words}. {worst[0].fix}" if worst else ""


def _plain(one: Missing) -> dict[str, Any]:
    return asdict(one) | {"tickers": list(one.tickers)}


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
