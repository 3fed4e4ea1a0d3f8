"""Files of a backtest that are missing or damaged: named and refused, by every door
alike; the numbers, which the database keeps, stay."""

from __future__ import annotations

import shutil

import pytest
from django.conf import settings

from signals.models import Run
from signals.services import endings
from tests.signals.backtests import done
from tests.signals.evidence import make_backtest
from tests.small_market import make_market

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market(home) -> None:
    make_market(home)


@pytest.fixture
def reader(viewer, client_of):
    return client_of(viewer)


def cut(run: Run, name: str) -> None:
    path = endings.run_folder(run.pk) / f"{name}.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def replaced(run: Run, name: str) -> None:
    """A whole table, but another one."""
    folder = endings.run_folder(run.pk)
    other = "signals" if name != "signals" else "fills"
    shutil.copy(folder / f"{other}.parquet", folder / f"{name}.parquet")


def removed(run: Run, name: str) -> None:
    (endings.run_folder(run.pk) / f"{name}.parquet").unlink()


def cleared(run: Run, name: str) -> None:
    shutil.rmtree(endings.run_folder(run.pk))


def of_old(run: Run, name: str) -> None:
    """Of a run from before the shas of files were kept."""
    names = [key for key in run.fingerprint if key.endswith("_file_sha")]
    assert len(names) == 6
    for one in names:
        del run.fingerprint[one]
    run.save()
    cut(run, name)


def text(answer) -> str:
    assert answer.status_code == 200
    page = " ".join(answer.content.decode().split())
    assert str(settings.SIGMA_HOME) not in page
    return page


def refused(answer, run: Run, name: str) -> None:
    """A named error: what is damaged, that the numbers stand, and what to do."""
    assert answer.status_code == 409
    assert str(settings.SIGMA_HOME) not in answer.content.decode()
    (fault,) = answer.json()["errors"]
    assert fault["code"] == "backtest.damaged"
    assert fault["pointer"] == f"run {run.pk}, {name}.parquet"
    assert "numbers of the report stand" in fault["hint"]
    assert "Run the backtest again" in fault["hint"]


@pytest.mark.parametrize("damage", [cut, replaced, removed, cleared, of_old])
def test_without_the_daily_table_the_numbers_stay(reader, damage) -> None:
    run, other = done(), make_backtest()
    whole = reader.get(f"/api/backtests/{run.pk}").json()
    shutil.rmtree(endings.run_folder(other.pk), ignore_errors=True)  # another test's
    damage(run, "daily")
    refused(reader.get(f"/api/backtests/{run.pk}/daily"), run, "daily")
    refused(reader.get(f"/api/backtests/{run.pk}/daily?format=csv"), run, "daily")
    api = reader.get(f"/api/backtests/{run.pk}").json()
    assert api["report"] == whole["report"]
    page = text(reader.get(f"/backtests/{run.pk}/"))
    assert f"No curves: run {run.pk}, daily.parquet: it " in page
    assert "<dt>Sharpe</dt>" in page
    assert '<svg class="curves"' not in page
    assert reader.get(f"/backtests/{run.pk}/curves/").status_code == 409
    found = reader.get(f"/api/compare?runs={run.pk},{other.pk}").json()
    assert [one["run"] for one in found["runs"]] == [run.pk, other.pk]
    assert found["equity"] == {}
    assert [one["where"] for one in found["problems"]] == [
        f"run {pk}, daily.parquet" for pk in (run.pk, other.pk)
    ]
    compared = text(reader.get(f"/compare/?runs={run.pk},{other.pk}"))
    assert f"No curve of run {run.pk}, daily.parquet: it " in compared
    assert "Nothing to compare" not in compared
    assert f"run {run.pk}" in text(reader.get("/leaderboard/"))


@pytest.mark.parametrize("damage", [cut, replaced, removed])
def test_a_damaged_table_takes_no_other_with_it(reader, damage) -> None:
    run = done()
    damage(run, "orders")
    refused(reader.get(f"/api/backtests/{run.pk}/orders"), run, "orders")
    page = text(reader.get(f"/backtests/{run.pk}/?table=orders"))
    assert f"No table: run {run.pk}, orders.parquet: it " in page
    assert page.count('<svg class="curves"') == 4
    assert "Download CSV" not in page
    leads = reader.get(f"/backtests/{run.pk}/orders.csv")
    assert leads.headers["Location"] == f"/backtests/{run.pk}/?table=orders#tables"
    assert reader.get(f"/api/backtests/{run.pk}/fills").json()["total"] > 0
    fills = text(reader.get(f"/backtests/{run.pk}/?table=fills"))
    assert "Download CSV" in fills
    assert "No table" not in fills
