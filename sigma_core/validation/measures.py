"""Predictions beside what followed, session by session and over many.

Arrays are `[ticker, session]`, NaN where there is nothing; a cell counts where both
have a value. Worked example: docs/definitions/ic.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Axis, Bools, Floats, Ints

#: the highest and the lowest of so many equal parts are compared
PARTS = 5
#: fewer pairs have no correlation worth the name
LEAST = 3


@dataclass(frozen=True)
class Daily:
    """One number a session, `[session]`, NaN where it has no meaning.

    `ic` and `rank_ic`: Pearson's and Spearman's correlation, across tickers, of
    predictions and labels. `spread`: mean label of the fifth predicted highest less
    that of the lowest. `hits`: share of tickers on the same side of the session's
    median in both. `turnover`: share of the highest fifth that was not in it the
    session before. `rows`: tickers with both.
    """

    rows: Floats
    ic: Floats
    rank_ic: Floats
    spread: Floats
    hits: Floats
    turnover: Floats


@dataclass(frozen=True)
class Measures:
    """The same over many sessions; None where there is no such number.

    `icir` is mean over standard deviation (ddof 1) of the sessions' IC, not annualised.
    `standard_error`, `t` = `rank_ic` / `standard_error` and `p` (two-sided) are of the
    mean rank IC shown; `independent` is how many sessions it rests on whose labels do
    not overlap, the least of all starts.
    """

    sessions: int
    rows: int
    ic: float | None
    rank_ic: float | None
    icir: float | None
    rank_icir: float | None
    spread: float | None
    hit_rate: float | None
    turnover: float | None
    independent: int
    standard_error: float | None
    t: float | None
    p: float | None


def measures(
    predictions: Floats, labels: Floats, *, label_start: int, label_end: int
) -> Measures:
    """All of them over the sessions of two arrays `[ticker, session]`.

    Labels of sessions t and t + `label_end` − `label_start` + 1 share no session. With
    one ticker correlations are across sessions, and a hit is an equal sign.
    """
    step = label_end - label_start + 1
    if len(predictions) == 1:
        return _of_one(predictions[0], labels[0], step)
    found = daily(predictions, labels)
    parts = apart(found.rank_ic, step)
    mean, independent, error = _mean(found.rank_ic), _least(parts), _error(parts)
    t = mean / error if mean is not None and error else None
    return Measures(
        sessions=int((found.rows > 0).sum()),
        rows=int(found.rows.sum()),
        ic=_mean(found.ic),
        rank_ic=mean,
        icir=_ratio(found.ic),
        rank_icir=_ratio(found.rank_ic),
        spread=_mean(found.spread),
        hit_rate=_mean(found.hits),
        turnover=_mean(found.turnover),
        independent=independent,
        standard_error=error,
        t=t,
        p=None if t is None else _p_of(t, independent - 1),
    )


def judged(axis: Axis, ticker: str | None) -> slice:
    """The rows of an axis whose predictions are judged: all, or those of the `ticker`
    of a single-ticker model. Raises KeyError for one that is not there."""
    if ticker is None:
        return slice(None)
    row = axis.row(ticker)
    return slice(row, row + 1)


def rank_ic(predictions: Floats, labels: Floats) -> float | None:
    """The `rank_ic` of `measures`, without the rest of them."""
    both = np.isfinite(predictions) & np.isfinite(labels)
    if len(predictions) == 1:
        said, came = predictions[both], labels[both]
        return _known(_across(ranks(said), ranks(came)))
    said, came = _pairs(predictions, labels, both, _live(both))
    return _mean(correlations(ranks(said), ranks(came)))


def daily(predictions: Floats, labels: Floats) -> Daily:
    """The numbers of each session; both arrays `[ticker, session]`, NaN where none."""
    both = np.isfinite(predictions) & np.isfinite(labels)
    live = _live(both)
    found = _daily(*_pairs(predictions, labels, both, live), both[:, live])
    around = live.start, both.shape[1] - live.stop
    if around == (0, 0):
        return found
    padded = {
        name: np.pad(values, around, constant_values=0.0 if name == "rows" else np.nan)
        for name, values in vars(found).items()
    }
    return Daily(**padded)


def _live(both: Bools) -> slice:
    """From the first session with a pair to the last: a training's matrix begins long
    before its tests."""
    live = np.flatnonzero(both.any(axis=0))
    return slice(int(live[0]), int(live[-1]) + 1) if len(live) else slice(0, 0)


def _pairs(
    predictions: Floats, labels: Floats, both: Bools, live: slice
) -> tuple[Floats, Floats]:
    """The live sessions of both arrays, NaN where one of them has nothing."""
    said, came = (
        np.where(both[:, live], given[:, live], np.nan)
        for given in (predictions, labels)
    )
    return said, came


def _daily(said: Floats, came: Floats, both: Bools) -> Daily:
    count = both.sum(axis=0)
    best, worst = _fifths(said, count)
    size = count // PARTS
    return Daily(
        rows=count.astype(np.float64),
        ic=correlations(said, came),
        rank_ic=correlations(ranks(said), ranks(came)),
        spread=_means(came, best, size) - _means(came, worst, size),
        hits=_hits(said - medians(said), came - medians(came)),
        turnover=_replaced(best, size),
    )


def ranks(values: Floats) -> Floats:
    """Ranks from 1 along the first axis, lowest first; equal values share the mean of
    theirs, NaN has none."""
    count = len(values)
    order = np.argsort(values, axis=0, kind="stable")  # NaN last
    ordered = np.take_along_axis(values, order, axis=0)
    at = np.arange(count).reshape(-1, *[1] * (values.ndim - 1))
    begins = np.ones(values.shape, np.bool_)
    begins[1:] = ordered[1:] != ordered[:-1]
    ends = np.ones(values.shape, np.bool_)
    ends[:-1] = begins[1:]
    first = np.maximum.accumulate(np.where(begins, at, 0), axis=0)
    last = np.minimum.accumulate(np.where(ends, at, count)[::-1], axis=0)[::-1]
    found = np.empty(values.shape)
    np.put_along_axis(found, order, (first + last) / 2.0 + 1.0, axis=0)
    found[np.isnan(values)] = np.nan
    return found


def correlations(first: Floats, second: Floats) -> Floats:
    """Pearson's of each session, of two arrays with the same cells known; NaN for
    fewer than three pairs and where one of them does not vary."""
    known = np.isfinite(first)
    one, other = _deviations(first, known), _deviations(second, known)
    squares = (one * one).sum(axis=0) * (other * other).sum(axis=0)
    varies = (known.sum(axis=0) >= LEAST) & _varies(first) & _varies(second)
    found = np.full(first.shape[1], np.nan)
    products = (one * other).sum(axis=0)
    found[varies] = products[varies] / np.sqrt(squares[varies])
    return found


def medians(values: Floats) -> Floats:
    """The median of each session's known values, NaN where there is none."""
    ordered = np.sort(values, axis=0)  # NaN last
    count = np.isfinite(values).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(values) - 1)
    ends = [
        np.take_along_axis(ordered, at[np.newaxis], axis=0)[0] for at in (low, high)
    ]
    middle: Floats = (ends[0] + ends[1]) / 2.0
    return middle


def _deviations(values: Floats, known: Bools) -> Floats:
    """From the session's mean; 0 where nothing is known."""
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    deviations: Floats = np.where(known, values - mean, 0.0)
    return deviations


def _varies(values: Floats) -> Bools:
    """Which sessions have two different values."""
    high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    low = np.where(np.isnan(values), np.inf, values).min(axis=0)
    varies: Bools = high > low
    return varies


def _fifths(said: Floats, count: Ints) -> tuple[Bools, Bools]:
    """Who is in the highest and who in the lowest fifth of each session."""
    order = np.argsort(-said, axis=0, kind="stable")  # NaN last
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(len(said))[:, np.newaxis], axis=0)
    size = count // PARTS
    return place < size, (place >= count - size) & (place < count)


def _means(values: Floats, who: Bools, size: Ints) -> Floats:
    """Mean over some tickers of each session; NaN where there are none."""
    total = np.where(who, values, 0.0).sum(axis=0)
    return np.where(size > 0, total / np.maximum(size, 1), np.nan)


def _replaced(best: Bools, size: Ints) -> Floats:
    """Share of the best that were not so on the last session that had a best."""
    found = np.full(len(size), np.nan)
    at = np.flatnonzero(size)
    new = best[:, at[1:]] & ~best[:, at[:-1]]
    found[at[1:]] = new.sum(axis=0) / size[at[1:]]
    return found


def apart(values: Floats, step: int) -> list[Floats]:
    """What is known of every `step`-th session, from each of the `step` first ones on:
    within a part no labels overlap. Each session is in one part."""
    every = (values[start::step] for start in range(step))
    return [part[np.isfinite(part)] for part in every]


def _least(parts: list[Floats]) -> int:
    """Sessions of the shortest part that has enough; of the longest if none has."""
    sizes = [len(part) for part in parts]
    return min((size for size in sizes if size >= LEAST), default=max(sizes))


def _error(parts: list[Floats]) -> float | None:
    """Root mean square of the standard errors of the parts that have enough sessions.

    The mean over all sessions is an average of the parts' means: it varies no more.
    """
    squares = [part.var(ddof=1) / len(part) for part in parts if len(part) >= LEAST]
    return math.sqrt(sum(squares) / len(squares)) or None if squares else None


def _of_one(said: Floats, came: Floats, step: int) -> Measures:
    """Of one ticker: across its sessions."""
    both = np.isfinite(said) & np.isfinite(came)
    independent = _least(apart(np.where(both, 1.0, np.nan), step))
    said, came = said[both], came[both]
    r, free = _across(ranks(said), ranks(came)), independent - 2
    error = math.sqrt((1 - r * r) / free) if free > 0 and abs(r) < 1 else None
    t = r / error if error else None
    return Measures(
        sessions=len(said),
        rows=len(said),
        ic=_known(_across(said, came)),
        rank_ic=_known(r),
        icir=None,
        rank_icir=None,
        spread=None,
        hit_rate=_known(float(_hits(said[:, np.newaxis], came[:, np.newaxis])[0])),
        turnover=None,
        independent=independent,
        standard_error=error,
        t=t,
        p=None if t is None else _p_of(t, free),
    )


def _across(said: Floats, came: Floats) -> float:
    """Pearson's of two series."""
    if not len(said):
        return math.nan
    return float(correlations(said[:, np.newaxis], came[:, np.newaxis])[0])


def _hits(said: Floats, came: Floats) -> Floats:
    """Share of equal signs; a 0 on either side is neither a hit nor a miss."""
    sides = np.sign(np.nan_to_num(said)) * np.sign(np.nan_to_num(came))
    count = (sides != 0).sum(axis=0)
    hits = (sides > 0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, hits, np.nan)


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _ratio(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    deviation = float(known.std(ddof=1)) if len(known) >= LEAST else 0.0
    return float(known.mean()) / deviation if deviation else None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _p_of(t: float, free: int) -> float:
    from scipy import special  # its `stats` takes two seconds to import

    return float(2 * special.stdtr(free, -abs(t)))
