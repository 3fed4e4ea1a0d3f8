"""Promises of conditions as bits: three-valued joins, candidates in rank order."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sigma_core.backtest import passes
from sigma_core.backtest.inputs import ranking
from sigma_core.backtest.passes import FAILED, PASSED, UNKNOWN, Passes
from sigma_core.backtest.ranks import ranked_of
from tests.core.backtest.books import scores, signals

#: what `all`, `any` and `none` of two say, by Kleene's logic
ALL = {(1, 1): 1, (1, 0): 0, (1, -1): -1, (0, 0): 0, (0, -1): 0, (-1, -1): -1}
ANY = {(1, 1): 1, (1, 0): 1, (1, -1): 1, (0, 0): 0, (0, -1): -1, (-1, -1): -1}
NONE = {pair: {1: 0, 0: 1, -1: -1}[said] for pair, said in ANY.items()}


def passes_of(*states: int) -> Passes:
    """The same state for each ticker of a session, all of them ranked."""
    column = np.array(states, np.int8)[:, None]
    order = np.arange(len(states), dtype=np.int32)[None]
    return passes.passes_of(column, order, np.array([len(states)]))


def states(found: Passes, count: int) -> list[int]:
    """Back from bits."""
    yes, no = (
        [int(words[0, at // 64]) >> at % 64 & 1 for at in range(count)]
        for words in (found.passed, found.failed)
    )
    return [1 if y else 0 if n else -1 for y, n in zip(yes, no, strict=True)]


@pytest.mark.parametrize(
    ("join", "table"),
    [(passes.every, ALL), (passes.one, ANY), (passes.no, NONE)],
    ids=["all", "any", "none"],
)
def test_conditions_join_by_three_values(join, table) -> None:
    pairs = list(product((PASSED, FAILED, UNKNOWN), repeat=2))
    left, right = (passes_of(*side) for side in zip(*pairs, strict=True))
    expected = [table.get(pair, table.get(pair[::-1])) for pair in pairs]
    assert states(join([left, right]), len(pairs)) == expected


def test_a_value_that_is_missing_is_unknown() -> None:
    found = passes.states_of(np.array([[1.0, 0.0, np.nan]]))
    assert found.tolist() == [[PASSED, FAILED, UNKNOWN]]


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 200])
def test_candidates_are_the_eligible_rows_the_best_first(rows: int) -> None:
    score, eligible = scores(rows, (30, rows))
    said = signals(score, eligible)
    found = passes.passes_of(
        np.ascontiguousarray(eligible.T).astype(np.int8), said.order, said.ordered
    )
    for ranked in (ranked_of(said), passes.ranked_in(found.passed, said.order)):
        for t in range(30):
            order = sorted(np.flatnonzero(eligible[t]), key=lambda r: (-score[t, r], r))
            assert ranked.rows[ranked.first[t] : ranked.first[t + 1]].tolist() == order


def test_a_row_without_a_score_is_never_a_candidate() -> None:
    score = np.array([[np.nan, 2.0, 1.0]])
    order, ordered = ranking(score)
    found = passes.passes_of(np.ones((3, 1), np.int8), order, ordered)
    assert passes.ranked_in(found.passed, order).rows.tolist() == [1, 2]
    assert ranked_of(signals(score, np.ones((1, 3), bool))).rows.tolist() == [1, 2]


def test_each_place_of_a_word_is_found() -> None:
    for at in range(64):
        word = np.array([[1 << at]], np.uint64)
        order = np.arange(64, dtype=np.int32)[None]
        assert passes.ranked_in(word, order).rows.tolist() == [at]
