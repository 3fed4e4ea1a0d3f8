"""Scores of trained models: the worked examples, and what has none."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.boosting.ranges import far_outside, ranges_of
from sigma_core.errors import BadInput
from sigma_core.signal_models.gbm import OWN_PREDICTIONS, among_own, scores
from tests.core.matrices import matrix, session
from tests.definitions import examples, number, tolerance

BY_WORD = {example.args["gbm"]: example for example in examples("gbm")}


def near(found: np.ndarray, cells: list[str]) -> None:
    for value, cell in zip(found, cells, strict=True):
        wanted = number(cell)
        off = 0 if np.isnan(wanted) else tolerance(cell)
        assert value == pytest.approx(wanted, abs=off, nan_ok=True)


def column(word: str, name: str) -> list[str]:
    return [row[name] for row in BY_WORD[word].rows]


def test_scores_among_members_are_as_by_hand() -> None:
    members = [cell == "1" for cell in column("members", "member")]
    said = np.array([[number(cell)] for cell in column("members", "prediction")])
    found = scores(session({"rsi": [1.0] * len(said)}, members=members), said)
    near(found.score_total[:, 0], column("members", "score_total"))
    eligible = [cell == "1" for cell in column("members", "eligible")]
    assert found.eligible[:, 0].tolist() == eligible
    assert found.prediction is not None
    assert found.prediction[0, 0] == 0.01
    assert np.isnan(found.prediction[5, 0])  # no member


def test_who_lacks_a_prediction_is_data_missing() -> None:
    found = scores(session({"rsi": [1.0, 2.0]}), np.array([[0.1], [np.nan]]))
    assert found.why_not(0)[0] == ""
    assert found.why_not(1)[0] == "data.missing"


def test_scores_of_one_ticker_are_as_by_hand() -> None:
    said = np.array([[number(cell) for cell in column("single", "prediction")]])
    found = scores(matrix({"rsi": [[1.0] * 6]}), said, single=True)
    near(found.score_total[0], column("single", "score_total"))


def test_earlier_predictions_count_for_one_ticker() -> None:
    said = np.array([[0.01, 0.03, 0.02, 0.03]])
    found = scores(matrix({"rsi": [[1.0]]}), said, single=True)
    assert found.score_total[0, 0] == pytest.approx(250 / 3)


def test_only_the_last_252_count() -> None:
    said = np.concatenate([np.full(50, 9.0), np.linspace(0, 1, OWN_PREDICTIONS)])
    assert among_own(said[np.newaxis])[0, -1] == 1.0
    assert among_own(said[np.newaxis])[0, -2] < 1.0


def test_what_lies_far_outside_is_as_by_hand() -> None:
    ranges = ranges_of(np.arange(101.0)[:, np.newaxis], ["rsi"])
    assert ranges == {"rsi": (1.0, 99.0)}
    values = np.array([[number(cell)] for cell in column("outside", "value")])
    found = far_outside(values, ["rsi"], ranges)[:, 0]
    assert found.tolist() == [cell == "1" for cell in column("outside", "far")]


def test_predictions_of_others_are_refused() -> None:
    with pytest.raises(BadInput, match="the matrix has 1 and 1"):
        scores(session({"rsi": [1.0]}), np.zeros((2, 1)))
