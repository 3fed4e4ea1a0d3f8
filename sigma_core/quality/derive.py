"""Marks on the bars of one dataset: a pure function of bars and recorded actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.bars.actions import cumulative_factor
from sigma_core.frames import FIELDS, Axis, Bools, Floats
from sigma_core.quality.actions import Actions
from sigma_core.quality.cells import mark_bad_prices, mark_bad_volume, mark_missing
from sigma_core.quality.disputes import mark_disputed
from sigma_core.quality.foreign import mark_foreign
from sigma_core.quality.intraday import Sessions, daily_bars, mark_sessions
from sigma_core.quality.marks import Finds, Marks
from sigma_core.quality.spikes import mark_spikes
from sigma_core.quality.splits import Grid, mark_moves, opened_as_splits
from sigma_core.quality.stale import mark_stale

_DAY = np.dtype("datetime64[D]")


def derive(
    axis: Axis,
    fields: Mapping[str, Floats],
    off_session: pd.DataFrame,
    action_dates: pd.DataFrame,
    *,
    adjustments: Mapping[str, str],
) -> Marks:
    """Apply D2 to D10 (and D12 to bars finer than a day) to raw bars on `axis`.

    `fields`: the five arrays `[ticker, time]` as printed on the day (no adjustment),
    NaN where nothing is. `off_session`: rows (`ticker`, `ts`) of the dataset that have
    no place on the axis. `action_dates`: recorded actions (`ticker`, `ex_date`, `kind`,
    `split_factor`): a split explains the move that it makes, any other action all
    moves of that day, but for a dividend, which explains none; kind `acknowledged` says
    that somebody looked and the bars are right, kind `disputed` that another series
    denies what is recorded (D10). `adjustments`: ticker → what its prices are adjusted
    for; raw where nothing is said.
    D5 and the splits of D6 speak of sessions; of finer bars they judge what
    the bars of each session add up to.
    """
    finds = Finds(axis)
    present = np.zeros(axis.shape, dtype=bool)
    for name in FIELDS:
        present |= ~np.isnan(fields[name])
    _mark_off_session(off_session, finds)
    blocked = np.zeros(axis.shape, dtype=bool)
    if not present.any():
        return Marks(present, blocked, finds.table())
    bad = mark_bad_prices(fields, present, finds)
    bad |= mark_bad_volume(fields, present, finds)
    recorded = _Recorded(action_dates, adjustments)
    judge = _judge_days if axis.times.dtype == _DAY else _judge_within_days
    blocked |= judge(fields, present, bad, recorded, finds)
    blocked |= mark_disputed(action_dates, finds)
    bad.flags.writeable = blocked.flags.writeable = False
    return Marks(bad, blocked, finds.table())


@dataclass(frozen=True)
class _Recorded:
    """What is recorded of the tickers beside their bars."""

    actions: pd.DataFrame
    adjustments: Mapping[str, str]

    def grid(self, axis: Axis, fields: Mapping[str, Floats], sound: Bools) -> Grid:
        """The bars of an axis with these actions."""
        kinds = [self.adjustments.get(ticker, "raw") for ticker in axis.tickers]
        held = {n: np.where(sound, fields[n], np.nan) for n in ("open", "close")}
        factor = cumulative_factor(axis, held, self.actions, kinds)
        return Grid(fields, sound, factor, Actions.of(axis, self.actions))


def _judge_days(
    fields: Mapping[str, Floats],
    present: Bools,
    bad: Bools,
    recorded: _Recorded,
    finds: Finds,
) -> Bools:
    """D5 to D9 on daily bars: adds to `bad`, gives where tickers are blocked."""
    grid = recorded.grid(finds.axis, fields, present & ~bad)
    mark_stale(fields, present & ~bad, finds)
    bad |= mark_foreign(fields, present & ~bad, finds)
    bad |= mark_spikes(fields, present & ~bad, grid.actions, finds)
    missing = mark_missing(present, grid.actions, finds)
    moved, spikes = mark_moves(grid, bad, finds)
    bad |= spikes
    return missing | moved


def _judge_within_days(
    fields: Mapping[str, Floats],
    present: Bools,
    bad: Bools,
    recorded: _Recorded,
    finds: Finds,
) -> Bools:
    """D5 to D9 and D12 on finer bars. Blocks rest on all that can be bars: what D7 or
    D9 take out within a day was there when the session was judged."""
    axis, sound = finds.axis, present & ~bad
    grid = recorded.grid(axis, fields, sound)
    mark_stale(fields, sound, finds, daily=False)
    bad |= mark_foreign(fields, present & ~bad, finds, same_volume=True)
    bad |= mark_spikes(fields, present & ~bad, grid.actions, finds, daily=False)
    alone = Finds(axis)
    bad |= mark_moves(grid, bad, alone)[1]
    finds.take(alone.table().query("action == 'quarantine'"))
    mark_sessions(fields, present & ~bad, finds)
    days, daily, held = daily_bars(axis, fields, sound)
    by_day, whole = recorded.grid(days, daily, held), Finds(days)
    out = mark_missing(held, by_day.actions, whole)
    out |= mark_moves(by_day, np.zeros_like(held), whole)[0]
    sessions = Sessions.of(axis.times)
    finds.take(_on_bars(whole.table().query("action != 'quarantine'"), sessions, axis))
    return _known_within(out, by_day, sound, sessions)


def _known_within(out: Bools, days: Grid, sound: Bools, sessions: Sessions) -> Bools:
    """Where tickers are blocked at each bar, from where they are at the end of each
    session: the session before decides, and what the ticker's own open tells."""
    before = np.pad(out[:, :-1], ((0, 0), (1, 0)))
    blocked: Bools = np.repeat(before, sessions.bars, axis=1)
    for row, session in zip(*opened_as_splits(days), strict=True):
        first = sessions.first[session]
        stop = first + sessions.bars[session]
        blocked[row, first + int(sound[row, first:stop].argmax()) : stop] = True
    return blocked


def _on_bars(table: pd.DataFrame, sessions: Sessions, axis: Axis) -> pd.DataFrame:
    """Finds on days, moved to the day's first bar and known from its last."""
    at = {}
    for name, columns in (("ts", sessions.first), ("known", sessions.last)):
        days = table[name].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
        times = axis.times[columns[np.searchsorted(sessions.days, days)]]
        at[name] = pd.DatetimeIndex(times.astype("datetime64[us]"), tz="UTC")
    return table.assign(**at)


def _mark_off_session(rows: pd.DataFrame, finds: Finds) -> None:
    """D4: kept, flagged, not used."""
    if rows.empty:
        return
    stamps = pd.to_datetime(rows["ts"], utc=True).dt.tz_localize(None)
    ts = stamps.to_numpy(dtype="datetime64[us]")
    message = "a bar of a time at which the exchange was closed."
    tickers = rows["ticker"].to_numpy(dtype=object)
    finds.add_rows("D4", "quarantine", tickers, ts, ts, [message] * len(rows))
