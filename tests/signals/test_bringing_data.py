"""Every kind of data from page and API: dry run, report, sources, inbox, comparison."""

from __future__ import annotations

import io
import json
import os
import shutil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from sigma_core.market import open_dataset
from signals.csv_templates import TEMPLATES
from signals.models import Run, Source
from signals.services import choosing, inbox, runs

pytestmark = pytest.mark.django_db
NAME = "brought"
ACTIONS = "ticker,ex_date,kind,cash\nAAA,2023-06-12,dividend,0.24\n"
BARS = "day,sym,o,h,l,PX,v\n2023-06-29,AAA,1,2,1,2,100\n2023-06-30,AAA,2,3,2,3,100\n"


@pytest.fixture
def main(home):
    """The dataset `brought`, which is taken away again."""
    yield open_dataset(home / "datasets", NAME)
    shutil.rmtree(home / "datasets" / NAME, ignore_errors=True)
    shutil.rmtree(home / "inbox", ignore_errors=True)


def upload(client, text: str, name: str = "actions.csv", **fields: str) -> Run:
    """Send a file to the page and do the run it starts."""
    file = SimpleUploadedFile(name, text.encode())
    asked = {"files": file, "dataset": NAME, "cadence": "daily"} | fields
    answer = client.post("/data/upload/", asked)
    assert answer.status_code == 302, answer.content.decode()
    return done(Run.objects.first())


def done(run: Run) -> Run:
    """The run, done here; one that is refused too."""
    from sigma_core.errors import BadInput

    try:
        return runs.execute_here(run)
    except BadInput:
        run.refresh_from_db()
        return run


def page_of(client, run: Run) -> str:
    return client.get(f"/runs/{run.pk}/").content.decode()


def test_actions_are_shown_first_and_stored_second(main, operator, client_of):
    client = client_of(operator)
    dry = upload(client, ACTIONS, kind="actions")
    page = page_of(client, dry)
    assert "Dry run: nothing was written" in page
    assert "<td>2023-06-12</td>" in page
    assert main.actions().empty
    client.post(f"/data/ingest/{dry.pk}/")
    run = done(Run.objects.first())
    assert (run.status, run.summary["rows_new"]) == ("succeeded", 1)
    assert main.actions()["cash"].tolist() == [0.24]


def test_a_fault_in_line_3_is_named_and_stores_nothing(main, operator, client_of):
    client = client_of(operator)
    text = f"{ACTIONS}BBB,2023-06-12,splt,\n"
    run = upload(client, text, kind="actions")
    assert run.status == "failed"
    page = page_of(client, run)
    assert "actions.csv, line 3" in page
    assert "Did you mean &#x27;split&#x27;" in page
    assert main.actions().empty


def test_a_membership_needs_a_name(main, operator, client_of):
    file = SimpleUploadedFile("m.csv", b"ticker,start\nAAA,2020-01-02\n")
    asked = {"files": file, "dataset": NAME, "cadence": "daily", "kind": "membership"}
    answer = client_of(operator).post("/data/upload/", asked)
    assert "A membership list needs a name" in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("kind", [kind for kind in TEMPLATES if kind != "bars"])
def test_the_api_takes_each_kind(main, operator, client_of, kind):
    client = client_of(operator)
    file = SimpleUploadedFile(f"{kind}.csv", TEMPLATES[kind].encode())
    asked = {"file": file, "dataset": NAME, "dry_run": "true"}
    asked |= {"name": "some"} if kind == "membership" else {}
    answer = client.post(f"/api/ingest/{kind}", asked)
    assert answer.status_code == 202, answer.json()
    run = done(Run.objects.get())
    assert run.status == "succeeded"
    assert run.summary["rows_in"] == len(TEMPLATES[kind].strip().splitlines()) - 1
    assert page_of(client, run).count("Dry run: nothing was written") == 1


def test_an_unknown_kind_is_404_with_a_did_you_mean(operator, client_of):
    answer = client_of(operator).post("/api/ingest/action", {})
    assert answer.status_code == 404
    assert "actions" in answer.json()["errors"][0]["hint"]


def test_a_source_remembers_columns_and_adjustment(main, operator, client_of):
    client = client_of(operator)
    told = {"source": "feed", "columns": "close=PX", "adjustment": "split"}
    dry = upload(client, BARS, "bars.csv", **told)
    assert not Source.objects.exists()  # a dry run writes nothing at all
    client.post(f"/data/ingest/{dry.pk}/")
    done(Run.objects.first())
    known = Source.objects.get()
    assert (known.name, known.mapping["close"], known.adjustment) == (
        "feed",
        "PX",
        "split",
    )
    again = upload(client, BARS, "bars.csv", source="feed")
    assert (again.status, again.summary["adjustment"]) == ("succeeded", "split")
    assert again.summary["rows_same"] == 2
    assert "was read before" in page_of(client, again)
    assert "feed" in client.get("/data/").content.decode()
    assert client.get("/api/bars/sources").json()[0]["mapping"]["close"] == "PX"


def put(home, name: str, text: str, cadence: str = "daily", age: float = 60) -> None:
    folder = home / "inbox" / NAME / cadence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    when = timezone.now().timestamp() - age
    os.utime(folder / name, (when, when))


GOOD = BARS.replace("PX", "close")


def test_the_inbox_takes_what_is_good_and_puts_away_the_rest(main, home):
    put(home, "a.csv", GOOD)
    put(home, "b.csv", "day,sym\n2023-06-29,AAA\n")
    put(home, "c.csv", GOOD, age=0)  # still being written
    out = io.StringIO()
    call_command("inbox", stdout=out)
    folder = home / "inbox" / NAME / "daily"
    held = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.csv"))
    assert held == ["c.csv", "done/a.csv", "refused/b.csv"]
    report = json.loads((folder / "done" / "a.csv.report.json").read_text())
    assert (report["rows_new"], len(main.bars().read())) == (2, 2)
    refused = json.loads((folder / "refused" / "b.csv.report.json").read_text())
    assert refused["problems"][0]["code"] == "ingest.missing_column"
    assert "REFUSED" in out.getvalue()


def test_a_file_taken_twice_doubles_nothing_and_loses_nothing(main, home, monkeypatch):
    put(home, "a.csv", GOOD)
    killed = RuntimeError("the machine went away")

    def die(*args: object, **kwargs: object) -> None:
        raise killed

    whole = inbox.put_away
    monkeypatch.setattr(inbox, "put_away", die)
    run = runs.create_run(kind=Run.Kind.INBOX, params={})
    assert runs.execute_here(run).status == "failed"
    monkeypatch.setattr(inbox, "put_away", whole)
    again = runs.execute_here(runs.create_run(kind=Run.Kind.INBOX, params={}))
    assert again.summary["files"][0]["words"] == "0 new, 0 revised of 2"
    assert len(main.bars().read()) == 2
    put(home, "a.csv", GOOD)
    runs.execute_here(runs.create_run(kind=Run.Kind.INBOX, params={}))
    done_with = home / "inbox" / NAME / "daily" / "done"
    assert sorted(p.name for p in done_with.glob("*.csv")) == ["a-2.csv", "a.csv"]


def test_the_site_offers_to_switch_to_real_bars(
    main, home, operator, viewer, client_of
):
    from tests.small_market import make_market

    make_market(home)  # made-up bars to switch from
    client = client_of(operator)
    upload(client, GOOD, "bars.csv", adjustment="raw")
    client.post(f"/data/ingest/{Run.objects.first().pk}/")
    done(Run.objects.first())
    assert f"Switch to {NAME}" in client.get("/data/").content.decode()
    assert client_of(viewer).post("/data/default/", {}).status_code == 403
    client.post("/data/default/", {"dataset": NAME, "hide_demo": "on"})
    page = client.get("/data/").content.decode()
    assert f"{NAME} is meant wherever no dataset is named" in page
    assert "Switch to" not in page
    from packs_app import datasets

    assert datasets.resolve_dataset("auto") == NAME
    choosing.choose_dataset(dataset="", hide_demo=False, user=None)
    assert datasets.default_dataset() == ""


def test_an_unknown_default_is_refused(operator, client_of):
    client = client_of(operator)
    body = {"dataset": "nowhere"}
    answer = client.post("/api/bars/default", body, content_type="application/json")
    assert answer.status_code == 422
    assert client.get("/api/bars/default").json()["dataset"] == ""
