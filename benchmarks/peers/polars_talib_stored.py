"""polars with TA-Lib inside it (polars_talib), from its own file format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import polars_talib as ta
from tasks import keep

from peers import polars_over

H, L, C, V = (pl.col(name) for name in ("high", "low", "close", "volume"))
State = tuple[Path, tuple[int, int]]


def load(folder: Path) -> State:
    """Bars in polars' fastest file: Arrow, not compressed."""
    frame, shape = polars_over.load(folder)
    frame.write_ipc(folder / "bars.arrow")
    return folder, shape


def stored(state: State) -> dict[str, np.ndarray]:
    folder, shape = state
    frame = pl.read_ipc(folder / "bars.arrow")
    band, osc = ta.bbands(C, 20, 2.0, 2.0), ta.stoch(H, L, C, 14, 3, 0, 3, 0)
    mid, upper, lower = (band.struct.field(f"{n}band") for n in _BANDS)
    macd = ta.macd(C, 12, 26, 9)
    columns = {
        "sma_20": ta.sma(C, 20),
        "ema_20": ta.ema(C, 20),
        "wma_20": ta.wma(C, 20),
        "roc_10": ta.rocp(C, 10),
        "rsi_14": ta.rsi(C, 14),
        "atr_14": ta.atr(H, L, C, 14),
        "natr_14": ta.natr(H, L, C, 14),
        "adx_14": ta.adx(H, L, C, 14),
        "plus_di_14": ta.plus_di(H, L, C, 14),
        "minus_di_14": ta.minus_di(H, L, C, 14),
        "macd_line": macd.struct.field("macd"),
        "macd_signal": macd.struct.field("macdsignal"),
        "macd_hist": macd.struct.field("macdhist"),
        "bollinger_upper": upper,
        "bollinger_mid": mid,
        "bollinger_lower": lower,
        "bollinger_width": (upper - lower) / mid,
        "bollinger_pct_b": (C - lower) / (upper - lower),
        "stochastic_k": osc.struct.field("slowk"),
        "stochastic_d": osc.struct.field("slowd"),
        "williams_r_14": ta.willr(H, L, C, 14),
        "cci_20": ta.cci(H, L, C, 20),
        "mfi_14": ta.mfi(H, L, C, V, 14),
    }
    done = frame.select(
        x.over("ticker").cast(pl.Float32).alias(name) for name, x in columns.items()
    )
    plain = {name: done[name].to_numpy().reshape(shape) for name in columns}
    return keep(plain, folder / "polars_kept")


built = stored  # it has no universe and no coverage: the same
_BANDS = ("middle", "upper", "lower")
