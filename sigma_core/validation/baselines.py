"""What anybody could have said without learning: luck, and what rose before."""

from __future__ import annotations

import numpy as np

from sigma_core.frames import BarArrays, Floats

#: sessions from the close that is compared with to the one that is compared
FROM, TO = 252, 21


def momentum(bars: BarArrays) -> Floats:
    """close 21 sessions ago / close 252 ago − 1, `[ticker, time]`; NaN before that and
    where either is missing."""
    close, each = bars.close, bars.axis.per_session
    found = np.full(close.shape, np.nan)
    if close.shape[1] > FROM * each:
        later = close[:, (FROM - TO) * each : close.shape[1] - TO * each]
        found[:, FROM * each :] = later / close[:, : -FROM * each] - 1.0
    return found


def luck(shape: tuple[int, int], seed: int) -> Floats:
    """A standard normal for each cell."""
    return np.random.default_rng(seed).standard_normal(shape)
