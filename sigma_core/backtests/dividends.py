"""Dividends in the units of the bars: `docs/definitions/events.md`."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def in_units_of_bars(
    actions: pd.DataFrame, adjustments: Mapping[str, str]
) -> pd.DataFrame:
    """Actions whose `cash` is what one share of the stored bars was paid.

    `adjustments`: the kind of each ticker's stored prices. `raw` takes dividends as
    they were declared; in `split` a share of then is so many of now, so the cash is
    divided by the splits after it; `total` holds its dividends in the prices, so they
    are left out.
    """
    kinds = actions["ticker"].map(adjustments)
    kept = actions[~((actions["kind"] == "dividend") & (kinds == "total"))]
    paid = kept[
        (kept["kind"] == "dividend") & (kept["ticker"].map(adjustments) == "split")
    ]
    splits = actions[actions["kind"] == "split"]
    cash = pd.to_numeric(kept["cash"])
    for row, ticker, day in zip(
        paid.index, paid["ticker"], paid["ex_date"], strict=True
    ):
        later = splits[(splits["ticker"] == ticker) & (splits["ex_date"] > day)]
        cash.loc[row] /= float(pd.to_numeric(later["split_factor"]).prod())
    return kept.assign(cash=cash)
