"""Coverage: required columns, one cause each, what a column needs, smells and drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core import matrix
from sigma_core.coverage import (
    CAUSES,
    History,
    Need,
    causes,
    coverage,
    drift,
    history,
    needs,
    psi,
    require,
    required,
    smells,
)
from sigma_core.errors import SpecError
from sigma_core.frames import Axis, BarArrays, Floats, Matrix
from sigma_core.sessions import exchange
from sigma_core.specs.schema import IndicatorSet, PreviewLimits
from tests.market import holes, random_market

SESSIONS = exchange()
START = int(np.searchsorted(SESSIONS.days, np.datetime64("2020-01-02")))


def on_sessions(bars: BarArrays) -> BarArrays:
    """The same bars, on days on which the exchange was open."""
    count = bars.axis.shape[1]
    axis = Axis(bars.axis.tickers, SESSIONS.days[START : START + count])
    return replace(bars, axis=axis)


def set_of(*entries: dict[str, object]) -> IndicatorSet:
    return IndicatorSet.model_validate({"name": "some", "indicators": list(entries)})


SOME = set_of(
    {"name": "sma", "window": 20},
    {"name": "rsi", "window": 14},
    {"name": "ret", "window": 5},
    {"expr": "close / sma_20 - 1", "as": "dist"},
    {"expr": "prev(dist, 3)", "as": "was"},
    {"expr": "log(close - close)", "as": "nothing"},
)


def test_a_column_needs_the_bars_of_all_it_reads() -> None:
    found = needs(matrix.plan(SOME))
    bars = {name: need.bars for name, need in found.items()}
    assert bars == {
        "sma_20": 20,
        "rsi_14": 15,
        "ret_5": 6,
        "dist": 20,
        "was": 23,
        "nothing": 1,
    }
    assert found["was"].reads == ("close", "sma_20")


def test_every_missing_cell_has_one_cause_and_no_other_has_one() -> None:
    bars = on_sessions(holes(random_market(3)))
    plan = matrix.plan(SOME)
    last = bars.axis.shape[1] - 1
    members = np.random.default_rng(1).random(bars.axis.shape) < 0.9
    made = matrix.build(bars, plan, members, first=0, last=last)
    known = history(bars, SESSIONS, first=0, last=last)
    for name, need in needs(plan).items():
        codes = causes(name, made.columns[name], members, known, need)
        missing = members & np.isnan(made.columns[name])
        np.testing.assert_array_equal(codes > 0, missing)
        named = {CAUSES[code] for code in np.unique(codes[missing])}
        assert ("math" in named) == (name == "nothing")
    found = coverage(made, plan, known, PreviewLimits())
    for column in found.columns:
        assert sum(cause.cells for cause in column.causes) == column.missing


def test_a_window_of_two_sessions_says_what_the_whole_says() -> None:
    bars = on_sessions(holes(random_market(3)))
    everything = history(bars, SESSIONS, first=0, last=206)
    short = history(bars, SESSIONS, first=205, last=206)
    need = Need(20, 20)
    nothing = np.full(everything.has_bar.shape, np.nan)
    everyone = np.ones(nothing.shape, np.bool_)
    whole = causes("x", nothing, everyone, everything, need)
    two = causes("x", nothing[:, -2:], everyone[:, -2:], short, need)
    np.testing.assert_array_equal(whole[:, -2:], two)


def test_a_blocked_ticker_counts_as_quarantined() -> None:
    bars = on_sessions(random_market(1, sessions=30))
    fields = {name: bars.field(name).copy() for name in ("close", "open")}
    fields["close"][1, 20:] = np.nan
    blocked = np.zeros((3, 30), np.bool_)
    blocked[1, 20:] = True
    bars = replace(bars, close=fields["close"], blocked=blocked)
    known = history(bars, SESSIONS, first=29, last=29)
    codes = causes(
        "x", np.full((3, 1), np.nan), np.ones((3, 1), np.bool_), known, Need(1, 1)
    )
    assert [CAUSES[code] for code in codes[:, 0]] == ["math", "quarantined", "math"]


def test_a_session_missing_in_a_block_that_ended_is_just_missing() -> None:
    bars = on_sessions(random_market(1, sessions=30))
    close, blocked = bars.close.copy(), np.zeros((3, 30), np.bool_)
    close[1, 25] = np.nan
    blocked[1, 20:28] = True
    known = history(
        replace(bars, close=close, blocked=blocked), SESSIONS, first=20, last=29
    )
    assert not known.set_aside.any()


def facts(**changes: object) -> History:
    """One old ticker on two sessions with all its bars."""
    yes = np.ones((1, 2), np.bool_)
    plain = {
        "open": np.ones(2, np.bool_),
        "listed": np.array([-500]),
        "gone": np.array([999]),
        "has_bar": yes,
        "set_aside": ~yes,
        "own": np.full((1, 2), 300, np.int32),
        "stored": np.full((1, 2), 300, np.int32),
        "ever": np.full((1, 2), 300, np.int32),
    }
    return History(**(plain | changes))


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"open": np.array([True, False])}, "holiday"),
        ({"provided": {"iv": np.array([[True, False]])}}, "provider"),
        ({"joined": {"ema_daily": np.array([[True, False]])}}, "join"),
        ({}, "math"),
    ],
)
def test_other_providers_cadences_and_closed_days(
    changes: dict[str, object], cause: str
) -> None:
    need = Need(1, 1, reads=("iv", "ema_daily"))
    values = np.array([[1.0, np.nan]])
    codes = causes("x", values, np.ones((1, 2), np.bool_), facts(**changes), need)
    assert [CAUSES[code] for code in codes[0]] == ["", cause]


def test_who_is_not_in_the_universe_is_not_counted() -> None:
    values = np.array([[np.nan, np.nan]])
    members = np.array([[True, False]])
    codes = causes("x", values, members, facts(), Need(1, 1))
    assert (codes > 0).tolist() == [[True, False]]


def test_required_columns_name_who_needs_them() -> None:
    found = {one.column: one for one in required(SOME)}
    assert found["close"].needed_by == ("sma", "rsi", "ret")
    assert all(one.held for one in found.values())


def test_a_missing_input_is_named_with_indicator_and_set() -> None:
    held = {"bars": frozenset({"open", "high", "low", "volume"})}
    with pytest.raises(SpecError) as caught:
        require(set_of({"name": "rsi", "window": 14}), held)
    (problem,) = caught.value.problems
    assert problem.code == "coverage.input_missing"
    for word in ("'rsi'", "'some'", "'close'", "bars"):
        assert word in problem.message


def test_a_missing_provider_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpecError, match="provider 'bars', which is not connected"):
        require(set_of({"name": "rsi", "window": 14}), {})


def matrix_of(**columns: Floats) -> Matrix:
    """Columns over 200 tickers and one or more sessions, beside noise for bars."""
    shape = next(iter(columns.values())).shape
    random = np.random.default_rng(5)
    bars = {
        name: random.normal(100, 1, shape)
        for name in ("open", "high", "low", "close", "volume")
    }
    everything = bars | columns
    return Matrix(
        Axis(tuple(f"T{row:04}" for row in range(shape[0])), SESSIONS.days[: shape[1]]),
        everything,
        dict.fromkeys(everything, 0),
        np.ones(shape, np.bool_),
    )


NOISE = np.random.default_rng(9).normal(0, 1, (200, 3))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.where(NOISE > 2, np.inf, NOISE), "inf"),
        (np.full((200, 3), 7.0), "constant"),
        (NOISE * (1 + 1e-12), "duplicate"),
        (np.random.default_rng(2).normal(0, 1, (200, 3)), None),
    ],
)
def test_it_smells_what_is_odd(values: Floats, kind: str | None) -> None:
    made = matrix_of(a=NOISE, b=values)
    found = [(smell.column, smell.kind) for smell in smells(made, ["a", "b"], None)]
    assert found == ([("b", kind)] if kind else [])


@pytest.mark.parametrize(("noise", "smelled"), [(0.2, True), (0.5, False)])
def test_it_smells_a_column_that_knows_the_label(noise: float, smelled: bool) -> None:
    # correlation of x with x + noise: 1/√1.04 = 0.981, 1/√1.25 = 0.894
    other = np.random.default_rng(3).normal(0, 1, NOISE.shape)
    made = matrix_of(a=-NOISE + noise * other)
    found = smells(made, ["a"], NOISE, "fwd_ret_1d")
    assert [smell.kind for smell in found] == (["too_good"] if smelled else [])


def test_drift_is_seen_and_sameness_is_not() -> None:
    random = np.random.default_rng(4)
    values = random.normal(0, 1, (200, 62))
    moved = values.copy()
    moved[:, -2:] += 1.0
    made = matrix_of(same=values, moved=moved)
    assert drift(made, "same", 2) < 0.1
    assert drift(made, "moved", 2) > 0.25


def test_drift_by_deciles() -> None:
    # 1..100 in ten bins; all now above 90: nine empty bins, the last ten times as full
    now = np.full(100, 95.0)
    expected = 9 * (0.0001 - 0.1) * np.log(0.001) + 0.9 * np.log(10)
    assert psi(np.arange(1.0, 101), now) == pytest.approx(expected)
    assert np.isnan(psi(np.arange(1.0, 100), now))


def test_dates_of_the_reference_decide_who_is_young() -> None:
    bars = on_sessions(random_market(1, tickers=2, sessions=10))
    reference = pd.DataFrame(
        {
            "ticker": ["T0000"],
            "listed": [pd.Timestamp("2019-12-30")],
            "delisted": [None],
        }
    )
    known = history(bars, SESSIONS, first=4, last=9, reference=reference)
    # 30 and 31 December are the two sessions before 2 January 2020
    assert known.listed[0] == -2 - 4
    assert known.listed[1] < -1_000
