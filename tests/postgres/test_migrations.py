"""Migrations on a database that holds rows: PostgreSQL alters tables as SQLite never
does, and refuses what SQLite lets through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.apps.registry import Apps
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

BEFORE, MOMENTS = ("signals", "0008_keys_by_person"), ("signals", "0009_list_moments")
LIST = {"dataset": "main", "pack": "p", "model_id": "m", "output_sha": "e" * 64}
BAR = dict.fromkeys(("open", "high", "low", "close", "volume", "score_total"), 1.0)
ROW = {"ticker": "AAA", "rank": 1, "weight": 0.1, "verdict": "tradeable", "parts": [],
       "gates": [], "tradeable": True, **BAR}  # fmt: skip
DAYS = (date(2024, 3, 8), date(2024, 3, 11))  # daylight saving begins in between


def migrated(*targets: tuple[str, str]) -> Apps:
    """The tables as of some migrations."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


@pytest.fixture
def before() -> Iterator[Apps]:
    """The tables as they were before lists had moments; at the end as they are now."""
    yield migrated(BEFORE)
    migrated(*MigrationExecutor(connection).loader.graph.leaf_nodes())


def fill(apps: Apps) -> None:
    """A current list on two days, and an older one of the first."""
    run_of, list_of, signal_of = (
        apps.get_model("signals", name) for name in ("Run", "SignalList", "Signal")
    )
    runs = [run_of.objects.create(kind="scan", status="succeeded") for _ in range(3)]
    for run, day, current in zip(runs, (DAYS[0], *DAYS), (False, True, True),
                                 strict=True):  # fmt: skip
        if current:
            list_of.objects.create(run=run, session=day, **LIST)
        signal_of.objects.create(run=run, session=day, current=current, **LIST, **ROW)


def test_a_list_of_before_is_that_of_its_whole_session(before: Apps) -> None:
    fill(before)
    after = migrated(MOMENTS)
    midnights = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in DAYS]
    lists = after.get_model("signals", "SignalList").objects.order_by("ts")
    assert list(lists.values_list("ts", flat=True)) == midnights
    signals = after.get_model("signals", "Signal").objects.order_by("pk")
    assert list(signals.values_list("ts", flat=True)) == [midnights[0], *midnights]


def test_two_bars_of_a_session_have_a_list_each_from_then_on(before: Apps) -> None:
    fill(before)
    after = migrated(MOMENTS)
    lists = after.get_model("signals", "SignalList").objects
    known = lists.order_by("ts").first()
    noon = datetime(2024, 3, 8, 17, tzinfo=UTC)
    lists.create(run_id=known.run_id, session=DAYS[0], ts=noon, **LIST)
    with pytest.raises(IntegrityError), transaction.atomic():
        lists.create(run_id=known.run_id, session=DAYS[0], ts=noon, **LIST)


def test_it_can_be_taken_back_while_all_lists_are_daily(before: Apps) -> None:
    fill(before)
    migrated(MOMENTS)
    again = migrated(BEFORE)
    assert again.get_model("signals", "Signal").objects.count() == 3
    assert migrated(MOMENTS).get_model("signals", "SignalList").objects.count() == 2
