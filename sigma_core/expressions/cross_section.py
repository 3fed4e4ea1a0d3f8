"""Functions across tickers: each value against the others of the same session.

All take `x[ticker, time]`, `inside[ticker, time]` (who counts: members of the universe
that have the value) and `group[ticker]` (compared only within it), and give
`[ticker, time]`, NaN for all who do not count.

Values of one session and group are brought side by side before they are summed, so a
result depends only on them, to the last bit: not on how many sessions are computed at
once, nor on tickers outside the universe.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sigma_core.frames import Bools, Floats, Ints

CrossSection = Callable[["Peers"], Floats]

#: A normal distribution's standard deviation in median absolute deviations.
_NORMAL = 1.4826
_FARTHEST = 3.0


@dataclass(frozen=True)
class Peers:
    """The values that count, one stretch a session and group, back to back.

    `start` is where each stretch begins, `size` its length, `of` the stretch of each
    value.
    """

    values: Floats
    start: Ints
    size: Ints
    of: Ints

    def total(self, values: Floats) -> Floats:
        """The sum over each stretch."""
        return np.add.reduceat(values, self.start)

    def ascending(self) -> Ints:
        """The order that sorts the values within each stretch."""
        return np.lexsort((self.values, self.of))


def apply(function: CrossSection, x: Floats, inside: Bools, group: Ints) -> Floats:
    """A function of this module over each session and group."""
    counts = inside & ~np.isnan(x)
    time, ticker = np.nonzero(counts.T)
    result = np.full(x.shape, np.nan)
    if len(time) == 0:
        return result
    order = np.lexsort((group[ticker], time))  # stable: tickers stay in order
    time, ticker = time[order], ticker[order]
    new = np.ones(len(time), bool)
    new[1:] = (np.diff(time) != 0) | (np.diff(group[ticker]) != 0)
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(time)))
    of = np.repeat(np.arange(len(start)), size)
    result[ticker, time] = function(Peers(x[ticker, time], start, size, of))
    return result


def zscore(peers: Peers) -> Floats:
    """(x − mean) / population standard deviation; 0 where the deviation is 0.

    Equal values give exactly 0: their deviation is taken as 0 and not as the rounding
    error of their mean.
    """
    mean = peers.total(peers.values) / peers.size
    deviation = peers.values - mean[peers.of]
    sd = np.sqrt(peers.total(deviation * deviation) / peers.size)
    low = np.minimum.reduceat(peers.values, peers.start)
    high = np.maximum.reduceat(peers.values, peers.start)
    sd = np.where((low == high) | (sd == 0), np.inf, sd)
    scores: Floats = deviation / sd[peers.of] + 0.0  # −0.0 reads 0.0
    return scores


def robust_zscore(peers: Peers) -> Floats:
    """(x − median) / (1.4826 · median |x − median|), −3 to 3.

    Where more than half of the values are equal that deviation is 0: they score 0, the
    others nothing (x/0).
    """
    deviation = peers.values - _median(peers)[peers.of]
    sizes = replace(peers, values=np.abs(deviation))
    scale = _NORMAL * _median(sizes)[peers.of]
    scale = np.where(scale > 0, scale, np.nan)
    scores = np.clip(deviation / scale, -_FARTHEST, _FARTHEST)
    found: Floats = np.where(deviation == 0, 0.0, scores)
    return found


def _median(peers: Peers) -> Floats:
    """The median of each stretch."""
    return _percentile(peers, peers.values[peers.ascending()], 0.5)


def _ascending_rank(peers: Peers) -> Floats:
    """1 for the lowest; equal values share the average of their places."""
    order = peers.ascending()
    values, of = peers.values[order], peers.of
    new = np.ones(len(values), bool)
    new[1:] = (np.diff(of) != 0) | (values[1:] != values[:-1])
    first = np.flatnonzero(new)
    count = np.diff(np.append(first, len(values)))
    place = first - peers.start[of[first]] + (count + 1) / 2
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(place, count)
    return ranks


def rank(peers: Peers) -> Floats:
    """1 for the highest; equal values share the average of their places."""
    return peers.size[peers.of] + 1 - _ascending_rank(peers)


def pct_rank(peers: Peers) -> Floats:
    """0 for the lowest, 1 for the highest, evenly between; 0.5 for one alone."""
    others = peers.size[peers.of] - 1
    below = _ascending_rank(peers) - 1
    share: Floats = np.where(others == 0, 0.5, below / np.maximum(others, 1))
    return share


def winsorize(peers: Peers) -> Floats:
    """x, but no lower than the 1 % and no higher than the 99 % percentile.

    Percentiles are interpolated linearly between the two nearest values.
    """
    ordered = peers.values[peers.ascending()]
    low = _percentile(peers, ordered, 0.01)
    high = _percentile(peers, ordered, 0.99)
    return np.clip(peers.values, low[peers.of], high[peers.of])


def _percentile(peers: Peers, ordered: Floats, share: float) -> Floats:
    """The percentile of each stretch of sorted values."""
    place = share * (peers.size - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, peers.size - 1)
    lower = ordered[peers.start + below]
    upper = ordered[peers.start + above]
    between: Floats = lower + (upper - lower) * (place - below)
    return between


FUNCTIONS: dict[str, CrossSection] = {
    "zscore": zscore,
    "robust_zscore": robust_zscore,
    "rank": rank,
    "pct_rank": pct_rank,
    "winsorize": winsorize,
}
