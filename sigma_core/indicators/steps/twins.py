"""The loops of `windows.py` and `averages.py` for one more bar, to the same last bit.

A value of a window is worked out from the window alone: `x` holds at least its values,
the newest last, `bar` is the newest one's number in the full series, which says where
the blocks end. Additions are done in the order of the loops they are twins of. A value
of an average comes from `s`, its own `SMOOTH` cells of memory, all 0 at the start.
"""

from __future__ import annotations

from math import nan, sqrt

from sigma_core.frames import Floats
from sigma_core.indicators.windows import _SHORT, _not_below_zero

#: Cells of memory of one average: values seen, level, and three of the last values.
SMOOTH = 5


def smooth_on(s: Floats, x: float, n: int, share: float) -> float:
    """The next level of `averages.smooth`; NaN before value number `n`."""
    at = int(s[0])
    s[0] += 1.0
    if at >= n:
        return _follow_on(s, x, (at - n) % 4, share)
    if at == 0:  # until there is a level: the sum of the distances, the first value
        s[1], s[2] = 0.0, x
    s[1] += x - s[2]
    if at < n - 1:
        return nan
    s[1] = s[2] + s[1] / n
    return s[1]  # type: ignore[no-any-return]


def _follow_on(s: Floats, x: float, phase: int, share: float) -> float:
    """One of the four bars that go from one level: that of phase 3 makes the next."""
    level, k = s[1], 1.0 - share
    s1, s2, s3 = share, share * k, share * k * k
    w2, w3 = s1 + s2, s1 + s2 + s3
    w4 = w3 + s3 * k
    if phase == 0:
        s[2] = x
        return level + s1 * (x - level)  # type: ignore[no-any-return]
    a, news = s[2] - level, x - s[2]
    if phase == 1:
        s[3] = news
        return level + (w2 * a + s1 * news)  # type: ignore[no-any-return]
    if phase == 2:
        s[4] = news
        return level + (w3 * a + (s2 * s[3] + s1 * news))  # type: ignore[no-any-return]
    s[1] = level + (w4 * a + ((s3 * s[3] + s2 * s[4]) + s1 * news))
    return s[1]  # type: ignore[no-any-return]


def ema_on(s: Floats, x: float, n: int) -> float:
    """The next level of `averages.ema`."""
    return smooth_on(s, x, n, 2.0 / (n + 1))


def range_of(high: Floats, low: Floats, close: Floats) -> float:
    """The newest true range, of at least two bars."""
    top, bottom, before = high[-1], low[-1], close[-2]
    upper = top if top > before else before
    lower = bottom if bottom < before else before
    return upper - lower  # type: ignore[no-any-return]


def average_range_on(
    s: Floats, high: Floats, low: Floats, close: Floats, bar: int, n: int
) -> float:
    """The next level of `averages.average_range`; the first bar has no range."""
    if bar == 0:
        return nan
    return smooth_on(s, range_of(high, low, close), n, 1.0 / n)


def since_end(bar: int, n: int) -> int:
    """Bars since the last one that ended a block of `n`."""
    return (bar - (n - 1)) % n


def sum_of(x: Floats, bar: int, n: int) -> float:
    """`window_sum` on the newest bar."""
    if bar < n - 1:
        return nan
    size, after = len(x), since_end(bar, n)
    end = size - 1 - after
    back = ahead = 0.0
    for s in range(end, size - 1 - n, -1):
        back += x[s]
    for t in range(end + 1, size):
        ahead += x[t]
    return back + ahead if after else back


def mean_of(x: Floats, bar: int, n: int) -> float:
    """`window_mean` on the newest bar."""
    if bar < n - 1:
        return nan
    size, total = len(x), 0.0
    if n <= _SHORT:
        new = x[size - 1]
        for s in range(size - n, size - 1):
            total += x[s] - new
        return new + total * (1.0 / n)  # type: ignore[no-any-return]
    end = size - 1 - since_end(bar, n)
    anchor, ahead = x[end], 0.0
    for s in range(end, size - 1 - n, -1):
        total += x[s] - anchor
    for t in range(end, size):
        ahead += x[t] - anchor
    return anchor + (total + ahead) * (1.0 / n)  # type: ignore[no-any-return]


def moments_of(x: Floats, bar: int, n: int) -> tuple[float, float]:
    """`window_moments` on the newest bar: mean and population deviation."""
    if bar < n - 1:
        return nan, nan
    size, share = len(x), 1.0 / n
    end = size - 1 - since_end(bar, n)
    anchor = x[end]
    total = squares = ahead = beyond = 0.0
    for s in range(end, size - 1 - n, -1):
        distance = x[s] - anchor
        total += distance
        squares += distance * distance
    for t in range(end, size):
        distance = x[t] - anchor
        ahead += distance
        beyond += distance * distance
    step = (total + ahead) * share
    variance = (squares + beyond) * share - step * step
    return anchor + step, sqrt(0.0 if variance < 0.0 else variance)


def pair_of(
    x: Floats, y: Floats, bar: int, n: int
) -> tuple[float, float, float, float, float]:
    """`window_pair` on the newest pair: its five rows."""
    if bar < n - 1:
        return nan, nan, nan, nan, nan
    size, share = len(x), 1.0 / n
    end = size - 1 - since_end(bar, n)
    x0, y0 = x[end], y[end]
    a = b = aa = bb = ab = 0.0
    for s in range(end, size - 1 - n, -1):
        dx, dy = x[s] - x0, y[s] - y0
        a, b, aa, bb, ab = a + dx, b + dy, aa + dx * dx, bb + dy * dy, ab + dx * dy
    c = d = cc = dd = cd = 0.0
    for t in range(end + 1, size):
        dx, dy = x[t] - x0, y[t] - y0
        c, d, cc, dd, cd = c + dx, d + dy, cc + dx * dx, dd + dy * dy, cd + dx * dy
    dx, dy = (a + c) * share, (b + d) * share
    xx = _not_below_zero((aa + cc) * share - dx * dx)
    yy = _not_below_zero((bb + dd) * share - dy * dy)
    return x0 + dx, y0 + dy, xx, yy, (ab + cd) * share - dx * dy


def high_of(x: Floats, bar: int, n: int) -> float:
    """`window_high` on the newest bar; four at a time: none waits for another."""
    if bar < n - 1:
        return nan
    size = len(x)
    a = b = c = d = x[size - n]
    for s in range(size - n, size - 3, 4):
        a = x[s] if x[s] > a else a
        b = x[s + 1] if x[s + 1] > b else b
        c = x[s + 2] if x[s + 2] > c else c
        d = x[s + 3] if x[s + 3] > d else d
    for s in range(size - n % 4, size):
        a = x[s] if x[s] > a else a
    a, c = a if a > b else b, c if c > d else d
    return a if a > c else c  # type: ignore[no-any-return]


def low_of(x: Floats, bar: int, n: int) -> float:
    """`window_low` on the newest bar."""
    if bar < n - 1:
        return nan
    size = len(x)
    a = b = c = d = x[size - n]
    for s in range(size - n, size - 3, 4):
        a = x[s] if x[s] < a else a
        b = x[s + 1] if x[s + 1] < b else b
        c = x[s + 2] if x[s + 2] < c else c
        d = x[s + 3] if x[s + 3] < d else d
    for s in range(size - n % 4, size):
        a = x[s] if x[s] < a else a
    a, c = a if a < b else b, c if c < d else d
    return a if a < c else c  # type: ignore[no-any-return]


def push(ring: Floats, value: float) -> None:
    """Put a value behind the others; the oldest falls out."""
    for s in range(len(ring) - 1):
        ring[s] = ring[s + 1]
    ring[-1] = value
