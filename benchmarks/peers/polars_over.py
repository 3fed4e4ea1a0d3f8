"""polars: one long frame, expressions `.over("ticker")`, on all cores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from tasks import FIELDS, read_bars

HIGH, LOW, CLOSE, VOLUME = (pl.col(n) for n in ("high", "low", "close", "volume"))
AT = pl.col("at")
Frame = tuple[pl.DataFrame, tuple[int, int]]


def load(folder: Path) -> Frame:
    bars = read_bars(folder)
    tickers, sessions = bars["close"].shape
    frame = pl.DataFrame(
        {
            "ticker": np.repeat(np.arange(tickers, dtype=np.int32), sessions),
            "at": np.tile(np.arange(sessions, dtype=np.int32), tickers),
            **{name: bars[name].ravel() for name in FIELDS},
        }
    )
    return frame, (tickers, sessions)


def factors(state: Frame) -> dict[str, np.ndarray]:
    frame, shape = state
    frame = _directed(_typical(_line(_ranged(frame))))
    atr = pl.col("atr")
    mid, band = CLOSE.rolling_mean(20), 2 * CLOSE.rolling_std(20, ddof=0)
    aged = (CLOSE.shift(age) * (20 - age) for age in range(20))
    columns = {
        "sma_20": mid,
        "ema_20": _ema(CLOSE, 20, 19),
        "wma_20": pl.sum_horizontal(aged, ignore_nulls=False) / 210,
        "roc_10": CLOSE / CLOSE.shift(10) - 1,
        "rsi_14": _rsi(),
        "atr_14": atr,
        "natr_14": 100 * atr / CLOSE,
        "adx_14": _wilder(pl.col("dx"), 14, 27),
        "plus_di_14": pl.when(AT >= 14).then(100 * pl.col("ups") / pl.col("ranges")),
        "minus_di_14": pl.when(AT >= 14).then(100 * pl.col("downs") / pl.col("ranges")),
        **_macd(),
        "bollinger_upper": mid + band,
        "bollinger_mid": mid,
        "bollinger_lower": mid - band,
        "bollinger_width": 2 * band / mid,
        "bollinger_pct_b": (CLOSE - mid + band) / (2 * band),
        **_ranges(),
        "cci_20": _cci(),
        "mfi_14": _mfi(),
    }
    done = frame.select(x.over("ticker").alias(n) for n, x in columns.items())
    return {name: done[name].to_numpy().reshape(shape) for name in columns}


def scan(state: Frame) -> dict[str, np.ndarray]:
    frame, _ = state
    frame = _directed(_ranged(frame))
    prior = HIGH.rolling_max(20).shift(1)
    columns = {
        "donchian_high_20": prior,
        "bos_20": (CLOSE - prior) / pl.col("atr"),
        "adx_14": _wilder(pl.col("dx"), 14, 27),
        "rsi_14": _rsi(),
        "ret_20": CLOSE / CLOSE.shift(20) - 1,
        "ret_63": CLOSE / CLOSE.shift(63) - 1,
        "ema_20": _ema(CLOSE, 20, 19),
        "ema_50": _ema(CLOSE, 50, 49),
    }
    last = [x.last().alias(name) for name, x in columns.items()]
    done = frame.group_by("ticker", maintain_order=True).agg(last)
    return {name: done[name].to_numpy() for name in columns}


def newbar(state: Frame) -> dict[str, np.ndarray]:
    """It keeps nothing between bars: all of them are computed again."""
    return scan(state)


def _add(frame: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    """Columns that others build on, each computed once, within its ticker."""
    return frame.with_columns(x.over("ticker").alias(n) for n, x in columns.items())


def _ranged(frame: pl.DataFrame) -> pl.DataFrame:
    before = CLOSE.shift(1)
    span = pl.max_horizontal(HIGH, before) - pl.min_horizontal(LOW, before)
    frame = _add(frame, range=pl.when(AT > 0).then(span))
    return _add(frame, atr=_wilder(pl.col("range"), 14, 14))


def _directed(frame: pl.DataFrame) -> pl.DataFrame:
    rise, fall = pl.col("rise"), pl.col("fall")
    up = pl.when((rise > fall) & (rise > 0)).then(rise).otherwise(0.0)
    down = pl.when((fall > rise) & (fall > 0)).then(fall).otherwise(0.0)
    frame = _add(frame, rise=HIGH - HIGH.shift(1), fall=LOW.shift(1) - LOW)
    frame = frame.with_columns(
        up=pl.when(AT > 0).then(up), down=pl.when(AT > 0).then(down)
    )
    frame = _add(
        frame,
        ups=_wilder_sum(pl.col("up"), 14),
        downs=_wilder_sum(pl.col("down"), 14),
        ranges=_wilder_sum(pl.col("range"), 14),
    )
    ups, downs = pl.col("ups"), pl.col("downs")
    dx = 100 * (ups - downs).abs() / (ups + downs)
    return frame.with_columns(dx=pl.when(AT >= 14).then(dx))


def _line(frame: pl.DataFrame) -> pl.DataFrame:
    frame = _add(frame, line=_ema(CLOSE, 12, 25) - _ema(CLOSE, 26, 25))
    return _add(frame, signal=_ema(pl.col("line"), 9, 33))


def _typical(frame: pl.DataFrame) -> pl.DataFrame:
    frame = frame.with_columns(typical=(HIGH + LOW + CLOSE) / 3)
    mean = pl.col("typical").rolling_mean(20)
    return _add(frame, mean=mean, before=pl.col("typical").shift(1))


def _ewm(x: pl.Expr, seed: pl.Expr, at: int, alpha: float) -> pl.Expr:
    """An average with its first value, `seed`, on bar `at`."""
    seeded = pl.when(at < AT).then(x).when(at == AT).then(seed)
    return seeded.ewm_mean(alpha=alpha, adjust=False, ignore_nulls=True)


def _ema(x: pl.Expr, n: int, at: int) -> pl.Expr:
    return _ewm(x, x.rolling_mean(n), at, 2 / (n + 1))


def _wilder(x: pl.Expr, n: int, at: int) -> pl.Expr:
    return _ewm(x, x.rolling_mean(n), at, 1 / n)


def _wilder_sum(x: pl.Expr, n: int) -> pl.Expr:
    """Wilder's sum as a mean, seeded with the first n−1 values."""
    return _ewm(x, x.rolling_sum(n - 1) / n, n - 1, 1 / n)


def _rsi() -> pl.Expr:
    step = CLOSE - CLOSE.shift(1)
    gain = _wilder(step.clip(lower_bound=0), 14, 14)
    loss = _wilder((-step).clip(lower_bound=0), 14, 14)
    return 100 * gain / (gain + loss)


def _macd() -> dict[str, pl.Expr]:
    line, signal = pl.when(AT >= 33).then(pl.col("line")), pl.col("signal")
    return {"macd_line": line, "macd_signal": signal, "macd_hist": line - signal}


def _ranges() -> dict[str, pl.Expr]:
    top, bottom = HIGH.rolling_max(14), LOW.rolling_min(14)
    place = 100 * (CLOSE - bottom) / (top - bottom)
    k = place.rolling_mean(3)
    return {
        "stochastic_k": k,
        "stochastic_d": k.rolling_mean(3),
        "williams_r_14": place - 100,
    }


def _cci() -> pl.Expr:
    typical, mean, ages = pl.col("typical"), pl.col("mean"), range(20)
    spread = pl.sum_horizontal((typical.shift(age) - mean).abs() for age in ages) / 20
    return (typical - mean) / (0.015 * spread)


def _mfi() -> pl.Expr:
    typical, before = pl.col("typical"), pl.col("before")
    flow = typical * VOLUME
    up = pl.when(AT > 0).then(pl.when(typical > before).then(flow).otherwise(0.0))
    down = pl.when(AT > 0).then(pl.when(typical < before).then(flow).otherwise(0.0))
    ups, downs = up.rolling_sum(14), down.rolling_sum(14)
    return 100 * ups / (ups + downs)
