"""Random books that peers make once more, of two kinds.

- `run`       replayed from the order list: no splits, no dividends; 300 of them in
              vectorbt and backtrader
- `run_rule`  decided by a strategy of backtrader that gets scores and bars alone: with
              gaps, splits, dividends and delistings; 200 of them

`benchmarks/crosscheck.py` runs them; `golden/` keeps what the peers made of some, which
the tests read, `golden/rule/` those of the second kind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sigma_core.backtest import Backtest, Terms, backtest
from tests.core.backtest.books import market, policy, prices, scores, signals

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_RULE = GOLDEN / "rule"
SESSIONS, TICKERS = 40, 6
DELISTING_RETURN = -0.3


def bars(seed: int) -> dict[str, np.ndarray]:
    """Opens, highs, lows, closes and ATRs `[time, ticker]`, none missing."""
    random = np.random.default_rng(seed)
    size = (SESSIONS, TICKERS)
    closes = np.round(20 * np.exp(np.cumsum(random.normal(0, 0.04, size), axis=0)), 2)
    opens = np.round(closes * np.exp(random.normal(0, 0.02, size)), 2)
    spread = np.abs(random.normal(0, 0.01, size))
    high = np.maximum(opens, closes) * (1 + spread)
    low = np.minimum(opens, closes) * (1 - spread)
    atr = np.abs(random.normal(0.8, 0.2, size))
    return {"opens": opens, "closes": closes, "high": high, "low": low, "atr": atr}


def keys(seed: int) -> dict[str, object]:
    """A random policy; every third has brackets. Some run out of cash at the fill."""
    random = np.random.default_rng(seed + 2)
    return {
        "capital": float(random.choice([2_000, 10_000])),
        "max_exposure": 10_000.0,
        "top_n": int(random.integers(1, 5)),
        "hold": int(random.integers(1, 6)),
        "dropout": int(random.integers(1, 4)),
        "weighting": str(random.choice(["equal", "score"])),
        "max_drawdown": float(random.choice([0.1, 1.0])),
        "resume_after": 3,
        "slippage_bps": float(random.choice([0, 10, 100])),
        "commission_bps": float(random.choice([0, 5, 50])),
        "cooldown_minutes": 0,
        "brackets": seed % 3 == 0,
    }


def run(seed: int) -> Backtest:
    """Our own backtest of a seed."""
    shown = bars(seed)
    score, eligible = scores(seed, shown["closes"].shape)
    more = {name: shown[name] for name in ("high", "low", "atr")}
    book = prices(shown["opens"], shown["closes"], **more)
    return backtest(book, signals(score, eligible), policy(**keys(seed)))


def rule_market(seed: int) -> dict[str, np.ndarray]:
    """A random market with gaps, splits, dividends and ends, `[time, ticker]`.

    Splits are by powers of two, so that adjusted prices divide back to the last bit:
    else a whole share more or less would hang on the rounding.
    """
    return market(seed, ratios=(2, 4, 0.5))


def rule_keys(seed: int) -> dict[str, object]:
    """A random policy without brackets."""
    random = np.random.default_rng(seed + 3)
    return {
        "capital": float(random.choice([3_000, 20_000])),
        "top_n": int(random.integers(1, 6)),
        "hold": int(random.integers(1, 8)),
        "dropout": int(random.integers(0, 4)),
        "min_score": float(random.choice([0, 30])),
        "weighting": str(random.choice(["equal", "score"])),
        "max_drawdown": float(random.choice([0.1, 0.3, 1.0])),
        "resume_after": int(random.choice([0, 3])),
        "max_exposure": float(random.choice([2_000, 100_000])),
        "slippage_bps": float(random.choice([0, 10, 100])),
        "commission_bps": float(random.choice([0, 5, 50])),
        "cooldown_minutes": int(random.choice([0, 3_000])),
        "max_trades_per_day": int(random.integers(1, 5)),
    }


def run_rule(seed: int) -> Backtest:
    """Our own backtest of a seed."""
    shown = rule_market(seed)
    score, eligible = scores(seed, shown["closes"].shape)
    more = {name: shown[name] for name in ("split", "dividend", "ended")}
    return backtest(
        prices(shown["opens"], shown["closes"], **more),
        signals(score, eligible),
        policy(**rule_keys(seed)),
        terms=Terms(delisting_return=DELISTING_RETURN),
    )
