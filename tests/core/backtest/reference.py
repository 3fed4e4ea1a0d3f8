"""A backtest once more, slowly and in plain Python, written from the definitions.

`docs/definitions/policy.md`, `fills.md`, `brackets.md` and `events.md`; it shares no
code with the engine and knows its inputs only as lists of numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from sigma_core.specs.policies import Policy


@dataclass
class Position:
    shares: float
    weight: float
    entered: int
    last: float
    stop: float = -math.inf
    target: float = math.inf


@dataclass
class Reference:
    """The book, and what has been written of it so far."""

    market: dict[str, np.ndarray]
    score: np.ndarray
    eligible: np.ndarray
    policy: Policy
    sector: list[int] | None = None
    delisting_return: float = 0.0
    whole_shares: bool = True
    cash: float = 0.0
    peak: float = 0.0
    halted: int | None = None
    held: dict[int, Position] = field(default_factory=dict)
    entered_at: dict[int, int] = field(default_factory=dict)
    equity: list[float] = field(default_factory=list)
    fills: list[tuple[int, int, float, float]] = field(default_factory=list)
    refusals: list[tuple[int, int, str]] = field(default_factory=list)
    cancelled: list[tuple[int, int, str]] = field(default_factory=list)

    def run(self) -> Reference:
        self.rules = self.policy.rules
        self.cash = self.peak = self.rules.risk.capital
        sells: list[int] = []
        buys: list[tuple[int, float, float]] = []
        for t in range(len(self.score)):
            self.units(t, buys)
            self.pay(t, sells)
            self.sell(t, sells)
            self.buy(t, buys)
            if self.rules.execution.brackets.enabled:
                self.brackets(t)
            for row, position in self.held.items():
                close = self.market["closes"][t, row]
                position.last = position.last if math.isnan(close) else close
            self.equity.append(self.cash + sum(self.values().values()))
            sells, buys = self.decide(t)
        return self

    def values(self) -> dict[int, float]:
        return {row: p.shares * p.last for row, p in sorted(self.held.items())}

    def units(self, t: int, buys: list[tuple[int, float, float]]) -> None:
        for row, position in self.held.items():
            ratio = self.market["split"][t, row]
            position.shares *= ratio
            position.last /= ratio
            position.stop /= ratio
            position.target /= ratio
        for at, (row, shares, weight) in enumerate(buys):
            buys[at] = (row, shares * self.market["split"][t, row], weight)

    def pay(self, t: int, sells: list[int]) -> None:
        for row, position in list(self.held.items()):
            self.cash += position.shares * self.market["dividend"][t, row]
            if t >= self.market["ended"][row]:
                price = position.last * (1 + self.delisting_return)
                self.fills.append((t, row, -position.shares, price))
                self.cash += position.shares * price
                del self.held[row]
                if row in sells:
                    sells.remove(row)
                    self.cancelled.append((t - 1, row, "fill.no_open"))

    def sell(self, t: int, sells: list[int]) -> None:
        for row in sells:
            quoted = self.market["opens"][t, row]
            if math.isnan(quoted):
                self.cancelled.append((t - 1, row, "fill.no_open"))
            else:
                self.leave(t, row, quoted)

    def leave(self, t: int, row: int, quoted: float) -> None:
        execution = self.rules.execution
        price = quoted * (1 - execution.slippage_bps / 10_000)
        shares = self.held.pop(row).shares
        self.fills.append((t, row, -shares, price))
        self.cash += shares * price * (1 - execution.commission_bps / 10_000)

    def buy(self, t: int, buys: list[tuple[int, float, float]]) -> None:
        execution = self.rules.execution
        for row, shares, weight in buys:
            quoted = self.market["opens"][t, row]
            price = quoted * (1 + execution.slippage_bps / 10_000)
            cost = shares * price * (1 + execution.commission_bps / 10_000)
            atr = self.market["atr"][t - 1, row]
            brackets = execution.brackets
            if math.isnan(quoted):
                self.cancelled.append((t - 1, row, "fill.no_open"))
            elif brackets.enabled and math.isnan(atr):
                self.cancelled.append((t - 1, row, "data.missing"))
            elif cost > self.cash * (1 + 1e-12):
                self.cancelled.append((t - 1, row, "policy.cash"))
            else:
                self.cash = max(self.cash - cost, 0.0)
                position = Position(shares, weight, t, math.nan)
                if brackets.enabled:
                    atr /= self.market["split"][t, row]
                    position.stop = price - brackets.stop_atr * atr
                    position.target = price + brackets.target_atr * atr
                self.held[row] = position
                self.fills.append((t, row, shares, price))

    def brackets(self, t: int) -> None:
        for row, position in sorted(self.held.items()):
            names = ("opens", "high", "low")
            opened, high, low = (self.market[name][t, row] for name in names)
            if opened <= position.stop or opened >= position.target:
                self.leave(t, row, opened)
            elif low <= position.stop:
                self.leave(t, row, position.stop)
            elif high >= position.target:
                self.leave(t, row, position.target)

    def decide(self, t: int) -> tuple[list[int], list[tuple[int, float, float]]]:
        risk, selection = self.rules.risk, self.rules.selection
        equity = self.equity[-1]
        if self.halted is not None and 0 < risk.resume_after <= t - self.halted:
            self.halted, self.peak = None, equity
        if self.halted is None:
            self.peak = max(self.peak, equity)
            if equity <= self.peak * (1 - risk.max_drawdown):
                self.halted = t
        rows = [r for r in range(self.score.shape[1]) if self.eligible[t, r]]
        ranked = sorted(rows, key=lambda row: (-self.score[t, row], row))
        weight = self.weights(t, ranked, equity)
        sells = self.leaving(t, ranked, set(weight))
        kept = {row: p for row, p in self.held.items() if row not in sells}
        if selection.sector_cap is not None:
            self.cap(t, kept, weight)
        for place, row in enumerate(ranked):
            if self.score[t, row] < selection.min_score:
                self.refusals.append((t, row, "policy.min_score"))
            elif place >= selection.top_n:
                self.refusals.append((t, row, "rank.below_top_n"))
        return sells, self.entries(t, weight, kept, sells)

    def weights(self, t: int, ranked: list[int], equity: float) -> dict[int, float]:
        selection, execution = self.rules.selection, self.rules.execution
        passed = [r for r in ranked if self.score[t, r] >= selection.min_score]
        chosen = passed[: selection.top_n]
        total = sum(self.score[t, row] for row in chosen)
        found = {}
        for row in chosen:
            score = self.score[t, row]
            share = 1 / selection.top_n
            if selection.weighting == "score":
                share = score / total if total > 0 else 0.0
            share *= min(1.0, self.rules.risk.max_exposure / equity)
            if execution.size_by_conf:
                share *= min(score / 100, execution.conf_cap)
            found[row] = share
        return found

    def leaving(self, t: int, ranked: list[int], selected: set[int]) -> list[int]:
        if self.halted is not None:
            return sorted(self.held)
        brackets, selection = self.rules.execution.brackets, self.rules.selection
        seen = {
            row: position
            for row, position in self.held.items()
            if not math.isnan(self.market["closes"][t, row])
        }
        timed = [
            row
            for row, position in seen.items()
            if brackets.enabled and t - position.entered + 1 >= brackets.time_stop
        ]
        over = [
            row
            for row, position in seen.items()
            if row not in timed
            and row not in selected
            and t - position.entered + 1 >= selection.hold
        ]
        place = {row: at for at, row in enumerate(ranked)}
        worst = sorted(over, key=lambda row: (place.get(row, math.inf), row))[::-1]
        return sorted(timed + worst[: selection.dropout])

    def cap(self, t: int, kept: dict[int, Position], weight: dict[int, float]) -> None:
        cap = self.rules.selection.sector_cap
        filled: dict[int, float] = {}
        for row, position in sorted(kept.items()):
            group = self.group(row)
            filled[group] = filled.get(group, 0.0) + position.weight
        for row in [row for row in weight if row not in self.held]:
            reached = filled.get(self.group(row), 0.0) + weight[row]
            if reached > cap * (1 + 1e-12):
                del weight[row]
                self.refusals.append((t, row, "policy.sector_cap"))
            else:
                filled[self.group(row)] = reached

    def group(self, row: int) -> int:
        if self.sector is None or self.sector[row] < 0:
            return -1 - row
        return self.sector[row]

    def entries(
        self, t: int, weight: dict[int, float], kept: dict[int, Position],
        sells: list[int],
    ) -> list[tuple[int, float, float]]:  # fmt: skip
        worth, found = self.values(), []
        cash = self.cash + sum(worth[row] for row in sells)
        invested = sum(worth[row] for row in kept)
        for row, share in weight.items():
            close = self.market["closes"][t, row]
            why = self.stopped(t, row, close)
            wanted = share * self.equity[-1] / close
            shares = 0.0 if why else self.sized(wanted)
            cost = shares * close
            if not why:
                why = self.full(kept, found, cost, invested, cash)
            if why:
                self.refusals.append((t, row, why))
                continue
            found.append((row, float(shares), share))
            self.entered_at[row] = t
            invested, cash = invested + cost, cash - cost
        return found

    def sized(self, wanted: float) -> float:
        return math.floor(wanted * (1 + 1e-12)) if self.whole_shares else wanted

    def stopped(self, t: int, row: int, close: float) -> str:
        alerting, brackets = self.rules.alerting, self.rules.execution.brackets
        since = (t - self.entered_at.get(row, -(10**9))) * 1440
        if row in self.held:
            return "policy.held"
        if math.isnan(close):
            return "data.missing"
        if self.halted is not None:
            return "policy.drawdown_halt"
        if since < alerting.cooldown_minutes:
            return "policy.cooldown"
        if (
            brackets.enabled
            and brackets.target_atr / brackets.stop_atr < brackets.min_rr
        ):
            return "policy.min_rr"
        return ""

    def full(
        self, kept: dict[int, Position], found: list[tuple[int, float, float]],
        cost: float, invested: float, cash: float,
    ) -> str:  # fmt: skip
        if len(kept) + len(found) >= self.rules.selection.top_n:
            return "policy.no_slot"
        if len(found) >= self.rules.alerting.max_trades_per_day:
            return "policy.max_trades"
        if cost <= 0:
            return "policy.too_small"
        if invested + cost > self.rules.risk.max_exposure * (1 + 1e-12):
            return "policy.exposure"
        return "policy.cash" if cost > cash * (1 + 1e-12) else ""
