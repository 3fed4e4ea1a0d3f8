"""What a dataset can't know, in a few words that travel with every result.

Definition and worked example: `docs/definitions/marks.md`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from sigma_core.frames import Bools, Times

SURVIVORS_ONLY = "survivors only"
TODAYS_SECTORS = "today's sectors"
NOT_POINT_IN_TIME = "not point in time"
UNKNOWN_ADJUSTMENT = "adjustment unknown"
SYNTHETIC = "synthetic"
#: All marks there are, in the order in which they are shown.
MARKS = (
    SYNTHETIC,
    SURVIVORS_ONLY,
    TODAYS_SECTORS,
    NOT_POINT_IN_TIME,
    UNKNOWN_ADJUSTMENT,
)
#: A history shorter than this says nothing about who survived.
LONG_HISTORY = 252
#: A held ticker without a bar for so many sessions: delisted, or only late?
GONE_SESSIONS = 3


def labels(
    usable: Bools,
    *,
    adjustments: set[str],
    reference: pd.DataFrame | None = None,
    min_price: float = 0.0,
    synthetic: bool = False,
) -> list[str]:
    """Those of `MARKS` that a dataset, or a universe over it, carries.

    `usable[ticker, session]`: where a bar can be used; of a universe, its own tickers
    alone, none of them blocked. `adjustments`: the kinds of its prices. `reference`:
    its sectors have no dates. `min_price`: the universe's limit on the price, 0 where
    it has none.
    """
    kinds = adjustments - {"raw", "unknown"}
    holds = {
        SYNTHETIC: synthetic,
        SURVIVORS_ONLY: usable.shape[1] >= LONG_HISTORY
        and bool(usable.any())
        and not ended(usable).any(),
        TODAYS_SECTORS: reference is not None
        and bool(reference["sector"].notna().any()),
        NOT_POINT_IN_TIME: min_price > 0 and bool(kinds),
        UNKNOWN_ADJUSTMENT: "unknown" in adjustments,
    }
    return [mark for mark in MARKS if holds[mark]]


def ended(usable: Bools) -> Bools:
    """Which tickers have had their last bar over three sessions before the end."""
    held = usable.any(axis=1)
    last = usable.shape[1] - 1 - usable[:, ::-1].argmax(axis=1)
    gone: Bools = held & (last < usable.shape[1] - 1 - GONE_SESSIONS)
    return gone


def silent(
    usable: Bools, sessions: Times, tickers: tuple[str, ...], wanted: set[str]
) -> dict[str, date]:
    """Wanted tickers (held or signalled) without a bar on the last 3 sessions.

    Gives each its last day with a bar. Ask: delisted then, or wait?
    """
    if usable.shape[1] <= GONE_SESSIONS:
        return {}
    recent = usable[:, -GONE_SESSIONS:].any(axis=1)
    found = {}
    for row in np.flatnonzero(~recent & usable.any(axis=1)).tolist():
        if tickers[row] in wanted:
            last = np.flatnonzero(usable[row])[-1]
            found[tickers[row]] = sessions[last].astype("datetime64[D]").item()
    return found
