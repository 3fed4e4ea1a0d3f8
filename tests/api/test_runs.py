"""Starting runs over the API, following, stopping, repeating and tagging them."""

import datetime as dt
import json
import shutil
import threading

import pandas as pd
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from sigma_core.market import open_dataset
from signals.models import Run
from signals.services.documents import as_document
from tests.builders import MODEL, make_queued_run, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]
JSON = "application/json"
SCAN = {"pack": "swingsigma", "model_id": MODEL, "dataset": "small"}
SCAN |= {"as_of": "2023-03-30"}
CSV = b"date,open,high,low,close,volume\n2017-06-30,1,2,1,2,100\n"


def scan(client, address="/api/scan", body=SCAN, **headers):
    return client.post(address, json.dumps(body), content_type=JSON, headers=headers)


def test_a_scan_is_queued(builder_client, builder_user):
    answer = scan(builder_client)
    run = Run.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/runs/{run.pk}"
    assert answer.json() == as_document(run)
    assert (run.user, run.status, run.params["as_of"]) == (
        builder_user,
        "queued",
        "2023-03-30",
    )


#: name: (what is asked for, the pointer, the code, words of the hint)
UNHELD = {
    "dataset": ({"dataset": "smal"}, "/dataset", "unknown.dataset", "'small'"),
    "before": ({"as_of": "1990-01-02"}, "/as_of", "bars.no_session", "from 2023-01-03"),
    "after": ({"as_of": "2035-01-02"}, "/as_of", "bars.no_session", "to 2023-03-31"),
    "next": ({"as_of": "2023-04-03"}, "/as_of", "bars.no_session", "to 2023-03-31"),
}


@pytest.mark.parametrize("name", UNHELD)
def test_what_is_not_held_is_refused_at_the_door(builder_client, name):
    asked, pointer, code, hint = UNHELD[name]
    answer = scan(builder_client, body=SCAN | asked)
    assert answer.status_code == 422
    fault = answer.json()["errors"][0]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert hint in fault["hint"]
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", UNHELD)
def test_what_an_ingest_may_yet_bring_is_not_refused(builder_client, name):
    asked = SCAN | UNHELD[name][0]
    make_queued_run(kind=Run.Kind.INGEST, dataset=asked["dataset"])
    assert scan(builder_client, body=asked).status_code == 202


def test_bars_newer_than_the_arrays_count(builder_client, market, tmp_path, settings):
    settings.SIGMA_HOME = tmp_path
    shutil.copytree(market.root, tmp_path / "datasets" / "small")
    copied = open_dataset(tmp_path / "datasets", "small")
    copied.bars().arrays()
    day = pd.Timestamp("2023-04-03", tz="UTC")
    prices = {"open": 1.0, "high": 2.0, "low": 1.0, "close": 2.0, "volume": 100.0}
    copied.bars().append(
        pd.DataFrame([{"ticker": "NEW", "ts": day, **prices}]),
        source="test",
        adjustment="raw",
        ingested_at=dt.datetime.now(dt.UTC),
    )
    answer = scan(builder_client, body=SCAN | {"as_of": "2023-04-03"})
    assert answer.status_code == 202


def test_the_same_key_gives_the_same_run(builder_client):
    key = {"Idempotency-Key": "night-1"}
    first, second = scan(builder_client, **key), scan(builder_client, **key)
    assert first.json()["id"] == second.json()["id"]
    assert Run.objects.count() == 1


def test_the_same_key_for_another_request_is_409(builder_client):
    key = {"Idempotency-Key": "night-1"}
    scan(builder_client, **key)
    answer = scan(builder_client, body=SCAN | {"as_of": "2023-03-29"}, **key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.reused")


def test_waiting_ends_when_the_time_is_up(builder_client):
    answer = scan(builder_client, "/api/scan?wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


@pytest.mark.django_db(transaction=True)
def test_waiting_ends_when_the_run_ends(viewer_client):
    run = make_queued_run()

    def end():
        Run.objects.filter(pk=run.pk).update(status="succeeded")
        connection.close()  # a thread has its own

    timer = threading.Timer(0.3, end)
    timer.start()
    answer = viewer_client.get(f"/api/runs/{run.pk}?wait=20")
    timer.join()
    assert answer.json()["status"] == "succeeded"


def test_a_run_that_waits_is_stopped(builder_client):
    run = make_queued_run()
    answer = builder_client.post(f"/api/runs/{run.pk}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_a_run_that_ended_is_not_stopped(builder_client):
    answer = builder_client.post(f"/api/runs/{make_run().pk}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "run.ended")


def test_a_failed_run_is_repeated_as_a_new_one(builder_client):
    failed = make_run(status="failed")
    answer = builder_client.post(f"/api/runs/{failed.pk}/retry")
    again = Run.objects.get(status="queued")
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/runs/{again.pk}"
    assert again.params == failed.params


def test_a_run_that_succeeded_is_not_repeated(builder_client):
    answer = builder_client.post(f"/api/runs/{make_run().pk}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "run.ended")


def test_tags_are_replaced(builder_client):
    run = make_run(tags=["old"])
    body = json.dumps({"tags": ["quickstart", "v2", "v2"]})
    answer = builder_client.patch(f"/api/runs/{run.pk}", body, content_type=JSON)
    assert answer.json()["tags"] == ["quickstart", "v2"]


def test_runs_are_listed_by_what_they_are(viewer_client):
    make_run(kind="ingest", pack="", model_id="", dataset="main")
    wanted = make_run()
    make_run(status="failed")
    found = viewer_client.get(
        f"/api/runs?kind=scan&status=succeeded&model=swingsigma/{MODEL}&dataset=demo"
    ).json()
    assert [row["id"] for row in found["results"]] == [wanted.pk]
    for pack, count in (("swingsigma", 2), ("momentumsigma", 0)):
        both = f"/api/runs?model=swingsigma/{MODEL}&pack={pack}"
        assert len(viewer_client.get(both).json()["results"]) == count


def test_a_list_of_runs_takes_the_same_queries_however_long(
    viewer_client, django_assert_num_queries
):
    for _ in range(12):
        make_run()
    with django_assert_num_queries(4):  # session, person, roles, runs
        assert len(viewer_client.get("/api/runs").json()["results"]) == 12


def test_pages_follow_each_other_without_gaps(viewer_client):
    ids = [make_run().pk for _ in range(7)]
    address, seen = "/api/runs?limit=3", []
    while address:
        found = viewer_client.get(address).json()
        make_run()  # one that comes in between is not shown, and shifts nothing
        seen.append([row["id"] for row in found["results"]])
        address = found["next"]
    assert seen == [ids[:-4:-1], ids[-4:-7:-1], ids[:1]]


def upload(client, address="/api/bars/ingest", **fields):
    return client.post(address, fields)


def test_a_form_with_files_becomes_a_run(operator_client, home):
    files = [SimpleUploadedFile(name, CSV) for name in ("AAA.csv", "BBB.csv")]
    answer = upload(operator_client, file=files, dataset="main", dry_run="true")
    params = Run.objects.get().params
    assert answer.status_code == 202
    assert (params["dataset"], params["dry_run"]) == ("main", True)
    assert params["names"] == ["AAA.csv", "BBB.csv"]
    assert (home / "uploads" / params["paths"][0]).read_bytes() == CSV


def test_a_raw_body_becomes_a_run(operator_client, home):
    answer = operator_client.post(
        "/api/bars/ingest?filename=AAA.csv&dataset=main", CSV, content_type="text/csv"
    )
    params = Run.objects.get().params
    assert answer.status_code == 202
    assert (home / "uploads" / params["paths"][0]).read_bytes() == CSV


BAD_UPLOADS = {
    "no file": ({"dataset": "main"}, 422, "upload.none"),
    "an empty file": ({"file": ("AAA.csv", b"")}, 422, "upload.empty"),
    "a program": ({"file": ("run.sh", CSV)}, 422, "upload.kind"),
    "a path": ({"file": ("AAA.csv", CSV), "paths": "/etc"}, 400, "input.unknown_key"),
    "another field": ({"files": ("AAA.csv", CSV)}, 400, "input.unknown_key"),
    "a dataset": ({"file": ("AAA.csv", CSV), "dataset": "../x"}, 422, "params.invalid"),
    "a cadence": (
        {"file": ("A.csv", CSV), "cadence": "1m"},
        400,
        "input.invalid_choice",
    ),
}


@pytest.mark.parametrize("name", BAD_UPLOADS)
def test_a_bad_upload_starts_nothing(operator_client, name):
    fields, status, code = BAD_UPLOADS[name]
    sent = {
        key: SimpleUploadedFile(*value) if isinstance(value, tuple) else value
        for key, value in fields.items()
    }
    answer = upload(operator_client, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Run.objects.exists()


def test_an_upload_that_is_too_large_is_413(operator_client, settings, monkeypatch):
    monkeypatch.setattr("signals.api.bars.Ingest.most_bytes", 100)
    answer = upload(operator_client, file=SimpleUploadedFile("AAA.csv", CSV * 9))
    assert answer.status_code == 413


def test_a_name_that_leads_out_stays_inside(operator_client, home):
    answer = operator_client.post(
        "/api/bars/ingest?filename=..%2F..%2Fevil.csv", CSV, content_type="text/csv"
    )
    assert answer.status_code == 202
    path = home / "uploads" / Run.objects.get().params["paths"][0]
    assert path.resolve().is_relative_to((home / "uploads").resolve())


def test_a_broken_form_is_400(operator_client):
    answer = operator_client.post(
        "/api/bars/ingest", b"--x\r\nrubbish", content_type="multipart/form-data"
    )
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
