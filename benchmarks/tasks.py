"""What is measured: the tasks, their sizes, and the seeded bars they read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FIELDS = ("open", "high", "low", "close", "volume")

#: 14 indicators, 23 columns: all that Sigma's 14 give, and every peer gives them.
FACTORS = (
    *("sma_20", "ema_20", "wma_20", "roc_10", "rsi_14", "atr_14", "natr_14"),
    *("adx_14", "plus_di_14", "minus_di_14"),
    *("macd_line", "macd_signal", "macd_hist"),
    *("bollinger_upper", "bollinger_mid", "bollinger_lower"),
    *("bollinger_width", "bollinger_pct_b"),
    *("stochastic_k", "stochastic_d", "williams_r_14", "cci_20", "mfi_14"),
)
#: What the breakout scanner needs on the last session.
SCAN = (
    *("donchian_high_20", "bos_20", "adx_14", "rsi_14"),
    *("ret_20", "ret_63", "ema_20", "ema_50"),
)
#: tickers, bars; `newbar`: five sessions of 5-minute bars
SIZES = {"factors": (800, 3400), "scan": (8000, 504), "newbar": (8000, 390)}


def write_bars(folder: Path, task: str, *, seed: int = 7) -> None:
    """A seeded random walk with consistent bars, as one .npy per field."""
    random = np.random.default_rng(seed)
    size = SIZES[task]
    close = 50 * np.exp(np.cumsum(random.normal(0, 0.02, size), axis=1))
    open_ = close * np.exp(random.normal(0, 0.01, size))
    high = np.maximum(open_, close) * np.exp(np.abs(random.normal(0, 0.01, size)))
    low = np.minimum(open_, close) * np.exp(-np.abs(random.normal(0, 0.01, size)))
    volume = np.round(1e6 * np.exp(random.normal(0, 0.5, size)))
    for name, values in zip(FIELDS, (open_, high, low, close, volume), strict=True):
        np.save(folder / f"{name}.npy", values)


def read_bars(folder: Path) -> dict[str, np.ndarray]:
    """The bars in memory, `[ticker, session]` by field."""
    return {name: np.load(folder / f"{name}.npy") for name in FIELDS}
