"""Marks on the bars of one dataset: a pure function of bars and recorded actions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sigma_core.frames import FIELDS, Axis, Bools, Floats, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.cells import mark_bad_prices, mark_bad_volume, mark_missing
from sigma_core.quality.disputes import mark_disputed
from sigma_core.quality.foreign import mark_foreign
from sigma_core.quality.intraday import Sessions, daily_bars, mark_sessions
from sigma_core.quality.marks import Finds, Marks
from sigma_core.quality.moves import mark_moves
from sigma_core.quality.spikes import mark_spikes
from sigma_core.quality.stale import mark_stale

_DAY = np.dtype("datetime64[D]")


def derive(
    axis: Axis,
    fields: Mapping[str, Floats],
    off_session: pd.DataFrame,
    action_dates: pd.DataFrame,
) -> Marks:
    """Apply D2 to D10 (and D12 to bars finer than a day) to raw bars on `axis`.

    `fields`: the five arrays `[ticker, time]` as printed on the day (no adjustment),
    NaN where nothing is. `off_session`: rows (`ticker`, `ts`) of the dataset that have
    no place on the axis. `action_dates`: recorded actions (`ticker`, `ex_date`, and
    `kind` if known): a split or any other action explains a move of that day, a
    dividend does not, kind `acknowledged` says that somebody looked and the bars are
    right, kind `disputed` that another series denies what is recorded (D10).
    D5 and the splits of D6 speak of sessions; of finer bars they judge what
    the bars of each session add up to.
    """
    finds = Finds(axis)
    present = np.zeros(axis.shape, dtype=bool)
    for name in FIELDS:
        present |= ~np.isnan(fields[name])
    _mark_off_session(off_session, finds)
    blocked_from = np.full(axis.shape[0], axis.shape[1], dtype=np.int64)
    if not present.any():
        return Marks(present, blocked_from, finds.table())
    bad = mark_bad_prices(fields, present, finds)
    bad |= mark_bad_volume(fields, present, finds)
    judge = _judge_days if axis.times.dtype == _DAY else _judge_within_days
    blocked_from = judge(fields, present, bad, action_dates, finds)
    blocked_from = np.minimum(blocked_from, mark_disputed(action_dates, finds))
    bad.flags.writeable = blocked_from.flags.writeable = False
    return Marks(bad, blocked_from, finds.table())


def _judge_days(
    fields: Mapping[str, Floats],
    present: Bools,
    bad: Bools,
    action_dates: pd.DataFrame,
    finds: Finds,
) -> Ints:
    """D5 to D9 on daily bars: adds to `bad`, gives where tickers are blocked from."""
    actions = Actions.of(finds.axis, action_dates)
    mark_stale(fields, present & ~bad, finds)
    bad |= mark_foreign(fields, present & ~bad, finds)
    bad |= mark_spikes(fields, present & ~bad, actions, finds)
    missing = mark_missing(present, actions, finds)
    moved, spikes = mark_moves(fields, present & ~bad, actions, finds)
    bad |= spikes
    return np.minimum(missing, moved)


def _judge_within_days(
    fields: Mapping[str, Floats],
    present: Bools,
    bad: Bools,
    action_dates: pd.DataFrame,
    finds: Finds,
) -> Ints:
    """D5 to D9 and D12 on finer bars; a block begins with its session's first bar."""
    axis = finds.axis
    actions = Actions.of(axis, action_dates)
    mark_stale(fields, present & ~bad, finds, daily=False)
    bad |= mark_foreign(fields, present & ~bad, finds, same_volume=True)
    bad |= mark_spikes(fields, present & ~bad, actions, finds, daily=False)
    alone = Finds(axis)
    bad |= mark_moves(fields, present & ~bad, actions, alone)[1]
    finds.take(alone.table().query("action == 'quarantine'"))
    usable = present & ~bad
    mark_sessions(fields, usable, finds)
    sessions = Sessions.of(axis.times)
    days, daily, held = daily_bars(axis, fields, usable)
    whole, actions = Finds(days), Actions.of(days, action_dates)
    missing = mark_missing(held, actions, whole)
    moved, _ = mark_moves(daily, held, actions, whole)
    finds.take(_on_bars(whole.table().query("action != 'quarantine'"), sessions, axis))
    starts = np.append(sessions.first, axis.shape[1])
    blocked_from: Ints = starts[np.minimum(missing, moved)]
    return blocked_from


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
