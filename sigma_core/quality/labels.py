"""What a dataset can't know, in three words that travel with every result."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from sigma_core.frames import Bools, Times

SURVIVORS_ONLY = "survivors only"
TODAYS_SECTORS = "today's sectors"
NOT_POINT_IN_TIME = "not point in time"
#: A history shorter than this says nothing about who survived.
LONG_HISTORY = 252
#: A held ticker without a bar for so many sessions: delisted, or only late?
GONE_SESSIONS = 3


def labels(
    usable: Bools,
    *,
    adjustments: set[str],
    reference: pd.DataFrame | None = None,
    dated_sectors: bool = False,
    min_price: float = 0.0,
) -> list[str]:
    """The marks of a dataset, or of a universe over it.

    `survivors only`: over a year of bars in which no ticker ever ends. `today's
    sectors`: sectors without dates. `not point in time`: a limit on the price, on
    prices that a source has adjusted for what happened later.
    """
    found = []
    if usable.shape[1] >= LONG_HISTORY and usable.any() and not ended(usable).any():
        found.append(SURVIVORS_ONLY)
    if (
        reference is not None
        and not dated_sectors
        and reference["sector"].notna().any()
    ):
        found.append(TODAYS_SECTORS)
    if min_price > 0 and adjustments - {"raw"}:
        found.append(NOT_POINT_IN_TIME)
    return found


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
