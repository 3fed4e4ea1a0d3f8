"""The checks: what each finds, and who hears of it."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from sigma_core.sessions import exchange
from sigma_site import health
from signals.models import Heartbeat
from tests.builders import make_queued_run, make_run

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)


@pytest.fixture
def alive():
    """A worker that was seen this moment."""
    return Heartbeat.objects.create(
        name="worker", host="here", pid=1, seen_at=timezone.now()
    )


def found():
    return {check.name: check for check in health.checks()}


def test_a_site_that_works_is_healthy(alive):
    checks = health.checks()
    assert [check.name for check in checks if check.status == "fail"] == []
    assert health.is_healthy(checks)


def test_what_fails_says_what_to_do():
    for check in health.checks():
        assert check.message
        assert check.status == "ok" or check.fix


def test_no_worker_fails():
    assert found()["worker"].status == "fail"


def test_a_worker_that_went_silent_fails(alive):
    Heartbeat.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=1))
    assert found()["worker"].status == "fail"


def test_a_run_that_waits_long_warns(alive):
    run = make_queued_run()
    type(run).objects.update(created_at=timezone.now() - dt.timedelta(minutes=6))
    assert found()["queue"].status == "warn"


def test_a_run_without_its_worker_fails(alive):
    lost = timezone.now() - dt.timedelta(seconds=91)
    make_run(status="running", lease_until=lost, ended_at=None)
    assert found()["leases"].status == "fail"


def test_a_full_disk_fails(alive, monkeypatch):
    monkeypatch.setattr(health, "DISK_FAIL", 2**60)
    assert found()["disk"].status == "fail"


def test_a_broken_pack_warns(alive, packs):
    broken = packs / "swingsigma" / "policies" / "topn_equal_v1.yaml"
    whole = broken.read_text()
    broken.write_text("name: [")
    try:
        check = found()["packs"]
    finally:
        broken.write_text(whole)
    assert check.status == "warn"
    assert "swingsigma" in check.message


def test_a_clock_that_went_back_fails(alive):
    run = make_run()
    type(run).objects.update(created_at=timezone.now() + dt.timedelta(hours=1))
    assert found()["clock"].status == "fail"


@pytest.mark.parametrize(
    ("last", "status"), [("2026-02-27", "ok"), ("2026-03-02", "warn")]
)
def test_a_bar_after_the_last_finished_session_warns(monkeypatch, last, status):
    hold(monkeypatch, [last], np.ones((1, 1), bool))
    assert health.dataset("main", NOW).status == status


def hold(monkeypatch, days, held):
    """A dataset `main` of real bars on these days."""
    times = np.array(days, "datetime64[D]")
    build = SimpleNamespace(times=times, held=held)
    monkeypatch.setattr(health.bars, "newest_build", lambda name: build)
    monkeypatch.setattr(health.bars, "is_marked_synthetic", lambda name: False)


def test_it_names_a_dataset_that_is_stale_or_not_whole(monkeypatch):
    hold(monkeypatch, ["2026-02-26"], np.ones((1, 1), bool))
    check = health.dataset("main", NOW)
    assert (check.status, "Stale (D11)" in check.message) == ("warn", True)
    week = exchange().between(np.datetime64("2026-02-20"), np.datetime64("2026-02-27"))
    some = np.ones((10, len(week)), bool)
    some[:3, -1] = False
    hold(monkeypatch, week, some)
    assert "7 tickers have a bar, 10 is usual" in health.dataset("main", NOW).message


def test_tables_that_are_missing_fail(monkeypatch, alive):
    monkeypatch.setattr(
        "sigma_site.health.MigrationExecutor.migration_plan", lambda *_: [("a", "b")]
    )
    assert found()["database"].status == "fail"


def test_anyone_hears_whether_it_is_well(alive, client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_anyone_hears_that_it_is_not_well(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "fail"})


def test_a_viewer_hears_why(viewer, client_of):
    checks = client_of(viewer).get("/healthz").json()["checks"]
    assert {"name", "status", "value", "limit", "message", "fix"} == set(checks[0])


def test_a_token_hears_why(viewer, token_client):
    assert "checks" in token_client(viewer).get("/healthz").json()


def test_a_bad_token_hears_what_a_stranger_hears():
    client = Client(headers={"Authorization": "Bearer sigma_x"})
    assert "checks" not in client.get("/healthz").json()


def test_live_looks_at_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz/live").status_code == 200


def test_the_page_shows_the_worst_first(viewer, client_of):
    page = client_of(viewer).get("/health/")
    assert page.context["checks"][0].status == "fail"
    assert "<html" in page.content.decode()


def test_a_part_of_a_page_gets_chips_alone(viewer, client_of):
    part = client_of(viewer).get("/health/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "worker" in part.content.decode()
