"""Predictions beside what followed, session by session and over many.

Arrays are `[ticker, session]`, NaN where there is nothing; a cell counts where both
have a value. Worked example: docs/definitions/ic.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import Bools, Floats

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
    `t` and `p` (two-sided) are of the mean rank IC over `independent` sessions whose
    labels do not overlap, `standard_error` that of this mean.
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
    apart = spaced(found.rank_ic, step)
    mean, error = _mean(apart), _standard_error(apart)
    t = mean / error if mean is not None and error else None
    return Measures(
        sessions=int((found.rows > 0).sum()),
        rows=int(found.rows.sum()),
        ic=_mean(found.ic),
        rank_ic=_mean(found.rank_ic),
        icir=_ratio(found.ic),
        rank_icir=_ratio(found.rank_ic),
        spread=_mean(found.spread),
        hit_rate=_mean(found.hits),
        turnover=_mean(found.turnover),
        independent=len(apart),
        standard_error=error,
        t=t,
        p=None if t is None else _p_of(t, len(apart) - 1),
    )


def daily(predictions: Floats, labels: Floats) -> Daily:
    """The numbers of each session; both arrays `[ticker, session]`, NaN where none."""
    sessions = predictions.shape[1]
    names = ("rows", "ic", "rank_ic", "spread", "hits", "turnover")
    found = {name: np.full(sessions, np.nan) for name in names}
    before: set[int] = set()
    for at in range(sessions):
        said, came = predictions[:, at], labels[:, at]
        rows = np.flatnonzero(np.isfinite(said) & np.isfinite(came))
        said, came = said[rows], came[rows]
        found["rows"][at] = len(rows)
        found["ic"][at] = correlation(said, came)
        found["rank_ic"][at] = correlation(ranks(said), ranks(came))
        found["hits"][at] = _hits(said - _middle(said), came - _middle(came))
        size = len(rows) // PARTS
        if size:
            order = np.argsort(-said, kind="stable")
            best = {int(row) for row in rows[order[:size]]}
            lowest, highest = came[order[-size:]], came[order[:size]]
            found["spread"][at] = highest.mean() - lowest.mean()
            if before:
                found["turnover"][at] = len(best - before) / size
            before = best
    return Daily(**found)


def ranks(values: Floats) -> Floats:
    """Ranks from 1, lowest first; equal values share the mean of theirs."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    shared: Floats = (below + upto + 1) / 2.0
    return shared


def correlation(first: Floats, second: Floats) -> float:
    """Pearson's; NaN for fewer than three pairs and where one of them does not vary."""
    if len(first) < LEAST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return math.nan
    one, other = first - first.mean(), second - second.mean()
    return float((one @ other) / math.sqrt((one @ one) * (other @ other)))


def spaced(values: Floats, step: int) -> Floats:
    """Every `step`-th value from the first that is known on, those that are known."""
    known: Bools = np.isfinite(values)
    if not known.any():
        return values[:0]
    taken = values[int(np.argmax(known)) :: step]
    apart: Floats = taken[np.isfinite(taken)]
    return apart


def _of_one(said: Floats, came: Floats, step: int) -> Measures:
    """Of one ticker: across its sessions."""
    both = np.isfinite(said) & np.isfinite(came)
    apart = spaced(np.where(both, np.arange(len(said)), np.nan), step).astype(int)
    r = correlation(ranks(said[apart]), ranks(came[apart]))
    free = len(apart) - 2
    defined = free > 0 and abs(r) < 1
    error = math.sqrt((1 - r * r) / free) if defined else None
    t = r / error if error else None
    said, came = said[both], came[both]
    return Measures(
        sessions=len(said),
        rows=len(said),
        ic=_known(correlation(said, came)),
        rank_ic=_known(correlation(ranks(said), ranks(came))),
        icir=None,
        rank_icir=None,
        spread=None,
        hit_rate=_known(_hits(said, came)),
        turnover=None,
        independent=len(apart),
        standard_error=error,
        t=t,
        p=None if t is None else _p_of(t, free),
    )


def _hits(said: Floats, came: Floats) -> float:
    """Share of equal signs; a 0 on either side is neither a hit nor a miss."""
    sides = np.sign(said) * np.sign(came)
    count = np.count_nonzero(sides)
    return float((sides > 0).sum() / count) if count else math.nan


def _middle(values: Floats) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _standard_error(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    if len(known) < LEAST:
        return None
    return float(known.std(ddof=1) / math.sqrt(len(known))) or None


def _ratio(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    deviation = float(known.std(ddof=1)) if len(known) >= LEAST else 0.0
    return float(known.mean()) / deviation if deviation else None


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _p_of(t: float, free: int) -> float:
    from scipy import stats  # half a second that few need

    return float(2 * stats.t.sf(abs(t), free))
