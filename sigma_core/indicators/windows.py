"""The loops that the indicators share: sums and extremes of the last `n` bars.

Plain Python on one-dimensional float64 arrays without gaps; `compiled.py` turns them
into machine code. All of them write every cell of `out`, NaN until the window is full.
In all of them a bar outside the window has no part in the value: a bad tick is gone
without a trace once it has left.

- Means of few bars are added up, one bar of the window in a pass over all bars, as
  distances to the newest bar.
- Other sums are cut at block ends (as van Herk 1992 does for extremes): the bars
  `n-1`, `2n-1`, … each end a block of `n`, and every window of `n` bars holds exactly
  one such end `e`. What a window needs is a running sum back from `e` plus one forward
  from `e`: two additions per bar, whatever `n`. Means and variances add up distances
  to `x[e]`.
- A distance to a bar of the window loses no digits, however high the price, and a flat
  price gives a variance of exactly 0.
- Extremes double: those of 2, 4, 8 … bars, each from two of the one before, the last
  two overlapping as `n` demands: few passes, each over several bars at once.
"""

from __future__ import annotations

from math import inf, nan, sqrt

import numpy as np

from sigma_core.frames import Floats

_SHORT = 8  # means of windows up to here are added up, others cut at block ends


def ratio(numerator: float, denominator: float) -> float:
    """The quotient; NaN, never infinity, where the denominator is 0."""
    return numerator / denominator if denominator != 0.0 else nan


def divide(x: Floats, y: Floats) -> None:
    """`x` over `y`, bar by bar, in the place of `x`."""
    for t in range(len(x)):
        x[t] = ratio(x[t], y[t])


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
    if n <= _SHORT:
        _short_mean(x, n, out)
        return
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
        total = 0.0
        for t in range(end, min(end + n, size)):
            total += x[t] - anchor
            out[t] = anchor + (out[t] + total) * share


def _short_mean(x: Floats, n: int, out: Floats) -> None:
    """The mean as the newest value plus the mean distance to it."""
    blank(out, n - 1)
    if len(x) < n:
        return
    new, into = x[n - 1 :], out[n - 1 :]
    into[:] = 0.0
    for s in range(n - 1):
        old = x[s:]
        for t in range(len(into)):
            into[t] += old[t] - new[t]
    for t in range(len(into)):
        into[t] = new[t] + into[t] * (1.0 / n)


def window_moments(x: Floats, n: int, mean: Floats, deviation: Floats) -> None:
    """Mean and population standard deviation of the last `n` values."""
    size = len(x)
    share = 1.0 / n
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
            step = (mean[t] + total) * share
            mean[t] = anchor + step
            deviation[t] = (deviation[t] + squares) * share - step * step
    for t in range(size):
        # Rounding may leave a variance of nothing a hair below 0; NaN stays NaN.
        deviation[t] = sqrt(0.0 if deviation[t] < 0.0 else deviation[t])


def window_high(x: Floats, n: int, out: Floats) -> None:
    """Highest of the last `n` values."""
    size, span = len(x), 1
    blank(out, n - 1)
    if size < n:
        return
    top, wider = x.copy(), np.empty(size)
    while 2 * span <= n:
        new, old, into = top[span:], top[: size - span], wider[span:]
        for t in range(len(into)):
            into[t] = new[t] if new[t] > old[t] else old[t]
        top, wider, span = wider, top, 2 * span
    new, old, into = top[n - 1 :], top[span - 1 :], out[n - 1 :]
    for t in range(len(into)):
        into[t] = new[t] if new[t] > old[t] else old[t]


def window_low(x: Floats, n: int, out: Floats) -> None:
    """Lowest of the last `n` values."""
    size, span = len(x), 1
    blank(out, n - 1)
    if size < n:
        return
    bottom, wider = x.copy(), np.empty(size)
    while 2 * span <= n:
        new, old, into = bottom[span:], bottom[: size - span], wider[span:]
        for t in range(len(into)):
            into[t] = new[t] if new[t] < old[t] else old[t]
        bottom, wider, span = wider, bottom, 2 * span
    new, old, into = bottom[n - 1 :], bottom[span - 1 :], out[n - 1 :]
    for t in range(len(into)):
        into[t] = new[t] if new[t] < old[t] else old[t]


def high_age(x: Floats, n: int, latest: bool, high: Floats, out: Floats) -> None:
    """Bars since the highest of the last `n` values, 0 = now, and that `high` itself;
    of equals the latest, or else the earliest.
    """
    size, span = len(x), 1
    blank(high, n - 1)
    blank(out, n - 1)
    if size < n:
        return
    top, age = x.copy(), np.zeros(size)
    higher, older = np.empty(size), np.empty(size)
    while 2 * span <= n:
        _later_high(top, age, span, span, latest, higher, older)
        top, age, higher, older, span = higher, older, top, age, 2 * span
    _later_high(top, age, n - span, n - 1, latest, high, out)


def high_ages(
    x: Floats, windows: Floats, latest: bool,
    out: Floats, outputs: int, high: int, age: int,
) -> None:  # fmt: skip
    """`high_age` of several windows, each with `outputs` rows of `out`: row `high` of
    them takes the high, row `age` its age. They share the highs of 2, 4, 8 … bars.
    """
    size, span, widest = len(x), 1, 0
    for k in range(len(out) // outputs):
        n = int(windows[k])
        blank(out[outputs * k + high], n - 1)
        blank(out[outputs * k + age], n - 1)
        widest = max(widest, n if n <= size else 0)
    top, since = x.copy(), np.zeros(size)
    higher, older = np.empty(size), np.empty(size)
    while span <= widest:
        for k in range(len(out) // outputs):
            n, row = int(windows[k]), outputs * k
            if span <= n < 2 * span and n <= size:
                into, ages = out[row + high], out[row + age]
                _later_high(top, since, n - span, n - 1, latest, into, ages)
        if 2 * span <= widest:
            _later_high(top, since, span, span, latest, higher, older)
            top, since, higher, older = higher, older, top, since
        span = 2 * span


def _later_high(
    top: Floats, age: Floats, back: int, first: int, latest: bool,
    higher: Floats, older: Floats,
) -> None:  # fmt: skip
    """From `first` on, the higher of a value and the one `back` bars ago; its age."""
    new, old = top[first:], top[first - back :]
    young, aged = age[first:], age[first - back :]
    high, since = higher[first:], older[first:]
    for t in range(len(high)):
        newer = new[t] > old[t] or (latest and new[t] == old[t])
        high[t] = new[t] if newer else old[t]
        since[t] = young[t] if newer else aged[t] + back


def weighted_sum(x: Floats, weights: Floats, out: Floats) -> None:
    """Sum of the last values times `weights`, the oldest with `weights[0]`.

    Four weights in one pass over all bars, not all weights on one bar: the inner loop
    then runs on several bars at once.
    """
    n = len(weights)
    blank(out, n - 1)
    if len(x) < n:
        return
    into = out[n - 1 :]
    into[:] = 0.0
    whole = n // 4 * 4
    for s in range(0, whole, 4):
        a, b, c, d = x[s:], x[s + 1 :], x[s + 2 :], x[s + 3 :]
        p, q, r, u = weights[s], weights[s + 1], weights[s + 2], weights[s + 3]
        for t in range(len(into)):
            into[t] += (p * a[t] + q * b[t]) + (r * c[t] + u * d[t])
    for s in range(whole, n):
        a, p = x[s:], weights[s]
        for t in range(len(into)):
            into[t] += p * a[t]


def linear_mean(x: Floats, n: int, out: Floats) -> None:
    """Mean of the last `n` values with the weights 1 … n, the newest weighing most."""
    weights = np.empty(n)
    for i in range(n):
        weights[i] = 2.0 * (i + 1) / (n * (n + 1.0))
    weighted_sum(x, weights, out)


def line_slope(steps: Floats, n: int, out: Floats) -> None:
    """Slope of the least-squares line through the last `n` levels, from their steps.

    `steps[0]` leads to the second level. A slope is a weighted sum of the n−1 steps,
    6·j·(n−j)/(n³−n) for the j-th: levels that stay give exactly 0.
    """
    weights = np.empty(n - 1)
    for j in range(1, n):
        weights[j - 1] = 6.0 * j * (n - j) / (n * (n * n - 1.0))
    weighted_sum(steps, weights, out)


def window_correlation(x: Floats, y: Floats, n: int, out: Floats) -> None:
    """Correlation of the last `n` pairs; NaN where either stays the same (0/0)."""
    size = len(x)
    blank(out, n - 1)
    if size < n:
        return
    sums = np.empty((5, size))
    for end in range(n - 1, size, n):
        _sums_of_pairs(x, y, end, n, sums)
    _correlations(sums[:, n - 1 :], 1.0 / n, out[n - 1 :])


def _correlations(sums: Floats, share: float, out: Floats) -> None:
    """Correlations from the sums of a, b, a², b² and ab; `share` is 1/n."""
    sx, sy, sxx, syy, sxy = sums[0], sums[1], sums[2], sums[3], sums[4]
    for t in range(len(out)):
        xx = sxx[t] - sx[t] * sx[t] * share
        # rounding may leave a hair of a variance of nothing, on either side of 0
        sxx[t] = sqrt(xx if xx > 0.0 else 0.0)
    for t in range(len(out)):
        yy = syy[t] - sy[t] * sy[t] * share
        syy[t] = sqrt(yy if yy > 0.0 else 0.0)
    for t in range(len(out)):
        out[t] = sxy[t] - sx[t] * sy[t] * share
    for t in range(len(out)):
        found = ratio(out[t], sxx[t] * syy[t])
        found = 1.0 if found > 1.0 else found
        out[t] = -1.0 if found < -1.0 else found


def _sums_of_pairs(x: Floats, y: Floats, end: int, n: int, sums: Floats) -> None:
    """Sums of a, b, a², b² and ab over every window that holds the bar `end`; a and b
    are distances to that bar.
    """
    size, x0, y0 = len(x), x[end], y[end]
    sx, sy, sxx, syy, sxy = sums[0], sums[1], sums[2], sums[3], sums[4]
    a = b = aa = bb = ab = 0.0
    for s in range(end, end - n, -1):
        dx, dy, t = x[s] - x0, y[s] - y0, s + n - 1
        a, b, aa, bb, ab = a + dx, b + dy, aa + dx * dx, bb + dy * dy, ab + dx * dy
        if t < size:
            sx[t], sy[t], sxx[t], syy[t], sxy[t] = a, b, aa, bb, ab
    a = b = aa = bb = ab = 0.0
    for t in range(end + 1, min(end + n, size)):
        dx, dy = x[t] - x0, y[t] - y0
        a, b, aa, bb, ab = a + dx, b + dy, aa + dx * dx, bb + dy * dy, ab + dx * dy
        sx[t] += a
        sy[t] += b
        sxx[t] += aa
        syy[t] += bb
        sxy[t] += ab


def replace_sorted(ordered: Floats, old: float, new: float, spare: Floats) -> float:
    """Put `new` in the place of `old` among sorted values; gives the average rank of
    `new` among them, 1 the lowest.

    `spare` holds one value more. Every value looks at its neighbours only, without a
    branch, which is faster than looking for the two places: several values at once.
    """
    n = len(ordered)
    rest, next_ = spare[1:n], ordered[1:]
    below = within = 0
    for i in range(n - 1):
        other = ordered[i] if ordered[i] < old else next_[i]
        rest[i] = other
        below += other < new
        within += other <= new
    spare[0], spare[n] = -inf, inf
    upper = spare[1:]
    for i in range(n):
        low, high = spare[i], upper[i]
        high = new if new < high else high
        ordered[i] = low if low > high else high
    return 1.0 + 0.5 * (below + within)


def window_pair(x: Floats, y: Floats, n: int, out: Floats) -> None:
    """Of the last `n` pairs, in rows of `out`: mean of x, mean of y, population
    variance of x, of y, and covariance. Cut at block ends, as distances to the pair
    there; a NaN has no part in a window that it is outside of.
    """
    size, share = len(x), 1.0 / n
    for k in range(5):
        blank(out[k], n - 1)
    for end in range(n - 1, size, n):
        _sums_of_pairs(x, y, end, n, out)
        for t in range(end, min(end + n, size)):
            dx, dy = out[0, t] * share, out[1, t] * share
            out[0, t], out[1, t] = x[end] + dx, y[end] + dy
            # Rounding may leave a variance of nothing a hair below 0; NaN stays NaN.
            out[2, t] = _not_below_zero(out[2, t] * share - dx * dx)
            out[3, t] = _not_below_zero(out[3, t] * share - dy * dy)
            out[4, t] = out[4, t] * share - dx * dy


def _not_below_zero(value: float) -> float:
    return 0.0 if value < 0.0 else value
