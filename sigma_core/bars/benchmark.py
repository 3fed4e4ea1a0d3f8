"""Which series a dataset's tickers are compared with, on the times of its bars.

1. the one that is wanted (a pack's `benchmark`), if bars of it are held
2. else the index series of that name; its closes are daily, so on daily bars only
3. else the dataset's own: the one ticker whose asset is `benchmark` in the reference
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sigma_core.frames import BarArrays, Benchmark, Floats

if TYPE_CHECKING:
    from sigma_core.bars.store import Dataset

#: how the reference data names the asset of a dataset's own benchmark
ASSET = "benchmark"


def find_benchmark(
    dataset: Dataset, bars: BarArrays, wanted: str | None
) -> Benchmark | None:
    """The benchmark of some bars of a dataset; None where there is none.

    Closes are forward adjusted like the bars. Of several tickers called a benchmark
    none is taken.
    """
    if wanted is not None:
        found = of_ticker(bars, wanted) or _of_index(dataset.index(), bars, wanted)
        if found is not None:
            return found
    reference = dataset.reference()
    own = reference.loc[reference["asset"].str.lower() == ASSET, "ticker"].tolist()
    return of_ticker(bars, own[0]) if len(own) == 1 else None


def of_ticker(bars: BarArrays, ticker: str) -> Benchmark | None:
    """A ticker's own bars as the benchmark; None without a usable one."""
    if ticker not in bars.axis:
        return None
    close = np.ascontiguousarray(bars.close[bars.axis.row(ticker)], np.float64)
    return None if np.isnan(close).all() else Benchmark(ticker, "bars", close)


def _of_index(series: pd.DataFrame, bars: BarArrays, name: str) -> Benchmark | None:
    times = bars.axis.times
    mine = series[series["ticker"] == name]
    if mine.empty or times.dtype != np.dtype("datetime64[D]"):
        return None
    days = mine["date"].to_numpy().astype("datetime64[D]")
    at = np.minimum(np.searchsorted(times, days), len(times) - 1)
    held = times[at] == days
    close: Floats = np.full(len(times), np.nan)
    close[at[held]] = mine["close"].to_numpy(np.float64)[held]
    return None if np.isnan(close).all() else Benchmark(name, "index", close)
