"""Sharpe ratios of a session, and what is left of one after so many trials.

Definitions and worked examples: `docs/definitions/deflated_sharpe.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from sigma_core.frames import Floats

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Moments:
    """Of the returns of sessions; None where undefined (no spread).

    `sharpe` is mean over deviation (n − 1) of one session, `kurtosis` 3 for a normal.
    """

    sharpe: float | None
    skew: float | None
    kurtosis: float | None


def moments(returns: Floats) -> Moments:
    """Sharpe, skew and kurtosis of `[session]`."""
    if len(returns) < 2:
        return Moments(None, None, None)
    away = returns - returns.mean()
    second = float((away**2).mean())
    if second < 1e-30:
        return Moments(None, None, None)
    return Moments(
        sharpe=float(returns.mean() / returns.std(ddof=1)),
        skew=float((away**3).mean() / second**1.5),
        kurtosis=float((away**4).mean() / second**2),
    )


def expected_maximum_sharpe(variance: float, trials: int) -> float:
    """The Sharpe that the best of so many trials without any skill would have.

    `variance` is that of the trials' Sharpes, in the unit of the result squared. 0 for
    one trial. Source: Bailey, López de Prado, "The Deflated Sharpe Ratio", 2014.
    """
    if trials < 2:
        return 0.0
    best = _NORMAL.inv_cdf(1 - 1 / trials)
    beyond = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - np.euler_gamma) * best + np.euler_gamma * beyond)


def deflated_sharpe(found: Moments, *, sessions: int, luck: float) -> float | None:
    """The probability that the true Sharpe of a session is above `luck`, that of the
    best of so many trials; None where undefined.
    """
    if found.sharpe is None or found.skew is None or found.kurtosis is None:
        return None
    sharpe = found.sharpe
    spread = 1 - found.skew * sharpe + (found.kurtosis - 1) / 4 * sharpe**2
    if spread <= 0 or sessions < 2:
        return None
    return _NORMAL.cdf((sharpe - luck) * math.sqrt((sessions - 1) / spread))
