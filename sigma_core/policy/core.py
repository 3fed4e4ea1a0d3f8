"""One turn of the policy on plain arrays: the only place where its rules are written.

Plain Python that is also compiled (`policy.compiled`): `decide` runs it for one turn, a
backtest once for every session of its loop. The named tuples are what it reads and
writes; rows are those of `Candidates`. Sums go row by row, so that plain Python and
machine code agree to the last bit. Nothing here makes an array or hands one back: the
machine code counts no references, and what it needs to write on is in the tuples.

Longer than other files: compiled code is found again by the hash of the files that hold
its functions, so the tuples and numbers that are part of it stand here too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.policy.shapes import Codes, Reason

#: Rows in a list of them.
Rows = npt.NDArray[np.uint32]

#: Sums of money and weights are compared with this much room for rounding.
ROUNDING = 1e-12
#: The minute of an entry that never was.
NEVER = np.iinfo(np.int64).min
#: The reasons of a stopped signal, as plain numbers: a function returns one kind.
NOT_ELIGIBLE = int(Reason.NOT_ELIGIBLE)
NONE, HELD, DATA_MISSING, DRAWDOWN_HALT, MOMENTUM_GATE, COOLDOWN, MIN_RR = (
    *(int(Reason.NONE), int(Reason.HELD), int(Reason.DATA_MISSING)),
    *(int(Reason.DRAWDOWN_HALT), int(Reason.MOMENTUM_GATE), int(Reason.COOLDOWN)),
    int(Reason.MIN_RR),
)
MIN_SCORE, BELOW_TOP_N, SECTOR_CAP, TIME_STOP, HOLD_OVER = (
    *(int(Reason.MIN_SCORE), int(Reason.BELOW_TOP_N), int(Reason.SECTOR_CAP)),
    *(int(Reason.TIME_STOP), int(Reason.HOLD_OVER)),
)
NO_SLOT, MAX_TRADES, PARTICIPATION, TOO_SMALL, EXPOSURE, NO_CASH = (
    *(int(Reason.NO_SLOT), int(Reason.MAX_TRADES), int(Reason.PARTICIPATION)),
    *(int(Reason.TOO_SMALL), int(Reason.EXPOSURE), int(Reason.CASH)),
)
#: Places in `Book.money`.
EQUITY, CASH, PEAK = 0, 1, 2
#: Places in `Book.memory`.
HALTED_AT, SESSION, ENTRIES, HOLDING, SELLS, BUYS = range(6)


class Rules(NamedTuple):
    """A policy as numbers; what is not limited has infinity or a very large number."""

    top_n: int
    by_score: bool
    hold: int
    dropout: int
    min_score: float
    sector_cap: float
    max_drawdown: float
    resume_after: int
    max_exposure: float
    size_by_conf: bool
    conf_cap: float
    momentum_gate: bool
    momentum_min: float
    cooldown_minutes: int
    max_trades: int
    time_stop: int
    min_rr: float
    reward_risk: float


class Day(NamedTuple):
    """One session's candidates; `ranked` are the eligible rows, the best first.

    `now` is in minutes of UTC. `group` numbers sectors, each row without one has its
    own. `momentum` and `most_shares` are empty where there are none.
    """

    session: int
    now: int
    ranked: Rows
    score: Floats
    close: Floats
    group: Ints
    momentum: Floats
    most_shares: Floats
    whole_shares: bool


class Book(NamedTuple):
    """The state: `rows` are the held ones, the first `memory[HOLDING]` in order."""

    rows: Rows
    held: Bools
    entered: Ints
    weight: Floats
    value: Floats
    last_entry: Ints
    money: Floats
    memory: Ints


class Verdict(NamedTuple):
    """What is decided of every row. A turn needs it blank (`blank`) and writes only
    what differs.

    `sells` are the rows to sell, the first `memory[SELLS]` in order, `buys` those to
    buy, the first `memory[BUYS]` by rank. `over` and `filled` are room to work in, a
    place for each row and for each sector.
    """

    rank: Ints
    selected: Bools
    tradeable: Bools
    weight: Floats
    shares: Floats
    reason: Codes
    value: Floats
    limit: Floats
    sell: Bools
    sell_reason: Codes
    sells: Rows
    buys: Rows
    over: Ints
    filled: Floats


def turn(rules: Rules, day: Day, book: Book, out: Verdict, explain: bool) -> int:
    """Decide one session; returns how many of the ranked rows are chosen.

    Writes `out`, and of the book: money's peak, memory, and `last_entry`. The chosen
    are the first of the ranked. Without `explain` no row gets a reason, value or limit.
    """
    _halt(rules, day, book)
    _rank(day, out)
    chosen = _select(rules, day, book, out)
    if explain:
        _give_reasons(rules, day, out, chosen)
    _sell(rules, day, book, out)
    if rules.sector_cap != np.inf:
        _cap_sectors(rules, day, book, out, chosen, explain)
    _buy(rules, day, book, out, chosen, explain)
    return chosen


def clear(ranked: Rows, out: Verdict, chosen: int, explain: bool) -> None:
    """Make what a turn wrote of its ranked rows blank again (not the sells)."""
    for at in range(len(ranked)):
        out.rank[ranked[at]] = 0
    for at in range(chosen):
        row = ranked[at]
        out.selected[row] = out.tradeable[row] = False
        out.weight[row] = out.shares[row] = 0.0
    if explain:
        for at in range(len(ranked)):
            row = ranked[at]
            out.reason[row] = NOT_ELIGIBLE
            out.value[row] = out.limit[row] = np.nan


def _halt(rules: Rules, day: Day, book: Book) -> None:
    """Begin or end a halt, keep the peak, begin a new day's count."""
    money, memory = book.money, book.memory
    waited = day.session - memory[HALTED_AT]
    if memory[HALTED_AT] >= 0 and 0 < rules.resume_after <= waited:
        memory[HALTED_AT] = -1
        money[PEAK] = money[EQUITY]
    if memory[HALTED_AT] < 0:
        money[PEAK] = max(money[PEAK], money[EQUITY])
        if money[EQUITY] <= money[PEAK] * (1 - rules.max_drawdown):
            memory[HALTED_AT] = day.session
    if memory[SESSION] != day.session:
        memory[ENTRIES] = 0
    memory[SESSION] = day.session


def _rank(day: Day, out: Verdict) -> None:
    """Number the candidates, the best first."""
    for at in range(len(day.ranked)):
        out.rank[day.ranked[at]] = at + 1


def _select(rules: Rules, day: Day, book: Book, out: Verdict) -> int:
    """Signals are the first `chosen` ranks, with their weights; returns how many."""
    ranked, score, equity = day.ranked, day.score, book.money[EQUITY]
    chosen, total = min(len(ranked), rules.top_n), 0.0
    while chosen > 0 and score[ranked[chosen - 1]] < rules.min_score:
        chosen -= 1
    if rules.by_score:
        for at in range(chosen):
            total += score[ranked[at]]
    scale = rules.max_exposure / equity if equity > rules.max_exposure else 1.0
    equal = 1.0 / rules.top_n
    for at in range(chosen):
        row = ranked[at]
        share = equal
        if rules.by_score:
            share = score[row] / total if total > 0 else 0.0
        share = share * scale
        if rules.size_by_conf:
            share = share * min(score[row] / 100.0, rules.conf_cap)
        out.weight[row] = share
        out.selected[row] = True
    return chosen


def _give_reasons(rules: Rules, day: Day, out: Verdict, chosen: int) -> None:
    """No reason for the chosen yet; say why the ranks after them are no signals."""
    ranked, score = day.ranked, day.score
    for at in range(chosen):
        out.reason[ranked[at]] = NONE
    for at in range(chosen, len(ranked)):
        row = ranked[at]
        if score[row] < rules.min_score:
            _stop(out, row, MIN_SCORE, score[row], rules.min_score)
        else:
            _stop(out, row, BELOW_TOP_N, at + 1.0, float(rules.top_n))


def _sell(rules: Rules, day: Day, book: Book, out: Verdict) -> None:
    """Mark what leaves at the next fill: all in a halt, else what is over.

    What has no close waits: its order could not be filled, and its place among the
    `dropout` and in the book would be given away for nothing.
    """
    held, holding, over = book.rows, book.memory[HOLDING], 0
    halted, rows = book.memory[HALTED_AT] >= 0, len(out.rank)
    for at in range(holding):
        row = held[at]
        kept_for = day.session - book.entered[row] + 1
        if halted:
            out.sell[row], out.sell_reason[row] = True, DRAWDOWN_HALT
        elif not day.close[row] > 0:
            continue
        elif kept_for >= rules.time_stop:
            out.sell[row], out.sell_reason[row] = True, TIME_STOP
        elif kept_for >= rules.hold and not out.selected[row]:
            # worst last: the lowest rank, none at all below it, among equals Z to A
            place = out.rank[row] if out.rank[row] else rows + 1
            out.over[over] = place * rows + np.int64(row)
            over += 1
    _sell_worst(out, over, rules.dropout, rows)
    selling = 0
    for at in range(holding):
        if out.sell[held[at]]:
            out.sells[selling] = held[at]
            selling += 1
    book.memory[SELLS] = selling


def _sell_worst(out: Verdict, over: int, dropout: int, rows: int) -> None:
    """Of the first `over` places sell the `dropout` last ones, from a heap of them."""
    places = out.over
    for at in range(over // 2 - 1, -1, -1):
        _sink(places, at, over)
    for left in range(over, max(over - dropout, 0), -1):
        row = places[0] % rows
        out.sell[row], out.sell_reason[row] = True, HOLD_OVER
        places[0] = places[left - 1]
        _sink(places, 0, left - 1)


def _sink(heap: Ints, at: int, count: int) -> None:
    """Move a place down a heap of `count` until none below it is higher."""
    place = heap[at]
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= place:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = place


def _cap_sectors(
    rules: Rules, day: Day, book: Book, out: Verdict, chosen: int, explain: bool
) -> None:
    """Take back signals that would fill a sector beyond its cap."""
    filled = out.filled
    for at in range(len(filled)):
        filled[at] = 0.0
    for at in range(book.memory[HOLDING]):
        row = book.rows[at]
        if not out.sell[row]:
            filled[day.group[row]] += book.weight[row]
    for at in range(chosen):
        row = day.ranked[at]
        if book.held[row]:
            continue
        reached = filled[day.group[row]] + out.weight[row]
        if reached > rules.sector_cap * (1 + ROUNDING):
            if explain:
                _stop(out, row, SECTOR_CAP, reached, rules.sector_cap)
            out.selected[row] = False
            out.weight[row] = 0.0
        else:
            filled[day.group[row]] = reached


def _buy(
    rules: Rules, day: Day, book: Book, out: Verdict, chosen: int, explain: bool
) -> None:
    """Size the signals that nothing stops, in rank order, while the book has room."""
    invested, cash, slots = _room(book, out)
    equity, entries, buying = book.money[EQUITY], book.memory[ENTRIES], 0
    halted = book.memory[HALTED_AT] >= 0
    drawdown = 1 - equity / book.money[PEAK] if halted else np.nan
    for at in range(chosen):
        row = day.ranked[at]
        if not explain and (
            halted or slots >= rules.top_n or entries >= rules.max_trades
        ):
            break  # nothing more can be bought, and nobody asks why
        if not out.selected[row]:
            continue
        close, most = day.close[row], _most(day, row)
        shares, cost = 0.0, 0.0
        stop = _stopped(rules, day, book, row, drawdown)
        if stop[0] == NONE:
            wanted = out.weight[row] * equity
            shares = _sized(day.whole_shares, wanted, close, most)
            cost = shares * close
            stop = _refused(rules, close, most, wanted, cost, slots, entries)
        if stop[0] == NONE:
            stop = _unpaid(rules, cost, invested, cash)
        if stop[0] == NONE:
            slots, entries = slots + 1, entries + 1
            invested, cash = invested + cost, cash - cost
            out.tradeable[row], out.shares[row] = True, shares
            book.last_entry[row] = day.now
            out.buys[buying] = row
            buying += 1
        elif explain:
            _stop(out, row, stop[0], stop[1], stop[2])
    book.memory[ENTRIES], book.memory[BUYS] = entries, buying


def _room(book: Book, out: Verdict) -> tuple[float, float, int]:
    """Invested, cash and positions once the sells are done."""
    invested, cash, slots = 0.0, book.money[CASH], 0
    for at in range(book.memory[HOLDING]):
        row = book.rows[at]
        if out.sell[row]:
            cash += book.value[row]
        else:
            invested += book.value[row]
            slots += 1
    return invested, cash, slots


def _most(day: Day, row: int) -> float:
    """The most shares that an entry may buy."""
    return day.most_shares[row] if len(day.most_shares) else np.inf


def _stopped(
    rules: Rules, day: Day, book: Book, row: int, drawdown: float
) -> tuple[int, float, float]:
    """Which limit of its own stops a signal: reason, value, limit.

    `drawdown` is NaN without a halt.
    """
    if book.held[row]:
        return HELD, day.session - book.entered[row] + 1.0, float(rules.hold)
    if not day.close[row] > 0:
        return DATA_MISSING, np.nan, 0.0
    if drawdown == drawdown:
        return DRAWDOWN_HALT, drawdown, rules.max_drawdown
    if rules.momentum_gate:
        momentum = day.momentum[row] if len(day.momentum) else np.nan
        if not momentum >= rules.momentum_min:
            return MOMENTUM_GATE, momentum, rules.momentum_min
    last = book.last_entry[row]
    since = np.inf if last == NEVER else float(day.now - last)
    if since < rules.cooldown_minutes:
        return COOLDOWN, since, float(rules.cooldown_minutes)
    if rules.reward_risk < rules.min_rr:
        return MIN_RR, rules.reward_risk, rules.min_rr
    return NONE, np.nan, np.nan


def _refused(
    rules: Rules, close: float, most: float, wanted: float, cost: float,
    slots: int, entries: int,
) -> tuple[int, float, float]:  # fmt: skip
    """Whether the book and the day have room for an entry: reason, value, limit."""
    if slots >= rules.top_n:
        return NO_SLOT, float(slots), float(rules.top_n)
    if entries >= rules.max_trades:
        return MAX_TRADES, float(entries), float(rules.max_trades)
    if cost <= 0 and wanted >= close:
        return PARTICIPATION, wanted / close, most
    if cost <= 0:
        return TOO_SMALL, close, wanted
    return NONE, np.nan, np.nan


def _unpaid(
    rules: Rules, cost: float, invested: float, cash: float
) -> tuple[int, float, float]:
    """Whether the money has room for an entry: reason, value, limit."""
    if invested + cost > rules.max_exposure * (1 + ROUNDING):
        return EXPOSURE, invested + cost, rules.max_exposure
    if cost > cash * (1 + ROUNDING):
        return NO_CASH, cost, cash
    return NONE, np.nan, np.nan


def _sized(whole: bool, wanted: float, close: float, most: float) -> float:
    """Shares for an amount, within the most; whole ones or any fraction.

    80 shares that come out as 79.99999999999999 are 80: the last bit of an equity must
    not decide over a share.
    """
    if not (close > 0 and most > 0):
        return 0.0
    shares = min(wanted / close, most)
    return float(math.floor(shares * (1 + ROUNDING))) if whole else shares


def _stop(out: Verdict, row: int, why: int, value: float, limit: float) -> None:
    out.reason[row] = why
    out.value[row] = value
    out.limit[row] = limit
