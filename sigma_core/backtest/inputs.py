"""What a backtest reads, put together from bars, actions, scores and sessions.

- `Prices`: what was printed on each session, `[time, ticker]`, with splits, dividends,
  ends and the ATR of the brackets.
- `Signals`: what the model says on each session, candidates in rank order.
- `Terms`: how fills are made beyond what the policy says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sigma_core.errors import BadInput, Problem
from sigma_core.frames import Axis, BarArrays, Bools, Floats, Ints, Matrix
from sigma_core.indicators import kernels, resolve
from sigma_core.policy.arrays import groups_of
from sigma_core.policy.candidates import SCORE
from sigma_core.signal_models.base import Scores
from sigma_core.specs.policies import Policy

_NONE = np.zeros((0, 0))
#: sessions behind the average daily volume of the participation cap
ADV_SESSIONS = 20


@dataclass(frozen=True)
class Terms:
    """How fills are made, beyond the policy's own slippage and commission.

    `delisting_return` is what a delisted share brings beyond its last close, −1 for
    nothing. `participation` is the most of the 20-session average volume that an entry
    may buy, None for no limit. Shares are whole unless said otherwise.
    """

    delisting_return: float = 0.0
    participation: float | None = None
    whole_shares: bool = True

    def __post_init__(self) -> None:
        if not -1 <= self.delisting_return <= 1:
            limit = f"delisting_return is {self.delisting_return:g}."
            raise _bad("delisting_return", limit, "Give a fraction from -1 to 1.")
        if self.participation is not None and not 0 < self.participation <= 1:
            limit = f"participation is {self.participation:g}."
            raise _bad("participation", limit, "Give a fraction above 0 and up to 1.")
        # −0 is the same term, but would have another hash
        object.__setattr__(self, "delisting_return", self.delisting_return + 0.0)


@dataclass(frozen=True)
class Prices:
    """Printed prices `[time, ticker]` of an axis; what there is not has shape (0, 0).

    `split` is how many shares one becomes on that session (1 on most), `dividend` cash
    a share, `atr` in the day's units. `ended[ticker]` is the first session without
    trading for good, the number of sessions where there is none. `volume_mean` is the
    average of the last 20 sessions' shares.

    The loop reads a position session after session: arrays that lie ticker by ticker in
    memory, as `prices_of` makes them, are read as they are, others are copied.
    """

    axis: Axis
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    split: Floats
    dividend: Floats
    atr: Floats
    volume_mean: Floats
    ended: Ints


@dataclass(frozen=True)
class Signals:
    """Scores `[time, ticker]` of the axis of the prices, ready for the policy.

    `order[time, :ordered[time]]` are the rows with a score, the best first, ties from A
    to Z. `session` counts exchange days, `now` is the decision time in UTC.
    """

    session: Ints
    now: npt.NDArray[np.datetime64]
    order: npt.NDArray[np.int32]
    ordered: Ints
    score: Floats
    eligible: Bools
    momentum: Floats
    sector: Ints | None = None

    def among(self, eligible: Bools) -> Signals:
        """The same scores with other candidates, `[time, ticker]`."""
        return replace(self, eligible=eligible)


def prices_of(
    bars: BarArrays,
    policy: Policy,
    *,
    first: int = 0,
    last: int | None = None,
    actions: pd.DataFrame | None = None,
    reference: pd.DataFrame | None = None,
    terms: Terms | None = None,
) -> Prices:
    """The prices of the sessions `first` to `last`, inclusive, as printed on each.

    `actions` (`ticker, ex_date, kind, cash`) give the dividends; leave out those of a
    series whose prices hold them already. `reference` (`ticker, delisted`: the first
    day without it, recorded delistings included, as `Market.reference`) ends tickers:
    no later price of them is used. The ATR is computed only for a policy with brackets,
    volumes only for terms with a participation cap.
    """
    stop = bars.axis.shape[1] if last is None else last + 1
    window = slice(first, stop)
    brackets = policy.rules.execution.brackets
    axis = Axis(bars.axis.tickers, bars.axis.times[window])
    capped = terms is not None and terms.participation is not None
    within = brackets.enabled
    ended = _ends(bars.axis, reference, window)
    return Prices(
        axis=axis,
        open=_traded(bars, "open", window, ended),
        high=_traded(bars, "high", window, ended) if within else _NONE,
        low=_traded(bars, "low", window, ended) if within else _NONE,
        close=_traded(bars, "close", window, ended),
        split=_splits(bars, window),
        dividend=_dividends(axis, actions),
        atr=_atr(bars, brackets.atr_period, window) if within else _NONE,
        volume_mean=_volume_mean(bars, window) if capped else _NONE,
        ended=ended,
    )


def signals_of(
    scores: Scores,
    matrix: Matrix,
    policy: Policy,
    *,
    now: npt.NDArray[np.datetime64],
    first_session: int = 0,
    sector: Ints | None = None,
) -> Signals:
    """The scores of all sessions of a matrix, in the order in which they rank.

    `now` are the decision times in UTC, one a session; `first_session` is the ordinal
    of the first. Raises BadInput if `now` has another length.
    """
    if len(now) != scores.score_total.shape[1]:
        message = f"{len(now)} decision times for {scores.score_total.shape[1]} days."
        raise _bad("now", message, "Give one for each session of the scores.")
    score = _by_day(scores.score_total)
    order, ordered = ranking(score)
    name, momentum = policy.rules.execution.momentum_column, _NONE
    if policy.rules.execution.momentum_gate:
        if name == SCORE:
            momentum = score
        elif name in matrix.columns:
            momentum = _in_own_units(matrix, name)
    return Signals(
        session=first_session + np.arange(len(now)),
        now=now.astype("datetime64[m]"),
        order=order,
        ordered=ordered,
        score=score,
        eligible=np.ascontiguousarray(scores.eligible.T),
        momentum=momentum,
        sector=sector,
    )


def ranking(score: Floats) -> tuple[npt.NDArray[np.int32], Ints]:
    """Rows of each session `[time, ticker]`, the best first, and how many have a score.

    The same order as `policy.arrays.order_of` gives for one session.
    """
    order = np.argsort(-score, axis=1, kind="stable").astype(np.int32)
    return order, np.count_nonzero(~np.isnan(score), axis=1).astype(np.int64)


def groups(signals: Signals) -> Ints:
    """The number of each row's sector, its own where it has none."""
    return groups_of(signals.sector, signals.score.shape[1])


def most_shares(prices: Prices, terms: Terms) -> Floats:
    """The most that an entry may buy, `[time, ticker]`; (0, 0) without a cap."""
    if terms.participation is None:
        return _NONE
    return prices.volume_mean * terms.participation


def _by_day(values: Floats) -> Floats:
    return np.ascontiguousarray(values.T, np.float64)


def _lying(values: Floats) -> Floats:
    """`[time, ticker]` of `[ticker, time]`, which stays as it lies in memory."""
    return np.ascontiguousarray(values, np.float64).T


def _traded(bars: BarArrays, field: str, window: slice, ended: Ints) -> Floats:
    """A printed price of the window, none from a ticker's end on."""
    values = _lying(bars.raw(field)[:, window])
    gone = np.flatnonzero(ended < len(values))
    if not len(gone):
        return values
    kept = values.copy("K")  # the bars are not ours to change
    for row in gone:
        kept[ended[row] :, row] = np.nan
    return kept


def _in_own_units(matrix: Matrix, name: str) -> Floats:
    values, degree = matrix.columns[name], matrix.degree[name]
    if matrix.factor is not None and degree:
        values = values / matrix.factor**degree
    return _by_day(values)


def _splits(bars: BarArrays, window: slice) -> Floats:
    """Factor over the factor before; 1 on the first session of the window."""
    if bars.factor is None:
        return _NONE
    factor = bars.factor[:, window]
    ratio = np.ones(factor.shape)
    ratio[:, 1:] = factor[:, 1:] / factor[:, :-1]
    return _lying(ratio) if bool((ratio != 1).any()) else _NONE


def _atr(bars: BarArrays, period: int, window: slice) -> Floats:
    last = window.stop - 1
    calls = [resolve("atr", {"window": period})]
    values = kernels.compute(bars, calls, first=window.start, last=last)[0]
    return _lying(values if bars.factor is None else values / bars.factor[:, window])


def _volume_mean(bars: BarArrays, window: slice) -> Floats:
    """Average volume of the last 20 sessions in the day's units; no bar counts 0."""
    volume = np.nan_to_num(bars.volume[:, : window.stop])
    total = np.cumsum(np.pad(volume, ((0, 0), (ADV_SESSIONS, 0))), axis=1)
    mean = (total[:, ADV_SESSIONS:] - total[:, :-ADV_SESSIONS]) / ADV_SESSIONS
    if bars.factor is not None:
        mean = mean * bars.factor[:, : window.stop]
    return _lying(mean[:, window.start :])


def _columns(
    axis: Axis, tickers: pd.Series[str], days: pd.Series[Any]
) -> tuple[Ints, Ints]:
    """Row and column of each ticker's date; without a session it counts on the next."""
    rows = np.array([axis.row(ticker) for ticker in tickers], np.int64)
    dates = days.to_numpy().astype("datetime64[D]")
    return rows, np.searchsorted(axis.times, dates.astype(axis.times.dtype))


def _dividends(axis: Axis, actions: pd.DataFrame | None) -> Floats:
    if actions is None:
        return _NONE
    known = actions["ticker"].isin(axis.tickers) & (actions["kind"] == "dividend")
    paid = actions[known & (pd.to_numeric(actions["cash"]) > 0)]
    rows, columns = _columns(axis, paid["ticker"], paid["ex_date"])
    inside = (columns > 0) & (columns < axis.shape[1])
    if not inside.any():
        return _NONE
    cash = pd.to_numeric(paid["cash"]).to_numpy(np.float64)
    found = np.zeros(axis.shape)
    np.add.at(found, (rows[inside], columns[inside]), cash[inside])
    return found.T


def _ends(axis: Axis, reference: pd.DataFrame | None, window: slice) -> Ints:
    """From which session of the window on a delisted ticker is not traded any more."""
    times = window.stop - window.start
    ended = np.full(len(axis.tickers), times)
    if reference is None or "delisted" not in reference:
        return ended
    known = reference["ticker"].isin(axis.tickers) & reference["delisted"].notna()
    gone = reference[known]
    rows, columns = _columns(axis, gone["ticker"], gone["delisted"])
    ended[rows] = np.clip(columns - window.start, 0, times)
    return ended


def _bad(where: str, message: str, hint: str) -> BadInput:
    return BadInput(Problem(f"backtest.{where}", where, message, hint))
