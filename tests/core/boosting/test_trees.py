"""The child: what it computes, and how it ends."""

from __future__ import annotations

import inspect
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from sigma_core.boosting.artifact import trees_sha
from sigma_core.boosting.params import ALLOWED, DEFAULTS, params_of
from sigma_core.boosting.process import Limits, Trees
from sigma_core.errors import BadInput, Cancelled, SigmaError

COLUMNS = ("up", "down", "luck")
PARAMS = params_of(
    {"rounds": 5, "num_leaves": 7.0, "learning_rate": 0.2, "bagging_fraction": 0.7,
     "bagging_freq": 1, "feature_fraction": 0.7}, seed=7, threads=1,
)  # fmt: skip
SLOW = params_of({"rounds": 100_000, "num_leaves": 255}, seed=7, threads=1)


def rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(2)
    values = random.normal(size=(2_000, 3))
    labels = values[:, 0] - values[:, 1] + random.normal(size=2_000)
    return values, labels


VALUES, LABELS = rows()


def test_defaults_are_those_of_lightgbm() -> None:
    """As it writes them itself into a model that was told nothing."""
    quiet = {"verbosity": -1}
    told = lightgbm.train(quiet, lightgbm.Dataset(VALUES, LABELS), num_boost_round=1)
    said = dict(re.findall(r"^\[(\w+): ([^\]]+)\]$", told.model_to_string(), re.M))
    said["rounds"] = (
        inspect.signature(lightgbm.train).parameters["num_boost_round"].default
    )
    assert {name: float(said[name]) for name in ALLOWED} == DEFAULTS


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return Limits(tmp_path / "scratch", threads=1, seconds=120)


@pytest.fixture
def trees(limits: Limits) -> Iterator[Trees]:
    with Trees(VALUES, COLUMNS, limits) as child:
        yield child


def children() -> list[int]:
    """Processes of ours that live, or wait to be reaped."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for path in listed for pid in path.read_text().split()]


def plain(train: np.ndarray) -> lightgbm.Booster:
    """LightGBM called as its manual says."""
    params = {key: value for key, value in PARAMS.items() if key != "rounds"}
    data = lightgbm.Dataset(
        VALUES[train], LABELS[train], feature_name=list(COLUMNS), params=params
    )
    return lightgbm.train(params, data, num_boost_round=int(PARAMS["rounds"]))


def test_it_does_what_lightgbm_does_in_this_process(trees: Trees) -> None:
    fitted = trees.fit(trees.label(LABELS), [range(1_500)], PARAMS, range(1_500, 2_000))
    wanted = plain(np.arange(1_500))
    assert trees_sha(fitted.text) == trees_sha(wanted.model_to_string())
    np.testing.assert_array_equal(fitted.predictions, wanted.predict(VALUES[1_500:]))
    assert fitted.rows == 1_500
    assert fitted.splits.tolist() == wanted.feature_importance("split").tolist()


def test_rows_without_a_label_are_left_out(trees: Trees) -> None:
    labels = LABELS.copy()
    labels[100:300] = np.nan
    train = [range(50, 600), range(900, 1_400)]
    fitted = trees.fit(trees.label(labels), train, PARAMS, range(0))
    kept = np.r_[50:100, 300:600, 900:1_400]
    assert fitted.rows == len(kept)
    assert trees_sha(fitted.text) == trees_sha(plain(kept).model_to_string())
    assert len(fitted.predictions) == 0


def test_contributions_and_base_add_up_to_the_prediction(trees: Trees) -> None:
    text = plain(np.arange(2_000)).model_to_string()
    said, moved = trees.predict(text, explain=[3, 1_999])
    assert moved.shape == (2, len(COLUMNS) + 1)
    np.testing.assert_allclose(moved.sum(axis=1), said[[3, 1_999]], atol=1e-12)


def test_nothing_stays_behind(limits: Limits) -> None:
    with Trees(VALUES, COLUMNS, limits) as trees:
        assert len(children()) == 1
        trees.fit(trees.label(LABELS), [range(100)], PARAMS, range(10))
    assert children() == []
    assert list(limits.scratch.iterdir()) == []


def broken(limits: Limits) -> SigmaError:
    """The error of a fit that would take an hour."""
    with pytest.raises(SigmaError) as caught, Trees(VALUES, COLUMNS, limits) as trees:
        trees.fit(trees.label(LABELS), [range(2_000)], SLOW, range(10))
    assert children() == []
    assert list(limits.scratch.iterdir()) == []
    return caught.value


def test_a_fit_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    error = broken(Limits(tmp_path, threads=1, seconds=1.0))
    assert error.code == "train.timeout"
    assert "1 seconds" in str(error)


def test_a_fit_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    error = broken(Limits(tmp_path, threads=1, seconds=120, memory=8 * 2**20))
    assert error.code == "out_of_memory"
    assert "of the 8 MiB" in str(error)


def test_a_training_that_is_cancelled_ends_its_child(tmp_path: Path) -> None:
    def cancelled() -> None:
        raise Cancelled

    assert broken(Limits(tmp_path, threads=1, alive=cancelled)).code == "run.cancelled"


def test_a_killed_child_is_an_error_that_says_how(tmp_path: Path) -> None:
    def kill() -> None:
        os.kill(children()[0], 9)
        time.sleep(0.1)

    error = broken(Limits(tmp_path, threads=1, alive=kill))
    assert error.code == "train.lost"
    assert "by signal 9" in str(error)


def test_a_damaged_text_ends_only_the_child(limits: Limits) -> None:
    """What a sha would have refused, read all the same."""
    text = plain(np.arange(2_000)).model_to_string()
    damages = [
        text[: len(text) // 2],
        text.replace("left_child=", "left_child=9999999 "),
    ]
    for damaged in damages:
        with (
            Trees(VALUES, COLUMNS, limits) as trees,
            pytest.raises(SigmaError) as caught,
        ):
            trees.predict(damaged)
        assert caught.value.code == "train.lost"
    assert children() == []


def test_only_known_params_within_their_ranges_are_taken() -> None:
    with pytest.raises(BadInput) as caught:
        params_of({"num_leafs": 3, "rounds": 0, "max_bin": 2.5}, seed=1, threads=1)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["unknown.parameter", "model.param_range", "model.param_whole"]
    assert "num_leaves" in caught.value.problems[0].hint
