"""`manage.py scan`, from stored bars to the list, through a whole run."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command

from signals.models import Run, Signal
from signals.services import endings
from tests.small_market import SCAN, make_market

pytestmark = pytest.mark.django_db
ARGS = ("scan", f"{SCAN['pack']}/{SCAN['model_id']}", "--as-of", SCAN["as_of"])


@pytest.fixture(autouse=True)
def market(home: Path) -> None:
    """Bars to scan."""
    make_market(home)


def scan(*extra: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command(*ARGS, "--dataset", "summer", *extra, stdout=out, stderr=StringIO())
    return out.getvalue()


def document() -> dict[str, Any]:
    """The command's one JSON document."""
    printed: dict[str, Any] = json.loads(scan("--json"))
    return printed


def test_it_prints_the_whole_answer() -> None:
    answer = document()
    assert set(answer) == {"run", "signals", "near_misses", "funnel"}
    kinds = [one["kind"] for one in answer["run"]["inputs"]]
    assert kinds == ["indicator_set", "model_config", "policy", "universe"]
    assert [step["status"] for step in answer["run"]["steps"]] == ["done"] * 7
    ranks = [signal["rank"] for signal in answer["signals"]]
    assert ranks == list(range(1, len(ranks) + 1))
    scores = [signal["score_total"] for signal in answer["signals"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == answer["funnel"][-1]["survivors"] > 0


def test_it_gives_the_same_output_again() -> None:
    first, again = document(), document()
    assert first["run"]["output_sha"] == again["run"]["output_sha"]
    assert first["run"]["summary"]["revision"] == 1
    assert again["run"]["summary"]["revision"] == 1
    current = Signal.objects.current()
    assert set(current.values_list("run_id", flat=True)) == {again["run"]["id"]}


def test_it_keeps_the_way_of_every_ticker() -> None:
    run = Run.objects.get(pk=document()["run"]["id"])
    paths = pd.read_parquet(endings.run_folder(run.pk) / "decision_paths.parquet")
    assert len(paths) == run.summary["tickers"]


def test_it_sets_the_list_for_people() -> None:
    text = scan()
    assert "Synthetic market, Thursday 15 June 2023, dataset summer." in text
    assert all(signal.ticker in text for signal in Signal.objects.current())
