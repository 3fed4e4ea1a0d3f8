"""D10 as it stands in a dataset: what a comparison disputed, and lone rescalings.

`check_adjusted` (adjustments.py) compares two series; what it finds is recorded as an
action of kind `disputed`, so that it is known from a moment on like every action, and
blocks here. Definition: `docs/definitions/quality-d10.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.frames import Axis, Bools, Ints
from sigma_core.quality.actions import Actions
from sigma_core.quality.adjustments import LEVEL_OFF, NEXT_TO
from sigma_core.quality.marks import Action, Finds


@dataclass(frozen=True)
class _Placed:
    """One recorded action, at its ticker's row and the first column on or after it."""

    ticker: str
    row: int
    column: int
    kind: str
    ratio: float
    known_at: pd.Timestamp


def mark_disputed(actions: pd.DataFrame, finds: Finds) -> Bools:
    """D10: blocks from a ticker's first disputed date that nobody has settled; gives
    the blocked cells `[ticker, time]`. What is recorded decides, no bar: who asks for
    what was known before the comparison is given bars without it.

    Settled by an acknowledgement of that bar, or by recorded splits (of that session
    or one next to it) that explain the change. Warns of a `rescaled` event with no
    other action beside it.
    """
    axis = finds.axis
    blocked = np.zeros(axis.shape, np.bool_)
    if not {"kind", "split_factor", "known_at"} <= set(actions.columns):
        return blocked
    known = actions[actions["ticker"].isin(axis.tickers)]
    placed = list(_placed(axis, known))
    looked_at = Actions.of(axis, known)
    open_ones: dict[int, list[_Placed]] = {}
    for one in sorted(placed, key=lambda one: one.column):
        if one.kind not in ("disputed", "rescaled"):
            continue
        beside = [other for other in placed if _explains(other, one)]
        if one.kind == "rescaled":
            if not beside:
                _add(finds, "warn", one, _rescaled_words(one))
            continue
        at = np.array([one.row]), np.array([one.column])
        if not looked_at.acknowledged(*at)[0] and not _amounts_to(beside, one.ratio):
            open_ones.setdefault(one.row, []).append(one)
    for row, disputes in open_ones.items():
        _add(finds, "block", disputes[0], _disputed_words(disputes))
        blocked[row, disputes[0].column :] = True
    return blocked


def _disputed_words(disputes: list[_Placed]) -> str:
    later = len(disputes) - 1
    more = f" Nor on {later} later session{'s' * (later > 1)}." if later else ""
    return (
        f"against another series the factor changes by {disputes[0].ratio:.4g} here,"
        f" which the recorded actions don't explain.{more}"
    )


def _rescaled_words(one: _Placed) -> str:
    return (
        f"its source rescaled all earlier prices by {one.ratio:.4g}; no split, dividend"
        " or other action is recorded."
    )


def _placed(axis: Axis, known: pd.DataFrame) -> Iterator[_Placed]:
    """The actions on the axis."""
    columns = _columns(axis, known["ex_date"]).tolist()
    names = ("ticker", "kind", "split_factor", "known_at")
    values = (known[name].tolist() for name in names)
    for ticker, kind, ratio, known_at, column in zip(*values, columns, strict=True):
        if column < axis.shape[1]:
            yield _Placed(ticker, axis.row(ticker), column, kind, ratio, known_at)


def _explains(other: _Placed, one: _Placed) -> bool:
    """Whether it is an action of the same ticker on that session or one next to it."""
    kinds = ("split", "dividend", "other")
    near = abs(other.column - one.column) <= NEXT_TO
    return other.row == one.row and near and other.kind in kinds


def _amounts_to(beside: list[_Placed], ratio: float) -> bool:
    """Whether the recorded changes of units multiply to the disputed one."""
    units = [other.ratio for other in beside if other.ratio > 0]
    return bool(abs(np.log(ratio) - np.log(units).sum()) <= LEVEL_OFF)


def _columns(axis: Axis, days: pd.Series[pd.Timestamp]) -> Ints:
    naive = pd.to_datetime(days, utc=True).dt.tz_localize(None).to_numpy()
    dates = naive.astype("datetime64[D]").astype(axis.times.dtype)
    found: Ints = np.searchsorted(axis.times, dates)
    return found


def _add(finds: Finds, action: Action, one: _Placed, words: str) -> None:
    at = finds.axis.times[[one.column]].astype("datetime64[us]")
    known = np.array([np.datetime64(one.known_at.tz_localize(None), "us")])
    ticker = np.array([one.ticker], dtype=object)
    finds.add_rows("D10", action, ticker, at, np.maximum(at, known), [words])
