"""Models and Model: never empty, in words and as written, with a Run form."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from signals.models import Run
from signals.queries import overview
from tests.builders import MODEL, make_list, make_run
from tests.signals.lists import make_two_lists

pytestmark = pytest.mark.django_db
PAGE = f"/models/swingsigma/{MODEL}/"


@pytest.fixture
def reader(viewer, client_of) -> Client:
    return client_of(viewer)


@pytest.fixture
def maker(builder_user, client_of) -> Client:
    return client_of(builder_user)


def test_it_lists_every_model_before_anything_has_run(reader):
    answer = reader.get("/models/").content.decode()
    assert "swingsigma / breakout scanner" in answer
    assert "none yet" in answer


def test_it_shows_the_last_run_and_its_signals(reader):
    run = make_two_lists()
    answer = reader.get("/models/").content.decode()
    assert f"run {run.pk}" in answer
    assert "last 3" in answer  # the words of the count bars


def test_the_dataset_scanned_last_has_the_last_word(reader):
    for dataset, day in (("demo", dt.date(2023, 6, 30)), ("main", dt.date(2023, 6, 1))):
        make_list(make_run(dataset=dataset, session=day))
    done = overview.activity()["swingsigma", MODEL]
    assert (done.dataset, done.session) == ("main", dt.date(2023, 6, 1))


def test_it_shows_a_broken_definition_with_its_fault(reader, packs):
    path = packs / "swingsigma" / "model_configs" / "universe_eq_swing_daily_bad.yaml"
    path.write_text("model_id: universe_eq_swing_daily_bad\nkind: scanner\n")
    try:
        assert "swingsigma / bad" in reader.get("/models/").content.decode()
        answer = reader.get("/models/swingsigma/universe_eq_swing_daily_bad/")
        assert "can't be used yet" in answer.content.decode()
    finally:
        path.unlink()


def test_it_shows_the_rules_in_words_and_as_written(reader):
    answer = reader.get(PAGE).content.decode()
    assert "close &gt; donchian_high_20 × (1 + epsilon)" in answer
    assert "epsilon 0.002" in answer
    assert "model_id: universe_eq_swing_daily_breakout_scanner" in answer


def test_it_shows_the_funnel_of_the_last_list(reader):
    make_two_lists()
    answer = reader.get(PAGE).content.decode()
    assert "ADX ≥ 18" in answer
    assert "187" in answer


def test_an_unknown_model_suggests_a_known_one(reader):
    answer = reader.get("/models/swingsigma/universe_eq_swing_daily_breakout_scaner/")
    assert answer.status_code == 404
    assert "Did you mean" in answer.content.decode()


def test_it_asks_a_fixed_number_of_queries(reader, django_assert_num_queries):
    make_two_lists()
    reader.get("/models/")
    with django_assert_num_queries(8):
        reader.get("/models/")


def test_a_scan_is_queued_and_its_run_opened(maker):
    asked = {"pack": "swingsigma", "model_id": MODEL, "as_of": "2023-06-30"}
    answer = maker.post("/runs/scan/", asked)
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/runs/{run.pk}/"
    assert run.params["as_of"] == "2023-06-30"
    assert run.user.username == "builder"


def test_a_scan_sent_twice_is_one_run(maker):
    asked = {"pack": "swingsigma", "model_id": MODEL, "key": "a-key-of-this-form"}
    for _ in range(2):
        maker.post("/runs/scan/", asked)
    assert Run.objects.count() == 1


@pytest.mark.parametrize("day", ["2023-07-04", "2023-02-30", "foo"])
def test_a_wrong_day_is_explained_beside_the_form(maker, day):
    asked = {"pack": "swingsigma", "model_id": MODEL, "as_of": day}
    answer = maker.post("/runs/scan/", asked)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert not Run.objects.exists()


def test_a_viewer_starts_nothing(reader):
    asked = {"pack": "swingsigma", "model_id": MODEL}
    assert reader.post("/runs/scan/", asked).status_code == 403
    assert "needs the role builder" in reader.get(PAGE).content.decode()
