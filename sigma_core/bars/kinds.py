"""How prices are adjusted is one kind per series: when a given kind may be taken.

The kinds raw, split and total never mix. `unknown` gives way to a kind that is said
later, but only with the proof that it speaks of the same prices: the bars come in once
more, all that are stored, and no price differs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sigma_core.bars.rows import Rows
from sigma_core.errors import Problem
from sigma_core.frames import FIELDS, Bools

UNKNOWN = "unknown"
_PRICES = [at for at, name in enumerate(FIELDS) if name != "volume"]


def mixed(
    held: Mapping[str, str], incoming: Rows, latest: Rows, adjustment: str
) -> dict[str, Problem]:
    """Tickers that may not come in as `adjustment`, each with its reason.

    `held`: ticker → kind that is stored; `latest`: the stored rows that count.
    """
    others = (
        name for name in incoming.tickers if held.get(name, adjustment) != adjustment
    )
    found = {}
    for name in others:
        if held[name] != UNKNOWN:
            found[name] = _other(name, held[name], adjustment)
        elif why := _differs(_of(incoming, name), _of(latest, name)):
            found[name] = _unproven(name, adjustment, why)
    return found


def is_declared(held: Mapping[str, str], incoming: Rows, adjustment: str) -> Bools:
    """Whether each row is of a ticker whose unknown kind these rows say."""
    of = [UNKNOWN == held.get(name) != adjustment for name in incoming.tickers]
    declared: Bools = np.array(of, np.bool_)[incoming.row]
    return declared


def _of(rows: Rows, name: str) -> Rows:
    return rows.take(rows.row == rows.tickers.index(name))


def _differs(given: Rows, stored: Rows) -> str:
    """What keeps these bars from being the stored ones, '' if nothing does."""
    at = np.searchsorted(given.ts, stored.ts)
    there = given.ts[np.minimum(at, len(given) - 1)] == stored.ts
    if not there.all():
        first = stored.ts[~there][0]
        return (
            f"{(~there).sum():,} of its stored bars are not here, first {_day(first)}"
        )
    before, now = stored.values[_PRICES], given.values[_PRICES][:, at]
    same = ((before == now) | (np.isnan(before) & np.isnan(now))).all(axis=0)
    if same.all():
        return ""
    first = stored.ts[~same][0]
    return (
        f"{(~same).sum():,} of its stored bars have other prices, first {_day(first)}"
    )


def _day(ts: np.datetime64) -> str:
    return str(ts.astype("datetime64[m]")).removesuffix("T00:00").replace("T", " ")


def _other(ticker: str, held: str, given: str) -> Problem:
    return Problem(
        "bars.adjustment",
        ticker,
        f"its stored prices are {held!r}, these {given!r}: a series can't mix them.",
        hint=f"Say --adjustment {held} if they are, or use another dataset.",
    )


def _unproven(ticker: str, given: str, why: str) -> Problem:
    return Problem(
        "bars.adjustment",
        ticker,
        f"its stored prices are 'unknown', and these can't say that they are {given!r}:"
        f" {why}.",
        hint=f"Give the stored files once more with --adjustment {given}, all at once;"
        " or use another dataset.",
    )
