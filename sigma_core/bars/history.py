"""The bars of one dataset and cadence: append, read as of, and give to the engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from sigma_core.bars import asof, kinds, records, rows
from sigma_core.bars.arrays import ArrayStore, Origin, Stored
from sigma_core.bars.coarser import coarser
from sigma_core.bars.code import code_sha
from sigma_core.bars.coverage import months
from sigma_core.bars.grid import Built, Derive, build
from sigma_core.bars.moments import ends
from sigma_core.bars.rescale import Rescaled, as_actions, in_stored_units
from sigma_core.bars.tables import Table
from sigma_core.errors import BadInput, MissingData, Problem, UnknownName
from sigma_core.frames import BARS_COLUMNS, BarArrays, Times
from sigma_core.sessions import Sessions


@dataclass(frozen=True)
class Commit:
    """What an append did; `version` is the table's version after it.

    `rescaled`: tickers whose past came in multiplied by one ratio.
    """

    rows_new: int
    rows_revised: int
    rows_same: int
    version: int
    rescaled: tuple[Rescaled, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What an append of the same bars would do, and those bars in stored units."""

    commit: Commit
    bars: pd.DataFrame


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
        finer: BarStore | None = None,
    ) -> None:
        self.dataset = dataset
        self.cadence = cadence
        self.sessions = sessions
        self.table = Table(dataset / "bars" / cadence, rows.BARS_SCHEMA)
        self._derive = derive
        self._actions = actions
        self._finer = finer
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
        revision, known from `ingested_at`; `asof.merge` dates the new ones. BadInput,
        and nothing written, if a row breaks the shape or a ticker is stored with
        another `adjustment` (raw, split, total, unknown): kinds never mix, though
        `unknown` gives way to one that comes with all its bars (kinds.py). Then these
        are written again, as known from `ingested_at`, with the kind.
        """
        incoming = rows.from_frame(bars, self.cadence)
        if adjustment not in rows.ADJUSTMENTS:
            raise UnknownName("adjustment", adjustment, rows.ADJUSTMENTS)
        with self.table.lock():
            stored = self.table.read()
            latest = asof.latest(rows.from_arrow(stored))
            held = rows.adjustments(stored)
            if problems := kinds.mixed(held, incoming, latest, adjustment):
                raise BadInput(list(problems.values()))
            incoming, events = self._in_stored_units(incoming, latest, adjustment)
            merged = asof.merge(
                incoming,
                latest,
                complete=self._complete(incoming.ts),
                ingested_at=ingested_at,
                declared=kinds.is_declared(held, incoming, adjustment),
            )
            # before the rows: without them an event changes nothing
            self._record(events, ingested_at)
            if len(merged.write):
                self.table.append(
                    rows.to_arrow(
                        merged.write,
                        source=source,
                        adjustment=adjustment,
                        batch=self.version() + 1,
                    )
                )
            version = self.version()
        return Commit(merged.new, merged.revised, merged.same, version, events)

    def compare(
        self, bars: pd.DataFrame, *, adjustment: str, ingested_at: datetime
    ) -> Comparison:
        """What `append` would do with these bars now, with nothing written."""
        stored = self.table.read()
        latest = asof.latest(rows.from_arrow(stored))
        incoming, events = self._in_stored_units(
            rows.from_frame(bars, self.cadence), latest, adjustment
        )
        found = asof.merge(
            incoming,
            latest,
            complete=self._complete(incoming.ts),
            ingested_at=ingested_at,
            declared=kinds.is_declared(rows.adjustments(stored), incoming, adjustment),
        )
        commit = Commit(found.new, found.revised, found.same, self.version(), events)
        return Comparison(commit, rows.to_frame(incoming))

    def mixed(self, bars: pd.DataFrame, *, adjustment: str) -> dict[str, Problem]:
        """The tickers of these bars that are stored as another kind, and why not."""
        held = self.adjustments()
        other = [name for name, kind in held.items() if kind != adjustment]
        suspects = bars[bars["ticker"].isin(other)]
        if suspects.empty:
            return {}
        latest = asof.latest(rows.from_arrow(self.table.read()))
        incoming = rows.from_frame(suspects, self.cadence)
        return kinds.mixed(held, incoming, latest, adjustment)

    def _in_stored_units(
        self, incoming: rows.Rows, latest: rows.Rows, adjustment: str
    ) -> tuple[rows.Rows, tuple[Rescaled, ...]]:
        """A raw series has one kind of units; others change with each action."""
        if adjustment == "raw" or not len(latest):
            return incoming, ()
        recorded = records.current_actions(records.ACTIONS.frame(self._actions.read()))
        return in_stored_units(incoming, latest, recorded)

    def _record(self, events: tuple[Rescaled, ...], ingested_at: datetime) -> None:
        if not events:
            return
        found = records.checked_actions(as_actions(events, pd.Timestamp(ingested_at)))
        with self._actions.lock():
            self._actions.append(records.ACTIONS.write(found))

    def read(
        self, *, until: date | None = None, known_by: datetime | None = None
    ) -> pd.DataFrame:
        """The rows that count as of (`until`, `known_by`), whatever their quality.

        BARS_COLUMNS and known_at, source, adjustment, sorted by (ticker, ts); `until`
        is the last day, None for no limit.
        """
        stored = self.table.read()
        known = None if known_by is None else rows.moment(known_by)
        places = asof.latest_places(rows.from_arrow(stored), known)
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
        return rows.adjustments(self.table.read(["ticker", "adjustment"]))

    def arrays(self, *, known_by: datetime | None = None) -> BarArrays:
        """Bars as the engine reads them, memory-mapped, built first where stale.

        `known_by` as in `read`. MissingData if nothing is stored (or was known then);
        DamagedData, naming the file, if stored bytes differ from what was written.
        Where nothing of this cadence is stored, bars of a finer one are put together,
        and kept as long as those are the same.
        """
        if self._finer is not None and not self.table.exists:
            finer = self._finer.stored(known_by)
            found = coarser(finer, self._builds, self.sessions)
        else:
            found = self.stored(known_by).bars
        return replace(found, calendar=self.sessions.name)

    def problems(self, *, known_by: datetime | None = None) -> pd.DataFrame:
        """What the quality rules found: ticker, ts, rule, action, known, message, and
        the five raw numbers of the bar it is about. Of bars put together from finer
        ones: what was found in those."""
        finer = self._finer
        if finer is not None and not self.table.exists:
            return finer.problems(known_by=known_by)
        return self.stored(known_by).marks()

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
        """First and last session, tickers, stored rows, sources; empty if nothing is.

        A bar of a closed day is a stored row, but its day is no session.
        """
        stored = self.table.read(["ticker", "ts", "source", "adjustment"])
        if not stored.num_rows:
            return {}
        days = _naive(stored["ts"]).astype("datetime64[D]")
        sessions = days[self.sessions.positions(days) >= 0]
        return {
            "first_session": sessions.min().item() if len(sessions) else None,
            "last_session": sessions.max().item() if len(sessions) else None,
            "tickers": len(rows.dictionary(stored["ticker"])[0]),
            "rows": stored.num_rows,
            "source": list(rows.dictionary(stored["source"])[0]),
            "adjustment": sorted(set(rows.adjustments(stored).values())),
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
        return ends(ts, self.sessions, self.cadence)

    def stored(self, known_by: datetime | None) -> Stored:
        """The build of all that is known, or of what was known by then."""
        if not self.table.exists:
            raise self._nothing(known_by)
        everything = self._build(None)
        if known_by is None:
            return everything
        # The last time at which something became known names the build, so that asking
        # again a minute later finds it.
        moments = everything.moments
        at = int(np.searchsorted(moments, rows.moment(known_by), side="right"))
        if at == 0:
            raise self._nothing(known_by)
        return everything if at == len(moments) else self._build(moments[at - 1])

    def _build(self, known_by: np.datetime64 | None) -> Stored:
        current = self._builds.get(self._origin(known_by))
        return current or self._builds.make(lambda: self._from_rows(known_by))

    def _from_rows(self, known_by: np.datetime64 | None) -> tuple[Origin, Built, Times]:
        # No append between the look at the versions and the reading of them.
        with self.table.lock(), self._actions.lock():
            origin = self._origin(known_by)
            stored = self.table.read()
            recorded = records.ACTIONS.frame(self._actions.read())
        held = rows.from_arrow(stored)
        moments = np.unique(
            np.concatenate([held.known_at, records.moments(recorded["known_at"])])
        )
        counting = asof.latest(held, known_by)
        if not len(counting):
            raise self._nothing(known_by)
        if known_by is not None:  # a kind that was said later was not known then
            stored = stored.filter(pa.array(held.known_at <= known_by))
        built = build(
            counting,
            adjustments=rows.adjustments(stored),
            actions=records.current_actions(recorded, known_by),
            sessions=self.sessions,
            cadence=self.cadence,
            derive=self._derive,
        )
        return origin, built, moments

    def _origin(self, known_by: np.datetime64 | None) -> Origin:
        """All that arrays depend on, cheap to know: equal origins, equal arrays."""
        return {
            "bars": str(self.table.stamp()),
            "actions": str(self._actions.stamp()),
            "known_by": "" if known_by is None else str(known_by),
            "calendar": f"{self.sessions.name} {self.sessions.version}",
            "code": f"{code_sha(build)} {code_sha(self._derive)}",
        }

    def _nothing(self, known_by: datetime | np.datetime64 | None) -> MissingData:
        when = "" if known_by is None else f" that was known by {known_by}"
        return MissingData(
            Problem(
                "bars.none",
                f"dataset {self.dataset.name}",
                f"there is no {self.cadence} bar{when}.",
                hint="Ingest bars first.",
            )
        )


def _naive(column: pa.ChunkedArray) -> Times:
    moments: Times = column.cast(pa.timestamp("us")).to_numpy()
    return moments
