"""What is measured: the tasks, their sizes, and the seeded bars they read."""

from __future__ import annotations

import hashlib
import json
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
SIZES = {  # tickers, bars; `newbar`: five sessions of 5-minute bars
    "factors": (800, 3400),
    "stored": (800, 3400),
    "built": (800, 3400),
    "alpha158": (200, 3400),
    "scan": (8000, 504),
    "listed": (8000, 504),
    "newbar": (8000, 390),
}
TOP = 50  # places on the breakout scanner's list


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
        # numbers of float32, as Qlib stores them, so that all read the same bars
        np.save(folder / f"{name}.npy", values.astype(np.float32).astype(np.float64))


def read_bars(folder: Path) -> dict[str, np.ndarray]:
    """The bars in memory, `[ticker, session]` by field."""
    return {name: np.load(folder / f"{name}.npy") for name in FIELDS}


def members(close: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """The universe of the last session, from bars up to the one before."""
    return (close[:, -2] >= 5) & (volume[:, -21:-1].mean(axis=1) >= 500_000)


def ranked(
    columns: dict[str, np.ndarray], close: np.ndarray, inside: np.ndarray
) -> dict[str, np.ndarray]:
    """The breakout scanner's list: numbers of the tickers and scores, best first."""
    x = columns

    def z(values: np.ndarray) -> np.ndarray:
        seen = values[inside & ~np.isnan(values)]
        return (values - seen.mean()) / seen.std()

    out = (close > x["donchian_high_20"] * 1.002) | (x["bos_20"] >= 0.25)
    passed = inside & out & (x["adx_14"] >= 18) & (x["rsi_14"] >= 55)
    score = 40 * np.clip(x["bos_20"] / 0.5, 0, 1)
    score += 30 * np.clip(0.5 * z(x["ret_20"]) + 0.5 * z(x["ret_63"]), 0, 1)
    score += 15 * np.clip((x["adx_14"] - 20) / 15, 0, 1)
    score += 15.0 * ((close > x["ema_20"]) & (x["ema_20"] > x["ema_50"]))
    rows = np.flatnonzero(passed & ~np.isnan(score))
    best = rows[np.lexsort((rows, -score[rows]))][:TOP]
    return {"ticker": best.astype(float), "score": score[best]}


def keep(columns: dict[str, np.ndarray], folder: Path) -> dict[str, np.ndarray]:
    """Store columns as float32 with a sha256 each, as Sigma does; gives them back."""
    folder.mkdir(exist_ok=True)
    shas, kept = {}, {}
    for name, values in columns.items():
        kept[name] = np.ascontiguousarray(values, np.float32)
        shas[name] = hashlib.sha256(kept[name].data).hexdigest()
        np.save(folder / f"{name}.npy", kept[name])
    (folder / "shas.json").write_text(json.dumps(shas), encoding="utf-8")
    return kept
