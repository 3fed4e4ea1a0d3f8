"""What two stores of bars say of each other: D12 within a dataset, D10 between two.

- `check_minutes`  5-minute bars of a dataset against its stored daily bars (D12)
- `check_against`  daily bars of a dataset against another dataset's (D10)
- `check_closes`   closes and adjusted closes of one file (D10), before they are stored
- `keep`           what was found, so that pages show it and D10 blocks

D12 only warns: its finds lie beside the bars. A find of D10 that blocks becomes an
action `disputed` of the dataset, known from that moment on (`quality.disputes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from sigma_core.bars.adjusted import adjusted
from sigma_core.bars.grid import grid
from sigma_core.bars.history import BarStore
from sigma_core.bars.rows import from_frame
from sigma_core.bars.store import Dataset
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import (
    BARS_COLUMNS,
    FIELDS,
    Axis,
    BarArrays,
    Bars,
    Floats,
    Ints,
)
from sigma_core.quality.adjustments import check_adjusted
from sigma_core.quality.intraday import mark_against_daily
from sigma_core.quality.marks import Finds

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Closes:
    """Closes `[ticker, session]` of one source, NaN where none is usable.

    `kinds`: ticker → what its prices are adjusted for.
    """

    axis: Axis
    close: Floats
    kinds: Mapping[str, str]

    def on(self, axis: Axis) -> Floats:
        """The closes of an axis' tickers and sessions; all of them are here."""
        return self.close[_cells(self.axis, axis)]


@dataclass(frozen=True)
class Compared:
    """Finds of D10 (`MARK_COLUMNS` and `ratio`, by how much the factor changes), and
    which tickers were compared; `left_out` are those whose adjustment is unknown."""

    finds: pd.DataFrame
    tickers: tuple[str, ...]
    left_out: tuple[str, ...]


def check_minutes(dataset: Dataset) -> pd.DataFrame | None:
    """D12 finds, each with the bar its session adds up to; None without both cadences.

    `ts` is the session's open, `known` its close.
    """
    daily, minutes = dataset.bars("daily"), dataset.bars("5m")
    if daily.version() < 0 or minutes.version() < 0:
        return None
    summed = dataset.daily_from_minutes()
    whole = daily.arrays()
    axis = _common(summed.axis, whole.axis)
    bars = {name: _raw_on(summed, name, axis) for name in FIELDS}
    finds = Finds(axis)
    mark_against_daily(
        axis, bars, {name: _raw_on(whole, name, axis) for name in FIELDS}, finds
    )
    found = finds.table()
    days = found["ts"].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    rows = [axis.row(ticker) for ticker in found["ticker"]]
    columns = np.searchsorted(axis.times, days)
    values = {name: bars[name][rows, columns] for name in FIELDS}
    at = dataset.sessions.positions(days)
    stamps = {"ts": dataset.sessions.opens[at], "known": dataset.sessions.closes[at]}
    utc = {
        name: pd.DatetimeIndex(when.astype("datetime64[us]"), tz="UTC")
        for name, when in stamps.items()
    }
    return found.assign(**utc, **values)


def check_against(dataset: Dataset, other: Dataset) -> Compared:
    """D10 on the usable daily closes of two datasets, with the recorded actions of both
    (of equal ones those of `dataset`). BadInput if they have no ticker in common."""
    own, others = _closes(dataset.bars("daily")), _closes(other.bars("daily"))
    axis = _common(own.axis, others.axis)
    if 0 in axis.shape:
        message = f"it has no ticker and session in common with {dataset.name!r}."
        raise BadInput(Problem("check.nothing_common", other.name, message))
    actions = pd.concat([dataset.actions(), other.actions()], ignore_index=True)
    actions = actions.drop_duplicates(["ticker", "ex_date", "kind"])
    return _compared(axis, own, others, actions)


def check_closes(
    bars: Bars, adjusted_close: str, *, adjustment: str, dataset: Dataset
) -> Compared | None:
    """D10 on a file's daily closes and its column of adjusted ones (kind `total`), with
    the actions recorded in the dataset; None where the file tells nothing."""
    told = bars[bars[adjusted_close].notna()]
    if told.empty or adjustment not in ("raw", "split"):
        return None
    names = list(BARS_COLUMNS)
    sides: list[Closes] = []
    for column, kind in (("close", adjustment), (adjusted_close, "total")):
        rows = from_frame(told.assign(close=told[column])[names], "daily")
        axis, fields, _ = grid(rows, dataset.sessions, "daily")
        sides.append(Closes(axis, fields["close"], dict.fromkeys(axis.tickers, kind)))
    own, other = sides
    return _compared(own.axis, own, other, dataset.actions())


def keep(
    dataset: Dataset, compared: Compared, *, source: str, known_at: datetime
) -> int:
    """Record what a comparison found: blocks as `disputed` actions, warnings beside the
    bars, under the name of the `source`. Gives the number of new disputes.

    What was found of the compared tickers before, and is no more, is taken back.
    """
    blocks = compared.finds[compared.finds["action"] == "block"]
    rows = blocks[["ticker", "ts", "ratio"]].rename(columns={"ratio": "split_factor"})
    days = rows["ts"].dt.tz_localize(None).dt.normalize()
    disputes = rows.drop(columns="ts").assign(
        ex_date=days, kind="disputed", known_at=pd.Timestamp(known_at)
    )
    wanted = set(zip(disputes["ticker"], disputes["ex_date"], strict=True))
    held = dataset.actions()
    held = held[(held["kind"] == "disputed") & held["ticker"].isin(compared.tickers)]
    for ticker, day in zip(held["ticker"], held["ex_date"], strict=True):
        if (ticker, day) not in wanted:
            dataset.withdraw_action(ticker, day.date(), "disputed", known_at=known_at)
    _keep_warnings(dataset, compared, f"d10_{source}")
    return dataset.add_actions(disputes) if len(disputes) else 0


def _keep_warnings(dataset: Dataset, compared: Compared, name: str) -> None:
    warns = compared.finds[compared.finds["action"] == "warn"].drop(columns="ratio")
    before = dataset.finds("daily", name)
    if before is not None:
        others = before[~before["ticker"].isin(compared.tickers)]
        warns = pd.concat([others, warns], ignore_index=True)
    dataset.keep_finds("daily", name, warns)


def _compared(
    axis: Axis, own: Closes, other: Closes, actions: pd.DataFrame
) -> Compared:
    parts, left_out = [], []
    pairs: dict[tuple[str, str], list[str]] = {}
    for ticker in axis.tickers:
        pairs.setdefault((own.kinds[ticker], other.kinds[ticker]), []).append(ticker)
    for kinds, tickers in pairs.items():
        if UNKNOWN in kinds:
            left_out += tickers
            continue
        group = Axis(tuple(tickers), axis.times)
        sides = zip((own.on(group), other.on(group)), kinds, strict=True)
        parts.append(_find(group, list(sides), actions))
    empty = Finds(axis).table().assign(ratio=np.zeros(0))
    finds = pd.concat([part for part in parts if len(part)] or [empty])
    compared = tuple(t for t in axis.tickers if t not in set(left_out))
    return Compared(finds.reset_index(drop=True), compared, tuple(left_out))


def _find(
    axis: Axis, sides: list[tuple[Floats, str]], actions: pd.DataFrame
) -> pd.DataFrame:
    """D10 on tickers of which both sources have the same two kinds."""
    sides.sort(key=lambda side: ("raw", "split", "total").index(side[1]))
    (less, kind), (more, wanted) = sides
    if kind == "split" and wanted == "total":
        splits = actions[actions["kind"].isin(["split", "rescaled"])]
        less = less / adjusted(
            axis, np.ones(axis.shape), splits, kind="split", close=less
        )
    explained = "raw" if kind == wanted else wanted
    found = check_adjusted(axis, less, more, actions, kind=explained)
    return found.assign(ratio=list(_ratios(axis, more / less, found)))


def _ratios(axis: Axis, factor: Floats, found: pd.DataFrame) -> Iterator[float]:
    """By how much the factor changes from the common session before each find."""
    days = found["ts"].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    for ticker, column in zip(
        found["ticker"], np.searchsorted(axis.times, days), strict=True
    ):
        line = factor[axis.row(ticker), : column + 1]
        held = line[~np.isnan(line)]
        yield float(held[-1] / held[-2]) if len(held) > 1 else 1.0


def _closes(store: BarStore) -> Closes:
    """Stored closes without what is quarantined; those of blocked tickers are here."""
    stored, marks = store.read(), store.problems()
    bad = marks.loc[marks["action"] == "quarantine", ["ticker", "ts"]]
    taken = pd.MultiIndex.from_frame(stored[["ticker", "ts"]])
    rows = stored[~taken.isin(pd.MultiIndex.from_frame(bad))]
    axis, fields, _ = grid(
        from_frame(rows[list(BARS_COLUMNS)], "daily"), store.sessions, "daily"
    )
    return Closes(axis, fields["close"], store.adjustments())


def _common(one: Axis, other: Axis) -> Axis:
    tickers = sorted(set(one.tickers) & set(other.tickers))
    return Axis(tuple(tickers), np.intersect1d(one.times, other.times))


def _raw_on(bars: BarArrays, name: str, axis: Axis) -> Floats:
    """A field as printed, on another axis whose tickers and times are all here."""
    return bars.raw(name)[_cells(bars.axis, axis)]


def _cells(whole: Axis, part: Axis) -> tuple[Ints, Ints]:
    """Where the cells of `part` stand on `whole`."""
    rows = np.array([whole.row(ticker) for ticker in part.tickers], np.int64)
    return rows[:, np.newaxis], np.searchsorted(whole.times, part.times)
