"""Order lists replayed in vectorbt and backtrader, in the peers' environment.

    python replay.py FOLDER [GOLDEN_FOLDER SEEDS]

vectorbt gets every session as two rows: the orders at the open, then the exits of
brackets at their price. backtrader gets the orders as market orders at the close
before, with `slip_out=True`; books with brackets are left out there, for their exits
are not in the order list. Orders that we cancelled for lack of cash are given too.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import backtrader as bt
import numpy as np
import pandas as pd
import vectorbt as vbt

CENT = 0.005
TIME, ROW, SIDE, RANK, SHARES = range(5)
ORDER, QUOTED = 8, 4


def main(folder: Path, golden: Path | None, seeds: list[int]) -> int:
    warnings.simplefilter("ignore")
    worst = {"vectorbt": 0.0, "backtrader": 0.0}
    counts = {"vectorbt": 0, "backtrader": 0}
    orders = 0
    for path in sorted(folder.glob("*.npz"), key=lambda path: int(path.stem)):
        with np.load(path) as book:
            orders += len(book["orders"])
            equity = {"vectorbt": by_vectorbt(book)}
            if not book["brackets"]:
                equity["backtrader"] = by_backtrader(book)
            for peer, found in equity.items():
                counts[peer] += 1
                gap = float(np.max(np.abs(found - book["equity"])))
                worst[peer] = max(worst[peer], gap)
            if golden and int(path.stem) in seeds:
                keep(golden, path.stem, book["sessions"], equity)
    line = {"task": "crosscheck", "orders": orders, "seeds": counts}
    print(json.dumps({**line, "largest_difference": worst, "agree_within": CENT}))
    return int(max(worst.values()) >= CENT)


def keep(folder: Path, seed: str, sessions: np.ndarray, equity: dict) -> None:
    """The peers' equity of one seed, to a hundredth of a cent."""
    folder.mkdir(exist_ok=True)
    table = pd.DataFrame({"session": sessions, **equity})
    table.to_csv(folder / f"{seed}.csv", index=False, float_format="%.4f")


def by_vectorbt(book: dict) -> np.ndarray:
    times, rows = book["closes"].shape
    size = np.zeros((2 * times, rows))
    price = np.repeat(book["opens"], 2, axis=0)
    sequence = np.tile(np.arange(rows), (2 * times, 1))
    for time in range(times - 1):
        own = book["orders"][book["orders"][:, TIME] == time]
        listed = own[:, ROW].astype(int)
        size[2 * time + 2, listed] = own[:, SIDE] * own[:, SHARES]
        rest = [row for row in range(rows) if row not in listed]
        sequence[2 * time + 2] = [*listed, *rest]
    for line in book["fills"][book["fills"][:, ORDER] < 0]:
        at, row = 2 * int(line[TIME]) + 1, int(line[ROW])
        size[at, row], price[at, row] = line[SIDE] * line[3], line[QUOTED]
    portfolio = vbt.Portfolio.from_orders(
        close=pd.DataFrame(np.repeat(book["closes"], 2, axis=0)),
        size=size, price=price, fees=float(book["commission"]),
        slippage=float(book["slippage"]), init_cash=float(book["capital"]),
        cash_sharing=True, group_by=True, call_seq=sequence, allow_partial=False,
    )  # fmt: skip
    return portfolio.value().to_numpy()[1::2]


class Replay(bt.Strategy):
    """Sends each session's orders at its close, in the order of the list."""

    params = (("orders", None),)

    def __init__(self) -> None:
        self.values: list[float] = []

    def next(self) -> None:
        self.values.append(self.broker.getvalue())
        own = self.p.orders[self.p.orders[:, TIME] == len(self.values) - 1]
        for line in own:
            send = self.buy if line[SIDE] > 0 else self.sell
            send(data=self.datas[int(line[ROW])], size=float(line[SHARES]))


def by_backtrader(book: dict) -> np.ndarray:
    cerebro = bt.Cerebro(stdstats=False)
    index = pd.DatetimeIndex(pd.to_datetime(book["sessions"]))
    names = {"open": "opens", "high": "high", "low": "low", "close": "closes"}
    for row in range(book["closes"].shape[1]):
        bars = {name: book[key][:, row] for name, key in names.items()}
        cerebro.adddata(bt.feeds.PandasData(dataname=pd.DataFrame(bars, index=index)))
    cerebro.addstrategy(Replay, orders=book["orders"])
    broker = cerebro.broker
    broker.setcash(float(book["capital"]))
    broker.setcommission(commission=float(book["commission"]))
    broker.set_slippage_perc(float(book["slippage"]), slip_open=True, slip_out=True)
    broker.set_checksubmit(False)
    return np.array(cerebro.run()[0].values)


if __name__ == "__main__":
    given = sys.argv[1:]
    kept = Path(given[1]) if len(given) > 1 else None
    wanted = [int(seed) for seed in given[2].split(",")] if len(given) > 2 else []
    sys.exit(main(Path(given[0]), kept, wanted))
