"""Promises of the policy runtime."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sigma_core.policy import (
    REASONS,
    Candidates,
    Decisions,
    PolicyState,
    Reason,
    candidates_of,
    decide,
)
from sigma_core.signal_models.base import Scores
from sigma_core.specs.policies import Policy
from tests.core.matrices import ids, session
from tests.definitions import Example, examples, number, tolerance

NOW = np.datetime64("2024-06-28T20:00", "m")
SECTIONS = {
    "risk": ("capital", "max_drawdown", "resume_after", "max_exposure"),
    "selection": ("top_n", "weighting", "hold", "dropout", "min_score", "sector_cap"),
    "execution": ("size_by_conf", "conf_cap", "momentum_gate", "momentum_min"),
    "alerting": ("cooldown_minutes", "max_trades_per_day"),
}
EXAMPLES = [one for one in examples("policy") if one.args["policy"] != "halt"]
(HALT,) = (one for one in examples("policy") if one.args["policy"] == "halt")


def policy(**keys: object) -> Policy:
    """A policy with these keys, each in the section it belongs to."""
    rules = {
        section: {key: keys[key] for key in known if key in keys}
        for section, known in SECTIONS.items()
    }
    return Policy.model_validate({"name": "p", "policy": rules})


def policy_of(example: Example) -> Policy:
    known = {key for keys in SECTIONS.values() for key in keys}
    words = {"true": True, "false": False}
    keys = {
        key: words[text] if text in words else _figure(text)
        for key, text in example.args.items()
        if key in known
    }
    return policy(**keys)


def _figure(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        return float(text) if text[0].isdigit() else text


def column(example: Example, name: str, default: float = np.nan) -> np.ndarray:
    given = name in example.header
    return np.array([number(r[name]) if given else default for r in example.rows])


def turn(example: Example) -> tuple[Decisions, PolicyState]:
    """The decision that an example's rows and arguments ask for."""
    rules, score = policy_of(example), column(example, "score")
    eligible = column(example, "eligible") == 1
    if "eligible" not in example.header:
        eligible = ~np.isnan(score)
    sector = [row.get("sector", "").strip("–") for row in example.rows]
    candidates = Candidates(
        session=int(example.args.get("session", 10)),
        score=score,
        eligible=eligible,
        close=column(example, "close", 10.0),
        sector=ids(sector) if "sector" in example.header else None,
        momentum=column(example, "momentum"),
    )
    return decide(candidates, book(example, rules), rules, NOW)


def book(example: Example, rules: Policy) -> PolicyState:
    """The state before: what the rows say is held, and when it was entered."""
    state = PolicyState.fresh(len(example.rows), rules)
    value = np.nan_to_num(column(example, "held_value"))
    weight = np.nan_to_num(column(example, "held_weight"))
    entered = column(example, "entered")
    minutes = column(example, "minutes")
    ago = np.nan_to_num(minutes).astype("timedelta64[m]")
    equity = float(example.args.get("equity", state.equity))
    return replace(
        state,
        held=(value > 0) | (weight > 0) | ~np.isnan(entered),
        entered=np.where(np.isnan(entered), 10, entered).astype(np.int64),
        weight=weight,
        value=value,
        last_entry=np.where(np.isnan(minutes), np.datetime64("NaT", "m"), NOW - ago),
        equity=equity,
        cash=float(example.args.get("cash", equity)),
        peak=equity,
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_it_decides_the_worked_examples(example: Example) -> None:
    decisions, _ = turn(example)
    for at, row in enumerate(example.rows):
        who = row["ticker"]
        for name in ("rank", "selected", "tradeable", "weight", "shares", "sell"):
            if name in row:
                got = float(getattr(decisions, name)[at])
                wanted = pytest.approx(number(row[name]), abs=tolerance(row[name]))
                assert got == wanted, (who, name)
        if "reason" in row:
            assert REASONS[decisions.reason[at]] == row["reason"].strip("–"), who
            for name in ("value", "limit"):
                got = float(getattr(decisions, name)[at])
                wanted = pytest.approx(number(row[name]), abs=1e-9, nan_ok=True)
                assert got == wanted, (who, name)


def test_it_halts_and_resumes_as_in_the_worked_example() -> None:
    rules = policy_of(HALT)
    state = PolicyState.fresh(2, rules)
    state = replace(state, held=np.array([True, False]))
    for row in HALT.rows:
        equity = number(row["equity"])
        state = state.marked(equity=equity, cash=equity, value=np.zeros(2))
        decisions, state = decide(free(2, int(row["session"])), state, rules, NOW)
        assert decisions.halted == (row["halted"] == "1"), row
        assert decisions.sell[0] == (row["sell"] == "1"), row
        assert decisions.tradeable[1] == (row["tradeable"] == "1"), row
        state = replace(state, last_entry=np.full(2, np.datetime64("NaT", "m")))


def free(rows: int, session: int = 0, **more: object) -> Candidates:
    """Eligible candidates, the first the best, at 10 dollars."""
    return replace(
        Candidates(
            session=session,
            score=np.linspace(90, 50, rows),
            eligible=np.ones(rows, bool),
            close=np.full(rows, 10.0),
        ),
        **more,
    )


def reasons(decisions: Decisions) -> list[str]:
    return [REASONS[code] for code in decisions.reason]


def test_every_reason_has_its_code() -> None:
    assert len(REASONS) == len(Reason) == len(set(REASONS))
    assert REASONS[Reason.SECTOR_CAP] == "policy.sector_cap"
    assert REASONS[Reason.HOLD_OVER] == "policy.hold"


def test_nothing_given_is_changed() -> None:
    rules = policy(top_n=2, sector_cap=0.5, momentum_gate=True)
    state = replace(PolicyState.fresh(5, rules), held=np.arange(5) == 4)
    candidates = free(5, momentum=np.ones(5), sector=np.zeros(5, np.int64))
    kept = [
        (part, name, np.copy(getattr(part, name)))
        for part in (state, candidates)
        for name in (field.name for field in fields(part))
    ]
    _, after = decide(candidates, state, rules, NOW)
    assert after is not state
    for part, name, before in kept:
        np.testing.assert_array_equal(getattr(part, name), before)


def test_the_same_turn_twice_is_the_same() -> None:
    rules = policy(top_n=3, weighting="score")
    state = PolicyState.fresh(6, rules)
    one, other = (decide(free(6), state, rules, NOW)[0] for _ in range(2))
    for field in fields(Decisions):
        np.testing.assert_array_equal(
            getattr(one, field.name), getattr(other, field.name)
        )


def test_cooldown_runs_from_the_last_tradeable_entry() -> None:
    rules = policy(cooldown_minutes=30)
    _, state = decide(free(1), PolicyState.fresh(1, rules), rules, NOW)
    for minutes, reason in ((29, "policy.cooldown"), (30, "")):
        again, _ = decide(free(1), state, rules, NOW + np.timedelta64(minutes, "m"))
        assert reasons(again) == [reason]


def test_a_stopped_signal_starts_no_cooldown() -> None:
    rules = policy(max_trades_per_day=0)
    _, state = decide(free(1), PolicyState.fresh(1, rules), rules, NOW)
    assert np.isnat(state.last_entry[0])


def test_trades_are_counted_through_the_exchange_day() -> None:
    rules = policy(max_trades_per_day=3, cooldown_minutes=0)
    state = PolicyState.fresh(2, rules)
    one, state = decide(free(2), state, rules, NOW)
    two, state = decide(free(2), state, rules, NOW)
    next_day, state = decide(free(2, session=1), state, rules, NOW)
    assert one.tradeable.sum() == 2
    assert reasons(two) == ["", "policy.max_trades"]
    assert next_day.tradeable.sum() == 2
    assert state.entries_today == 2


def test_a_missing_momentum_column_closes_the_gate() -> None:
    rules = policy(momentum_gate=True)
    decisions, _ = decide(free(2), PolicyState.fresh(2, rules), rules, NOW)
    assert reasons(decisions) == ["policy.momentum_gate"] * 2
    assert decisions.selected.all()


def test_a_full_book_has_no_slot() -> None:
    rules = policy(top_n=2)
    state = replace(PolicyState.fresh(4, rules), held=np.array([0, 0, 1, 1], bool))
    decisions, _ = decide(free(4), state, rules, NOW)
    assert reasons(decisions)[:2] == ["policy.no_slot"] * 2
    assert decisions.value[0] == 2


def test_what_leaves_makes_room_and_cash() -> None:
    rules = policy(top_n=1, hold=1, capital=1000)
    state = replace(PolicyState.fresh(2, rules), held=np.array([False, True]))
    state = state.marked(equity=1000, cash=0, value=np.array([0.0, 1000.0]))
    decisions, _ = decide(free(2), state, rules, NOW)
    assert decisions.sell.tolist() == [False, True]
    assert REASONS[decisions.sell_reason[1]] == "policy.hold"
    assert decisions.tradeable.tolist() == [True, False]
    assert decisions.shares[0] == 100


def test_a_halt_without_resume_waits_for_a_hand() -> None:
    rules = policy(resume_after=0, max_drawdown=0.1)
    state = PolicyState.fresh(1, rules)
    state = state.marked(equity=80_000, cash=80_000, value=np.zeros(1))
    halted, state = decide(free(1, session=1), state, rules, NOW)
    later, state = decide(free(1, session=900), state, rules, NOW)
    by_hand, state = decide(free(1, session=901), state.resumed(), rules, NOW)
    assert (halted.halted, later.halted, by_hand.halted) == (True, True, False)
    assert reasons(later) == ["policy.drawdown_halt"]
    assert later.value[0] == pytest.approx(0.2)
    assert state.peak == 80_000


def test_fills_are_what_changes_the_book() -> None:
    rules = policy(top_n=2)
    decisions, state = decide(free(2), PolicyState.fresh(2, rules), rules, NOW)
    assert not state.held.any()
    bought = np.array([True, False])
    state = state.filled(
        bought=bought, sold=~bought, weight=decisions.weight, session=1
    )
    assert state.held.tolist() == [True, False]
    assert (state.entered[0], state.weight[0]) == (1, 0.5)


def test_nobody_eligible_is_a_decision_too() -> None:
    rules = policy(weighting="score", sector_cap=0.1, momentum_gate=True)
    none = free(3, eligible=np.zeros(3, bool))
    decisions, _ = decide(none, PolicyState.fresh(3, rules), rules, NOW)
    assert reasons(decisions) == ["not_eligible"] * 3
    assert not decisions.selected.any()


def gate_on(column: str) -> Policy:
    rules = {"execution": {"momentum_column": column}}
    return Policy.model_validate({"name": "p", "policy": rules})


def test_scores_become_candidates_in_the_sessions_own_prices() -> None:
    data = session({"close": [20.0], "x": [3.0]}, factor=[[2.0]])
    inside, total = data.members, np.array([[70.0]])
    scores = Scores(data.axis, total, {}, {}, (), (), inside, inside)
    found = candidates_of(scores, data, gate_on("x"), session=7)
    assert (found.close[0], found.momentum[0]) == (10, 3)
    of_score = candidates_of(scores, data, gate_on("score_total"), session=7)
    assert of_score.momentum[0] == 70
    assert candidates_of(scores, data, gate_on("gone"), session=7).momentum is None
