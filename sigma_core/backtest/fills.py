"""One session of fills on plain arrays: orders of the session before → cash, shares.

In the order of `docs/definitions/fills.md`: splits and dividends, delistings, sells at
the open, buys at the open, stops and targets within the bar, the book marked at the
close. Plain Python that is also compiled; all prices are those printed on the day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sigma_core.frames import Floats, Ints
from sigma_core.policy.core import CASH, EQUITY, HOLDING, Book, Verdict
from sigma_core.policy.shapes import Reason

#: Reasons as plain numbers: machine code puts no enum into an array of floats.
NONE, STOP, TARGET, DELISTED, NO_OPEN, NO_DATA, NO_CASH = (
    *(int(Reason.NONE), int(Reason.STOP), int(Reason.TARGET), int(Reason.DELISTED)),
    *(int(Reason.NO_OPEN), int(Reason.DATA_MISSING), int(Reason.CASH)),
)
#: Columns of the journal's tables.
ORDER_COLUMNS = (
    *("time", "row", "side", "rank", "shares", "weight"),
    *("why", "state", "reason", "value", "limit"),
)
O_TIME, O_ROW, O_SIDE, O_RANK, O_SHARES, O_WEIGHT = range(6)
O_WHY, O_STATE, O_REASON, O_VALUE, O_LIMIT = range(6, 11)
FILL_COLUMNS = (
    *("time", "row", "side", "shares", "quoted", "price"),
    *("commission", "slippage", "order", "why", "trade"),
)
TRADE_COLUMNS = (
    *("row", "signal_time", "rank", "entry_time", "exit_time", "shares"),
    *("entry_price", "exit_price", "paid", "received", "dividends", "costs", "why"),
)
T_ROW, T_SIGNAL, T_RANK, T_ENTRY, T_EXIT, T_SHARES = range(6)
T_ENTRY_PRICE, T_EXIT_PRICE, T_PAID, T_RECEIVED = range(6, 10)
T_DIVIDENDS, T_COSTS, T_WHY = range(10, 13)
#: States of an order.
PENDING, FILLED, CANCELLED = 0, 1, 2
#: Places in `Journal.counts`.
ORDERS, FILLS, TRADES, REFUSALS = 0, 1, 2, 3
#: Columns of the daily table.
DAILY_COLUMNS = (
    *("equity", "cash", "invested", "traded", "costs", "dividends"),
    *("positions", "halted", "peak"),
)
D_EQUITY, D_CASH, D_INVESTED, D_TRADED, D_COSTS, D_DIVIDENDS = range(6)
D_POSITIONS, D_HALTED, D_PEAK = range(6, 9)


class Tape(NamedTuple):
    """Prices `[time, ticker]` as printed; what a run does not need has shape (0, 0).

    `split` is how many shares one becomes at the open, 1 on most days; `dividend` the
    cash per share of that day; `atr` the average true range known at the close.
    `ended[ticker]` is the first session on which it is not traded any more.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    split: Floats
    dividend: Floats
    atr: Floats
    ended: Ints


class Charges(NamedTuple):
    """Fractions of a price, and brackets in ATRs (NaN without brackets)."""

    slippage: float
    commission: float
    delisting_return: float
    stop_atr: float
    target_atr: float


class Holdings(NamedTuple):
    """What the fills know of each row beside the policy's book.

    `last` is the last close, in the units of the day; `order` and `trade` are places
    in the journal. `leaving` has a line for each position that ends, or begins, now:
    row, quoted price, order, why.
    """

    shares: Floats
    last: Floats
    stop: Floats
    target: Floats
    order: Ints
    trade: Ints
    leaving: Floats


class Desk(NamedTuple):
    """All that a session of fills works on; `day` is its row of the daily table and
    `session` the ordinal of the exchange day."""

    tape: Tape
    charges: Charges
    book: Book
    own: Holdings
    out: Verdict
    day: Floats
    session: int


class Journal(NamedTuple):
    """Rows written so far: `counts` of each table are in use."""

    orders: Floats
    fills: Floats
    trades: Floats
    counts: Ints


def fill_session(desk: Desk, journal: Journal, t: int, chosen: int) -> None:
    """Fill the orders of the session before at `t` and mark the book at its close.

    The orders are among the first `chosen` ranked rows of the verdict.
    """
    _units(desk, t, chosen)
    _dividends(desk, journal, t)
    leaving = _delisted(desk, journal, t)
    leaving = _sold(desk, journal, t, leaving)
    _leave(desk, journal, t, leaving)
    entering = _buy(desk, journal, t, chosen)
    _enter(desk, journal, t, entering)
    if desk.charges.stop_atr == desk.charges.stop_atr:
        _set_brackets(desk, t, entering)
        _leave(desk, journal, t, _bracketed(desk, t))
    _mark(desk, t)


def _units(desk: Desk, t: int, chosen: int) -> None:
    """Shares, orders and prices in the units of the day, where a split changes them."""
    split, own = desk.tape.split, desk.own
    if len(split) == 0:
        return
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        own.shares[row] *= split[t, row]
        own.last[row] /= split[t, row]
        own.stop[row] /= split[t, row]
        own.target[row] /= split[t, row]
    for at in range(chosen):
        row = desk.out.ranked[at]
        desk.out.shares[row] *= split[t, row]


def _dividends(desk: Desk, journal: Journal, t: int) -> None:
    """Cash for what is held from the day before."""
    if len(desk.tape.dividend) == 0:
        return
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        cash = desk.own.shares[row] * desk.tape.dividend[t, row]
        desk.book.money[CASH] += cash
        desk.day[D_DIVIDENDS] += cash
        journal.trades[desk.own.trade[row], T_DIVIDENDS] += cash


def _delisted(desk: Desk, journal: Journal, t: int) -> int:
    """What is not traded any more leaves at its last price, as the terms say."""
    held, ended, last = desk.book.rows, desk.tape.ended, desk.own.last
    sell, orders, order = desk.out.sell, journal.orders, desk.own.order
    leaving = 0
    for at in range(desk.book.memory[HOLDING]):
        row = held[at]
        if t < ended[row]:
            continue
        if sell[row]:
            _refuse(orders, order[row], NO_OPEN, np.nan, np.nan)
            sell[row] = False
        price = last[row] * (1 + desk.charges.delisting_return)
        leaving = _exit(desk.own.leaving, leaving, row, price, -1, DELISTED)
    return leaving


def _sold(desk: Desk, journal: Journal, t: int, leaving: int) -> int:
    """Sell orders leave at the open; without one they are cancelled."""
    held, opens, exits = desk.book.rows, desk.tape.open[t], desk.own.leaving
    sell, why, order = desk.out.sell, desk.out.sell_reason, desk.own.order
    orders = journal.orders
    for at in range(desk.book.memory[HOLDING]):
        row = held[at]
        if not sell[row]:
            continue
        sell[row] = False
        if opens[row] > 0:
            orders[order[row], O_STATE] = FILLED
            leaving = _exit(exits, leaving, row, opens[row], order[row], why[row])
        else:
            _refuse(orders, order[row], NO_OPEN, np.nan, np.nan)
    return leaving


def _exit(
    leaving: Floats, count: int, row: int, quoted: float, order: int, why: int
) -> int:
    """One more line of what leaves now; returns how many."""
    line = leaving[count]
    line[0], line[1], line[2], line[3] = row, quoted, order, why
    return count + 1


def _leave(desk: Desk, journal: Journal, t: int, leaving: int) -> None:
    """Positions end. What is delisted bears no cost."""
    exits, shares, place = desk.own.leaving, desk.own.shares, desk.own.trade
    held, weight, value = desk.book.held, desk.book.weight, desk.book.value
    stop, target = desk.own.stop, desk.own.target
    fills, trades, day = journal.fills, journal.trades, desk.day
    cash, used = desk.book.money[CASH], journal.counts[FILLS]
    for at in range(leaving):
        row, order, why = int(exits[at, 0]), int(exits[at, 2]), int(exits[at, 3])
        quoted, free = exits[at, 1], why == DELISTED
        price = quoted if free else quoted * (1 - desk.charges.slippage)
        commission = 0.0 if free else shares[row] * price * desk.charges.commission
        line, trade = fills[used + at], place[row]
        cost = _write(line, t, row, -1.0, shares[row], quoted, price, commission)
        line[8], line[9], line[10] = order, why, trade
        received = shares[row] * price - commission
        cash += received
        day[D_TRADED] += shares[row] * quoted
        day[D_COSTS] += cost
        line = trades[trade]
        line[T_EXIT], line[T_EXIT_PRICE], line[T_WHY] = t, price, why
        line[T_RECEIVED] = received
        line[T_COSTS] += cost
        held[row] = False
        weight[row] = value[row] = shares[row] = 0.0
        stop[row] = target[row] = np.nan
    desk.book.money[CASH] = cash
    journal.counts[FILLS] = used + leaving


def _buy(desk: Desk, journal: Journal, t: int, chosen: int) -> int:
    """Entries at the open, by rank, each if the cash that is left pays for it.

    Writes row, quoted price, order and cost of each; returns how many.
    """
    charges, opens, cash = desk.charges, desk.tape.open[t], desk.book.money[CASH]
    ranked, tradeable, shares = desk.out.ranked, desk.out.tradeable, desk.out.shares
    orders, order, entering = journal.orders, desk.own.order, desk.own.leaving
    bracketed = charges.stop_atr == charges.stop_atr
    atr = desk.tape.atr[t - 1] if bracketed else opens
    count = 0
    for at in range(chosen):
        row = ranked[at]
        if not tradeable[row]:
            continue
        price = opens[row] * (1 + charges.slippage)
        cost = shares[row] * price * (1 + charges.commission)
        if not price > 0:
            _refuse(orders, order[row], NO_OPEN, np.nan, np.nan)
        elif not atr[row] > 0:
            _refuse(orders, order[row], NO_DATA, np.nan, 0.0)
        elif cost > cash:
            _refuse(orders, order[row], NO_CASH, cost, cash)
        else:
            orders[order[row], O_STATE] = FILLED
            cash -= cost
            count = _exit(entering, count, row, opens[row], order[row], 0)
    return count


def _enter(desk: Desk, journal: Journal, t: int, entering: int) -> None:
    """Positions begin."""
    entries, book, charges = desk.own.leaving, desk.book, desk.charges
    held, weight, entered = book.held, book.weight, book.entered
    shares, wanted, place = desk.own.shares, desk.out.shares, desk.own.trade
    rank, weights = desk.out.rank, desk.out.weight
    fills, trades, day = journal.fills, journal.trades, desk.day
    used, begun, cash = journal.counts[FILLS], journal.counts[TRADES], book.money[CASH]
    for at in range(entering):
        row, quoted, order = int(entries[at, 0]), entries[at, 1], int(entries[at, 2])
        price, size, trade = quoted * (1 + charges.slippage), wanted[row], begun + at
        commission = size * price * charges.commission
        paid = size * price * (1 + charges.commission)
        cash -= paid
        held[row], weight[row], entered[row] = True, weights[row], desk.session
        shares[row], place[row] = size, trade
        line = fills[used + at]
        cost = _write(line, t, row, 1.0, size, quoted, price, commission)
        line[8], line[9], line[10] = order, NONE, trade
        day[D_TRADED] += size * quoted
        day[D_COSTS] += cost
        line = trades[trade]
        line[T_ROW], line[T_SIGNAL], line[T_RANK] = row, t - 1, rank[row]
        line[T_ENTRY], line[T_EXIT], line[T_SHARES] = t, -1, size
        line[T_ENTRY_PRICE], line[T_EXIT_PRICE], line[T_PAID] = price, np.nan, paid
        line[T_RECEIVED], line[T_DIVIDENDS], line[T_COSTS] = 0.0, 0.0, cost
        line[T_WHY] = NONE
    book.money[CASH] = cash
    journal.counts[TRADES] = begun + entering
    journal.counts[FILLS] = used + entering


def _set_brackets(desk: Desk, t: int, entering: int) -> None:
    """Stops and targets from the fills, with the ATR that was known at the decision."""
    for at in range(entering):
        row = int(desk.own.leaving[at, 0])
        price = desk.own.leaving[at, 1] * (1 + desk.charges.slippage)
        atr = desk.tape.atr[t - 1, row]
        if len(desk.tape.split):
            atr /= desk.tape.split[t, row]
        desk.own.stop[row] = price - desk.charges.stop_atr * atr
        desk.own.target[row] = price + desk.charges.target_atr * atr


def _write(
    line: Floats, t: int, row: int, side: float, shares: float,
    quoted: float, price: float, commission: float,
) -> float:  # fmt: skip
    """The first columns of a fill; returns what it cost beyond the quoted price."""
    slippage = abs(price - quoted) * shares
    line[0], line[1], line[2], line[3] = t, row, side, shares
    line[4], line[5], line[6], line[7] = quoted, price, commission, slippage
    return commission + slippage


def _refuse(orders: Floats, order: int, why: int, value: float, limit: float) -> None:
    line = orders[order]
    line[O_STATE], line[O_REASON] = CANCELLED, why
    line[O_VALUE], line[O_LIMIT] = value, limit


def _bracketed(desk: Desk, t: int) -> int:
    """Stops and targets within the bar: the open first, then the stop."""
    held, stops, targets = desk.book.held, desk.own.stop, desk.own.target
    opens, highs, lows = desk.tape.open[t], desk.tape.high[t], desk.tape.low[t]
    leaving = 0
    for row in range(len(held)):
        if not held[row] or not opens[row] > 0:
            continue
        stop, target, opened = stops[row], targets[row], opens[row]
        quoted, why = np.nan, NONE
        if opened <= stop:
            quoted, why = opened, STOP
        elif opened >= target:
            quoted, why = opened, TARGET
        elif lows[row] <= stop:
            quoted, why = stop, STOP
        elif highs[row] >= target:
            quoted, why = target, TARGET
        if why != NONE:
            leaving = _exit(desk.own.leaving, leaving, row, quoted, -1, why)
    return leaving


def _mark(desk: Desk, t: int) -> None:
    """The book at the close: rows, values, cash, equity."""
    held, rows, value = desk.book.held, desk.book.rows, desk.book.value
    shares, last, closes = desk.own.shares, desk.own.last, desk.tape.close[t]
    holding, invested = 0, 0.0
    for row in range(len(held)):
        if not held[row]:
            continue
        if closes[row] > 0:
            last[row] = closes[row]
        value[row] = shares[row] * last[row]
        invested += value[row]
        rows[holding] = row
        holding += 1
    cash, day = desk.book.money[CASH], desk.day
    desk.book.memory[HOLDING] = holding
    desk.book.money[EQUITY] = cash + invested
    day[D_EQUITY], day[D_CASH], day[D_INVESTED] = cash + invested, cash, invested
    day[D_POSITIONS] = holding
