"""Datasets: each its own store of bars, actions and reference data; nothing mixes two.

    <root>/<name>/bars/<cadence>/       Delta table, the source of truth
    <root>/<name>/arrays/<cadence>/     memory-mapped arrays, derived, rebuildable;
                                        daily_from_5m: days that 5-minute bars add up to
    <root>/<name>/actions | reference | membership/<list>/      small Delta tables
    <root>/<name>/finds/<cadence>/      what comparing two stores has found
    <root>/<name>/SYNTHETIC             there if the bars were made up

1. `BarStore.append` sorts incoming rows into new, revised and same and writes the first
   two in one commit (`history`, `asof`, `tables`).
2. `BarStore.read` gives the rows that count as of a session and a moment (`asof`).
3. `BarStore.arrays` gives them as the engine reads them: without what the quality rules
   quarantine or block, adjusted for splits (`grid`, `actions`, `arrays`).

The quality rules stand above this package, so they are handed in: whoever opens a
dataset says which rules hold, `Dataset(root, name, derive=quality.derive)`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sigma_core.bars import records
from sigma_core.bars.arrays import ArrayStore
from sigma_core.bars.coarser import coarser
from sigma_core.bars.grid import Derive
from sigma_core.bars.history import BarStore, Commit, Comparison
from sigma_core.bars.rows import CADENCES, moment
from sigma_core.bars.tables import Table, latest_commit
from sigma_core.errors import BadInput, MissingData, Problem, UnknownName
from sigma_core.frames import BarArrays
from sigma_core.paths import safe_join
from sigma_core.sessions import Sessions, exchange

__all__ = ["BarStore", "Commit", "Comparison", "Dataset", "datasets", "resolve"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")


class Dataset:
    """Bars, actions and reference data under one name.

    `derive` are the quality rules (`sigma_core.quality.derive`): what they mark is not
    in the arrays. Nothing is read or made until it is asked for.
    """

    def __init__(
        self, root: Path, name: str, *, derive: Derive, calendar: str = "XNYS"
    ) -> None:
        self.root = safe_join(root, _checked_name("dataset", name))
        self.name = name
        self.derive = derive
        self.calendar = calendar

    def bars(self, cadence: str = "daily") -> BarStore:
        """The store of bars of one cadence; UnknownName for any other word.

        Bars of 15 minutes and hours are read from 5-minute bars where none are stored.
        """
        if cadence not in CADENCES:
            raise UnknownName("cadence", cadence, CADENCES)
        finer = self.bars("5m") if cadence in ("15m", "hourly") else None
        return BarStore(
            self.root,
            cadence,
            sessions=self.sessions,
            derive=self.derive,
            actions=records.ACTIONS.table(self.root / "actions"),
            finer=finer,
        )

    def daily_from_minutes(self, *, known_by: datetime | None = None) -> BarArrays:
        """Daily bars that the 5-minute bars add up to; MissingData without those."""
        builds = ArrayStore(self.root / "arrays" / "daily_from_5m", "daily")
        return coarser(self.bars("5m").stored(known_by), builds, self.sessions)

    @property
    def exists(self) -> bool:
        """Whether it holds bars of any cadence."""
        return _holds_bars(self.root)

    @property
    def synthetic(self) -> bool:
        """Whether its bars are made up; pages that show them must say so."""
        return (self.root / "SYNTHETIC").exists()

    def mark_synthetic(self) -> None:
        """Say, for good, that the bars of this dataset are made up."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "SYNTHETIC").touch()

    def add_actions(self, frame: pd.DataFrame) -> int:
        """Record splits, dividends and so on; gives how many were new or changed.

        Columns: ticker, ex_date, kind, and split_factor, cash, known_at where they
        apply. Known already and equal: not written. One commit.
        """
        given = records.checked_actions(frame)
        table = records.ACTIONS.table(self.root / "actions")
        with table.lock():
            stored = records.ACTIONS.frame(table.read())
            changed = records.changed_actions(stored, given)
            if len(changed):
                table.append(records.ACTIONS.write(changed))
        return len(changed)

    def actions(self, *, known_by: datetime | None = None) -> pd.DataFrame:
        """Actions as last recorded by then: ticker, ex_date, kind, split_factor, cash,
        known_at; sorted."""
        stored = records.ACTIONS.table(self.root / "actions").read()
        known = None if known_by is None else moment(known_by)
        return records.current_actions(records.ACTIONS.frame(stored), known)

    def add_reference(self, frame: pd.DataFrame) -> None:
        """Record names, sectors, assets, listing dates; replaces a ticker's row."""
        given = records.checked_reference(frame)
        table = records.REFERENCE.table(self.root / "reference")
        with table.lock():
            stored = records.REFERENCE.frame(table.read())
            both = records.combined(stored, given, records.REFERENCE.key)
            if not both.equals(stored):
                table.replace(records.REFERENCE.write(both))

    def reference(self) -> pd.DataFrame:
        """ticker, name, sector, asset, listed, delisted; one row per ticker, sorted."""
        table = records.REFERENCE.table(self.root / "reference")
        return records.REFERENCE.frame(table.read())

    def add_series(self, records_of: records.Records, frame: pd.DataFrame) -> int:
        """Store rows of `records.IV` or `records.INDEX`; gives how many changed.

        A row replaces the one of its ticker and date; an absent value stays NaN. One
        commit, or none if all rows are stored just so.
        """
        given = records_of.checked(frame)
        table = records_of.table(self.root / records_of.name)
        with table.lock():
            stored = records_of.frame(table.read())
            both = records.combined(stored, given, records_of.key)
            if both.equals(stored):
                return 0
            table.replace(records_of.write(both))
        held = stored.merge(both, how="inner")
        return len(both) - len(held)

    def iv(self) -> pd.DataFrame:
        """ticker, date, iv, hv, source: what D13 kept; NaN where a value is absent."""
        return self._series(records.IV)

    def index(self) -> pd.DataFrame:
        """ticker, date, close, total_return of indices, sorted."""
        return self._series(records.INDEX)

    def _series(self, records_of: records.Records) -> pd.DataFrame:
        return records_of.frame(records_of.table(self.root / records_of.name).read())

    def withdraw_action(
        self, ticker: str, ex_date: date, kind: str, *, known_at: datetime
    ) -> bool:
        """Take a recorded action back from `known_at` on; False if there is none."""
        table = records.ACTIONS.table(self.root / "actions")
        with table.lock():
            stored = records.ACTIONS.frame(table.read())
            held = records.current_actions(stored)
            that = (held["ticker"] == ticker) & (held["kind"] == kind)
            gone = held[that & (held["ex_date"] == pd.Timestamp(ex_date))]
            if gone.empty:
                return False
            at = pd.Timestamp(known_at).as_unit("us")
            withdrawn = gone.assign(
                split_factor=records.WITHDRAWN,
                known_at=gone["known_at"].where(gone["known_at"] > at, at),
            )
            table.append(records.ACTIONS.write(withdrawn))
        return True

    def keep_finds(self, cadence: str, name: str, finds: pd.DataFrame) -> None:
        """Keep what a comparison found of bars of that cadence, under its own name.

        Rows as `BarStore.problems` gives them; they replace those of the name before.
        """
        folder = safe_join(self.root, "finds", cadence)
        path = safe_join(folder, f"{_checked_name('finds', name)}.parquet")
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        finds.to_parquet(draft, index=False)
        draft.replace(path)

    def finds(self, cadence: str, name: str) -> pd.DataFrame | None:
        """What `keep_finds` has kept under that name; None for nothing."""
        folder = safe_join(self.root, "finds", cadence)
        path = safe_join(folder, f"{_checked_name('finds', name)}.parquet")
        return pd.read_parquet(path) if path.is_file() else None

    def add_membership(self, name: str, frame: pd.DataFrame) -> None:
        """Make these spells (ticker, start, end) the whole list of that name."""
        given = records.checked_membership(frame)
        table = self._membership_table(name)
        with table.lock():
            if not table.exists or not given.equals(self.membership(name)):
                table.replace(records.MEMBERSHIP.write(given))

    def membership(self, name: str) -> pd.DataFrame:
        """Spells of one list: a member on d if start ≤ d and (no end or end > d)."""
        table = self._membership_table(name)
        if not table.exists:
            raise UnknownName("membership", name, self.memberships())
        return records.MEMBERSHIP.frame(table.read())

    def memberships(self) -> list[str]:
        """Names of the membership lists."""
        return _names(self.root / "membership")

    def info(self) -> dict[str, Any]:
        """What it holds, for a page: first and last session, tickers, rows, source."""
        held = {c: self.bars(c).info() for c in CADENCES}
        by_cadence = {cadence: found for cadence, found in held.items() if found}
        daily = by_cadence.get("daily") or next(iter(by_cadence.values()), {})
        return {
            "name": self.name,
            "synthetic": self.synthetic,
            "exists": bool(by_cadence),
            "cadences": list(by_cadence),
            "first_session": daily.get("first_session"),
            "last_session": daily.get("last_session"),
            "tickers": daily.get("tickers", 0),
            "rows": daily.get("rows", 0),
            "source": daily.get("source", []),
            "adjustment": daily.get("adjustment", []),
        }

    @cached_property
    def sessions(self) -> Sessions:
        """The calendar its bars stand on."""
        return exchange(self.calendar)

    def _membership_table(self, name: str) -> Table:
        folder = safe_join(self.root, "membership", _checked_name("membership", name))
        return records.MEMBERSHIP.table(folder)


def datasets(root: Path) -> list[str]:
    """Names of the datasets under a root, sorted."""
    return _names(root)


def resolve(root: Path, wanted: str | None, default: str | None) -> str:
    """Which dataset is meant: `wanted`, else `default`, else main if it holds bars,
    else demo.

    `auto` and None leave the choice open. UnknownName if the one named is not there,
    MissingData if nothing was named and there is nothing to choose.
    """
    known = datasets(root)
    for name in (wanted, default):
        if name and name != "auto":
            if name not in known:
                raise UnknownName("dataset", name, known)
            return name
    for name in ("main", "demo"):
        if _holds_bars(root / name):
            return name
    raise MissingData(
        Problem("dataset.none", "datasets", "no dataset holds bars.", "Ingest bars.")
    )


def _holds_bars(folder: Path) -> bool:
    return any(latest_commit(folder / "bars" / cadence)[1] for cadence in CADENCES)


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    found = (path.name for path in folder.iterdir() if path.is_dir())
    return sorted(name for name in found if _NAME.fullmatch(name))


def _checked_name(what: str, name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise BadInput(
        Problem(
            f"{what}.name",
            what,
            f"{name[:100]!r} is not a name.",
            hint="Use a-z, 0-9 and _, at most 64, the first no _.",
        )
    )
