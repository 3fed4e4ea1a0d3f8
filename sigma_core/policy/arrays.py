"""Policies, books and candidates as the arrays that the core of the policy reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from sigma_core.frames import Bools, Floats, Ints
from sigma_core.policy.core import NEVER, Book, Day, Rows, Rules, Verdict
from sigma_core.policy.shapes import Candidates, PolicyState, Reason
from sigma_core.specs.policies import Policy

_NOTHING = np.zeros(0)
_NO_LIMIT = np.iinfo(np.int64).max


def own(values: Any, kind: npt.DTypeLike = np.float64) -> Any:
    """An array as the core takes it: contiguous and writable, a copy if need be."""
    return np.require(values, kind, ["C", "W"])


def rules_of(policy: Policy) -> Rules:
    """A policy as numbers."""
    risk, selection = policy.rules.risk, policy.rules.selection
    execution, alerting = policy.rules.execution, policy.rules.alerting
    brackets = execution.brackets
    return Rules(
        top_n=selection.top_n,
        by_score=selection.weighting == "score",
        hold=selection.hold,
        dropout=selection.dropout,
        min_score=float(selection.min_score),
        sector_cap=np.inf if selection.sector_cap is None else selection.sector_cap,
        max_drawdown=float(risk.max_drawdown),
        resume_after=risk.resume_after,
        max_exposure=float(risk.max_exposure),
        size_by_conf=execution.size_by_conf,
        conf_cap=float(execution.conf_cap),
        momentum_gate=execution.momentum_gate,
        momentum_min=float(execution.momentum_min),
        cooldown_minutes=alerting.cooldown_minutes,
        max_trades=alerting.max_trades_per_day,
        time_stop=brackets.time_stop if brackets.enabled else _NO_LIMIT,
        min_rr=float(brackets.min_rr) if brackets.enabled else 0.0,
        reward_risk=float(brackets.target_atr / brackets.stop_atr),
    )


def ranked_of(score: Floats, eligible: Bools) -> Rows:
    """Eligible rows with a score, higher first, ties in the order of the rows."""
    order = np.argsort(-score, kind="stable").astype(np.uint32)
    order = order[: len(score) - int(np.count_nonzero(np.isnan(score)))]
    ranked: Rows = order[eligible[order]]
    return ranked


def groups_of(sector: Ints | None, rows: int) -> Ints:
    """A number for each row's sector; a row without one has a number of its own."""
    own = np.arange(rows)
    if sector is None or not len(sector):
        return own
    return np.where(sector < 0, int(sector.max()) + 1 + own, sector)


def day_of(candidates: Candidates, now: np.datetime64) -> Day:
    """One session's candidates."""
    rows = len(candidates.score)
    return Day(
        session=candidates.session,
        now=int(now.astype("datetime64[m]").astype(np.int64)),
        ranked=ranked_of(candidates.score, candidates.eligible),
        score=own(candidates.score),
        close=own(candidates.close),
        group=groups_of(candidates.sector, rows),
        momentum=_column(candidates.momentum),
        most_shares=_column(candidates.most_shares),
        whole_shares=candidates.whole_shares,
    )


def book_of(state: PolicyState) -> Book:
    """A book of its own: what a turn writes is not the state's."""
    held = np.flatnonzero(state.held)
    minutes = state.last_entry.astype("datetime64[m]").astype(np.int64)
    memory = [state.halted_at, state.session, state.entries_today, len(held), 0, 0]
    return Book(
        rows=held.astype(np.uint32),
        held=state.held.copy(),
        entered=state.entered.astype(np.int64),
        weight=state.weight.copy(),
        value=state.value.copy(),
        last_entry=minutes,
        money=np.array([state.equity, state.cash, state.peak], np.float64),
        memory=np.array(memory, np.int64),
    )


def empty_book(rows: int, capital: float) -> Book:
    """A book with nothing but capital."""
    return Book(
        rows=np.zeros(rows, np.uint32),
        held=np.zeros(rows, np.bool_),
        entered=np.zeros(rows, np.int64),
        weight=np.zeros(rows),
        value=np.zeros(rows),
        last_entry=np.full(rows, NEVER),
        money=np.full(3, capital),
        memory=np.array([-1, -1, 0, 0, 0, 0], np.int64),
    )


def blank(group: Ints) -> Verdict:
    """A verdict in which nothing is decided, for rows of these groups (`groups_of`)."""
    rows = len(group)
    return Verdict(
        rank=np.zeros(rows, np.int64),
        selected=np.zeros(rows, np.bool_),
        tradeable=np.zeros(rows, np.bool_),
        weight=np.zeros(rows),
        shares=np.zeros(rows),
        reason=np.full(rows, Reason.NOT_ELIGIBLE, np.int16),
        value=np.full(rows, np.nan),
        limit=np.full(rows, np.nan),
        sell=np.zeros(rows, np.bool_),
        sell_reason=np.zeros(rows, np.int16),
        sells=np.zeros(rows, np.uint32),
        buys=np.zeros(rows, np.uint32),
        over=np.zeros(rows, np.int64),
        filled=np.zeros(int(group.max(initial=-1)) + 1),
    )


def _column(values: Floats | None) -> Floats:
    column: Floats = _NOTHING if values is None else own(values)
    return column
