"""Indices and implied volatilities in; actions withdrawn; templates that are taken."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.errors import IngestRefused
from sigma_core.ingest import ingest_table
from sigma_core.quality import derive

NOW = datetime(2024, 6, 3, 12, tzinfo=UTC)


@pytest.fixture
def dataset(tmp_path):
    return Dataset(tmp_path / "datasets", "main", derive=derive)


def file_of(tmp_path, text: str, name: str = "given.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


IV = "ticker,date,iv\nAAA,2024-05-01,0.25\nAAA,2024-05-02,\nAAA,2024-05-04,0.3\n"


def test_absent_volatility_stays_absent_and_closed_days_stay_out(
    dataset, tmp_path
) -> None:
    report = ingest_table("iv", file_of(tmp_path, IV), dataset)
    assert (report.rows_in, report.rows_kept, report.quarantined) == (3, 2, 1)
    assert report.examples == (
        "AAA 2024-05-04: iv 0.3: the exchange was closed on that day.",
    )
    stored = dataset.iv()
    assert stored["iv"].tolist()[0] == 0.25
    assert np.isnan(stored["iv"].tolist()[1])


def test_the_same_volatilities_again_change_nothing(dataset, tmp_path) -> None:
    path = file_of(tmp_path, IV)
    ingest_table("iv", path, dataset)
    before = dataset.iv()
    ingest_table("iv", path, dataset)
    pd.testing.assert_frame_equal(dataset.iv(), before)


@pytest.mark.parametrize("given", ["20200831", "10001", "0.00009", "0", "-2", ""])
def test_a_split_factor_out_of_all_range_is_refused(dataset, tmp_path, given) -> None:
    head = "ticker,ex_date,kind,split_factor\n"
    rows = "BBB,2024-05-01,split,0.002\n" + f"AAA,2024-05-02,split,{given}\n"
    with pytest.raises(IngestRefused) as caught:
        ingest_table("actions", file_of(tmp_path, head + rows), dataset)
    (problem,) = caught.value.problems
    assert problem.where == "given.csv, line 3, column 'split_factor'"
    assert problem.message.startswith("AAA: split_factor ")
    assert "from 0.0001 to 10,000" in problem.hint
    assert not dataset.root.exists()


def test_an_action_can_be_taken_back_and_recorded_again(dataset) -> None:
    row = {"ticker": "AAA", "ex_date": "2024-05-01", "kind": "acknowledged"}
    later = datetime(2024, 6, 4, tzinfo=UTC)
    dataset.add_actions(pd.DataFrame([row | {"known_at": NOW}]))
    day = date(2024, 5, 1)
    assert dataset.withdraw_action("AAA", day, "acknowledged", known_at=later)
    assert dataset.actions().empty
    assert len(dataset.actions(known_by=NOW)) == 1
    assert not dataset.withdraw_action("AAA", day, "acknowledged", known_at=later)
    dataset.add_actions(pd.DataFrame([row | {"known_at": later}]))
    assert len(dataset.actions()) == 1
