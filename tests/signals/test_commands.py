"""The commands: exit statuses, one JSON document on stdout, the rest on stderr."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from signals import checks
from signals.management import tables
from signals.models import Run
from tests.builders import make_run, make_signal

pytestmark = pytest.mark.django_db

BARS = """date,ticker,open,high,low,close,volume
2017-06-28,AAA,10,11,9,10.5,1000
2017-06-29,AAA,10.5,12,10,11.5,1100
2017-06-28,TRUE,20,21,19,20.5,2000
"""


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """A small file of bars."""
    path = tmp_path / "bars.csv"
    path.write_text(BARS)
    return path


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path) -> object:
    """No dataset of another test."""
    (tmp_path / "uploads").mkdir()
    with override_settings(SIGMA_HOME=tmp_path):
        yield


def run_json(*args: str) -> tuple[int, dict[str, object]]:
    """Exit status and document of a command."""
    out = StringIO()
    try:
        call_command(*args, "--json", stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_it_ingests_bars_and_says_what_it_did(bars: Path) -> None:
    status, document = run_json("ingest_bars", str(bars), "--adjustment", "split")
    run = document["run"]
    assert (status, run["status"]) == (0, "succeeded")
    assert (run["summary"]["rows_new"], run["summary"]["tickers"]) == (3, 2)
    assert [step["status"] for step in run["steps"]] == ["done"] * 4
    again = run_json("ingest_bars", str(bars), "--adjustment", "split")[1]["run"]
    assert (again["summary"]["rows_new"], again["summary"]["rows_same"]) == (0, 3)


def test_it_tells_people_what_it_did(bars: Path) -> None:
    out = StringIO()
    call_command("ingest_bars", str(bars), stdout=out, stderr=StringIO())
    assert "3 rows of 2 tickers, 2017-06-28 to 2017-06-29: 3 new" in out.getvalue()


def test_a_note_names_file_ticker_and_day(bars: Path) -> None:
    bars.write_text(BARS.replace("20.5,2000", "20.5,-7"))
    out = StringIO()
    call_command("ingest_bars", str(bars), stdout=out, stderr=StringIO())
    note = "note: bars.csv, line 4, TRUE 2017-06-28: volume −7 can't be."
    assert note in out.getvalue()


def test_a_refused_ticker_is_told_of_with_its_line(bars: Path) -> None:
    bars.write_text(BARS.replace("20,21,19", "20,21,1e308"))
    out = StringIO()
    call_command("ingest_bars", str(bars), stdout=out, stderr=StringIO())
    said = "refused TRUE (bars.csv, line 4, TRUE 2017-06-28): 1 of 1 bars can't be"
    assert said in out.getvalue()


def test_it_writes_nothing_on_a_dry_run(bars: Path, tmp_path: Path) -> None:
    status, document = run_json("ingest_bars", str(bars), "--dry-run")
    assert (status, document["run"]["summary"]["dry_run"]) == (0, True)
    assert not (tmp_path / "datasets" / "main" / "bars").exists()


def test_it_exits_2_for_a_file_that_lacks_a_column(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("date,ticker,open,high,low,close\n2017-06-28,AAA,1,2,1,2\n")
    status, document = run_json("ingest_bars", str(path))
    assert (status, document["status"]) == (2, 422)
    assert "volume" in document["errors"][0]["message"]
    assert Run.objects.get().status == "failed"


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["ingest_bars", "no/such.csv"], "no such file"),
        (["ingest_bars", ".", "--cadence", "weekly"], "daily"),
        (["ingest", "prices", "."], "membership"),
        (["scan", "breakout"], "PACK/MODEL"),
        (["scan", "swingsigmo/x"], "swingsigma"),
        (["scan", "swingsigma/nothing_here"], "unknown"),
        (["scan", "{model}", "--as-of", "2017-07-04"], "2017-07-03"),
        (["scan", "{model}", "--as-of", "30.06.2017"], "YYYY-MM-DD"),
        (["export_bars", "bars.xlsx"], ".parquet"),
    ],
)
def test_it_exits_2_and_says_what_to_mend(args: list[str], word: str) -> None:
    model = "swingsigma/universe_eq_swing_daily_breakout_scanner"
    status, document = run_json(*(arg.format(model=model) for arg in args))
    said = json.dumps(document["errors"])
    assert (status, word in said) == (2, True), said
    assert not Run.objects.exists()


def test_it_exits_1_where_there_are_no_bars() -> None:
    model = "swingsigma/universe_eq_swing_daily_breakout_scanner"
    status, document = run_json("scan", model)
    assert (status, document["run"]["status"]) == (1, "failed")


def test_it_hands_a_run_to_the_worker(bars: Path) -> None:
    status, document = run_json("ingest_bars", str(bars), "--queue")
    assert (status, document["run"]["status"]) == (0, "queued")


def test_it_exports_the_bars_it_kept(bars: Path, tmp_path: Path) -> None:
    run_json("ingest_bars", str(bars), "--adjustment", "split")
    status, document = run_json("export_bars", str(tmp_path / "kept.csv"))
    assert (status, document["rows"], document["dataset"]) == (0, 3, "main")
    lines = (tmp_path / "kept.csv").read_text().splitlines()
    assert lines[0] == "ticker,date,open,high,low,close,volume"
    assert lines[-1] == "TRUE,2017-06-28,20.0,21.0,19.0,20.5,2000.0"
    for place in ("/proc/kept.csv", str(tmp_path / f"{'k' * 300}.csv")):
        status, document = run_json("export_bars", place)
        assert (status, document["code"]) == (2, "path.unwritable")
        assert document["errors"][0]["pointer"] == "PATH"
    assert [one.name for one in tmp_path.glob("*k*.csv")] == ["kept.csv"]


def test_it_takes_a_membership_list(tmp_path: Path) -> None:
    path = tmp_path / "sp500.csv"
    path.write_text("ticker,start_date,end_date\nAAA,2010-01-04,\n")
    status, document = run_json("ingest", "membership", str(path))
    assert (status, document["run"]["summary"]["rows_in"]) == (0, 1)


def test_it_sets_a_scan_in_a_table() -> None:
    run = make_run(
        summary={
            "members": 187,
            "passed": 11,
            "funnel": [{"name": "all", "label": "tickers", "survivors": 200}],
            "near_misses": [
                {
                    "ticker": "NEAR",
                    "words": "ADX of 14 bars is at least 18",
                    "value": 17.9,
                    "op": ">=",
                    "limit": 18.0,
                    "score_total": 61.2,
                    "distance": -0.0056,
                }
            ],
        }
    )
    make_signal(run, rank=1, ticker="AAA", name="A" * 40)
    text = tables.scan_text(run)
    assert "11 of 187 passed all gates" in text
    assert "1  AAA     AAAAAAAAAAAAAAAAAAAAAAA…   80.0      40.0      40.0  ✓" in text
    assert "NEAR" in text
    assert f"output_sha {run.fingerprint['output_sha']}" in text


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"orm": None}, "signals.E001"),
        ({"retry": 3780}, "signals.E002"),
        ({"timeout": 3600}, "signals.E003"),
        ({"scheduler": True}, "signals.E004"),
    ],
)
def test_it_refuses_a_queue_that_runs_things_twice(
    settings: object, change: dict[str, object], code: str
) -> None:
    settings.SIGMA_RUN_SECONDS = 3600
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "timeout": 3720, **change}
    assert [error.id for error in checks.check_queue()] == [code]
