"""What stands for a whole market: a number per session made of its members' parts."""

from __future__ import annotations

import numpy as np

from sigma_core.frames import Bools, Floats


def over_members(parts: Floats, members: Bools, held: Bools) -> Floats:
    """The mean of the members' parts on each session, for every ticker with a bar.

    `parts`, `members` and `held` (has a bar) are `[ticker, session]`. Members without a
    value do not count; NaN on a session on which no member has one. Parts are 0 or 1:
    their sum is exact, so the order of the tickers changes no bit.
    """
    counted = members & ~np.isnan(parts)
    count = counted.sum(axis=0)
    total = np.where(counted, parts, 0.0).sum(axis=0)
    mean = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return np.where(held, mean, np.nan)
