"""Training: the same twice, of the past alone, and refused where it can't be right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core import training
from sigma_core.boosting.artifact import trees_sha
from sigma_core.boosting.rows import rows_of
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Cancelled, DamagedData, UnknownName
from sigma_core.frames import Matrix
from sigma_core.matrix import build
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.fits import shuffled_within
from sigma_core.training.report import fit_report
from sigma_core.training.schedule import schedule
from tests.core.training import toy

TRAIN = toy.CONFIG["train"]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.store_market(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def ready(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    packs = toy.write_pack(tmp_path_factory.mktemp("packs"))
    return toy.prepared(packs, datasets)


@pytest.fixture(scope="module")
def matrix(ready: Prepared) -> Matrix:
    return toy.built(ready)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, float]]:
    return []


@pytest.fixture(scope="module")
def trained(
    ready: Prepared,
    matrix: Matrix,
    told: list[tuple[str, float]],
    tmp_path_factory: pytest.TempPathFactory,
) -> training.Trained:
    limits = toy.limits(tmp_path_factory.mktemp("scratch"))
    return training.train(
        ready, matrix, limits, lambda step, share, words: told.append((step, share))
    )


def test_the_same_twice_though_a_comment_changed(
    trained: training.Trained, datasets: Path, tmp_path: Path
) -> None:
    packs = toy.write_pack(tmp_path / "packs", comment="# other words\n")
    again = toy.prepared(packs, datasets)
    found = training.train(again, toy.built(again), toy.limits(tmp_path))
    assert found.output_sha() == trained.output_sha()
    assert found.model == trained.model
    assert found.models == trained.models
    np.testing.assert_array_equal(found.predictions.values, trained.predictions.values)
    assert json.dumps(found.summary()) == json.dumps(trained.summary())


def test_another_seed_gives_other_trees(
    trained: training.Trained, datasets: Path, tmp_path: Path
) -> None:
    params = {**toy.CONFIG["params"], "feature_fraction": 0.5}
    shas = set()
    for seed in (1, 2):
        packs = toy.write_pack(
            tmp_path / str(seed), train={**TRAIN, "seed": seed}, params=params
        )
        other = toy.prepared(packs, datasets)
        found = training.train(other, toy.built(other), toy.limits(tmp_path))
        shas.add(found.model.card.trees_sha)
    assert len(shas) == 2


def test_each_session_is_predicted_by_a_model_of_the_past(
    trained: training.Trained, matrix: Matrix
) -> None:
    """Gap, age and refresh, of each session, read from the cards."""
    days = matrix.axis.days
    models = trained.predictions.model
    tested = np.flatnonzero(models >= 0)
    assert tested.tolist() == list(range(tested[0], len(days)))
    assert tested[0] == 120 + 6 - 1
    for at in tested:
        card = trained.models[models[at]].card
        ended = int(np.searchsorted(days, np.datetime64(card.train_last)))
        assert 6 <= at - ended < 6 + 20
        assert np.datetime64(card.known_on) < days[at]
        assert (days[at].item() - card.train_last).days <= card.max_age_days
    assert np.bincount(models[tested]).max() == 20


def test_later_bars_change_no_earlier_prediction(
    trained: training.Trained, ready: Prepared, datasets: Path, tmp_path: Path
) -> None:
    """What was predicted in autumn is predicted from a market that ends there."""
    packs = toy.write_pack(tmp_path / "packs", train={**TRAIN, "folds": 2})
    early = toy.prepared(packs, datasets, end=date(2023, 10, 31))
    found = training.train(early, toy.built(early), toy.limits(tmp_path)).predictions
    sessions = len(found.axis.times)
    seen = np.isfinite(found.values)
    assert seen.sum() > 2_000
    later = trained.predictions.values[:, :sessions]
    np.testing.assert_array_equal(found.values[seen], later[seen])


def test_the_report_is_of_what_was_predicted(
    trained: training.Trained, ready: Prepared
) -> None:
    """IC again, by pandas from the bars."""
    bars, first = ready.market.bars, ready.first
    opens, closes = pd.DataFrame(bars.open.T), pd.DataFrame(bars.close.T)
    came = (closes.shift(-5) / opens.shift(-1) - 1).iloc[first:].reset_index(drop=True)
    said = pd.DataFrame(trained.predictions.values.T)
    both = said.notna() & came.notna()
    ranks = (
        said.where(both).rank(axis=1).corrwith(came.where(both).rank(axis=1), axis=1)
    )
    report = trained.report
    assert report.pooled.rank_ic == pytest.approx(ranks.mean(), abs=1e-9)
    assert report.decay[5] == pytest.approx(ranks.mean(), abs=1e-9)
    assert report.pooled.rows == both.to_numpy().sum()
    assert sum(fold.measures.rows for fold in report.folds) == report.pooled.rows
    assert [fold.number for fold in report.folds] == [1, 2, 3]
    assert sum(one.gain for one in report.importance) == pytest.approx(1.0)
    assert set(report.baselines) == {"random", "momentum", "permuted"}


def test_each_fit_of_a_fold_says_what_it_learned_and_tested(
    trained: training.Trained,
) -> None:
    report = json.loads(json.dumps(trained.report.as_dict()))
    fits = [fit for fold in report["folds"] for fit in fold["fits"]]
    cards = [model.card for model in trained.models]
    days = trained.predictions.axis.days.astype(str).tolist()
    assert len(fits) == len(cards) > len(report["folds"])
    for fit, card in zip(fits, cards, strict=True):
        assert fit["trained"] == [[str(card.train_first), str(card.train_last)]]
        assert days.index(fit["test_first"]) - days.index(fit["trained"][0][1]) == 6
    for fold in report["folds"]:
        own = fold["fits"]
        assert fold["test_first"] == own[0]["test_first"]
        assert fold["test_last"] == own[-1]["test_last"]
        assert not {"train_first", "train_last"} & set(fold)
        for fit, later in pairwise(own):
            assert days.index(later["test_first"]) == days.index(fit["test_last"]) + 1


def test_a_fit_between_two_stretches_names_both(
    ready: Prepared, matrix: Matrix
) -> None:
    config = ready.bundle.model
    assert isinstance(config, GbmConfig)
    train = config.train.model_copy(update={"splits": "purged_kfold"})
    plan = schedule(config.model_copy(update={"train": train}), matrix.axis.times)
    (split,) = plan.folds[1].splits
    (first, before), (after, last) = fit_report(split, plan).trained
    found = fit_report(split, plan)
    assert first < before < found.test_first < found.test_last < after < last


def test_it_tells_how_far_it_is(
    trained: training.Trained, told: list[tuple[str, float]]
) -> None:
    steps = list(dict.fromkeys(step for step, _ in told))
    assert steps == ["rows", "fit", "report"]
    shares = [share for step, share in told if step == "fit"]
    assert shares == sorted(shares)
    fits = len(trained.models) + 1 + len(trained.report.folds)
    assert len(set(shares)) == fits


def test_what_is_written_is_read(
    trained: training.Trained, matrix: Matrix, tmp_path: Path
) -> None:
    names = trained.write(tmp_path)
    assert training.read(tmp_path) == trained.model
    last = len(trained.models) - 1
    assert training.read(tmp_path / "models" / str(last)) == trained.models[-1]
    found = training.read_predictions(tmp_path, matrix.axis, single=False)
    np.testing.assert_array_equal(found.values, trained.predictions.values)
    np.testing.assert_array_equal(found.model, trained.predictions.model)
    assert {"card.json", "model.txt", "report.json", "predictions.parquet"} < set(names)
    assert not [name for name in names if name.endswith((".pkl", ".pickle"))]
    short = replace(matrix.axis, times=matrix.axis.times[:-1])
    with pytest.raises(BadInput, match="outside of the bars"):
        training.read_predictions(tmp_path, short, single=False)


def test_a_damaged_model_is_refused_before_anyone_reads_it(
    trained: training.Trained, matrix: Matrix, tmp_path: Path
) -> None:
    trained.write(tmp_path)
    text = (tmp_path / "model.txt").read_text()
    (tmp_path / "model.txt").write_text(text.replace("Tree=1", "Tree=7", 1))
    with pytest.raises(DamagedData, match=r"model\.txt"):
        training.read(tmp_path)
    forced = replace(trained.model, text=text + " ")
    with pytest.raises(DamagedData):
        training.predict(forced, matrix, toy.limits(tmp_path))


def usable(model: training.Model, matrix: Matrix) -> training.Model:
    """The same trees, as if known a session earlier."""
    known = matrix.axis.days[-2].item()
    return replace(model, card=replace(model.card, known_on=known))


def test_a_stored_model_predicts_the_last_session(
    trained: training.Trained, matrix: Matrix, tmp_path: Path
) -> None:
    """The last split's model, once more: what it said in walk forward."""
    model, last = trained.models[-1], trained.predictions.values[:, -1]
    who = [matrix.axis.tickers[at] for at in np.flatnonzero(np.isfinite(last))[:2]]
    found = training.predict(model, matrix, toy.limits(tmp_path), explain=who)
    np.testing.assert_array_equal(found.values, last)
    for ticker in who:
        moved = found.contributions[ticker]
        total = found.base + sum(one.contribution for one in moved)
        assert total == pytest.approx(found.values[matrix.axis.row(ticker)], abs=1e-12)
        sizes = [abs(one.contribution) for one in moved]
        assert sizes == sorted(sizes, reverse=True)
        value = matrix.columns[moved[0].column][matrix.axis.row(ticker), -1]
        assert moved[0].value == value
    assert found.far_outside == {}  # models of splits keep no ranges
    with pytest.raises(UnknownName):
        training.predict(model, matrix, toy.limits(tmp_path), explain=["NOBODY"])


def test_the_newest_model_predicts_the_last_session_and_flags_what_is_far(
    trained: training.Trained, matrix: Matrix, tmp_path: Path
) -> None:
    columns = {name: values.copy() for name, values in matrix.columns.items()}
    row = int(np.flatnonzero(np.isfinite(trained.predictions.values[:, -1]))[0])
    columns["ret_5"][row, -1] = 9.0
    strange = replace(matrix, columns=columns)
    found = training.predict(trained.model, strange, toy.limits(tmp_path))
    assert found.far_outside[matrix.axis.tickers[row]] == ("ret_5",)
    assert found.session == matrix.axis.days[-1].item()


def test_other_columns_and_old_models_are_refused(
    trained: training.Trained, matrix: Matrix, tmp_path: Path
) -> None:
    fewer = {name: v for name, v in matrix.columns.items() if name != "rvol_20"}
    with pytest.raises(BadInput, match="without rvol_20"):
        training.predict(
            trained.model, replace(matrix, columns=fewer), toy.limits(tmp_path)
        )
    old = trained.models[0]
    with pytest.raises(BadInput, match="max_age_days is 60") as caught:
        training.predict(old, matrix, toy.limits(tmp_path))
    assert caught.value.code == "model.age"


def test_scores_for_a_backtest_are_percentiles_of_predictions(
    trained: training.Trained, matrix: Matrix
) -> None:
    scores = trained.scores(matrix)
    assert not scores.eligible[:, : 120 + 5].any()
    at = matrix.axis.shape[1] - 1
    said = pd.Series(trained.predictions.values[:, at]).dropna()
    wanted = (said.rank() - 1) / (len(said) - 1) * 100
    np.testing.assert_allclose(scores.score_total[said.index, at], wanted, atol=1e-9)
    assert scores.eligible[:, at].sum() == len(said)


def test_a_training_can_be_cancelled(
    ready: Prepared, matrix: Matrix, tmp_path: Path
) -> None:
    def stop(step: str, fraction: float, words: str) -> None:
        if step == "fit" and fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        training.train(ready, matrix, toy.limits(tmp_path), stop)
    assert list((tmp_path / "scratch").iterdir()) == []


REFUSED = [
    ({"train": {**TRAIN, "window": 240}}, "train.too_short"),
    ({"train": {**TRAIN, "embargo": 4}}, "model.embargo"),
    ({"max_age_days": 20}, "train.max_age"),
    ({"train": {**TRAIN, "start": "2022-01-03"}}, "train.range"),
    ({"params": {"leaves": 3}}, "unknown.parameter"),
    ({"label": {"kind": "none"}}, "label.none"),
    ({"label": {"kind": "fwd_ret"}}, "label.horizon"),
]


@pytest.mark.parametrize(("changed", "code"), REFUSED, ids=lambda one: str(one)[:30])
def test_what_can_not_be_right_is_refused_before_a_matrix_is_built(
    datasets: Path, tmp_path: Path, changed: dict[str, object], code: str
) -> None:
    other = toy.prepared(toy.write_pack(tmp_path, **changed), datasets)
    with pytest.raises(BadInput) as caught:
        training.check(other)
    assert caught.value.code == code


def test_rows_are_the_same_of_a_stored_matrix_and_a_computed_one(
    ready: Prepared, matrix: Matrix
) -> None:
    """Stored is float32; a scan computes in float64."""
    exact = build(
        ready.market.bars,
        ready.plan,
        matrix.members,
        first=ready.first,
        last=ready.market.column,
    )
    stored, computed = rows_of(matrix), rows_of(exact)
    assert exact.columns["rsi_14"].dtype == np.float64
    assert not np.array_equal(
        exact.columns["rsi_14"], matrix.columns["rsi_14"], equal_nan=True
    )
    assert stored.columns == computed.columns
    assert computed.columns == ("vol_zscore_20", "rvol_20", "ret_5", "rsi_14")
    np.testing.assert_array_equal(computed.values, stored.values)
    assert stored.values.dtype == np.float64
    order = list(zip(stored.time, stored.ticker, strict=True))
    assert order == sorted(order)


def test_purged_kfold_measures_but_can_not_be_backtested(
    datasets: Path, tmp_path: Path
) -> None:
    packs = toy.write_pack(tmp_path, train={**TRAIN, "splits": "purged_kfold"})
    other = toy.prepared(packs, datasets)
    matrix = toy.built(other)
    found = training.train(other, matrix, toy.limits(tmp_path))
    assert (found.predictions.model >= 0).all()
    with pytest.raises(BadInput, match="walk_forward") as caught:
        found.scores(matrix)
    assert caught.value.code == "train.not_backtestable"


def test_shuffled_labels_stay_in_their_session() -> None:
    labels = np.array([1.0, 2.0, np.nan, 3.0, 10.0, 20.0, 30.0, 40.0])
    time = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    mixed = shuffled_within(labels, time, seed=3)
    assert np.isnan(mixed[2])
    assert sorted(mixed[[0, 1, 3]]) == [1, 2, 3]
    assert sorted(mixed[4:]) == [10, 20, 30, 40]
    assert not np.array_equal(mixed, labels, equal_nan=True)


def test_the_sha_of_a_card_is_that_of_its_text(trained: training.Trained) -> None:
    for model in (trained.model, *trained.models):
        model.require_whole()
        assert model.card.trees_sha == trees_sha(model.text)
