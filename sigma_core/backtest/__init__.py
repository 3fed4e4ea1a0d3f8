"""Scores → decisions → orders → fills → positions, session by session.

1. `inputs`     bars, actions, scores → `Prices`, `Signals`; `Terms` of the fills
2. `engine`     `backtest`: one turn of the policy a session, its orders filled on the
                next, every refusal kept; the loop is `loop`, one session of fills is
                `fills`, both compiled
3. `results`    `Backtest`: equity by day, orders, fills, trades, refusals as tables
4. `simulate`   `simulate`: a book that follows given weights instead
5. `costs`      gross equity, and the same fills at other costs
6. `metrics`    Sharpe, drawdown and the others, of any equity
7. `breakdown`  the same by year, regime and sector; `months` month by month
8. `curves`     universe and benchmark, to hold it against

Decided at the close of t, filled at the open of t+1. The rules are in
`docs/definitions/fills.md` and the pages it names. Everything is pure: arrays and
tables in, new tables out.
"""

from sigma_core.backtest.engine import backtest
from sigma_core.backtest.inputs import Prices, Signals, Terms, prices_of, signals_of
from sigma_core.backtest.metrics import metrics
from sigma_core.backtest.results import Backtest
from sigma_core.backtest.simulate import simulate

__all__ = [
    "Backtest",
    "Prices",
    "Signals",
    "Terms",
    "backtest",
    "metrics",
    "prices_of",
    "signals_of",
    "simulate",
]
