"""The loops that the indicators share: window sums, extremes and smoothed averages.

Plain Python on one-dimensional float64 arrays without gaps; `compiled.py` turns them
into machine code. All of them write every cell of `out`, NaN until the window is full.

Window sums and extremes are cut at block ends (van Herk, 1992): the bars `n-1`,
`2n-1`, … each end a block of `n`, and every window of `n` bars holds exactly one such
block end `e`. What a window needs is a running sum back from `e` plus one forward from
`e`: two additions per bar, whatever `n`, and a bar outside the window has no part in
it, so that a bad tick is gone without a trace once it has left the window.
Sums for means and variances are taken of the distances to `x[e]`, which is in the
window: a flat price gives a variance of exactly 0, and no digits are lost.
"""

from __future__ import annotations

from math import inf, nan, sqrt

from sigma_core.frames import Floats


def ratio(numerator: float, denominator: float) -> float:
    """The quotient; NaN, never infinity, where the denominator is 0."""
    return numerator / denominator if denominator != 0.0 else nan


def blank(out: Floats, bars: int) -> None:
    """NaN in the first `bars` cells."""
    for t in range(min(bars, len(out))):
        out[t] = nan


def window_sum(x: Floats, n: int, out: Floats) -> None:
    """Sum of the last `n` values."""
    size = len(x)
    blank(out, n - 1)
    for end in range(n - 1, size, n):
        total = 0.0
        for s in range(end, end - n, -1):
            total += x[s]
            if s + n - 1 < size:
                out[s + n - 1] = total
        total = 0.0
        for t in range(end + 1, min(end + n, size)):
            total += x[t]
            out[t] += total


def window_mean(x: Floats, n: int, out: Floats) -> None:
    """Mean of the last `n` values; exactly the value where all are the same."""
    size = len(x)
    share = 1.0 / n
    blank(out, n - 1)
    for end in range(n - 1, size, n):
        anchor = x[end]
        total = 0.0
        for s in range(end, end - n, -1):
            total += x[s] - anchor
            if s + n - 1 < size:
                out[s + n - 1] = total
        out[end] = anchor + out[end] * share
        total = 0.0
        for t in range(end + 1, min(end + n, size)):
            total += x[t] - anchor
            out[t] = anchor + (out[t] + total) * share


def window_moments(x: Floats, n: int, mean: Floats, deviation: Floats) -> None:
    """Mean and population standard deviation of the last `n` values."""
    size = len(x)
    blank(mean, n - 1)
    blank(deviation, n - 1)
    for end in range(n - 1, size, n):
        anchor = x[end]
        total = squares = 0.0
        for s in range(end, end - n, -1):
            distance = x[s] - anchor
            total += distance
            squares += distance * distance
            if s + n - 1 < size:
                mean[s + n - 1] = total
                deviation[s + n - 1] = squares
        total = squares = 0.0
        for t in range(end, min(end + n, size)):
            distance = x[t] - anchor
            total += distance
            squares += distance * distance
            step = (mean[t] + total) / n
            variance = (deviation[t] + squares) / n - step * step
            mean[t] = anchor + step
            deviation[t] = sqrt(max(variance, 0.0))


def window_high(x: Floats, n: int, out: Floats) -> None:
    """Highest of the last `n` values."""
    size = len(x)
    blank(out, n - 1)
    for end in range(n - 1, size, n):
        top = -inf
        for s in range(end, end - n, -1):
            top = max(top, x[s])
            if s + n - 1 < size:
                out[s + n - 1] = top
        top = x[end]
        for t in range(end + 1, min(end + n, size)):
            top = max(top, x[t])
            out[t] = max(out[t], top)


def window_low(x: Floats, n: int, out: Floats) -> None:
    """Lowest of the last `n` values."""
    size = len(x)
    blank(out, n - 1)
    for end in range(n - 1, size, n):
        bottom = inf
        for s in range(end, end - n, -1):
            bottom = min(bottom, x[s])
            if s + n - 1 < size:
                out[s + n - 1] = bottom
        bottom = x[end]
        for t in range(end + 1, min(end + n, size)):
            bottom = min(bottom, x[t])
            out[t] = min(out[t], bottom)


def high_age(x: Floats, n: int, out: Floats) -> None:
    """Bars since the highest of the last `n` values, 0 = now; of equals the latest."""
    size = len(x)
    blank(out, n - 1)
    for end in range(n - 1, size, n):
        best = end
        for s in range(end, end - n, -1):
            if x[s] > x[best]:
                best = s
            if s + n - 1 < size:
                out[s + n - 1] = best
        best = end
        for t in range(end, min(end + n, size)):
            if x[t] >= x[best]:
                best = t
            before = int(out[t])
            out[t] = t - (best if x[best] >= x[before] else before)


def weighted_sum(x: Floats, weights: Floats, out: Floats) -> None:
    """Sum of the last values times `weights`, the newest with `weights[0]`.

    One pass per weight over all bars, not one per bar over all weights: the inner
    loop then runs on several bars at once.
    """
    n, size = len(weights), len(x)
    blank(out, n - 1)
    if size < n:
        return
    into = out[n - 1 :]
    into[:] = 0.0
    for age in range(n - 1, -1, -1):
        aged = x[n - 1 - age : size - age]
        weight = weights[age]
        for t in range(len(into)):
            into[t] += weight * aged[t]


def smooth(x: Floats, n: int, share: float, out: Floats) -> None:
    """Exponential average: the mean of the first `n` values, then `share` of the news.

    `share` is 2/(n+1) for an EMA, 1/n for Wilder's average. `out` may be `x` itself.
    """
    if len(x) < n:
        blank(out, n - 1)
        return
    total = 0.0
    for t in range(n):
        total += x[t] - x[0]
    level = x[0] + total / n
    blank(out, n - 1)
    out[n - 1] = level
    for t in range(n, len(x)):
        level += share * (x[t] - level)
        out[t] = level


def ema(x: Floats, n: int, out: Floats) -> None:
    """Exponential moving average, seeded with the mean of the first `n` values."""
    smooth(x, n, 2.0 / (n + 1), out)


def true_range(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """The day's range, widened to the previous close; NaN on the first bar."""
    blank(out, 1)
    for t in range(1, len(out)):
        out[t] = max(high[t], close[t - 1]) - min(low[t], close[t - 1])


def average_range(
    high: Floats, low: Floats, close: Floats, n: int, out: Floats
) -> None:
    """Wilder's average of the true range; the first value is on bar n+1."""
    true_range(high, low, close, out)
    smooth(out[1:], n, 1.0 / n, out[1:])
