"""The loop over sessions: fills of the orders before, then one turn of the policy.

Plain Python that is also compiled. It calls the very function that `policy.decide`
calls for one turn, `policy.core.turn`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sigma_core.backtest.fills import (
    D_HALTED,
    D_PEAK,
    NONE,
    O_LIMIT,
    O_RANK,
    O_REASON,
    O_ROW,
    O_SHARES,
    O_SIDE,
    O_STATE,
    O_TIME,
    O_VALUE,
    O_WEIGHT,
    O_WHY,
    ORDERS,
    PENDING,
    REFUSALS,
    T_RECEIVED,
    Desk,
    Journal,
    fill_session,
)
from sigma_core.frames import Bools, Floats, Ints
from sigma_core.policy.core import (
    HALTED_AT,
    HOLDING,
    PEAK,
    Day,
    Rules,
    clear,
    turn,
)
from sigma_core.policy.shapes import Codes

Small = npt.NDArray[np.int32]


class Calls(NamedTuple):
    """What the model says, `[time, ticker]`; what there is not has shape (0, 0).

    `session` and `now` are the ordinal and the decision time (minutes of UTC) of each
    time. `order` holds the rows with a score, the best first, `ordered` how many.
    """

    session: Ints
    now: Ints
    order: Small
    ordered: Ints
    score: Floats
    eligible: Bools
    momentum: Floats
    most_shares: Floats
    group: Ints
    whole_shares: bool


class Refused(NamedTuple):
    """A line for each candidate that is not bought; empty where none are kept."""

    time: Small
    row: Small
    rank: Small
    reason: Codes
    value: Floats
    limit: Floats


def run(
    rules: Rules, calls: Calls, desk: Desk, daily: Floats, refused: Refused,
    orders: Floats, fills: Floats, trades: Floats, counts: Ints,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """All sessions, the first of them without fills; returns the journal's tables.

    Writes `daily`, `refused`, the book, and how many lines of each are in use.
    """
    times, rows = desk.tape.close.shape
    found, chosen, explain = 0, 0, len(refused.time) > 0
    for t in range(times):
        most = 2 * rows
        orders = _room(orders, counts[ORDERS], most)
        fills = _room(fills, counts[1], most)
        trades = _room(trades, counts[2], rows)
        journal = Journal(orders, fills, trades, counts)
        today = Desk(
            desk.tape, desk.charges, desk.book, desk.own, desk.out,
            daily[t], calls.session[t],
        )  # fmt: skip
        fill_session(today, journal, t, chosen)
        clear(desk.out, found, chosen)
        day = _day(calls, desk, t)
        found, chosen = turn(rules, day, desk.book, desk.out, explain)
        daily[t, D_HALTED] = 1.0 if desk.book.memory[HALTED_AT] >= 0 else 0.0
        daily[t, D_PEAK] = desk.book.money[PEAK]
        _order(today, journal, t, chosen)
        if explain:
            _keep(today, refused, counts, t, found)
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        trades[desk.own.trade[row], T_RECEIVED] = desk.book.value[row]
    return orders, fills, trades


def _day(calls: Calls, desk: Desk, t: int) -> Day:
    """The candidates of one session."""
    nothing = calls.score[t, :0]
    return Day(
        calls.session[t],
        calls.now[t],
        calls.order[t, : calls.ordered[t]],
        calls.score[t],
        calls.eligible[t],
        desk.tape.close[t],
        calls.group,
        calls.momentum[t] if len(calls.momentum) else nothing,
        calls.most_shares[t] if len(calls.most_shares) else nothing,
        calls.whole_shares,
    )


def _order(desk: Desk, journal: Journal, t: int, chosen: int) -> None:
    """A line for each order, which the next session fills or cancels."""
    rows, sell, why = desk.book.rows, desk.out.sell, desk.out.sell_reason
    owned = desk.own.shares
    ranked, tradeable, shares = desk.out.ranked, desk.out.tradeable, desk.out.shares
    rank, weight, place = desk.out.rank, desk.out.weight, desk.own.order
    orders, used = journal.orders, journal.counts[ORDERS]
    for at in range(desk.book.memory[HOLDING]):
        row = rows[at]
        if sell[row]:
            _line(orders[used], t, row, -1.0, rank[row], owned[row], 0.0, why[row])
            place[row] = used
            used += 1
    for at in range(chosen):
        row = ranked[at]
        if tradeable[row]:
            _line(orders[used], t, row, 1.0, at + 1, shares[row], weight[row], NONE)
            place[row] = used
            used += 1
    journal.counts[ORDERS] = used


def _line(
    line: Floats, t: int, row: int, side: float, rank: int,
    shares: float, weight: float, why: int,
) -> None:  # fmt: skip
    line[O_TIME], line[O_ROW], line[O_SIDE], line[O_RANK] = t, row, side, rank
    line[O_SHARES], line[O_WEIGHT], line[O_WHY] = shares, weight, why
    line[O_STATE], line[O_REASON] = PENDING, NONE
    line[O_VALUE], line[O_LIMIT] = np.nan, np.nan


def _keep(desk: Desk, refused: Refused, counts: Ints, t: int, found: int) -> None:
    """Why each candidate of the session is not bought."""
    ranked, why = desk.out.ranked, desk.out.reason
    found_value, found_limit = desk.out.value, desk.out.limit
    time, rows, rank = refused.time, refused.row, refused.rank
    reason, value, limit = refused.reason, refused.value, refused.limit
    place = counts[REFUSALS]
    for at in range(found):
        row = ranked[at]
        if why[row] == NONE:
            continue
        time[place], rows[place], rank[place] = t, row, at + 1
        reason[place], value[place] = why[row], found_value[row]
        limit[place] = found_limit[row]
        place += 1
    counts[REFUSALS] = place


def _room(table: Floats, used: int, more: int) -> Floats:
    """The table, or a copy twice as long, so that `more` lines fit."""
    if used + more <= len(table):
        return table
    longer = np.empty((2 * (len(table) + more), table.shape[1]))
    longer[:used] = table[:used]
    return longer
