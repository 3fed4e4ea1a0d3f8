"""One turn of the policy on plain arrays: the only place where its rules are written.

Plain Python that is also compiled (`policy.compiled`): `decide` runs it for one turn, a
backtest once for every session of its loop. The named tuples are what it reads and
writes; rows are those of `Candidates`. Sums go row by row, so that plain Python and
machine code agree to the last bit. Arrays are taken out of their tuples before a loop:
machine code counts references each time one is.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.policy.shapes import Codes, Reason

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
NO_SLOT, MAX_TRADES, PARTICIPATION, TOO_SMALL, EXPOSURE, NO_CASH = (
    *(int(Reason.NO_SLOT), int(Reason.MAX_TRADES), int(Reason.PARTICIPATION)),
    *(int(Reason.TOO_SMALL), int(Reason.EXPOSURE), int(Reason.CASH)),
)
#: Places in `Book.money`.
EQUITY, CASH, PEAK = 0, 1, 2
#: Places in `Book.memory`.
HALTED_AT, SESSION, ENTRIES, HOLDING = 0, 1, 2, 3


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
    """One session's candidates; `order` are the rows with a score, the best first.

    `now` is in minutes of UTC. `group` numbers sectors, each row without one has its
    own. `momentum` and `most_shares` are empty where there are none.
    """

    session: int
    now: int
    order: npt.NDArray[np.int32]
    score: Floats
    eligible: Bools
    close: Floats
    group: Ints
    momentum: Floats
    most_shares: Floats
    whole_shares: bool


class Book(NamedTuple):
    """The state: `rows` are the held ones, the first `memory[HOLDING]` in order."""

    rows: Ints
    held: Bools
    entered: Ints
    weight: Floats
    value: Floats
    last_entry: Ints
    money: Floats
    memory: Ints


class Verdict(NamedTuple):
    """What is decided of every row. A turn needs it blank (`blank`) and writes only
    what differs; `ranked` are the eligible rows, the best first."""

    ranked: Ints
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


def turn(
    rules: Rules, day: Day, book: Book, out: Verdict, explain: bool
) -> tuple[int, int]:
    """Decide one session; returns how many rows are ranked, and how many chosen.

    Writes `out`, and of the book: money's peak, memory, and `last_entry`. The chosen
    are the first of the ranked; without `explain` the others get no reason.
    """
    _halt(rules, day, book)
    found = _rank(day, out)
    chosen = _select(rules, day, book, out, found)
    if explain:
        _pass_over(rules, day, out, found, chosen)
    _sell(rules, day, book, out)
    _cap_sectors(rules, day, book, out, chosen)
    _buy(rules, day, book, out, chosen)
    return found, chosen


def clear(out: Verdict, found: int, chosen: int) -> None:
    """Make what a turn wrote of its ranked rows blank again (not the sells)."""
    ranked, rank, reason = out.ranked, out.rank, out.reason
    value, limit = out.value, out.limit
    for at in range(found):
        row = ranked[at]
        rank[row], reason[row] = 0, NOT_ELIGIBLE
        value[row] = limit[row] = np.nan
    selected, tradeable = out.selected, out.tradeable
    weight, shares = out.weight, out.shares
    for at in range(chosen):
        row = ranked[at]
        selected[row] = tradeable[row] = False
        weight[row] = shares[row] = 0.0


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


def _rank(day: Day, out: Verdict) -> int:
    """Number the eligible, the best first."""
    order, eligible, ranked, rank = day.order, day.eligible, out.ranked, out.rank
    found = 0
    for at in range(len(order)):
        row = order[at]
        if eligible[row]:
            ranked[found] = row
            found += 1
            rank[row] = found
    return found


def _select(rules: Rules, day: Day, book: Book, out: Verdict, found: int) -> int:
    """Signals are the first `chosen` ranks, with their weights; returns how many."""
    ranked, selected, score = out.ranked, out.selected, day.score
    reason, weight, equity = out.reason, out.weight, book.money[EQUITY]
    chosen, total = 0, 0.0
    for at in range(min(found, rules.top_n)):
        row = ranked[at]
        if score[row] < rules.min_score:
            break
        chosen += 1
        total += score[row]
        selected[row] = True
        reason[row] = NONE
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
        weight[row] = share
    return chosen


def _pass_over(rules: Rules, day: Day, out: Verdict, found: int, chosen: int) -> None:
    """Say why the ranks after the chosen are no signals."""
    ranked, score, reason = out.ranked, day.score, out.reason
    value, limit = out.value, out.limit
    for at in range(chosen, found):
        row = ranked[at]
        if score[row] < rules.min_score:
            reason[row] = Reason.MIN_SCORE
            value[row], limit[row] = score[row], rules.min_score
        else:
            reason[row] = Reason.BELOW_TOP_N
            value[row], limit[row] = at + 1.0, rules.top_n


def _sell(rules: Rules, day: Day, book: Book, out: Verdict) -> None:
    """Mark what leaves at the next fill: all in a halt, else what is over."""
    held, entered, rank, selected = book.rows, book.entered, out.rank, out.selected
    sell, why = out.sell, out.sell_reason
    halted, holding, rows = book.memory[HALTED_AT] >= 0, book.memory[HOLDING], len(rank)
    over = 0
    places = np.empty(holding, np.int64)
    for at in range(holding):
        row = held[at]
        kept_for = day.session - entered[row] + 1
        if halted:
            sell[row], why[row] = True, Reason.DRAWDOWN_HALT
        elif kept_for >= rules.time_stop:
            sell[row], why[row] = True, Reason.TIME_STOP
        elif kept_for >= rules.hold and not selected[row]:
            # worst last: the lowest rank, none at all below it, among equals Z to A
            places[over] = (rank[row] if rank[row] else rows + 1) * rows + row
            over += 1
    if over > rules.dropout:
        places[:over].sort()
    for at in range(max(over - rules.dropout, 0), over):
        row = places[at] % rows
        sell[row], why[row] = True, Reason.HOLD_OVER


def _cap_sectors(rules: Rules, day: Day, book: Book, out: Verdict, chosen: int) -> None:
    """Take back signals that would fill a sector beyond its cap."""
    if rules.sector_cap == np.inf:
        return
    filled = np.zeros(day.group.max() + 1)
    for at in range(book.memory[HOLDING]):
        row = book.rows[at]
        if not out.sell[row]:
            filled[day.group[row]] += book.weight[row]
    for at in range(chosen):
        row = out.ranked[at]
        if book.held[row]:
            continue
        reached = filled[day.group[row]] + out.weight[row]
        if reached > rules.sector_cap * (1 + ROUNDING):
            _stop(out, row, Reason.SECTOR_CAP, reached, rules.sector_cap)
            out.selected[row] = False
            out.weight[row] = 0.0
        else:
            filled[day.group[row]] = reached


def _buy(rules: Rules, day: Day, book: Book, out: Verdict, chosen: int) -> None:
    """Size the signals that nothing stops, in rank order, while the book has room."""
    invested, cash, slots = _room(book, out)
    equity, entries = book.money[EQUITY], book.memory[ENTRIES]
    drawdown = 1 - equity / book.money[PEAK]
    if book.memory[HALTED_AT] < 0:
        drawdown = np.nan
    last_entry, weight, close = book.last_entry, out.weight, day.close
    held, entered, momentum, most = (
        book.held,
        book.entered,
        day.momentum,
        day.most_shares,
    )
    ranked, selected, tradeable = out.ranked, out.selected, out.tradeable
    bought, reason, value, limit = out.shares, out.reason, out.value, out.limit
    for at in range(chosen):
        row = ranked[at]
        if not selected[row]:
            continue
        kept_for = day.session - entered[row] + 1.0 if held[row] else np.nan
        since = np.inf if last_entry[row] == NEVER else float(day.now - last_entry[row])
        found = momentum[row] if len(momentum) else np.nan
        cap = most[row] if len(most) else np.inf
        shares, cost = 0.0, 0.0
        stop = _stopped(rules, kept_for, close[row], drawdown, found, since)
        if stop[0] == NONE:
            wanted = weight[row] * equity
            shares = _sized(day.whole_shares, wanted, close[row], cap)
            cost = shares * close[row]
            stop = _refused(rules, close[row], cap, wanted, cost, slots, entries)
        if stop[0] == NONE:
            stop = _unpaid(rules, cost, invested, cash)
        if stop[0] == NONE:
            slots, entries = slots + 1, entries + 1
            invested, cash = invested + cost, cash - cost
            tradeable[row], bought[row] = True, shares
            last_entry[row] = day.now
        else:
            reason[row], value[row], limit[row] = stop
    book.memory[ENTRIES] = entries


def _room(book: Book, out: Verdict) -> tuple[float, float, int]:
    """Invested, cash and positions once the sells are done."""
    invested, cash, slots = 0.0, book.money[CASH], 0
    held, sell, worth = book.rows, out.sell, book.value
    for at in range(book.memory[HOLDING]):
        row = held[at]
        if sell[row]:
            cash += worth[row]
        else:
            invested += worth[row]
            slots += 1
    return invested, cash, slots


def _stopped(
    rules: Rules, kept_for: float, close: float, drawdown: float,
    momentum: float, since: float,
) -> tuple[int, float, float]:  # fmt: skip
    """Which limit of its own stops a signal: reason, value, limit.

    `kept_for` is NaN for what is not held, `drawdown` without a halt; `since` are the
    minutes since its last entry.
    """
    if kept_for == kept_for:
        return HELD, kept_for, float(rules.hold)
    if not close > 0:
        return DATA_MISSING, np.nan, 0.0
    if drawdown == drawdown:
        return DRAWDOWN_HALT, drawdown, rules.max_drawdown
    if rules.momentum_gate and not momentum >= rules.momentum_min:
        return MOMENTUM_GATE, momentum, rules.momentum_min
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
    """Shares for an amount, within the most; whole ones or any fraction."""
    if not (close > 0 and most > 0):
        return 0.0
    shares = min(wanted / close, most)
    return float(math.floor(shares)) if whole else shares


def _stop(out: Verdict, row: int, why: int, value: float, limit: float) -> None:
    out.reason[row] = why
    out.value[row] = value
    out.limit[row] = limit
