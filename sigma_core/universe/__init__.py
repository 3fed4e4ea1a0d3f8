"""Universes: which tickers could be chosen on a session, from what was known before.

- `members`    (members.py)  chains the filters of one `UniverseSpec`, counts survivors
- `evaluate`   (combine.py)  the same for a universe that is made of others
- `day_of`     (days.py)     one session's list as it is kept, and its sha
- `changes`    (days.py)     who entered and left between two lists, and by which step

- `on_bars`    (bars.py)     a universe of sessions on the axis of finer bars

market.py measures price, volume and age on the bars before each session.
"""

from sigma_core.universe.bars import on_bars
from sigma_core.universe.combine import evaluate
from sigma_core.universe.days import Change, Changes, Day, changes, day_of
from sigma_core.universe.funds import FUNDS
from sigma_core.universe.members import CODES, Step, Universe, Why, members

__all__ = [
    "CODES",
    "FUNDS",
    "Change",
    "Changes",
    "Day",
    "Step",
    "Universe",
    "Why",
    "changes",
    "day_of",
    "evaluate",
    "members",
    "on_bars",
]
