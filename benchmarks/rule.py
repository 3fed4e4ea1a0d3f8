"""The policy's rule run by backtrader itself, in the peers' environment.

    python rule.py FOLDER [GOLDEN_FOLDER SEEDS]

Each book of the folder holds scores, bars and a policy's numbers, and our equity to
compare with; no orders. The strategy ranks, chooses, sizes and sends its own orders,
backtrader's broker fills them. Written from `docs/definitions/policy.md`, `fills.md`,
`events.md` and `delisting.md`.

Prices are adjusted: those of the first day's shares. `factor` says how many shares one
of the first day has become, so that a lot is a whole share of the day. A session
without a bar of a ticker is not in its feed; the first feed is the calendar.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import backtrader as bt
import numpy as np
import pandas as pd

CENT = 0.005
MINUTES = 1440  # between two decisions
ROOM = 1 + 1e-12  # for rounding, where shares and money are compared with a limit


def main(folder: Path, golden: Path | None, seeds: list[int]) -> int:
    worst, orders, seen = 0.0, 0, dict.fromkeys(("no_open", "no_cash", "delisted"), 0)
    paths = sorted(folder.glob("*.npz"), key=lambda path: int(path.stem))
    for path in paths:
        with np.load(path) as book:
            found = run(Market(book), json.loads(str(book["rules"])))
            gap = float(np.max(np.abs(np.array(found.equity) - book["equity"])))
            sessions = book["sessions"]
        worst, orders = max(worst, gap), orders + found.sent
        for name in seen:
            seen[name] += getattr(found, name)
        if golden and int(path.stem) in seeds:
            golden.mkdir(exist_ok=True)
            table = pd.DataFrame({"session": sessions, "backtrader": found.equity})
            table.to_csv(golden / f"{path.stem}.csv", index=False, float_format="%.4f")
    line = {"task": "rule", "seeds": len(paths), "orders": orders, **seen}
    print(json.dumps({**line, "largest_difference": worst, "agree_within": CENT}))
    return int(not worst < CENT)  # also where there is no number


class Market:
    """Bars and events of one book, `[session, ticker]`, and who may be ranked."""

    def __init__(self, book: dict) -> None:
        self.sessions = pd.to_datetime(book["sessions"])
        self.factor = np.cumprod(book["split"], axis=0)
        names = {"open": "opens", "high": "high", "low": "low", "close": "closes"}
        self.bars = {name: book[key] * self.factor for name, key in names.items()}
        self.dividend, self.ended = book["dividend"], book["ended"]
        self.score = np.where(book["eligible"], book["score"], np.nan)

    def feeds(self) -> list[pd.DataFrame]:
        """The calendar, then each ticker's bars; what has none has one in advance."""
        found = [pd.DataFrame(1.0, index=self.sessions, columns=list(self.bars))]
        for row in range(self.score.shape[1]):
            bars = {name: values[:, row] for name, values in self.bars.items()}
            found.append(pd.DataFrame(bars, index=self.sessions).dropna())
        return found


class Broker(bt.brokers.BackBroker):
    """backtrader's broker, which also pays dividends and closes what is delisted.

    Both come at the opening, before any order.
    """

    def open_on(self, market: Market, delisting_return: float) -> None:
        self.market, self.delisting_return = market, delisting_return
        self.session, self.gone = -1, 0

    def next(self) -> None:
        self.session += 1
        t, market = self.session, self.market
        for row, data in enumerate(self.cerebro.datas[1:]):
            position = self.positions[data]
            if not position.size:
                continue
            shares = position.size * market.factor[t, row]
            self.cash += shares * market.dividend[t, row]
            if t >= market.ended[row]:
                price = data.close[0] * (1 + self.delisting_return)
                self.cash += position.size * price
                position.update(-position.size, price)
                self.gone += 1
        super().next()


class Rule(bt.Strategy):
    """One decision a session, at its close; orders live for one session."""

    params = (("market", None), ("rules", None))

    def __init__(self) -> None:
        self.t = -1
        self.equity: list[float] = []
        self.alive: list = []
        self.entered: dict[int, int] = {}
        self.ordered: dict[int, int] = {}
        self.peak, self.halted = self.p.rules["capital"], None
        self.sent = self.no_open = self.no_cash = self.delisted = 0

    def prenext(self) -> None:
        self.next()  # some tickers may have no bar yet

    def notify_order(self, order: bt.Order) -> None:
        if order.status == order.Completed and order.isbuy():
            # by name: `==` of feeds compares prices; and this is told before `next`
            self.entered[int(order.data._name)] = self.t + 1
        self.no_cash += order.status == order.Margin

    def next(self) -> None:
        self.t += 1
        for order in self.alive:
            if order.alive():
                self.no_open += 1
                self.cancel(order)
        self.equity.append(self.broker.getvalue())
        self.alive = [*self.leave(), *self.enter()]
        self.sent += len(self.alive)
        self.delisted = self.broker.gone

    # -- what is known at the close

    def close(self, row: int) -> float | None:
        """The close of this session in the day's own units; None without a bar."""
        close = self.p.market.bars["close"][self.t, row]
        return None if math.isnan(close) else close / self.p.market.factor[self.t, row]

    def held(self) -> list[int]:
        rows = range(len(self.datas) - 1)
        return [row for row in rows if self.getposition(self.datas[row + 1]).size]

    def worth(self, row: int) -> float:
        data = self.datas[row + 1]
        return self.getposition(data).size * data.close[0]

    # -- the rule

    def leave(self) -> list[bt.Order]:
        """Sell orders: all in a halt, else the worst of what is over."""
        rules = self.p.rules
        self.halt()
        self.rank()
        if self.halted is not None:
            self.leaving = self.held()
        else:
            over = [
                row
                for row in self.held()
                if self.close(row) is not None
                and row not in self.weight
                and self.t - self.entered[row] + 1 >= rules["hold"]
            ]
            places = {row: place for place, row in enumerate(self.ranked)}
            # worst first: without a rank, the lowest rank, from Z to A
            over.sort(key=lambda row: (places.get(row, math.inf), row), reverse=True)
            self.leaving = over[: rules["dropout"]]
        datas = [self.datas[row + 1] for row in sorted(self.leaving)]
        return [self.sell(data=d, size=self.getposition(d).size) for d in datas]

    def halt(self) -> None:
        """Begin or end a drawdown halt."""
        rules, equity = self.p.rules, self.equity[-1]
        wait = rules["resume_after"]
        if self.halted is not None and wait and self.t - self.halted >= wait:
            self.halted, self.peak = None, equity
        if self.halted is None:
            self.peak = max(self.peak, equity)
            if equity <= self.peak * (1 - rules["max_drawdown"]):
                self.halted = self.t

    def rank(self) -> None:
        """Rank by score, ties from A to Z; weigh the first `top_n` of `min_score`."""
        rules, score = self.p.rules, self.p.market.score[self.t]
        known = [row for row in range(len(score)) if not math.isnan(score[row])]
        self.ranked = sorted(known, key=lambda row: (-score[row], row))
        passed = [row for row in self.ranked if score[row] >= rules["min_score"]]
        chosen = passed[: rules["top_n"]]
        self.weight = dict.fromkeys(chosen, 1 / rules["top_n"])
        if rules["weighting"] == "score":
            total = sum(score[row] for row in chosen)
            self.weight = {row: score[row] / total if total else 0 for row in chosen}
        scale = min(1.0, rules["max_exposure"] / self.equity[-1])
        self.weight = {row: weight * scale for row, weight in self.weight.items()}

    def enter(self) -> list[bt.Order]:
        """Buy orders by rank, while there are slots, entries, exposure and cash."""
        rules, held = self.p.rules, self.held()
        kept = [row for row in held if row not in self.leaving]
        invested = sum(self.worth(row) for row in kept)
        cash = self.broker.getcash() + sum(self.worth(row) for row in self.leaving)
        found: list[bt.Order] = []
        for row, weight in self.weight.items():
            close = self.close(row)
            if row in held or close is None or self.halted is not None:
                continue
            since = (self.t - self.ordered.get(row, -math.inf)) * MINUTES
            if since < rules["cooldown_minutes"]:
                continue
            if len(kept) + len(found) >= rules["top_n"]:
                continue
            if len(found) >= rules["max_trades_per_day"]:
                continue
            shares = math.floor(weight * self.equity[-1] / close * ROOM)
            cost = shares * close
            exposed = invested + cost > rules["max_exposure"] * ROOM
            if not shares or cost > cash * ROOM or exposed:
                continue
            invested, cash, self.ordered[row] = invested + cost, cash - cost, self.t
            size = shares / self.p.market.factor[self.t, row]
            found.append(self.buy(data=self.datas[row + 1], size=size))
        return found


def run(market: Market, rules: dict) -> Rule:
    """One book, from its capital on."""
    cerebro, broker = bt.Cerebro(stdstats=False), Broker()
    broker.open_on(market, rules["delisting_return"])
    broker.setcash(rules["capital"])
    broker.setcommission(commission=rules["commission_bps"] / 10_000)
    slippage = rules["slippage_bps"] / 10_000
    broker.set_slippage_perc(slippage, slip_open=True, slip_out=True)
    broker.set_checksubmit(False)  # what cash pays for is seen at the fill
    cerebro.setbroker(broker)
    for row, feed in enumerate(market.feeds(), start=-1):
        cerebro.adddata(bt.feeds.PandasData(dataname=feed), name=str(row))
    cerebro.addstrategy(Rule, market=market, rules=rules)
    return cerebro.run()[0]


if __name__ == "__main__":
    given = sys.argv[1:]
    kept = Path(given[1]) if len(given) > 1 else None
    wanted = [int(seed) for seed in given[2].split(",")] if len(given) > 2 else []
    sys.exit(main(Path(given[0]), kept, wanted))
