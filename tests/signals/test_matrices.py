"""Matrices and previews through command, page, API and Health; on stored bars."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sigma_site import health
from signals.models import PreviewOutcome, Run
from signals.services import endings, matrices, previews
from tests.builders import MODEL
from tests.small_market import DATASET, make_market

pytestmark = pytest.mark.django_db
NAME = f"swingsigma/{MODEL}"
PAGE = f"/models/{NAME}/"
DAYS = {"start": "2023-06-14", "end": "2023-06-15", "dataset": DATASET}
HELD = {"end": "2023-06-15", "dataset": DATASET}


@pytest.fixture(autouse=True)
def market(home: Path) -> None:
    """Bars to look at, and no matrix of them yet."""
    make_market(home)
    shutil.rmtree(matrices.folder())


def run_command(name: str, *extra: str, **days: str) -> str:
    """What a command prints."""
    out = StringIO()
    options = [f"--{key}={value}" for key, value in days.items()]
    call_command(name, NAME, *options, *extra, stdout=out, stderr=StringIO())
    return out.getvalue()


def build(*extra: str) -> dict[str, Any]:
    """The run of one build."""
    printed: dict[str, Any] = json.loads(
        run_command("build_matrix", "--json", *extra, **HELD)
    )
    return printed["run"]


def look(**days: str) -> dict[str, Any]:
    """The document of one preview."""
    printed: dict[str, Any] = json.loads(
        run_command("preview", "--json", **(DAYS | days))
    )
    return printed


def test_a_matrix_is_stored_under_its_sha() -> None:
    run = build()
    summary = run["summary"]
    assert (matrices.folder() / summary["matrix_sha"] / "matrix.json").is_file()
    assert run["fingerprint"]["matrix_sha"] == summary["matrix_sha"]
    assert {column["status"] for column in summary["columns"]} == {"ok"}
    kinds = [one["kind"] for one in run["inputs"]]
    assert kinds == ["indicator_set", "model_config", "universe"]


def test_the_same_is_not_built_twice() -> None:
    first, again = build(), build()
    assert again["summary"] == first["summary"] | {"reused": True}
    done = [step["status"] for step in again["steps"]]
    assert done == ["done", "done", "waiting", "waiting", "waiting", "done"]


def test_a_damaged_matrix_is_built_again() -> None:
    sha = build()["summary"]["matrix_sha"]
    path = matrices.folder() / sha / "column.rsi_14.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    again = build()["summary"]
    assert (again["reused"], again["matrix_sha"]) == (False, sha)
    assert build()["summary"]["reused"]


def test_it_leaves_a_table_when_asked() -> None:
    run = build("--parquet")
    path = endings.run_folder(run["id"]) / "matrix.parquet"
    table = parquet.read_table(path, page_checksum_verification=True)
    assert table.num_rows == run["summary"]["sessions"] * run["summary"]["tickers"]
    assert sum(table["member"].to_pylist()) == run["summary"]["rows"]
    about = json.loads(table.schema.metadata[b"sigma"])
    assert about["marks"] == run["summary"]["marks"]
    assert {"synthetic", "today's sectors"} <= set(about["marks"])
    sha = run["summary"]["matrix_sha"]
    assert (about["run"], about["fingerprint"]["matrix_sha"]) == (run["id"], sha)
    wanted = dt.date(2023, 6, 15)
    day = table.filter([found == wanted for found in table["session"].to_pylist()])
    member = day.filter(day["member"])
    rsi = [value for value in member["rsi_14"].to_pylist() if value == value]
    shown = {c["name"]: c for c in look(start="2023-06-15")["columns"]}["rsi_14"]
    kept = [float(np.float32(shown[end])) for end in ("low", "high")]
    assert [min(rsi), max(rsi)] == kept


def test_a_build_full_of_holes_fails_and_names_the_column() -> None:
    with pytest.raises(CommandError, match="'ret_63'"):
        run_command(
            "build_matrix", start="2023-01-04", end="2023-02-01", dataset=DATASET
        )
    run = Run.objects.get()
    assert run.status == "failed"
    assert run.reason_code.startswith("coverage.")


def test_a_preview_is_printed_and_its_outcome_kept() -> None:
    found = look()
    row = PreviewOutcome.objects.get()
    assert found["sessions"] == ["2023-06-14", "2023-06-15"]
    assert (row.status, row.rows, row.dataset) == ("ok", found["rows"], DATASET)
    assert (row.session, row.user) == (dt.date(2023, 6, 15), None)
    assert "without it" in run_command("preview", **DAYS)


def test_a_preview_that_fails_is_a_failure_of_the_command() -> None:
    with pytest.raises(CommandError) as caught:
        run_command("preview", start="2023-02-01", end="2023-02-02", dataset=DATASET)
    assert caught.value.returncode == 1
    assert PreviewOutcome.objects.get().status == "fail"


def test_a_preview_of_what_is_not_there_is_refused_and_counted() -> None:
    with pytest.raises(CommandError) as caught:
        run_command("preview", dataset="smal")
    assert caught.value.returncode == 2
    row = PreviewOutcome.objects.get()
    assert (row.status, row.code) == ("refused", "unknown.dataset")


def test_old_outcomes_are_dropped() -> None:
    long_ago = timezone.now() - previews.KEPT - dt.timedelta(days=1)
    PreviewOutcome.objects.create(created_at=long_ago, status="ok", seconds=1)
    look()
    assert PreviewOutcome.objects.count() == 1


def test_the_page_shows_the_preview_without_javascript(builder_user, client_of):
    answer = client_of(builder_user).post(f"{PAGE}preview/", DAYS).content.decode()
    assert "rows of" in answer
    assert "donchian_high_20" in answer
    assert "Run a scan" in answer  # the whole page


def test_htmx_takes_only_the_section(builder_user, client_of):
    answer = client_of(builder_user).post(
        f"{PAGE}preview/", DAYS, headers={"HX-Request": "true", "HX-Target": "preview"}
    )
    assert answer.content.decode().lstrip().startswith('<section class="panel"')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": "2023-06-01"}, "11 sessions were asked for"),
        ({"end": "2023-07-04"}, "2023-07-03"),
        ({"start": "foo"}, "valid date"),
    ],
)
def test_the_page_says_what_is_wrong(builder_user, client_of, changes, words):
    answer = client_of(builder_user).post(f"{PAGE}preview/", DAYS | changes)
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_the_page_queues_one_build_for_two_clicks(builder_user, client_of):
    client = client_of(builder_user)
    for _ in range(2):
        answer = client.post(f"{PAGE}build/", {"end": "2023-06-15", "key": "k"})
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/runs/{run.pk}/"
    assert (run.kind, run.params["end"]) == ("build_matrix", "2023-06-15")


def test_the_run_page_shows_the_columns(builder_user, client_of):
    run = build()
    answer = client_of(builder_user).get(f"/runs/{run['id']}/").content.decode()
    assert "ema_50" in answer
    assert "same was built before" not in answer
    again = build()
    answer = client_of(builder_user).get(f"/runs/{again['id']}/").content.decode()
    assert "same was built before" in answer


def test_a_viewer_looks_at_nothing_and_builds_nothing(viewer, client_of):
    client = client_of(viewer)
    for action in ("preview", "build"):
        assert client.post(f"{PAGE}{action}/", DAYS).status_code == 403
    assert "needs the role builder" in client.get(PAGE).content.decode()


def test_a_preview_asks_a_fixed_number_of_queries(
    builder_user, client_of, django_assert_num_queries
):
    client = client_of(builder_user)
    headers = {"HX-Request": "true", "HX-Target": "preview"}
    client.post(f"{PAGE}preview/", DAYS, headers=headers)
    with django_assert_num_queries(5):  # session, user, groups, insert, old ones
        client.post(f"{PAGE}preview/", DAYS, headers=headers)


def outcomes(failed: int, fine: int, days: int = 1) -> None:
    when = timezone.now() - dt.timedelta(days=days)
    for status, count in (("fail", failed), ("warn", fine)):
        for _ in range(count):
            PreviewOutcome.objects.create(
                created_at=when,
                pack="swingsigma",
                model_id=MODEL,
                status=status,
                code="coverage.nan",
                seconds=0.2,
            )


@pytest.mark.parametrize(
    ("failed", "fine", "days", "status"),
    [(2, 6, 1, "ok"), (3, 5, 1, "warn"), (3, 0, 1, "ok"), (8, 0, 31, "ok")],
)
def test_health_counts_the_previews_of_a_month(failed, fine, days, status):
    outcomes(failed, fine, days)
    check = health.previews(timezone.now())
    assert check.status == status
    if status == "warn":
        assert "3 of 8 failed" in check.value
        assert MODEL in check.message


def test_matrices_survive_that_a_note_is_gone() -> None:
    build()
    shutil.rmtree(matrices.folder() / "builds")
    assert not build()["summary"]["reused"]
