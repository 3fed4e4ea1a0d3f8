"""A saved model backtested: from its name and two dates to a whole report.

1. `run.py`        `prepare`, `backtest_model`: definitions, bars, universe, features,
                   scores, decisions and fills, in that order → `Backtested`
2. `scoring.py`    `scored`: the scores of a scanner or of a trained model
3. `dividends.py`  what a share was paid, in the units of the bars
4. `compared.py`   curves of universe and benchmark, regimes, rank IC
5. `gate.py`       the policy's run gate: each check with value and limit
6. `report.py`     `report_of`: all that is said of it, as plain values
7. `rules.py`      the rules by which it was filled, in sentences
8. `tables.py`     its tables
9. `names.py`      hashes of what was read, what can be compared, what came out

Everything is pure but for reading packs and bars; nothing is written.
"""

from sigma_core.backtests.report import report_of
from sigma_core.backtests.run import Backtested, backtest_model, prepare
from sigma_core.backtests.scoring import OutOfSample

__all__ = ["Backtested", "OutOfSample", "backtest_model", "prepare", "report_of"]
