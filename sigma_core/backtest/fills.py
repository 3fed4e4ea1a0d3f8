"""One session of fills on plain arrays: orders of the session before → cash, shares.

In the order of `docs/definitions/fills.md`: splits and dividends, delistings, sells at
the open, buys at the open, stops and targets within the bar, the book marked at the
close. Plain Python that is also compiled; all prices are those printed on the day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sigma_core.frames import Floats, Ints
from sigma_core.policy.core import (
    BUYS,
    CASH,
    EQUITY,
    HOLDING,
    ROUNDING,
    SELLS,
    Book,
    Verdict,
)
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
#: Places in `Journal.counts`: lines in use, then the next session, and how many rows
#: the session before it chose.
ORDERS, FILLS, TRADES, REFUSALS, NEXT, CHOSEN = range(6)
#: Columns of the daily table.
DAILY_COLUMNS = (
    *("equity", "cash", "invested", "traded", "costs", "dividends"),
    *("positions", "halted", "peak"),
)
D_EQUITY, D_CASH, D_INVESTED, D_TRADED, D_COSTS, D_DIVIDENDS = range(6)
D_POSITIONS, D_HALTED, D_PEAK = range(6, 9)


class Tape(NamedTuple):
    """Prices `[ticker, time]` as printed; what a run does not need has shape (0, 0).

    `split` is how many shares one becomes at the open, 1 on most days; `dividend` the
    cash per share of that day; `atr` the average true range known at the close.
    `ended[ticker]` is the first session on which it is not traded any more, `first_end`
    the first of them.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    split: Floats
    dividend: Floats
    atr: Floats
    ended: Ints
    first_end: int


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
    """Rows written so far: `counts` of each table are in use.

    `step` is 1, or 0 if orders and fills are not kept: then each of their lines is
    written over the one before.
    """

    orders: Floats
    fills: Floats
    trades: Floats
    counts: Ints
    step: int


def fill_session(desk: Desk, journal: Journal, t: int) -> None:
    """Fill the orders of the session before at `t` and mark the book at its close.

    The orders are the sells and buys of the verdict.
    """
    _units(desk, t)
    _dividends(desk, journal, t)
    leaving = _delisted(desk, journal, t)
    leaving = _sold(desk, journal, t, leaving)
    _leave(desk, journal, t, leaving)
    entering = _buy(desk, journal, t)
    _enter(desk, journal, t, entering)
    if desk.charges.stop_atr == desk.charges.stop_atr:
        _set_brackets(desk, t, entering)
        _leave(desk, journal, t, _bracketed(desk, t))
    _mark(desk, t)


def _units(desk: Desk, t: int) -> None:
    """Shares, orders and prices in the units of the day, where a split changes them."""
    split, own = desk.tape.split, desk.own
    if len(split) == 0:
        return
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        own.shares[row] *= split[row, t]
        own.last[row] /= split[row, t]
        own.stop[row] /= split[row, t]
        own.target[row] /= split[row, t]
    for at in range(desk.book.memory[BUYS]):
        row = desk.out.buys[at]
        desk.out.shares[row] *= split[row, t]


def _dividends(desk: Desk, journal: Journal, t: int) -> None:
    """Cash for what is held from the day before."""
    if len(desk.tape.dividend) == 0:
        return
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        cash = desk.own.shares[row] * desk.tape.dividend[row, t]
        desk.book.money[CASH] += cash
        desk.day[D_DIVIDENDS] += cash
        journal.trades[desk.own.trade[row], T_DIVIDENDS] += cash


def _delisted(desk: Desk, journal: Journal, t: int) -> int:
    """What is not traded any more leaves at its last price, as the terms say."""
    leaving, sell = 0, desk.out.sell
    if t < desk.tape.first_end:
        return leaving
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        if t < desk.tape.ended[row]:
            continue
        if sell[row]:
            _refuse(journal.orders, desk.own.order[row], NO_OPEN, np.nan, np.nan)
            sell[row] = False
        price = desk.own.last[row] * (1 + desk.charges.delisting_return)
        leaving = _exit(desk.own.leaving, leaving, row, price, -1, DELISTED)
    return leaving


def _sold(desk: Desk, journal: Journal, t: int, leaving: int) -> int:
    """Sell orders leave at the open; without one they are cancelled."""
    sells, sell, why = desk.out.sells, desk.out.sell, desk.out.sell_reason
    opens, exits, orders = desk.tape.open, desk.own.leaving, journal.orders
    for at in range(desk.book.memory[SELLS]):
        row = sells[at]
        if not sell[row]:
            continue
        sell[row] = False
        order, price = desk.own.order[row], opens[row, t]
        if price > 0:
            orders[order, O_STATE] = FILLED
            leaving = _exit(exits, leaving, row, price, order, why[row])
        else:
            _refuse(orders, order, NO_OPEN, np.nan, np.nan)
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
    exits, book, own, day = desk.own.leaving, desk.book, desk.own, desk.day
    cash, used = book.money[CASH], journal.counts[FILLS]
    for at in range(leaving):
        row, order, why = int(exits[at, 0]), int(exits[at, 2]), int(exits[at, 3])
        quoted, free, shares = exits[at, 1], why == DELISTED, own.shares[row]
        price = quoted if free else quoted * (1 - desk.charges.slippage)
        commission = 0.0 if free else shares * price * desk.charges.commission
        line, trade = journal.fills[used], own.trade[row]
        cost = _write(line, t, row, -1.0, shares, quoted, price, commission)
        line[8], line[9], line[10] = order, why, trade
        used += journal.step
        received = shares * price - commission
        cash += received
        day[D_TRADED] += shares * quoted
        day[D_COSTS] += cost
        line = journal.trades[trade]
        line[T_EXIT], line[T_EXIT_PRICE], line[T_WHY] = t, price, why
        line[T_RECEIVED] = received
        line[T_COSTS] += cost
        book.held[row] = False
        book.weight[row] = book.value[row] = own.shares[row] = 0.0
        own.stop[row] = own.target[row] = np.nan
    book.money[CASH] = cash
    journal.counts[FILLS] = used
    if leaving > 0:
        _drop(book)


def _drop(book: Book) -> None:
    """Take what is not held any more off the list of held rows."""
    rows, holding = book.rows, 0
    for at in range(book.memory[HOLDING]):
        rows[holding] = rows[at]
        holding += book.held[rows[at]]
    book.memory[HOLDING] = holding


def _buy(desk: Desk, journal: Journal, t: int) -> int:
    """Entries at the open, by rank, each if the cash that is left pays for it.

    Writes row, quoted price, order and cost of each; returns how many.
    """
    charges, opens, cash = desk.charges, desk.tape.open, desk.book.money[CASH]
    orders, entering, count = journal.orders, desk.own.leaving, 0
    bracketed = charges.stop_atr == charges.stop_atr
    for at in range(desk.book.memory[BUYS]):
        row = desk.out.buys[at]
        opened, order = opens[row, t], desk.own.order[row]
        price = opened * (1 + charges.slippage)
        cost = desk.out.shares[row] * price * (1 + charges.commission)
        if not price > 0:
            _refuse(orders, order, NO_OPEN, np.nan, np.nan)
        elif bracketed and not desk.tape.atr[row, t - 1] > 0:
            _refuse(orders, order, NO_DATA, np.nan, 0.0)
        elif cost > cash * (1 + ROUNDING):
            _refuse(orders, order, NO_CASH, cost, cash)
        else:
            orders[order, O_STATE] = FILLED
            cash = max(cash - cost, 0.0)
            count = _exit(entering, count, row, opened, order, 0)
    return count


def _enter(desk: Desk, journal: Journal, t: int, entering: int) -> None:
    """Positions begin."""
    entries, book, own, charges = desk.own.leaving, desk.book, desk.own, desk.charges
    used, trade, cash = journal.counts[FILLS], journal.counts[TRADES], book.money[CASH]
    day = desk.day
    for at in range(entering):
        row, quoted, order = int(entries[at, 0]), entries[at, 1], int(entries[at, 2])
        price, size = quoted * (1 + charges.slippage), desk.out.shares[row]
        commission = size * price * charges.commission
        paid = size * price * (1 + charges.commission)
        cash = max(cash - paid, 0.0)  # less only by the last bit of a sum
        book.held[row], book.entered[row] = True, desk.session
        book.weight[row] = desk.out.weight[row]
        own.shares[row], own.trade[row] = size, trade
        own.last[row] = quoted  # until there is a close
        _add(book, row)
        line = journal.fills[used]
        cost = _write(line, t, row, 1.0, size, quoted, price, commission)
        line[8], line[9], line[10] = order, NONE, trade
        used += journal.step
        day[D_TRADED] += size * quoted
        day[D_COSTS] += cost
        line = journal.trades[trade]
        trade += 1
        line[T_ROW], line[T_SIGNAL], line[T_RANK] = row, t - 1, desk.out.rank[row]
        line[T_ENTRY], line[T_EXIT], line[T_SHARES] = t, -1, size
        line[T_ENTRY_PRICE], line[T_EXIT_PRICE], line[T_PAID] = price, np.nan, paid
        line[T_RECEIVED], line[T_DIVIDENDS], line[T_COSTS] = 0.0, 0.0, cost
        line[T_WHY] = NONE
    book.money[CASH] = cash
    journal.counts[TRADES] = trade
    journal.counts[FILLS] = used


def _add(book: Book, row: int) -> None:
    """Put a row in its place on the list of held rows."""
    rows, at = book.rows, book.memory[HOLDING]
    while at > 0 and rows[at - 1] > row:
        rows[at] = rows[at - 1]
        at -= 1
    rows[at] = row
    book.memory[HOLDING] += 1


def _set_brackets(desk: Desk, t: int, entering: int) -> None:
    """Stops and targets from the fills, with the ATR that was known at the decision."""
    for at in range(entering):
        row = int(desk.own.leaving[at, 0])
        price = desk.own.leaving[at, 1] * (1 + desk.charges.slippage)
        atr = desk.tape.atr[row, t - 1]
        if len(desk.tape.split):
            atr /= desk.tape.split[row, t]
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
    tape, leaving = desk.tape, 0
    for at in range(desk.book.memory[HOLDING]):
        row = desk.book.rows[at]
        stop, target, opened = (
            desk.own.stop[row],
            desk.own.target[row],
            tape.open[row, t],
        )
        if not opened > 0:
            continue
        quoted, why = np.nan, NONE
        if opened <= stop:
            quoted, why = opened, STOP
        elif opened >= target:
            quoted, why = opened, TARGET
        elif tape.low[row, t] <= stop:
            quoted, why = stop, STOP
        elif tape.high[row, t] >= target:
            quoted, why = target, TARGET
        if why != NONE:
            leaving = _exit(desk.own.leaving, leaving, row, quoted, -1, why)
    return leaving


def _mark(desk: Desk, t: int) -> None:
    """The book at the close: values, cash, equity."""
    book, own, day = desk.book, desk.own, desk.day
    holding, invested = book.memory[HOLDING], 0.0
    for at in range(holding):
        row = book.rows[at]
        close = desk.tape.close[row, t]
        if close > 0:
            own.last[row] = close
        book.value[row] = own.shares[row] * own.last[row]
        invested += book.value[row]
    cash = book.money[CASH]
    book.money[EQUITY] = cash + invested
    day[D_EQUITY], day[D_CASH], day[D_INVESTED] = cash + invested, cash, invested
    day[D_POSITIONS] = holding
