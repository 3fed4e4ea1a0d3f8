"""The bars of one dataset and cadence: append, read as of, and give to the engine."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sigma_core.bars import records, rows
from sigma_core.bars.arrays import ArrayStore, Origin, Stored
from sigma_core.bars.coverage import months
from sigma_core.bars.grid import Built, Derive, build
from sigma_core.bars.tables import Table
from sigma_core.errors import BadInput, MissingData, Problem, UnknownName
from sigma_core.frames import BARS_COLUMNS, FIELDS, BarArrays, Times
from sigma_core.sessions import Sessions

_MOMENT = pa.timestamp("us", tz="UTC")
BARS_SCHEMA = pa.schema(
    [("ticker", pa.string()), ("ts", _MOMENT)]
    + [(name, pa.float64()) for name in FIELDS]
    + [("known_at", _MOMENT), ("source", pa.string()), ("adjustment", pa.string())]
    + [("batch", pa.int64())]
)


@dataclass(frozen=True)
class Commit:
    """What an append did; `version` is the table's version after it."""

    rows_new: int
    rows_revised: int
    rows_same: int
    version: int


class BarStore:
    """Bars of one dataset and cadence. Get one from `Dataset.bars`."""

    def __init__(
        self,
        dataset: Path,
        cadence: str,
        *,
        sessions: Sessions,
        derive: Derive,
        actions: Table,
    ) -> None:
        self.dataset = dataset
        self.cadence = cadence
        self.sessions = sessions
        self.table = Table(dataset / "bars" / cadence, BARS_SCHEMA)
        self._derive = derive
        self._actions = actions
        self._builds = ArrayStore(dataset / "arrays" / cadence, cadence)

    def version(self) -> int:
        """Number of the last commit, −1 while there is none."""
        return self.table.version()

    def append(
        self,
        bars: pd.DataFrame,
        *,
        source: str,
        adjustment: str,
        ingested_at: datetime,
    ) -> Commit:
        """Store bars (BARS_COLUMNS, `ts` UTC) in ONE commit, or none if all are stored.

        A row that equals the stored one is counted, not written; one that differs is a
        revision, known from `ingested_at`; `rows.merge` dates the new ones. BadInput,
        and nothing written, if a row breaks the shape or a ticker is stored with
        another `adjustment` (raw, split, total, unknown): kinds never mix.
        """
        incoming = rows.from_frame(bars, self.cadence)
        if adjustment not in rows.ADJUSTMENTS:
            raise UnknownName("adjustment", adjustment, rows.ADJUSTMENTS)
        with self.table.lock():
            stored = self.table.read()
            _refuse_mixed(_adjustments(stored), incoming.tickers, adjustment)
            merged = rows.merge(
                incoming,
                rows.latest(rows.from_arrow(stored)),
                complete=self._complete(incoming.ts),
                ingested_at=ingested_at,
            )
            if len(merged.write):
                self.table.append(self._to_arrow(merged.write, source, adjustment))
            version = self.version()
        return Commit(merged.new, merged.revised, merged.same, version)

    def read(
        self, *, until: date | None = None, known_by: datetime | None = None
    ) -> pd.DataFrame:
        """The rows that count as of (`until`, `known_by`), whatever their quality.

        BARS_COLUMNS and known_at, source, adjustment, sorted by (ticker, ts); `until`
        is the last day, None for no limit.
        """
        stored = self.table.read()
        places = rows.latest_places(rows.from_arrow(stored), known_by)
        chosen = stored.take(pa.array(places)).drop_columns("batch")
        found: pd.DataFrame = chosen.to_pandas()
        for name in ("ticker", "source", "adjustment"):
            found[name] = found[name].astype("str")
        if until is None:
            return found
        end = pd.Timestamp(until, tz="UTC") + pd.Timedelta(days=1)
        return found.loc[found["ts"] < end].reset_index(drop=True)

    def adjustments(self) -> dict[str, str]:
        """How the prices of each stored ticker are adjusted."""
        return _adjustments(self.table.read(["ticker", "adjustment"]))

    def arrays(self, *, known_by: datetime | None = None) -> BarArrays:
        """Bars as the engine reads them, memory-mapped, built first where stale.

        `known_by` as in `read`. MissingData if nothing is stored (or was known then);
        DamagedData, naming the file, if stored bytes differ from what was written.
        """
        return self._stored(known_by).bars

    def problems(self, *, known_by: datetime | None = None) -> pd.DataFrame:
        """What the quality rules found: ticker, ts, rule, action, known, message."""
        return self._stored(known_by).marks()

    def kept(self, *, until: date | None = None) -> pd.DataFrame:
        """The bars that `arrays` holds, as stored (raw): BARS_COLUMNS, sorted."""
        bars = self.arrays()
        found = self.read(until=until)[list(BARS_COLUMNS)]
        times = bars.axis.times
        ts = found["ts"].dt.tz_localize(None).to_numpy().astype(times.dtype)
        at = np.minimum(np.searchsorted(times, ts), len(times) - 1)
        row = pd.Index(bars.axis.tickers).get_indexer(pd.Index(found["ticker"]))
        usable = ~np.isnan(bars.close[row, at])
        held = (row >= 0) & (times[at] == ts) & usable
        usable_rows: pd.DataFrame = found.loc[held].reset_index(drop=True)
        return usable_rows

    def coverage(self) -> pd.DataFrame:
        """Usable bars per ticker and month against the calendar; see `months`."""
        return months(self.arrays())

    def info(self) -> dict[str, Any]:
        """First and last day, tickers, stored rows, sources; empty if nothing is."""
        stored = self.table.read(["ticker", "ts", "source", "adjustment"])
        if not stored.num_rows:
            return {}
        days = _naive(stored["ts"]).astype("datetime64[D]")
        return {
            "first_session": days.min().item(),
            "last_session": days.max().item(),
            "tickers": len(rows.dictionary(stored["ticker"])[0]),
            "rows": stored.num_rows,
            "source": list(rows.dictionary(stored["source"])[0]),
            "adjustment": list(rows.dictionary(stored["adjustment"])[0]),
        }

    def compact(self, *, retention_hours: int | None = None) -> int:
        """All rows, revisions too, in one sorted file; gives the table's version.

        Files that no version of the last week (or so many hours) names are deleted.
        """
        with self.table.lock():
            if len(self.table.files()) > 1:
                stored = self.table.read()
                order = np.argsort(rows.from_arrow(stored).keys(), kind="stable")
                self.table.replace(stored.take(pa.array(order)))
            self.table.vacuum(retention_hours=retention_hours)
        return self.version()

    def _complete(self, ts: Times) -> Times:
        """When the bar of each ts was over."""
        minutes = rows.CADENCES[self.cadence]
        if minutes is None:
            return self.sessions.known_from(ts)
        return ts + np.timedelta64(minutes, "m")

    def _to_arrow(self, write: rows.Rows, source: str, adjustment: str) -> pa.Table:
        count = len(write)
        columns = {
            "ticker": rows.text_column(write.tickers, write.row),
            "ts": pa.array(write.ts),
            "known_at": pa.array(write.known_at),
            "source": pa.array([source] * count, pa.string()),
            "adjustment": pa.array([adjustment] * count, pa.string()),
            "batch": pa.array(np.full(count, self.version() + 1)),
        }
        for name, values in zip(FIELDS, write.values, strict=True):
            columns[name] = pa.array(values, from_pandas=True)  # NaN is stored as null
        naive = pa.table({name: columns[name] for name in BARS_SCHEMA.names})
        return naive.cast(BARS_SCHEMA)

    def _stored(self, known_by: datetime | None) -> Stored:
        """The build of all that is known, or of what was known by then."""
        everything = self._build(None)
        if known_by is None or rows.moment(known_by) >= everything.last_known:
            return everything
        return self._build(known_by)

    def _build(self, known_by: datetime | None) -> Stored:
        if not self.table.exists:
            raise self._nothing(None)
        current = self._builds.get(self._origin(known_by))
        return current or self._builds.make(lambda: self._from_rows(known_by))

    def _from_rows(self, known_by: datetime | None) -> tuple[Origin, Built]:
        # No append between the look at the versions and the reading of them.
        with self.table.lock(), self._actions.lock():
            origin = self._origin(known_by)
            stored = self.table.read()
            recorded = records.ACTIONS.frame(self._actions.read())
        held = rows.latest(rows.from_arrow(stored), known_by)
        if not len(held):
            raise self._nothing(known_by)
        built = build(
            held,
            adjustments=_adjustments(stored),
            actions=records.current_actions(recorded, known_by),
            sessions=self.sessions,
            cadence=self.cadence,
            derive=self._derive,
        )
        return origin, built

    def _origin(self, known_by: datetime | None) -> Origin:
        """All that arrays depend on, cheap to know: equal origins, equal arrays."""
        return {
            "bars": str(self.table.stamp()),
            "actions": str(self._actions.stamp()),
            "known_by": "" if known_by is None else str(rows.moment(known_by)),
            "calendar": f"{self.sessions.name} {self.sessions.version}",
            "code": f"{_code_sha(build)} {_code_sha(self._derive)}",
        }

    def _nothing(self, known_by: datetime | None) -> MissingData:
        when = f" that was known by {known_by}" if known_by else ""
        return MissingData(
            Problem(
                "bars.none",
                f"dataset {self.dataset.name}",
                f"there is no {self.cadence} bar{when}.",
                hint="Ingest bars first.",
            )
        )


def _adjustments(stored: pa.Table) -> dict[str, str]:
    """Ticker → adjustment; one of each, for kinds never mix in one series."""
    tickers, row = rows.dictionary(stored["ticker"])
    kinds, kind = rows.dictionary(stored["adjustment"])
    held = np.zeros(len(tickers), np.int64)
    held[row] = kind
    return {t: kinds[k] for t, k in zip(tickers, held.tolist(), strict=True)}


def _refuse_mixed(
    stored: Mapping[str, str], incoming: tuple[str, ...], adjustment: str
) -> None:
    mixed = [name for name in incoming if stored.get(name, adjustment) != adjustment]
    problems = [
        Problem(
            "bars.adjustment",
            ticker,
            f"is stored as {stored[ticker]!r}; these bars are {adjustment!r}.",
            hint="Kinds never mix in one series: use another dataset or adjustment.",
        )
        for ticker in mixed
    ]
    if problems:
        raise BadInput(problems)


def _naive(column: pa.ChunkedArray) -> Times:
    moments: Times = column.cast(pa.timestamp("us")).to_numpy()
    return moments


def _code_sha(function: Callable[..., object]) -> str:
    """Hash of the source files beside a function: arrays built by other code are stale.

    Nobody has to remember to raise a version when a quality rule changes.
    """
    return _folder_sha(Path(inspect.getfile(function)).parent)


@lru_cache(maxsize=8)
def _folder_sha(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
