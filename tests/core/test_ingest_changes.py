"""Small tables from files: a dry run first, every fault by its line, no change twice;
and what an adjusted close beside the close, or a column of another name, leads to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from sigma_core import ingest
from sigma_core.bars.store import Dataset
from sigma_core.errors import IngestRefused, UnknownName
from sigma_core.market import open_dataset
from tests.core.quality_grids import blocked_from
from tests.core.test_crosscheck import DAYS, act, walk

AT = datetime(2024, 6, 3, 12, tzinfo=UTC)
ACTIONS = (
    "ticker,ex_date,kind,split_factor,cash\n"
    "AAA,2024-01-31,split,2,\n"
    "AAA,2024-02-12,dividend,,0.24\n"
)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return open_dataset(tmp_path / "datasets", "main")


def table(tmp_path: Path, text: str, name: str = "actions.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def counts(report) -> tuple[int, int, int, int]:
    of = report
    return of.rows_new, of.rows_changed, of.rows_same, of.rows_gone


def test_a_dry_run_says_what_would_change_and_writes_nothing(dataset, tmp_path):
    path = table(tmp_path, ACTIONS)
    report = ingest.ingest_table("actions", path, dataset, dry_run=True)
    assert counts(report) == (2, 0, 0, 0)
    assert report.sample[1] == {
        "ticker": "AAA",
        "ex_date": "2024-02-12",
        "kind": "dividend",
        "split_factor": None,
        "cash": 0.24,
    }
    assert dataset.actions().empty


def test_the_same_file_again_changes_nothing(dataset, tmp_path):
    path = table(tmp_path, ACTIONS)
    ingest.ingest_table("actions", path, dataset)
    assert counts(ingest.ingest_table("actions", path, dataset)) == (0, 0, 2, 0)
    path.write_text(ACTIONS.replace("0.24", "0.25"))
    assert counts(ingest.ingest_table("actions", path, dataset)) == (0, 1, 1, 0)


def test_a_membership_says_which_spells_are_gone(dataset, tmp_path):
    path = table(tmp_path, "ticker,start,end\nA,2020-01-02,\nB,2020-01-02,\n", "m.csv")
    ingest.ingest_table("membership", path, dataset, name="m")
    path.write_text("ticker,start,end\nA,2020-01-02,2021-01-04\nC,2020-01-02,\n")
    report = ingest.ingest_table("membership", path, dataset, name="m", dry_run=True)
    assert counts(report) == (1, 1, 0, 1)


@pytest.mark.parametrize(
    ("row", "says", "hint"),
    [
        ("AAA,2024-02-12,dividnd,,0.24", "no kind of action", "'dividend'"),
        ("AAA,2024-02-12,split,,", "split_factor is missing", "2 for a 2:1"),
        ("AAA,2024-02-12,dividend,,-1", "must be above 0", "per share"),
        ("AAA,2024-02-12,dividend,,x", "not a number", "1234.5"),
        ("AAA,2024-01-31,split,3,", "stands above already", "Keep one"),
        (",2024-02-12,split,2,", "it is empty", ""),
    ],
)
def test_a_fault_is_named_with_its_line(dataset, tmp_path, row, says, hint):
    lines = ACTIONS.splitlines()
    path = table(tmp_path, "\n".join([*lines[:2], row]) + "\n")
    with pytest.raises(IngestRefused) as refused:
        ingest.ingest_table("actions", path, dataset)
    (problem,) = refused.value.problems
    assert problem.where.startswith("actions.csv, line 3, column")
    assert says in problem.message
    assert hint in problem.hint
    assert dataset.actions().empty


def test_all_faults_of_a_file_come_at_once_by_line(dataset, tmp_path):
    text = "ticker,ex_date,kind,cash\n,2024-01-02,dividend,1\nB,2024-01-02,dividend,x\n"
    with pytest.raises(IngestRefused) as refused:
        ingest.ingest_table("actions", table(tmp_path, text), dataset)
    places = [problem.where for problem in refused.value.problems]
    assert [place.split(", ")[1] for place in places] == ["line 2", "line 3"]


def bars_csv(tmp_path: Path, adjusted: np.ndarray, header: str = "close") -> Path:
    """Raw closes with a 2:1 split and a dividend of 5 %, and these adjusted ones."""
    raw = walk()
    raw[20:] /= 2
    lines = [
        f"{day},AAA,{c},{c * 1.01},{c * 0.99},{c},{a},1000"
        for day, c, a in zip(DAYS, raw.tolist(), adjusted.tolist(), strict=False)
    ]
    head = f"date,ticker,open,high,low,{header},adj_close,volume"
    return table(tmp_path, "\n".join([head, *lines]) + "\n", "bars.csv")


def paid() -> np.ndarray:
    """The closes with split and dividend taken out."""
    whole = walk() / 2
    whole[:25] *= 0.95
    return whole


def take(path: Path, dataset: Dataset, **options):
    return ingest.ingest([path], dataset, ingested_at=AT, **options)


def test_an_adjusted_close_that_the_actions_explain_is_fine(dataset, tmp_path):
    act(dataset, "split", 20, 2.0)
    act(dataset, "dividend", 25, 0.05 * walk()[24] / 2)
    report = take(bars_csv(tmp_path, paid()), dataset)
    assert (report.adjustment, report.blocked) == ("raw", ())


def test_an_adjusted_close_without_its_action_blocks(dataset, tmp_path):
    act(dataset, "split", 20, 2.0)
    act(dataset, "dividend", 10, 0.01)  # dividends are recorded, this one is not
    dry = take(bars_csv(tmp_path, paid()), dataset, dry_run=True)
    assert "disputed" not in set(dataset.actions()["kind"])
    report = take(bars_csv(tmp_path, paid()), dataset)
    assert [(b.rule, b.since) for b in report.blocked] == [("D10", DAYS[25].item())]
    assert dry.blocked == report.blocked
    assert blocked_from(dataset.bars().arrays()) == [25]


def test_columns_of_other_names_can_be_told(dataset, tmp_path):
    path = bars_csv(tmp_path, paid(), header="PX")
    with pytest.raises(IngestRefused, match="no column for close"):
        take(path, dataset, dry_run=True)
    report = take(path, dataset, columns={"close": "PX"}, dry_run=True)
    assert report.mapping["close"] == "PX"
    with pytest.raises(UnknownName, match="clos"):
        take(path, dataset, columns={"clos": "PX"}, dry_run=True)
