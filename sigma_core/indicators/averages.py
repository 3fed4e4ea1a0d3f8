"""Recursive averages, and the true range that one of them smooths.

They go four bars at a time, all from the level before them, so that one bar need not
wait for the arithmetic of the last. Loops like those of `windows.py`: plain Python on
clean arrays, every cell of `out` written, NaN until there is a value.
"""

from __future__ import annotations

from sigma_core.frames import Floats
from sigma_core.indicators.windows import blank


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
    _follow(x[n:], level, share, out[n:])


def _follow(x: Floats, level: float, share: float, out: Floats) -> None:
    """`level += share · (x − level)`, written out for four bars from one level.

    With d the distances to the first of the four and k = 1 − share, the level after
    j bars is level + (1 − k^j) · (first − level) + Σ share · k^(j-i) · d[i].
    """
    k = 1.0 - share
    s1, s2, s3 = share, share * k, share * k * k
    w2, w3 = s1 + s2, s1 + s2 + s3
    w4 = w3 + s3 * k
    whole = len(x) // 4 * 4
    for t in range(0, whole, 4):
        first = x[t]
        b, c, d = x[t + 1] - first, x[t + 2] - first, x[t + 3] - first
        a = first - level
        out[t] = level + s1 * a
        out[t + 1] = level + (w2 * a + s1 * b)
        out[t + 2] = level + (w3 * a + (s2 * b + s1 * c))
        level += w4 * a + ((s3 * b + s2 * c) + s1 * d)
        out[t + 3] = level
    # The last bars, by the same sums: a value must not depend on what comes after it.
    if whole < len(x):
        first = x[whole]
        a = first - level
        out[whole] = level + s1 * a
        if whole + 1 < len(x):
            b = x[whole + 1] - first
            out[whole + 1] = level + (w2 * a + s1 * b)
            if whole + 2 < len(x):
                c = x[whole + 2] - first
                out[whole + 2] = level + (w3 * a + (s2 * b + s1 * c))


def ema(x: Floats, n: int, out: Floats) -> None:
    """Exponential moving average, seeded with the mean of the first `n` values."""
    smooth(x, n, 2.0 / (n + 1), out)


def true_range(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """The day's range, widened to the previous close; NaN on the first bar."""
    blank(out, 1)
    top, bottom, before = high[1:], low[1:], close[: len(close) - 1]
    into = out[1:]
    for t in range(len(into)):
        upper = top[t] if top[t] > before[t] else before[t]
        lower = bottom[t] if bottom[t] < before[t] else before[t]
        into[t] = upper - lower


def average_range(
    high: Floats, low: Floats, close: Floats, n: int, out: Floats
) -> None:
    """Wilder's average of the true range; the first value is on bar n+1."""
    true_range(high, low, close, out)
    smooth(out[1:], n, 1.0 / n, out[1:])
