"""D13: implied volatilities that can't be, and those to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sigma_core.frames import MAX_GAP, Axis, Bools, Ints
from sigma_core.quality.marks import Action, Finds
from sigma_core.sessions import Sessions

LOWEST, HIGHEST = 0.01, 5.0
JUMP, BACK = 0.5, 0.8
APART = 3.0


@dataclass(frozen=True)
class IvVerdict:
    """`kept`: rows to use, sorted, one per (ticker, date), `iv` NaN where absent.

    `table`: finds with `MARK_COLUMNS`; `duplicates`: rows that came twice alike.
    """

    kept: pd.DataFrame
    table: pd.DataFrame
    duplicates: int


def check_iv(rows: pd.DataFrame, sessions: Sessions) -> IvVerdict:
    """Apply D13 to rows of ticker, date (midnight, no zone), iv and maybe hv."""
    values = rows.assign(hv=rows.get("hv", np.nan))
    twice = values.duplicated(["ticker", "date", "iv", "hv"])
    single = values[~twice].sort_values(["ticker", "date"], ignore_index=True)
    finds = Finds(Axis((), np.zeros(0, "datetime64[D]")))
    bad = single.duplicated(["ticker", "date"], keep=False).to_numpy(copy=True)
    _note(finds, single, bad, "quarantine", "two different values on one day.")
    days = single["date"].to_numpy().astype("datetime64[D]")
    at = sessions.positions(days)
    _note(finds, single, at < 0, "quarantine", "the exchange was closed on that day.")
    iv = single["iv"].to_numpy(np.float64)
    outside = ~np.isnan(iv) & ~((iv >= LOWEST) & (iv <= HIGHEST))
    _note(finds, single, outside, "quarantine", "outside 1 % to 500 %.")
    bad |= (at < 0) | outside
    spikes = _jumps(single, at, bad, finds)
    bad |= spikes
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = iv / single["hv"].to_numpy(np.float64)
    apart = ~bad & ((ratio > APART) | (ratio < 1 / APART))
    _note(finds, single, apart, "warn", "over three times apart from realised.")
    kept = single[~bad].reset_index(drop=True)
    return IvVerdict(kept, finds.table(), int(twice.sum()))


def _jumps(rows: pd.DataFrame, at: Ints, bad: Bools, finds: Finds) -> Bools:
    """Warns of large day changes; gives those that come straight back."""
    iv = rows["iv"].to_numpy(np.float64)
    (use,) = np.nonzero(~bad & ~np.isnan(iv))
    codes = pd.factorize(rows["ticker"])[0][use]
    move = np.log(iv[use][1:] / iv[use][:-1])
    near = (codes[1:] == codes[:-1]) & (np.diff(at[use]) <= MAX_GAP)
    move = np.append(0.0, np.where(near, move, 0.0))
    back = np.append(move[1:], 0.0)
    spikes, large = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    returned = (np.abs(move) > JUMP) & (-back * np.sign(move) >= BACK * np.abs(move))
    # the way back of a spike is no jump of its own
    after = np.append(False, returned[:-1])
    spikes[use[returned & ~after]] = True
    large[use[(np.abs(move) > JUMP) & ~returned & ~after]] = True
    _note(finds, rows, spikes, "quarantine", "there and back within a day.")
    _note(finds, rows, large, "warn", "a change beyond 50 % (in logarithms) in a day.")
    return spikes


def _note(
    finds: Finds, rows: pd.DataFrame, which: Bools, action: Action, words: str
) -> None:
    some = rows[which]
    ts = some["date"].to_numpy().astype("datetime64[us]")
    texts = [f"iv {value:g}: {words}" for value in some["iv"]]
    tickers = some["ticker"].to_numpy(dtype=object)
    finds.add_rows("D13", action, tickers, ts, ts, texts)
