"""A book that follows given weights, on plain arrays; also compiled.

Prices and weights are `[ticker, time]` in any layout. The weights are read once, in
the order of memory, into lists of each day's rows; prices are read only where there is
an order or a position.

`run` is long, and its parts take single arrays and numbers, not the tuples of `fills`:
machine code counts references to each array of a tuple that it hands on, which took
three times as long.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sigma_core.backtest.fills import (
    D_CASH,
    D_COSTS,
    D_EQUITY,
    D_INVESTED,
    D_POSITIONS,
    D_TRADED,
)
from sigma_core.frames import Floats, Ints

#: What `run` returns instead of a count if a weight is below zero or infinite.
REFUSED = -1


class Conditions(NamedTuple):
    """Capital in dollars, costs as fractions, and whether shares are whole."""

    capital: float
    slippage: float
    commission: float
    whole: bool


def run(
    weights: Floats, opens: Floats, closes: Floats, split: Floats,
    terms: Conditions, daily: Floats,
) -> tuple[Floats, int]:  # fmt: skip
    """All sessions; writes `daily`, returns a table of fills and how many it has.

    A fill is time, row, shares (below zero if sold) and quoted price. A weight of t is
    an order at the open of t+1. REFUSED fills if a weight is below zero or infinite.
    `split` has shape (0, 0) where there is none.
    """
    rows, times = weights.shape
    first, asked = _asked(weights)
    # a row with a weight is bought or sold, and leaves at most once for each time
    fills = np.empty((2 * len(asked), 4))
    if first[0] < 0:
        return fills, REFUSED
    shares, last = np.zeros(rows), np.zeros(rows)
    held = np.zeros(rows, np.int64)
    holding, used, cash, equity = 0, 0, terms.capital, terms.capital
    for t in range(times):
        begin, end = (first[t - 1], first[t]) if t > 0 else (0, 0)
        left, traded, costs = 0, 0.0, 0.0
        if len(split):
            _units(split, shares, last, held, holding, t)
        for at in range(holding):  # sells
            row = held[at]
            wanted = _target(weights, closes, split, equity, terms.whole, t, row)
            less = shares[row] - wanted
            if opens[row, t] > 0 and less > 0:
                price = opens[row, t] * (1 - terms.slippage)
                commission = less * price * terms.commission
                shares[row] = wanted
                cash += less * price - commission
                traded += less * opens[row, t]
                costs += less * (opens[row, t] - price) + commission
                used = _write(fills, used, t, row, -less, opens[row, t])
            held[left] = row
            left += shares[row] > 0
        holding = left
        for at in range(begin, end):  # buys, in the order of the rows
            row = asked[at]
            wanted = _target(weights, closes, split, equity, terms.whole, t, row)
            price = opens[row, t] * (1 + terms.slippage)
            more = wanted - shares[row]
            most = cash / (price * (1 + terms.commission))
            if more > most:
                more = np.floor(most) if terms.whole else most
            if not (price > 0 and more > 0):
                continue
            if shares[row] == 0:
                held[holding], last[row] = row, opens[row, t]  # until there is a close
                holding += 1
            commission = more * price * terms.commission
            shares[row] += more
            cash -= more * price + commission
            traded += more * opens[row, t]
            costs += more * (price - opens[row, t]) + commission
            used = _write(fills, used, t, row, more, opens[row, t])
        daily[t, D_TRADED], daily[t, D_COSTS] = traded, costs
        invested = 0.0
        for at in range(holding):
            row = held[at]
            if closes[row, t] > 0:
                last[row] = closes[row, t]
            invested += shares[row] * last[row]
        equity = cash + invested
        daily[t, D_EQUITY], daily[t, D_CASH] = equity, cash
        daily[t, D_INVESTED], daily[t, D_POSITIONS] = invested, holding
    return fills, used


def _asked(weights: Floats) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Rows with a weight above zero: those of t are `rows[first[t] : first[t + 1]]`.

    Two passes in the order of memory instead of one across it.
    """
    rows, times = weights.shape
    first = np.zeros(times + 1, np.int64)
    lowest, highest = 0.0, 0.0
    for row in range(rows):
        for t in range(times):
            first[t + 1] += weights[row, t] > 0
            lowest = min(lowest, weights[row, t])
            highest = max(highest, weights[row, t])
    if lowest < 0 or highest == np.inf:
        first[0] = REFUSED
        return first, np.empty(0, np.int32)
    for t in range(times):
        first[t + 1] += first[t]
    place = first[:-1].copy()
    found = np.empty(first[-1], np.int32)
    for row in range(rows):
        for t in range(times):
            if weights[row, t] > 0:
                found[place[t]] = row
                place[t] += 1
    return first, found


def _units(
    split: Floats, shares: Floats, last: Floats, held: Ints, holding: int, t: int
) -> None:
    """What is held, in the units of the day."""
    for at in range(holding):
        row = held[at]
        shares[row] *= split[row, t]
        last[row] /= split[row, t]


def _target(
    weights: Floats, closes: Floats, split: Floats,
    equity: float, whole: bool, t: int, row: int,
) -> float:  # fmt: skip
    """Shares wanted at the open of t by the close before, in units of t; or NaN."""
    weight = float(weights[row, t - 1])
    if weight == 0:
        return 0.0
    shares = weight * equity / float(closes[row, t - 1])
    if whole and shares == shares:
        shares = float(math.floor(shares))
    return shares * float(split[row, t]) if len(split) else shares


def _write(
    fills: Floats, used: int, t: int, row: int, shares: float, quoted: float
) -> int:
    """One more line; returns how many."""
    fills[used, 0], fills[used, 1] = t, row
    fills[used, 2], fills[used, 3] = shares, quoted
    return used + 1
