"""Draws → returns → prices of the demo market.

Each session draws from its own stream, named by (seed, day), so what happens on a day
never depends on how many days are asked for. Returns are simple returns with the same
mean for all: apart from the planted alpha no past says anything about the future.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sigma_core.bars.demo.companies import SECTORS, Companies
from sigma_core.frames import Floats, Times

MARKET_SIGMA = 0.006
SECTOR_SIGMA = 0.004
DRIFT = 0.0004
#: Share of a day's variance that falls between the close and the next open.
OVERNIGHT = 0.3
#: Spread of the log of each day's risk: kurtosis 3·exp(4·0.45²) = 6.7.
TAIL = 0.45
#: How far one unit of the alpha's signal moves the log of the volume.
VOLUME_PER_SIGNAL = 0.45
#: No half-day return goes further, so that no true move looks like a split.
MOST_MOVE = 0.2
#: How far, in daily risks, high and low reach beyond open and close.
REACH = 0.25
FLOOR = 1.0


@dataclass(frozen=True)
class Draws:
    """Standard normals: market `[time, 4]`, sectors `[time, sector, 2]`, companies
    `[time, company, 6]`."""

    market: Floats
    sectors: Floats
    companies: Floats

    @property
    def signal(self) -> Floats:
        """The planted alpha's signal `[time, company]`: standard normals."""
        return self.companies[:, :, 3]


@dataclass(frozen=True)
class Prices:
    """Raw prices and volumes `[time, company]`, and the split factor of each day
    (1.0 where there is none)."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    split: Floats


def draw(seed: int, days: Times, count: int) -> Draws:
    """The draws of each day for `count` companies."""
    width = 4 + 2 * len(SECTORS) + 6 * count
    drawn = np.empty((len(days), width))
    for row, day in zip(drawn, days.astype(np.int64).tolist(), strict=True):
        stream = np.random.Generator(np.random.Philox(key=[seed, day]))
        stream.standard_normal(out=row)
    market, sectors, firms = np.split(drawn, [4, 4 + 2 * len(SECTORS)], axis=1)
    return Draws(
        market,
        sectors.reshape(len(days), len(SECTORS), 2),
        firms.reshape(len(days), count, 6),
    )


def alpha_size(firms: Companies, ic: float, horizon: int) -> float:
    """How much a unit of signal lifts each of the next `horizon` days, in sigmas.

    Solves IC = cov(signal, return) / sd(return) for returns from the next open to the
    close `horizon` sessions on, across companies; `docs/definitions/demo.md`.
    """
    if ic == 0:
        return 0.0
    sigma, beta = firms.sigma[1:], firms.beta[1:]  # without the fund
    risk = (
        np.mean(sigma**2)
        + np.var(beta) * MARKET_SIGMA**2
        + SECTOR_SIGMA**2 * (1 - 1 / len(SECTORS))
    )
    noise = (horizon - OVERNIGHT) * risk
    steps = np.arange(1, horizon + 1, dtype=np.float64)
    own = (2 * np.sum(steps**2) - horizon**2) * np.mean(sigma**2)
    gain = (horizon * np.mean(sigma)) ** 2
    return float(ic * np.sqrt(noise / (gain - ic**2 * own)))


def returns(
    draws: Draws, firms: Companies, *, alpha: float, horizon: int
) -> tuple[Floats, Floats]:
    """Returns overnight (close to open) and in the session, `[time, company]`."""
    market = MARKET_SIGMA * _tail(draws.market[:, 2])[:, None] * draws.market[:, :2]
    sectors = SECTOR_SIGMA * draws.sectors[:, firms.sector] * firms.in_sector[:, None]
    own = (firms.sigma * _tail(draws.companies[:, :, 2]))[..., None]
    own = own * draws.companies[:, :, :2]
    both = firms.beta[:, None] * market[:, None] + sectors + own
    overnight = np.sqrt(OVERNIGHT) * both[..., 0]
    session = np.sqrt(1 - OVERNIGHT) * both[..., 1] + DRIFT
    session += alpha * firms.sigma * _sum_before(draws.signal, horizon)
    return (
        np.clip(overnight, -MOST_MOVE, MOST_MOVE),
        np.clip(session, -MOST_MOVE, MOST_MOVE),
    )


def prices(
    draws: Draws,
    firms: Companies,
    overnight: Floats,
    session: Floats,
    planned: Floats,
) -> Prices:
    """Raw bars on a cent grid; `planned[time, company]` are splits that must happen."""
    close = firms.price * np.cumprod((1 + overnight) * (1 + session), axis=0)
    opens = close / (1 + session)
    split = _splits(close, firms, planned)
    held = np.cumprod(split, axis=0)
    risk = np.hypot(firms.sigma, firms.beta * MARKET_SIGMA)
    reach = REACH * risk[:, None] * np.abs(draws.companies[:, :, 4:])
    high = np.maximum(opens, close) * (1 + reach[..., 0])
    low = np.minimum(opens, close) * (1 - np.minimum(reach[..., 1], MOST_MOVE))
    busy = VOLUME_PER_SIGNAL * draws.signal + 0.2 * draws.market[:, 3:]
    volume = firms.dollars * np.exp(busy) / (close / held)
    return Prices(
        open=_cents(opens / held),
        high=_cents(high / held),
        low=_cents(low / held),
        close=_cents(close / held),
        volume=np.rint(volume),
        split=split,
    )


def _tail(luck: Floats) -> Floats:
    """A random scale of risk whose mean square is 1."""
    scale: Floats = np.exp(TAIL * luck - TAIL**2)
    return scale


def _sum_before(signal: Floats, horizon: int) -> Floats:
    """Sum of the last `horizon` rows strictly before each row."""
    total = np.zeros((len(signal) + 1, signal.shape[1]))
    np.cumsum(signal, axis=0, out=total[1:])
    first = np.maximum(np.arange(len(signal)) - horizon, 0)
    before: Floats = total[:-1] - total[first]
    return before


def _splits(close: Floats, firms: Companies, planned: Floats) -> Floats:
    """The split factor of each day: planned ones, and those that keep prices in range.

    Decided on the close before, as companies do; 1:10 below one dollar, 4:1 above the
    company's ceiling. Without them prices would leave any range in the long run.
    """
    split = planned.copy()
    held = np.ones(len(firms))
    for day in range(1, len(close)):
        before = close[day - 1] / held
        free = split[day] == 1.0
        split[day, free & (before > firms.ceiling)] = 4.0
        split[day, free & (before < FLOOR)] = 0.1
        held *= split[day]
    return split


def _cents(price: Floats) -> Floats:
    rounded: Floats = np.round(price, 2)
    return rounded
