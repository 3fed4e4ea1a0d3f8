"""Marks on the bars of one dataset: a pure function of bars and recorded actions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sigma_core.frames import FIELDS, Axis, Floats
from sigma_core.quality.cells import mark_bad_prices, mark_bad_volume, mark_missing
from sigma_core.quality.foreign import mark_foreign
from sigma_core.quality.marks import Finds, Marks
from sigma_core.quality.moves import Actions, mark_moves

_DAY = np.dtype("datetime64[D]")


def derive(
    axis: Axis,
    fields: Mapping[str, Floats],
    off_session: pd.DataFrame,
    action_dates: pd.DataFrame,
) -> Marks:
    """Apply D2, D3, D4, D5, D6 and D9 to raw bars on `axis`.

    `fields`: the five arrays `[ticker, time]` as printed on the day (no adjustment),
    NaN where nothing is. `off_session`: rows (`ticker`, `ts`) of the dataset that have
    no place on the axis. `action_dates`: recorded actions (`ticker`, `ex_date`, and
    `kind` if known): a split or any other action explains a move of that day, a
    dividend does not, kind `acknowledged` says that somebody looked and the bars are
    right. D5, D6 and D9 speak of sessions: on an axis of times finer than days they
    are left out.
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
    if axis.times.dtype == _DAY:
        actions = Actions.of(axis, action_dates)
        bad |= mark_foreign(fields, present & ~bad, finds)
        missing = mark_missing(present, actions, finds)
        moved, spikes = mark_moves(fields, present & ~bad, actions, finds)
        bad |= spikes
        blocked_from = np.minimum(missing, moved)
    bad.flags.writeable = blocked_from.flags.writeable = False
    return Marks(bad, blocked_from, finds.table())


def _mark_off_session(rows: pd.DataFrame, finds: Finds) -> None:
    """D4: kept, flagged, not used."""
    if rows.empty:
        return
    stamps = pd.to_datetime(rows["ts"], utc=True).dt.tz_localize(None)
    ts = stamps.to_numpy(dtype="datetime64[us]")
    message = "a bar of a time at which the exchange was closed."
    tickers = rows["ticker"].to_numpy(dtype=object)
    finds.add_rows("D4", "quarantine", tickers, ts, ts, [message] * len(rows))
