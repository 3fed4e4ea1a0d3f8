"""Backtests typed by hand or drawn at random, for the tests of this folder."""

from __future__ import annotations

import numpy as np

from sigma_core.backtest.inputs import Prices, Signals, ranking
from sigma_core.frames import Axis
from sigma_core.specs.policies import Policy
from tests.market import ROOT  # its import says where compiled code is kept

assert ROOT
NONE = np.zeros((0, 0))
SECTIONS = {
    "risk": ("capital", "max_drawdown", "resume_after", "max_exposure"),
    "selection": ("top_n", "weighting", "hold", "dropout", "min_score", "sector_cap"),
    "execution": ("slippage_bps", "commission_bps", "size_by_conf", "conf_cap"),
    "alerting": ("cooldown_minutes", "max_trades_per_day"),
}
BRACKETS = ("stop_atr", "target_atr", "time_stop", "min_rr")
DAY = 1440


def policy(**keys: object) -> Policy:
    """A policy with these keys; `brackets=True` enables them."""
    rules: dict[str, dict[str, object]] = {
        section: {key: keys[key] for key in known if key in keys}
        for section, known in SECTIONS.items()
    }
    if keys.get("brackets"):
        given = {key: keys[key] for key in BRACKETS if key in keys}
        rules["execution"]["brackets"] = {"enabled": True, **given}
    return Policy.model_validate({"name": "p", "policy": rules})


def axis(sessions: int, tickers: int) -> Axis:
    names = tuple(f"T{row:03}" for row in range(tickers))
    return Axis(names, np.datetime64("2020-01-01") + np.arange(sessions))


def prices(opens: np.ndarray, closes: np.ndarray, **more: np.ndarray) -> Prices:
    """Prices `[time, ticker]`; what is not given is not there."""
    times, rows = closes.shape
    names = ("high", "low", "split", "dividend", "atr", "volume_mean")
    ended = more.pop("ended", np.full(rows, times))
    return Prices(
        axis=axis(times, rows),
        open=opens,
        close=closes,
        ended=ended,
        **{name: more.get(name, NONE) for name in names},
    )


def signals(
    score: np.ndarray, eligible: np.ndarray, sector: np.ndarray | None = None
) -> Signals:
    """Scores `[time, ticker]`, decided a day apart."""
    order, ordered = ranking(score)
    times = np.arange(len(score))
    now = np.datetime64("2020-01-01T21:00", "m") + times * DAY
    return Signals(times, now, order, ordered, score, eligible, NONE, sector)


def market(
    seed: int,
    sessions: int = 60,
    rows: int = 8,
    ratios: tuple[float, ...] = (2, 3, 0.5),
) -> dict[str, np.ndarray]:
    """A random market `[time, ticker]` with gaps, splits, dividends and ends."""
    random = np.random.default_rng(seed)
    size = (sessions, rows)
    closes = np.round(20 * np.exp(np.cumsum(random.normal(0, 0.04, size), axis=0)), 2)
    opens = np.round(closes * np.exp(random.normal(0, 0.02, size)), 2)
    high = np.maximum(opens, closes) * np.exp(np.abs(random.normal(0, 0.01, size)))
    low = np.minimum(opens, closes) * np.exp(-np.abs(random.normal(0, 0.01, size)))
    split = np.where(random.random(size) < 0.01, random.choice(ratios, size), 1.0)
    factor = np.cumprod(split, axis=0)
    found = {"opens": opens, "high": high, "low": low, "closes": closes}
    found["atr"] = np.abs(random.normal(0.8, 0.2, size))
    found = {name: values / factor for name, values in found.items()}
    missing = random.random(size) < 0.04
    ended = np.where(random.random(rows) < 0.2, random.integers(20, 50, rows), sessions)
    missing |= np.arange(sessions)[:, None] >= ended
    for values in found.values():
        values[missing] = np.nan
    paid = np.where(random.random(size) < 0.02, random.uniform(0, 1, size), 0.0)
    return found | {"split": split, "dividend": paid, "ended": ended}


def scores(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Random scores with ties and gaps, and who is eligible."""
    random = np.random.default_rng(seed + 1)
    score = np.round(random.uniform(0, 100, shape), -1)
    score[random.random(shape) < 0.05] = np.nan
    return score, (random.random(shape) < 0.6) & ~np.isnan(score)
