"""Data: coverage from the array store, candles, upload with a dry run first."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from signals.models import Run, ts_of
from signals.queries import bars
from signals.queries.lists import At
from tests.builders import make_run

DAYS = np.arange(
    "2023-01-30", "2023-02-03", dtype="datetime64[D]"
)  # Monday to Thursday
CSV = b"ticker,date,open,high,low,close,volume\r\nNA,2023-06-30,1,2,1,2,100\r\n"


@pytest.fixture
def operated(db, operator, client_of) -> Client:
    return client_of(operator)


@pytest.fixture
def store(home):
    """A dataset of two tickers over four sessions, one of them with a 2:1 split."""
    root = home / "datasets" / "tiny"
    folder = root / "arrays" / "daily" / "build"
    folder.mkdir(parents=True)
    close = np.array([[10.0, np.nan, 12.0, 13.0], [np.nan, 40.0, 42.0, 44.0]])
    factor = np.array([[1.0, 1, 1, 1], [1, 1, 2, 2]])
    fields = dict.fromkeys(("open", "high", "low", "close"), close)
    for name, values in (fields | {"volume": close * 100, "factor": factor}).items():
        np.save(folder / f"{name}.npy", values)
    np.save(folder / "times.npy", DAYS)
    meta = {"tickers": ["AAA", "BBB"], "shas": dict.fromkeys([*fields, "factor"], "")}
    (folder / "meta.json").write_text(json.dumps(meta | {"origin": {"known_by": ""}}))
    yield "tiny"
    shutil.rmtree(root)


def day(*date):
    session = dt.date(*date)
    return At(ts_of(session), session)


def test_candles_are_in_the_units_of_their_last_session(store):
    found = bars.candles(store, "BBB", day(2023, 2, 2))
    assert [bar.close for bar in found] == [20.0, 21.0, 22.0]
    assert found[-1].volume == 8800.0


def test_candles_skip_sessions_without_a_bar_and_stop_at_the_session(store):
    found = bars.candles(store, "AAA", day(2023, 2, 1))
    assert [bar.close for bar in found] == [10.0, 12.0]


def test_candles_of_something_unknown_are_none(store):
    assert bars.candles(store, "ZZZ", day(2023, 2, 2)) == []
    assert bars.candles("nowhere", "AAA", day(2023, 2, 2)) == []


def test_coverage_counts_only_the_life_of_a_ticker(store):
    found = bars.coverage(bars.newest_build(store))
    assert found.months == [dt.date(2023, 1, 1), dt.date(2023, 2, 1)]
    np.testing.assert_array_equal(found.share, [[0.5, 1.0], [1.0, 1.0]])
    assert found.counts == [2, 2]


def test_it_shows_each_dataset_with_its_figures(operated, store):
    answer = operated.get("/data/").content.decode()
    assert 'id="tiny"' in answer
    assert "Thu 2 Feb 2023" in answer
    assert "Coverage of 2 tickers over 2 months" in answer


def test_it_marks_a_dataset_in_which_no_ticker_ends(operated, store, home):
    folder = home / "datasets" / store / "arrays" / "daily" / "build"
    page = operated.get("/data/").content.decode()
    assert "survivors only" not in page  # four sessions say nothing
    days = np.arange("2022-01-03", "2022-12-31", dtype="datetime64[D]")
    for name in ("open", "high", "low", "close", "volume", "factor"):
        np.save(folder / f"{name}.npy", np.ones((2, len(days))))
    np.save(folder / "times.npy", days)
    assert "survivors only" in operated.get("/data/").content.decode()


def test_without_bars_it_says_so(operated):
    answer = operated.get("/data/").content.decode()
    assert "Drop files here" in answer


def test_an_upload_starts_a_dry_run(operated):
    file = SimpleUploadedFile("NA.csv", CSV)
    answer = operated.post("/data/upload/", {"files": file, **options()})
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/runs/{run.pk}/"
    assert run.params["dry_run"] is True
    assert run.params["names"] == ["NA.csv"]


def test_the_script_gets_the_address_of_the_run(operated):
    file = SimpleUploadedFile("NA.csv", CSV)
    answer = operated.post(
        "/data/upload/",
        {"files": file, **options()},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 202
    assert answer.json() == {"url": f"/runs/{Run.objects.get().pk}/"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("bars.exe", b"x", "not known here"), ("bars.csv", b"", "empty")],
)
def test_a_file_that_cant_be_taken_is_refused_with_the_reason(
    operated, name, content, said
):
    file = SimpleUploadedFile(name, content)
    answer = operated.post("/data/upload/", {"files": file, **options()})
    assert said in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["../x", "Main", "", "a" * 65])
def test_a_dataset_needs_a_plain_name(operated, name):
    file = SimpleUploadedFile("NA.csv", CSV)
    asked = {"files": file, **options(), "dataset": name}
    answer = operated.post("/data/upload/", asked)
    assert 'role="alert"' in answer.content.decode()
    assert not Run.objects.exists()


def test_several_files_are_one_run(operated):
    files = [SimpleUploadedFile(f"{name}.csv", CSV) for name in ("NA", "TRUE")]
    operated.post("/data/upload/", {"files": files, **options()})
    assert Run.objects.get().params["names"] == ["NA.csv", "TRUE.csv"]


def test_a_dry_run_can_be_made_good(operated):
    file = SimpleUploadedFile("NA.csv", CSV)
    operated.post("/data/upload/", {"files": file, **options()})
    dry = Run.objects.get()
    for _ in range(2):  # a second click makes no second run
        operated.post(f"/data/ingest/{dry.pk}/")
    real = Run.objects.exclude(pk=dry.pk).get()
    assert real.params == dry.params | {"dry_run": False}


def test_only_a_dry_run_can_be_made_good(operated):
    scan = make_run()
    assert operated.post(f"/data/ingest/{scan.pk}/").status_code == 404


def test_a_viewer_brings_nothing_in(db, viewer, client_of):
    client = client_of(viewer)
    assert client.post("/data/upload/", options()).status_code == 403
    assert "needs the role operator" in client.get("/data/").content.decode()


def test_the_template_is_a_file_to_fill_in(operated):
    answer = operated.get("/data/template.csv")
    assert answer.content.startswith(b"ticker,date,open,high,low,close,volume")


def options() -> dict[str, str]:
    return {"dataset": "main", "cadence": "daily", "adjustment": "raw"}
