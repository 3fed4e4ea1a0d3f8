"""Past the training: each model is the one that would have been trained by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from sigma_core import training
from sigma_core.backtests import backtest_model
from sigma_core.boosting.process import Trees
from sigma_core.boosting.rows import rows_of
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput
from sigma_core.market import open_dataset
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.further import Done, Further, carry_on, plan_further
from sigma_core.training.kept import Kept
from sigma_core.training.scorer import OutOfSample, open_out_of_sample
from tests.core.training import toy

TRAIN = {**toy.CONFIG["train"], "folds": 2}
#: the training ends in summer, the backtest in autumn
TRAINED_TO, LAST = date(2023, 9, 15), date(2023, 11, 30)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.store_market(tmp_path_factory.mktemp("datasets"))


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toy.write_pack(tmp_path_factory.mktemp("packs"), train=TRAIN)


@pytest.fixture(scope="module")
def trained(
    packs: Path, datasets: Path, tmp_path_factory: pytest.TempPathFactory
) -> training.Trained:
    return trained_to(TRAINED_TO, packs, datasets, tmp_path_factory.mktemp("scratch"))


def trained_to(
    end: date, packs: Path, datasets: Path, scratch: Path
) -> training.Trained:
    ready = toy.prepared(packs, datasets, end=end)
    return training.train(ready, toy.built(ready), toy.limits(scratch))


@pytest.fixture
def known(
    trained: training.Trained, packs: Path, datasets: Path, tmp_path: Path
) -> OutOfSample:
    """What the training said, on the axis of a backtest that goes on."""
    trained.write(tmp_path)
    backtest = toy.prepared(packs, datasets, end=LAST)
    return open_out_of_sample(tmp_path, backtest, {"trained_run": 1})


def planned(
    known: OutOfSample, backtest: Prepared, trained: training.Trained
) -> Further:
    found = planned_for(known, backtest, trained)
    assert found is not None
    return found


def planned_for(
    known: OutOfSample, backtest: Prepared, trained: training.Trained
) -> Further | None:
    begin = trained.models[0].card.train_first
    done = Done(begin, trained.model.card.train_last, known.last)
    market, config = backtest.market, backtest.bundle.model
    assert isinstance(config, GbmConfig)
    asked = range(backtest.first, market.column + 1)
    return plan_further(config, market.bars.axis.days, asked, done)


def test_it_is_what_a_training_up_to_then_would_say(
    known: OutOfSample,
    trained: training.Trained,
    packs: Path,
    datasets: Path,
    tmp_path: Path,
) -> None:
    """Its trees are those of a training that ends with the first session it answers
    for, so of bars that end there; what they say is asked of LightGBM itself."""
    backtest = toy.prepared(packs, datasets, end=LAST)
    plan = planned(known, backtest, trained)
    limits = toy.limits(tmp_path)
    found = carry_on(known, backtest, plan, trained.model, limits)
    days = backtest.market.bars.axis.days
    answering = [trained.model]
    for split in plan.splits:
        by_then = days[split.test.start].item()
        again = trained_to(by_then, packs, datasets, tmp_path / str(by_then))
        answering.append(again.model)
    rows = rows_of(toy.built(backtest))
    for model, tested in zip(
        answering, [plan.newest, *(s.test for s in plan.splits)], strict=True
    ):
        cells = rows.of(
            range(tested.start - backtest.first, tested.stop - backtest.first)
        )
        own = slice(cells.start, cells.stop)
        said = lightgbm.Booster(model_str=model.text).predict(rows.values[own])
        at = (rows.ticker[own], rows.time[own] + backtest.first)
        np.testing.assert_array_equal(found.predictions.values[at], said)
    assert [len(plan.newest), *(len(s.test) for s in plan.splits)] == [20, 20, 13]
    assert found.names["refreshed"] == 2
    assert (found.first, found.last) == (known.first, LAST)
    before = days <= np.datetime64(TRAINED_TO)
    np.testing.assert_array_equal(
        found.predictions.values[:, before], known.predictions.values[:, before]
    )


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of each fit, as they were asked for."""
    asked: list[int] = []
    fit = Trees.fit

    def counted(trees: Trees, labels: str, train: Any, params: Any, of: range) -> Any:
        asked.append(params["rounds"])
        return fit(trees, labels, train, params, of)

    monkeypatch.setattr(Trees, "fit", counted)
    return asked


def test_what_was_fitted_before_is_read(
    known: OutOfSample,
    trained: training.Trained,
    packs: Path,
    datasets: Path,
    tmp_path: Path,
    fits: list[int],
) -> None:
    """Two fits past the training; the second time none, and the same numbers. Other
    parameters, other rows and other threads are other trees."""
    folder = tmp_path / "run"
    folder.mkdir()

    def carried(end: date = LAST, packs: Path = packs, threads: int = 1) -> OutOfSample:
        backtest = toy.prepared(packs, datasets, end=end)
        plan, limits = planned(known, backtest, trained), toy.limits(tmp_path)
        limits = replace(limits, threads=threads)
        return carry_on(known, backtest, plan, trained.model, limits, kept=Kept(folder))

    once = carried()
    assert len(fits) == len(list((folder / "further").iterdir())) == 2
    again = carried()
    assert len(fits) == 2
    np.testing.assert_array_equal(again.predictions.values, once.predictions.values)
    assert again.names == once.names
    carried(end=date(2023, 11, 10))  # of one split fewer sessions are asked
    assert len(fits) == 2
    carried(threads=2)
    assert len(fits) == 4
    other = {**toy.CONFIG["params"], "rounds": 4}
    carried(packs=toy.write_pack(tmp_path / "packs", train=TRAIN, params=other))
    assert fits[4:] == [4, 4]
    assert len(list((folder / "further").iterdir())) == 6


def test_a_damaged_kept_file_is_fitted_anew(
    known: OutOfSample,
    trained: training.Trained,
    packs: Path,
    datasets: Path,
    tmp_path: Path,
    fits: list[int],
) -> None:
    backtest = toy.prepared(packs, datasets, end=LAST)
    plan, limits = planned(known, backtest, trained), toy.limits(tmp_path)
    asked = (known, backtest, plan, trained.model, limits)
    once = carry_on(*asked, kept=Kept(tmp_path))
    whole = {path: path.read_bytes() for path in (tmp_path / "further").iterdir()}
    spoiled, cut = whole
    spoiled.write_bytes(spoiled.read_bytes().replace(b"leaf_value=", b"leaf_value=9"))
    cut.write_bytes(cut.read_bytes()[:-100])
    again = carry_on(*asked, kept=Kept(tmp_path))
    assert len(fits) == 4
    np.testing.assert_array_equal(again.predictions.values, once.predictions.values)
    assert {path: path.read_bytes() for path in whole} == whole


def test_where_none_can_be_kept_the_numbers_are_the_same(
    known: OutOfSample,
    trained: training.Trained,
    packs: Path,
    datasets: Path,
    tmp_path: Path,
    fits: list[int],
) -> None:
    backtest = toy.prepared(packs, datasets, end=LAST)
    plan, limits = planned(known, backtest, trained), toy.limits(tmp_path)
    asked = (known, backtest, plan, trained.model, limits)
    once = carry_on(*asked)
    (tmp_path / "further").write_text("a file in the folder's place")
    again = carry_on(*asked, kept=Kept(tmp_path))
    assert len(fits) == 4
    np.testing.assert_array_equal(again.predictions.values, once.predictions.values)


def of_one_ticker(datasets: Path, tmp_path: Path) -> tuple[str, str, Path]:
    """The first ticker, a model of it alone, and the packs that hold it."""
    who = open_dataset(datasets, toy.DATASET).bars().arrays().axis.tickers[0]
    single = toy.MODEL.replace("universe", who.lower())
    own = {"model_id": single, "ticker": who, "universe": None, "train": TRAIN}
    few = {"rounds": 10, "num_leaves": 4, "min_data_in_leaf": 10}
    return who, single, toy.write_pack(tmp_path / "packs", **own, params=few)


def test_a_model_of_one_ticker_is_judged_across_its_sessions(
    datasets: Path, tmp_path: Path
) -> None:
    """By its training, and by a backtest of what that said out of sample."""
    who, single, packs = of_one_ticker(datasets, tmp_path)
    ready = toy.prepared(packs, datasets, single)
    trained = training.train(ready, toy.built(ready), toy.limits(tmp_path))
    trained.write(tmp_path)
    known = open_out_of_sample(tmp_path, ready, {"trained_run": 1})
    stretch = toy.prepared(packs, datasets, single, start=known.first, end=known.last)
    found = backtest_model(stretch, trained=known).skill
    for one in (trained.report.pooled, found.measures):
        assert one.rank_ic is not None
        assert one.t is not None
        assert one.rank_icir is None  # there is no rank IC of a session
    assert (found.ticker, found.label) == (who, "fwd_ret_5d")


def test_a_session_of_one_ticker_has_one_score_wherever_a_backtest_begins(
    datasets: Path, tmp_path: Path
) -> None:
    who, single, packs = of_one_ticker(datasets, tmp_path)
    ready = toy.prepared(packs, datasets, single, end=TRAINED_TO)
    trained = training.train(ready, toy.built(ready), toy.limits(tmp_path))
    trained.write(tmp_path)

    def scores(start: date) -> np.ndarray:
        stretch = toy.prepared(packs, datasets, single, start=start, end=LAST)
        known = open_out_of_sample(tmp_path, stretch, {"trained_run": 1})
        plan, limits = planned(known, stretch, trained), toy.limits(tmp_path)
        found = carry_on(known, stretch, plan, trained.model, limits)
        said = backtest_model(stretch, trained=found).scores.score_total
        return said[stretch.market.bars.axis.row(who)]

    early, late = scores(date(2023, 9, 18)), scores(date(2023, 11, 15))
    np.testing.assert_array_equal(early[-len(late) :], late)
    assert np.isfinite(late).all()


def test_only_who_answers_is_trained(
    known: OutOfSample, trained: training.Trained, packs: Path, datasets: Path
) -> None:
    """A backtest that begins later wants none of those before."""
    late = toy.prepared(packs, datasets, start=date(2023, 11, 20), end=LAST)
    plan = planned(known, late, trained)
    assert (len(plan.newest), len(plan.splits)) == (0, 1)
    whole = planned(known, toy.prepared(packs, datasets, end=LAST), trained)
    assert plan.splits[-1] == whole.splits[-1]
    within = toy.prepared(packs, datasets, end=TRAINED_TO)
    assert planned_for(known, within, trained) is None


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"max_age_days": 30}, "refresh more often, or raise max_age_days to 36"),
        ({"train": {**TRAIN, "end": TRAINED_TO}}, "take train.end, 2023-09-15, out"),
    ],
)
def test_nobody_answers_when_too_old(
    changed: dict[str, Any],
    hint: str,
    known: OutOfSample,
    trained: training.Trained,
    datasets: Path,
    tmp_path: Path,
) -> None:
    """20 sessions from 2023-09-18 end on 10-13, 36 days after the training's 09-07."""
    packs = toy.write_pack(tmp_path / "packs", **{"train": TRAIN, **changed})
    with pytest.raises(BadInput, match=hint) as caught:
        planned(known, toy.prepared(packs, datasets, end=LAST), trained)
    assert caught.value.code == "model.age"
    assert caught.value.problems[0].where == "end"


def test_with_an_end_of_its_own_the_newest_answers_alone(
    known: OutOfSample, trained: training.Trained, datasets: Path, tmp_path: Path
) -> None:
    fixed = {**TRAIN, "end": TRAINED_TO}
    packs = toy.write_pack(tmp_path / "packs", train=fixed, max_age_days=90)
    plan = planned(known, toy.prepared(packs, datasets, end=LAST), trained)
    assert (len(plan.newest), plan.splits) == (53, ())
