"""What a backtest left: its report, its curves, and its tables a page at a time."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404

from sigma_core.errors import BadInput, DamagedData, Problem, UnknownName
from sigma_core.specs.fingerprint import sha_of_bytes
from signals.exports import cell
from signals.models import Run
from signals.queries.luck import BLOBS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

#: the tables, in the order in which one leads to the next
TABLES = ("daily", "signals", "orders", "fills", "trades", "refusals")
#: the column of each that says why
REASONS: Mapping[str, str] = {
    "orders": "reason",
    "fills": "why",
    "trades": "why",
    "refusals": "reason",
}
#: the column of each that says when
SESSIONS: Mapping[str, str] = {"trades": "signal_session"}
#: of the daily table, what the pictures show
CURVES = (
    *("equity", "gross", "universe", "benchmark"),
    *("drawdown", "exposure", "turnover"),
)


class Table(Sequence[dict[str, Any]]):
    """Some rows of a table, as plain values where they are asked for.

    A row keeps its number in the whole table as `row`: fills name trades and orders by
    it.
    """

    def __init__(self, data: pa.Table, places: npt.NDArray[np.int64]) -> None:
        self.data = data
        self.places = places

    @property
    def names(self) -> list[str]:
        """The columns, the number first."""
        return ["row", *self.data.schema.names]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        """Rows of a slice, or one."""
        if isinstance(at, int):
            return self[at : at + 1][0]
        chosen = self.places[at]
        found = self.data.take(chosen).to_pylist()
        numbered = zip(chosen.tolist(), found, strict=True)
        return [{"row": place} | _plain(row) for place, row in numbered]


def find(pk: int) -> Run:
    """The run of a backtest that has succeeded; Http404 for any other."""
    wanted = Run.objects.select_related("user", "backtest__trial__family")
    wanted = wanted.defer(*(f"backtest__{name}" for name in BLOBS))
    run = wanted.filter(
        pk=pk, kind=Run.Kind.BACKTEST, status=Run.Status.SUCCEEDED
    ).first()
    if run is None:
        raise Http404("There is no backtest of that number.")
    return run


def table(
    run: Run, name: str, *, reason: str = "", session: date | None = None
) -> Table:
    """One of `TABLES` in its order; `reason` and `session` leave other rows out.

    Http404 for a table that is not there, BadInput at `reason` for a code that is none,
    and for one of a table without reasons; DamagedData `backtest.damaged` for a file
    that is missing or not what the run wrote.
    """
    import numpy as np

    if name not in TABLES:
        raise Http404("There is no such table.")
    if reason:
        _require_reason(name, reason)
    data = _read(run, name)
    kept = np.ones(data.num_rows, np.bool_)
    if reason:
        kept &= _texts(data[REASONS[name]]) == reason
    if session is not None:
        days = data[SESSIONS.get(name, "session")].to_numpy()
        kept &= days.astype("datetime64[D]") == np.datetime64(session)
    return Table(data, np.flatnonzero(kept))


def _require_reason(name: str, reason: str) -> None:
    from sigma_core.policy.shapes import REASONS as CODES  # numba

    if name not in REASONS:
        *others, last = REASONS
        message = f"rows of {name} have no reason."
        hint = f"Those of {', '.join(others)} and {last} have."
        raise BadInput(Problem("backtest.no_reasons", "reason", message, hint))
    known = [code for code in CODES if code]
    if reason not in known:
        raise UnknownName("reason", reason, known, where="reason")


def as_csv(found: Table) -> str:
    """All rows as a file; no cell can run as a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(found.names)
    writer.writerows([cell(row[key]) for key in found.names] for row in found[:])
    return file.getvalue()


def series(run: Run) -> dict[str, list[Any]]:
    """The daily table's curves: `sessions` as text, numbers or None. DamagedData as of
    `table`."""
    table = _read(run, "daily")
    days = [str(day.date()) for day in table["session"].to_pylist()]
    found: dict[str, list[Any]] = {"sessions": days}
    for name in CURVES:
        found[name] = [_number(value) for value in table[name].to_pylist()]
    return found


def _read(run: Run, name: str) -> pa.Table:
    import pyarrow as pa  # only who looks at a table pays for it
    import pyarrow.parquet as parquet

    content = _content(run, name)
    try:
        return parquet.read_table(
            pa.BufferReader(content), page_checksum_verification=True
        )
    except (pa.ArrowException, OSError):  # of a run that kept no sha of its files
        raise _damaged(run, name, "it can't be read.") from None


def _content(run: Run, name: str) -> bytes:
    """The bytes of a table as the run wrote them."""
    try:
        content = (_folder(run) / f"{name}.parquet").read_bytes()
    except OSError:
        raise _damaged(run, name, "it is missing, or can't be read.") from None
    written = run.fingerprint.get(f"{name}_file_sha")
    if written and sha_of_bytes(content) != written:
        raise _damaged(run, name, "it is not what the run wrote.")
    return content


def _damaged(run: Run, name: str, message: str) -> DamagedData:
    where = f"run {run.pk}, {name}.parquet"
    hint = (
        "The numbers of the report stand: they are kept in the database. Run the "
        "backtest again to have its tables and curves."
    )
    return DamagedData(Problem("backtest.damaged", where, message, hint))


def _folder(run: Run) -> Path:
    return Path(settings.SIGMA_HOME) / "runs" / str(run.pk)


def _texts(column: Any) -> Any:  # Any: pyarrow has no types
    import pyarrow as pa

    return column.cast(pa.string()).to_numpy()


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cell(value) for name, value in row.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return _number(value)
    return value


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
