"""The one policy runtime: scores and a book → what is a signal, and what may be traded.

`decide` is pure: one session's candidates, the state before, the policy and the time
of the decision give the decisions and the state after. The rules themselves stand in
`core`, compiled: live and scans take one turn of it, a backtest is a loop over it. It
goes in this order:

1. halt        is the book in a drawdown halt, or does one begin or end now?
2. rank        eligible candidates, higher score first, ties from A to Z
3. select      the `top_n` of at least `min_score`, with their weights
4. sell        all in a halt; else what reached its time stop, and what was held for
               `hold` sessions and is not selected again, at most `dropout` a session,
               the worst first; what has no close waits
5. sector_cap  in rank order on weights, what stays in the book counted first
6. stop        which signals may not be traded now: held already, halt, momentum gate,
               cooldown, reward to risk; then, in rank order, slots, trades of the day,
               size, exposure and cash

Every row that is not bought has a reason, an integer that indexes `REASONS`, with the
value and the limit behind it. Stops, targets and prices belong to the fills; `cash` is
judged here at the close and once more, at the price, by the fill.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from sigma_core.policy.arrays import blank, book_of, day_of, rules_of
from sigma_core.policy.candidates import candidates_of
from sigma_core.policy.core import ENTRIES, HALTED_AT, PEAK, SESSION
from sigma_core.policy.shapes import (
    REASONS,
    Candidates,
    Codes,
    Decisions,
    PolicyState,
    Reason,
)
from sigma_core.specs.policies import Policy

__all__ = [
    "REASONS",
    "Candidates",
    "Codes",
    "Decisions",
    "PolicyState",
    "Reason",
    "candidates_of",
    "decide",
]


def decide(
    candidates: Candidates, state: PolicyState, policy: Policy, now: np.datetime64
) -> tuple[Decisions, PolicyState]:
    """One turn: see the module's text. `now` is the decision time, UTC.

    The state must be marked at the close of `candidates.session` before.
    """
    from sigma_core.policy import compiled  # numba: only where it is used

    day, book = day_of(candidates, now), book_of(state)
    out = blank(day.group)
    compiled.turn()(rules_of(policy), day, book, out, True)
    names = {field.name for field in fields(Decisions)} - {"halted"}
    decided = {name: getattr(out, name) for name in names}
    halted_at = int(book.memory[HALTED_AT])
    after = replace(
        state,
        last_entry=book.last_entry.view("datetime64[m]"),
        peak=float(book.money[PEAK]),
        halted_at=halted_at,
        session=int(book.memory[SESSION]),
        entries_today=int(book.memory[ENTRIES]),
    )
    return Decisions(**decided, halted=halted_at >= 0), after
