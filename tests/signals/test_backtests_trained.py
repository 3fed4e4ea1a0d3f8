"""A trained model's backtest: on its predictions out of sample, and on those alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sigma_core.builds import Prepared
from sigma_core.errors import BadInput
from sigma_core.run import find_universe
from sigma_core.specs import fingerprint
from sigma_core.specs.learned import learned_sha
from signals.models import Run, TrainedModel
from signals.services import endings
from tests.builders import make_run
from tests.signals.backtests import done, ready
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market(home) -> None:
    make_market(home)


def test_a_trained_model_is_backtested_on_its_predictions() -> None:
    model_id = "universe_eq_swing_daily_gbm"
    prepared = ready(model_id)
    axis = prepared.market.bars.axis
    days = axis.times[
        (axis.times >= DAYS_FROM) & (axis.times <= np.datetime64("2023-08-18"))
    ]
    said = np.random.default_rng(3).normal(size=(len(axis.tickers), len(days)))
    trained = make_run(kind=Run.Kind.TRAIN, model_id=model_id, dataset=DATASET)
    keep_predictions(trained, prepared, days, said)
    run = done(model_id=model_id, start=str(days[0]), end=str(days[-1]))
    folder = endings.run_folder(run.pk)
    signals = pd.read_parquet(folder / "signals.parquet")
    assert set(signals["session"].dt.date) <= {day.item() for day in days}
    top = signals[signals["rank"] == 1].set_index("session")["ticker"]
    members = prepared_members(prepared)
    for at, day in enumerate(days.tolist()):
        mine = np.where(members[day], said[:, at], -np.inf)
        assert top[str(day)] == axis.tickers[int(np.argmax(mine))]
    whole = done(model_id=model_id, start=None, end=None).backtest
    assert (whole.first, whole.last) == (days[0].item(), days[-1].item())
    with pytest.raises(BadInput, match="Tested are 2023-06-01 to 2023-08-18"):
        done(model_id=model_id, start="2023-05-31")
    for end in ("2023-05-25", "2023-06-01"):
        with pytest.raises(BadInput, match="Tested are 2023-06-01 to") as refused:
            done(model_id=model_id, start=None, end=end)
        (one,) = refused.value.problems
        assert (one.code, one.where) == ("train.untested", "end")
        assert f"two sessions up to {end}" in one.message
        assert one.hint.startswith("End after 2023-06-01")
    short = done(model_id=model_id, start=None, end="2023-06-02").backtest
    assert (short.first, short.last) == (days[0].item(), days[1].item())
    assert run.backtest.kind == "gbm"
    assert run.backtest.trial.family.horizon == 10
    assert run.summary["skill"]["label"] == "fwd_ret_10d"


DAYS_FROM = np.datetime64("2023-06-01")


def prepared_members(prepared: Prepared) -> dict[date, np.ndarray]:
    """Who is in the universe on each session."""
    found = find_universe(
        prepared.bundle, prepared.plan, prepared.market, prepared.first
    )
    days = prepared.market.bars.axis.days[prepared.first : prepared.market.column + 1]
    return dict(zip(days.tolist(), found.members[:, -len(days) :].T, strict=True))


def keep_predictions(
    run: Run, prepared: Prepared, days: np.ndarray, said: np.ndarray
) -> None:
    """What a training leaves of its predictions, and the row that names it."""
    axis, shas = prepared.market.bars.axis, prepared.bundle.shas
    rows = pd.DataFrame(
        {
            "session": np.repeat(days.astype("datetime64[s]"), len(axis.tickers)),
            "ticker": list(axis.tickers) * len(days),
            "prediction": said.T.ravel(),
            "model": 0,
        }
    )
    folder = endings.run_folder(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "predictions.parquet"
    rows.to_parquet(path, index=False)
    card = {
        "learned_sha": learned_sha(prepared.bundle),
        "predictions_sha": fingerprint.sha_of_bytes(path.read_bytes()),
        "output_sha": "o" * 64,
        "backtestable": True,
        "known_on": str(days[0]),
        "splits": [],
        "test_first": str(days[0]),
        "test_last": str(days[-1]),
    }
    names = ("pack_sha", "indicator_set_sha", "model_config_sha")
    TrainedModel.objects.create(
        run=run,
        dataset=DATASET,
        pack="swingsigma",
        model_id=prepared.bundle.model_id,
        first=days[0].item(),
        last=days[-1].item(),
        matrix_sha="m" * 64,
        trees_sha="t" * 64,
        card=card,
        **{name: shas[name] for name in names},
    )
