"""One turn: the steps from ranking to buying, on working arrays of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.policy.shapes import Candidates, Decisions, PolicyState, Reason
from sigma_core.specs.policies import Policy

#: Sums of money and weights are compared with this much room for rounding.
_ROUNDING = 1e-12


class Turn:
    """The working arrays of one decision."""

    def __init__(
        self,
        candidates: Candidates,
        state: PolicyState,
        policy: Policy,
        now: np.datetime64,
    ) -> None:
        rows = len(candidates.score)
        self.candidates = candidates
        self.state = state
        self.rules = policy.rules
        self.now = now.astype("datetime64[m]")
        self.halted = state.halted_at >= 0
        self.rank = np.zeros(rows, np.int64)
        self.selected = np.zeros(rows, bool)
        self.weight = np.zeros(rows)
        self.shares = np.zeros(rows, np.int64)
        self.reason = np.full(rows, Reason.NOT_ELIGIBLE, np.int16)
        self.value = np.full(rows, np.nan)
        self.limit = np.full(rows, np.nan)
        self.sell = np.zeros(rows, bool)

    def run(self) -> tuple[Decisions, PolicyState]:
        """All steps, and the state after."""
        chosen = self._select(self._ranked())
        self._sell()
        chosen = self._sector_cap(chosen)
        self._buy(self._unstopped(chosen))
        tradeable = self.selected & (self.reason == Reason.NONE)
        entries = np.flatnonzero(tradeable)
        state = self.state
        if len(entries):
            last_entry = state.last_entry.copy()
            last_entry[entries] = self.now
            count = state.entries_today + len(entries)
            state = replace(state, last_entry=last_entry, entries_today=count)
        why = Reason.DRAWDOWN_HALT if self.halted else Reason.HOLD_OVER
        decisions = Decisions(
            rank=self.rank,
            selected=self.selected,
            tradeable=tradeable,
            weight=self.weight,
            shares=self.shares,
            reason=self.reason,
            value=self.value,
            limit=self.limit,
            sell=self.sell,
            sell_reason=np.where(self.sell, why, Reason.NONE).astype(np.int16),
            halted=self.halted,
        )
        return decisions, state

    def _stop(
        self, rows: Ints | int, why: Reason, value: Floats | float, limit: float
    ) -> None:
        self.reason[rows] = why
        self.value[rows] = value
        self.limit[rows] = limit

    def _ranked(self) -> Ints:
        """Rows of the eligible, the best first."""
        score = self.candidates.score
        rows = np.flatnonzero(self.candidates.eligible & ~np.isnan(score))
        ranked: Ints = rows[np.argsort(-score[rows], kind="stable")]
        self.rank[ranked] = np.arange(1, len(ranked) + 1)
        return ranked

    def _select(self, ranked: Ints) -> Ints:
        """Rows of the signals in rank order, with weights written."""
        rules, score = self.rules.selection, self.candidates.score
        enough = int(np.count_nonzero(score[ranked] >= rules.min_score))
        chosen, beyond = ranked[: min(enough, rules.top_n)], ranked[rules.top_n :]
        self._stop(
            beyond, Reason.BELOW_TOP_N, self.rank[beyond].astype(float), rules.top_n
        )
        poor = ranked[enough:]
        self._stop(poor, Reason.MIN_SCORE, score[poor], rules.min_score)
        self.selected[chosen] = True
        self.reason[chosen] = Reason.NONE
        self.weight[chosen] = self._weights(score[chosen])
        return chosen

    def _weights(self, score: Floats) -> Floats:
        """Shares of equity of the selected, as the policy weighs them."""
        selection, execution = self.rules.selection, self.rules.execution
        total = float(score.sum())
        if selection.weighting == "equal":
            weight = np.full(len(score), 1.0 / selection.top_n)
        elif total > 0:
            weight = score / total
        else:
            weight = np.zeros(len(score))
        exposure, equity = self.rules.risk.max_exposure, self.state.equity
        if equity > exposure:
            weight = weight * (exposure / equity)
        if execution.size_by_conf:
            weight = weight * np.minimum(score / 100.0, execution.conf_cap)
        return weight

    def _sell(self) -> None:
        """Marks what leaves the book at the next fill."""
        held, rules = self.state.held, self.rules.selection
        if self.halted:
            self.sell = held.copy()
            return
        kept_for = self.candidates.session - self.state.entered + 1
        over = np.flatnonzero(held & (kept_for >= rules.hold) & ~self.selected)
        if len(over) == 0 or rules.dropout == 0:
            return
        place = np.where(self.rank[over] == 0, np.iinfo(np.int64).max, self.rank[over])
        worst = over[np.lexsort((-over, -place))]
        self.sell[worst[: rules.dropout]] = True

    def _sector_cap(self, chosen: Ints) -> Ints:
        """The signals left: a sector fills up to its cap, best ranks first."""
        cap, sector = self.rules.selection.sector_cap, self.candidates.sector
        if cap is None:
            return chosen
        stays = np.flatnonzero(self.state.held & ~self.sell)
        filled: dict[int, float] = {}
        for row in stays:
            group = _group(sector, row)
            filled[group] = filled.get(group, 0.0) + float(self.state.weight[row])
        for row in chosen[~self.state.held[chosen]]:
            group = _group(sector, row)
            reached = filled.get(group, 0.0) + float(self.weight[row])
            if reached > cap * (1 + _ROUNDING):
                self._stop(int(row), Reason.SECTOR_CAP, reached, cap)
                self.selected[row] = False
                self.weight[row] = 0.0
            else:
                filled[group] = reached
        left: Ints = chosen[self.selected[chosen]]
        return left

    def _unstopped(self, chosen: Ints) -> Ints:
        """The signals that no limit of their own stops, in rank order."""
        state, rules = self.state, self.rules
        held = chosen[state.held[chosen]]
        kept_for = self.candidates.session - state.entered[held] + 1
        self._stop(held, Reason.HELD, kept_for.astype(float), rules.selection.hold)
        rows = chosen[~state.held[chosen]]
        rows = self._stop_where(
            rows, ~(self.candidates.close[rows] > 0), Reason.DATA_MISSING, np.nan, 0.0
        )
        if self.halted:
            drawdown = 1 - state.equity / state.peak
            self._stop(rows, Reason.DRAWDOWN_HALT, drawdown, rules.risk.max_drawdown)
            return rows[:0]
        return self._cooled(self._moving(rows))

    def _moving(self, rows: Ints) -> Ints:
        """What passes the momentum gate; a missing column or value does not."""
        rules, momentum = self.rules.execution, self.candidates.momentum
        if not rules.momentum_gate:
            return rows
        found = np.full(len(rows), np.nan) if momentum is None else momentum[rows]
        short = ~(found >= rules.momentum_min)
        return self._stop_where(
            rows, short, Reason.MOMENTUM_GATE, found, rules.momentum_min
        )

    def _cooled(self, rows: Ints) -> Ints:
        """What has not been entered within the cooldown."""
        limit = self.rules.alerting.cooldown_minutes
        last = self.state.last_entry[rows]
        minutes = (self.now - last) / np.timedelta64(1, "m")  # NaN: never entered
        return self._stop_where(rows, minutes < limit, Reason.COOLDOWN, minutes, limit)

    def _stop_where(
        self,
        rows: Ints,
        where: Bools,
        why: Reason,
        value: Floats | float,
        limit: float,
    ) -> Ints:
        """Stops the rows of a mask; the others, in order."""
        values = np.broadcast_to(value, rows.shape)
        self._stop(rows[where], why, values[where], limit)
        left: Ints = rows[~where]
        return left

    def _buy(self, rows: Ints) -> None:
        """Sizes the entries and stops those for which the book has no room."""
        if len(rows) == 0:
            return
        state, rules = self.state, self.rules
        wanted = self.weight[rows] * state.equity
        shares = np.floor(wanted / self.candidates.close[rows]).astype(np.int64)
        costs = (shares * self.candidates.close[rows]).tolist()
        leaving = float(state.value[self.sell].sum())
        invested = float(state.value[state.held].sum()) - leaving
        cash = state.cash + leaving
        slots = int(np.count_nonzero(state.held & ~self.sell))
        entries = state.entries_today
        top_n, most = rules.selection.top_n, rules.alerting.max_trades_per_day
        room = rules.risk.max_exposure * (1 + _ROUNDING)
        for at, row in enumerate(rows.tolist()):
            cost = costs[at]
            if slots >= top_n:
                self._stop(row, Reason.NO_SLOT, slots, top_n)
            elif entries >= most:
                self._stop(row, Reason.MAX_TRADES, entries, most)
            elif cost <= 0:
                close = float(self.candidates.close[row])
                self._stop(row, Reason.TOO_SMALL, close, float(wanted[at]))
            elif invested + cost > room:
                limit = rules.risk.max_exposure
                self._stop(row, Reason.EXPOSURE, invested + cost, limit)
            elif cost > cash * (1 + _ROUNDING):
                self._stop(row, Reason.CASH, cost, cash)
            else:
                slots, entries = slots + 1, entries + 1
                invested, cash = invested + cost, cash - cost
                self.shares[row] = shares[at]


def _group(sector: Ints | None, row: np.int64) -> int:
    """The sector of a row; without one, a group of its own (numbers below zero)."""
    if sector is None or sector[row] < 0:
        return -1 - int(row)
    return int(sector[row])
