"""The loop over sessions: fills of the orders before, then one turn of the policy.

Plain Python that is also compiled. It calls the very function that `policy.decide`
calls for one turn, `policy.core.turn`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sigma_core.backtest.fills import (
    CHOSEN,
    D_HALTED,
    D_PEAK,
    FILLS,
    NEXT,
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
    TRADES,
    Desk,
    Journal,
    fill_session,
)
from sigma_core.frames import Floats, Ints
from sigma_core.policy.core import (
    BUYS,
    HALTED_AT,
    HOLDING,
    PEAK,
    SELLS,
    Day,
    Rows,
    Rules,
    clear,
    turn,
)
from sigma_core.policy.shapes import Codes

Small = npt.NDArray[np.int32]


class Calls(NamedTuple):
    """What the model says, `[time, ticker]`, and `most_shares[ticker, time]`.

    `session` and `now` are the ordinal and the decision time (minutes of UTC) of each
    time. Its candidates, the best first, are `ranked[first[t] : first[t + 1]]`. Where
    there is no momentum, or no most shares, they have no ticker.
    """

    session: Ints
    now: Ints
    first: Ints
    ranked: Rows
    score: Floats
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
    rules: Rules, calls: Calls, desk: Desk, journal: Journal, daily: Floats,
    refused: Refused, explain: bool,
) -> int:  # fmt: skip
    """From the next session on, until all are done or the journal may have no room.

    Returns the next session; the first of all is without fills. Writes `daily`, the
    journal, the book, and with `explain` the refused.
    """
    times, counts = len(daily), journal.counts
    for t in range(counts[NEXT], times):
        counts[NEXT] = t
        if _full(journal, len(calls.group)):
            return t
        today = Desk(
            desk.tape, desk.charges, desk.book, desk.own, desk.out,
            daily[t], calls.session[t],
        )  # fmt: skip
        fill_session(today, journal, t)
        if t > 0:
            before = calls.ranked[calls.first[t - 1] : calls.first[t]]
            clear(before, desk.out, counts[CHOSEN], explain)
        day = _day(calls, desk, t)
        counts[CHOSEN] = turn(rules, day, desk.book, desk.out, explain)
        daily[t, D_HALTED] = 1.0 if desk.book.memory[HALTED_AT] >= 0 else 0.0
        daily[t, D_PEAK] = desk.book.money[PEAK]
        _order(today, journal, t)
        if explain:
            _keep(today, refused, counts, t, day.ranked)
    for at in range(desk.book.memory[HOLDING]):  # what is still open is worth that much
        row = desk.book.rows[at]
        journal.trades[desk.own.trade[row], T_RECEIVED] = desk.book.value[row]
    return times


def _full(journal: Journal, rows: int) -> bool:
    """Whether one more session could have no room: each row leaves and one begins."""
    counts, most = journal.counts, 2 * rows
    orders = len(journal.orders) - counts[ORDERS]
    fills = len(journal.fills) - counts[FILLS]
    trades = len(journal.trades) - counts[TRADES]
    return bool(orders < most or fills < most or trades < rows)


def _day(calls: Calls, desk: Desk, t: int) -> Day:
    """One session as the policy takes it."""
    return Day(
        calls.session[t],
        calls.now[t],
        calls.ranked[calls.first[t] : calls.first[t + 1]],
        calls.score[t],
        desk.tape.close[:, t],
        calls.group,
        calls.momentum[t],
        calls.most_shares[:, t],
        calls.whole_shares,
    )


def _order(desk: Desk, journal: Journal, t: int) -> None:
    """A line for each order, which the next session fills or cancels."""
    out, own, memory = desk.out, desk.own, desk.book.memory
    orders, used = journal.orders, journal.counts[ORDERS]
    for at in range(memory[SELLS]):
        row = out.sells[at]
        line, why = orders[used], out.sell_reason[row]
        _line(line, t, row, -1.0, out.rank[row], own.shares[row], 0.0, why)
        own.order[row] = used
        used += journal.step
    for at in range(memory[BUYS]):
        row = out.buys[at]
        line, weight = orders[used], out.weight[row]
        _line(line, t, row, 1.0, out.rank[row], out.shares[row], weight, NONE)
        own.order[row] = used
        used += journal.step
    journal.counts[ORDERS] = used


def _line(
    line: Floats, t: int, row: int, side: float, rank: int,
    shares: float, weight: float, why: int,
) -> None:  # fmt: skip
    line[O_TIME], line[O_ROW], line[O_SIDE], line[O_RANK] = t, row, side, rank
    line[O_SHARES], line[O_WEIGHT], line[O_WHY] = shares, weight, why
    line[O_STATE], line[O_REASON] = PENDING, NONE
    line[O_VALUE], line[O_LIMIT] = np.nan, np.nan


def _keep(desk: Desk, refused: Refused, counts: Ints, t: int, ranked: Rows) -> None:
    """Why each candidate of the session is not bought."""
    out, place = desk.out, counts[REFUSALS]
    for at in range(len(ranked)):
        row = ranked[at]
        if out.reason[row] == NONE:
            continue
        refused.time[place], refused.row[place], refused.rank[place] = t, row, at + 1
        refused.reason[place], refused.value[place] = out.reason[row], out.value[row]
        refused.limit[place] = out.limit[row]
        place += 1
    counts[REFUSALS] = place
