"""What a run would stand on is damaged: the pages say it above their forms, as the API
does with 409, and nothing is started."""

from __future__ import annotations

import html
import shutil

import numpy as np
import pytest
from django.conf import settings
from django.urls import reverse

from builder import services
from signals.models import Run
from signals.services import endings
from tests.builder.drafts import posted, saved_form
from tests.builders import MODEL, make_run
from tests.signals import calibrations
from tests.signals.backtests import ready
from tests.signals.test_backtests_trained import DAYS_FROM, keep_predictions
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
GBM = "universe_eq_swing_daily_gbm"
DAMAGED = "stored bytes are not those that were written (sha256 differs)."


@pytest.fixture(autouse=True)
def market(home) -> None:
    make_market(home)


@pytest.fixture
def client(client_of, builder_user):
    return client_of(builder_user)


@pytest.fixture
def damaged(market, tmp_path):
    """A file of the daily bars overwritten, the arrays made of it gone."""
    folder = settings.SIGMA_HOME / "datasets" / DATASET
    whole = tmp_path / "whole"
    shutil.copytree(folder, whole)
    for path in (folder / "bars" / "daily").glob("*.parquet"):
        path.write_bytes(b"not what was written")
    shutil.rmtree(folder / "arrays")
    yield folder
    shutil.rmtree(folder)
    shutil.move(whole, folder)


def said(answer) -> str:
    """The problem above a form; nothing was started."""
    assert answer.status_code == 200
    assert not Run.objects.active().exists()
    return " ".join(html.unescape(answer.content.decode()).split())


def start(kind: str, model_id: str) -> str:
    return reverse(f"model_{kind}", args=["swingsigma", model_id])


def test_a_training_whose_predictions_are_gone(client) -> None:
    prepared = ready(GBM)
    days = prepared.market.bars.axis.times
    days = days[(days >= DAYS_FROM) & (days <= days[-20])]
    trained = make_run(kind=Run.Kind.TRAIN, model_id=GBM, dataset=DATASET)
    shape = (len(prepared.market.bars.axis.tickers), len(days))
    keep_predictions(trained, prepared, days, np.zeros(shape))
    (endings.run_folder(trained.pk) / "predictions.parquet").unlink()
    asked = {"pack": "swingsigma", "model_id": GBM, "dataset": DATASET}
    api = client.post("/api/backtest", asked, content_type="application/json")
    assert (api.status_code, api.json()["code"]) == (409, "model.damaged")
    page = said(client.post(start("backtest", GBM), {"dataset": DATASET}))
    where = f"run {trained.pk}, predictions.parquet: it is missing, or not what the"
    assert where in page
    assert "Train the model again" in page


def test_bars_that_are_not_what_was_written(client, damaged) -> None:
    dataset = {"dataset": DATASET}
    for kind, model_id in (("backtest", MODEL), ("train", GBM)):
        asked = {"pack": "swingsigma", "model_id": model_id, **dataset}
        api = client.post(f"/api/{kind}", asked, content_type="application/json")
        assert (api.status_code, api.json()["code"]) == (409, "bars.damaged")
        page = client.post(start(kind, model_id), dataset)
        assert DAMAGED in said(page)
    page = client.post(f"{calibrations.PAGE}start/", calibrations.FORM)
    assert DAMAGED in said(page)


def test_the_builder_and_the_pages_that_read_bars(client, damaged, settings) -> None:
    settings.SIGMA_DATASET = DATASET
    form = saved_form()
    seen = {f"seen.{part}": text for part, text in services.seen_of(form).items()}
    sent = posted(form) | seen
    assert DAMAGED in said(client.post("/builder/look/", sent))
    saved = client.post("/builder/save/", sent | {"then": "backtest"}, follow=True)
    assert DAMAGED in said(saved)
    preview = reverse("model_preview", args=["swingsigma", MODEL])
    assert DAMAGED in said(client.post(preview, {"dataset": DATASET}))
    assert DAMAGED in said(client.get(f"/universes/us_liquid/?dataset={DATASET}"))
