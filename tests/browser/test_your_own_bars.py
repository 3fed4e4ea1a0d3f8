"""Bringing bars in, all the way: upload, look at the dry run, ingest, see them.

Read last, as its name says: from then on `auto` means these bars, not the demo's.
"""

from __future__ import annotations

import shutil

import pytest

from signals.models import Run
from signals.services import runs

pytestmark = pytest.mark.browser
DAYS = ("2023-06-26", "2023-06-27", "2023-06-28", "2023-06-29", "2023-06-30")
ROWS = "".join(f"NA,{day},10,11,9.5,10.5,100000\n" for day in DAYS)
FILE = {
    "name": "bars.csv",
    "mimeType": "text/csv",
    "buffer": f"ticker,date,open,high,low,close,volume\n{ROWS}".encode(),
}


def work() -> None:
    """What a worker does: the run that waits."""
    runs.execute_here(Run.objects.get(status="queued"))


@pytest.fixture
def dataset(home):
    yield "browser_bars"
    shutil.rmtree(home / "datasets" / "browser_bars", ignore_errors=True)


def test_from_a_file_to_bars_on_the_page(inside, site, dataset, faults):
    inside.goto(f"{site}/data/")
    inside.set_input_files("input[type=file]", [FILE])
    inside.fill("[name=dataset]", dataset)
    inside.select_option("[name=adjustment]", "raw")
    inside.click("text=Check the files")
    inside.wait_for_url("**/runs/*/")
    work()
    inside.wait_for_selector("text=Read 5 rows of bars.csv")
    assert inside.locator("table.compact tbody tr").count() == 5
    inside.click(f"button:has-text('Ingest into {dataset}')")
    inside.wait_for_selector("text=Waiting for a worker")
    work()
    inside.wait_for_selector("text=5 new bars of 5")
    inside.click("text=Look at the data")
    assert "Fri 30 Jun 2023" in inside.inner_text(f"#{dataset}")
