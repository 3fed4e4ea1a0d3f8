"""The one policy runtime: scores and a book → what is a signal, and what may be traded.

`decide` is pure: one session's candidates, the state before, the policy and the time
of the decision give the decisions and the state after. A backtest is a loop over it,
live is one turn of it. It goes in this order:

1. halt        is the book in a drawdown halt, or does one begin or end now?
2. rank        eligible candidates, higher score first, ties from A to Z
3. select      the `top_n` of at least `min_score`, with their weights
4. sell        all in a halt; else what was held for `hold` sessions and is not
               selected again, at most `dropout` a session, the worst first
5. sector_cap  in rank order on weights, what stays in the book counted first
6. stop        which signals may not be traded now: held already, halt, momentum gate,
               cooldown; then, in rank order, slots, trades of the day, size, exposure
               and cash

Every row that is not bought has a reason, an integer that indexes `REASONS`, with the
value and the limit behind it. Stops, targets and prices belong to the fills; `cash` is
judged here at the close and once more, at the price, by the fill.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sigma_core.policy.candidates import candidates_of
from sigma_core.policy.shapes import (
    REASONS,
    Candidates,
    Codes,
    Decisions,
    PolicyState,
    Reason,
)
from sigma_core.policy.turn import Turn
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
    return Turn(candidates, _with_halt(candidates, state, policy), policy, now).run()


def _with_halt(
    candidates: Candidates, state: PolicyState, policy: Policy
) -> PolicyState:
    """The state of this session: halt begun or ended, peak and day's count kept."""
    risk, session = policy.rules.risk, candidates.session
    halted_at, peak = state.halted_at, state.peak
    waited = session - halted_at
    if halted_at >= 0 and risk.resume_after and waited >= risk.resume_after:
        halted_at, peak = -1, state.equity
    if halted_at < 0:
        peak = max(peak, state.equity)
        if state.equity <= peak * (1 - risk.max_drawdown):
            halted_at = session
    return replace(
        state,
        halted_at=halted_at,
        peak=peak,
        session=session,
        entries_today=state.entries_today if session == state.session else 0,
    )
