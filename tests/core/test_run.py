"""A scan, end to end on stored bars: right, repeatable, and clear when it can't be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.demo import demo_market, fill
from sigma_core.bars.store import Dataset
from sigma_core.errors import (
    BadInput,
    ExpressionError,
    MissingData,
    NotASession,
    UnknownName,
)
from sigma_core.indicators import kernels
from sigma_core.market import open_dataset
from sigma_core.results import ScanResult
from sigma_core.run import scan
from tests.reference import breakout_scan

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"
MODEL = "universe_eq_swing_daily_breakout_scanner"
NOW = datetime(2024, 2, 1, tzinfo=UTC)
kernels.use_cache(ROOT / "var" / "kernels")
Scan = Callable[..., ScanResult]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of the demo market: splits, faults, a listing and a delisting in it."""
    root = tmp_path_factory.mktemp("datasets")
    market = demo_market(seed=5, until=date(2023, 12, 29))
    fill(open_dataset(root, "demo"), market, ingested_at=NOW)
    return root


@pytest.fixture
def run_scan(datasets: Path) -> Scan:
    def run(as_of: str | None = None, **changes: object) -> ScanResult:
        given = {
            "packs_root": PACKS,
            "datasets_root": datasets,
            "pack": "swingsigma",
            "model_id": MODEL,
            "as_of": date.fromisoformat(as_of) if as_of else None,
            "dataset": "demo",
            "default_dataset": None,
            "now": NOW,
        }
        return scan(**(given | changes))

    return run


def kept(dataset: Dataset) -> pd.DataFrame:
    bars = dataset.bars().kept()
    return bars.assign(date=bars["ts"].dt.tz_localize(None))


@pytest.mark.parametrize("day", ["2023-05-12", "2023-08-31", "2023-12-29"])
def test_it_ranks_as_plain_pandas_does(
    run_scan: Scan, datasets: Path, day: str
) -> None:
    dataset = open_dataset(datasets, "demo")
    actions = dataset.actions()
    splits = actions[actions["kind"] == "split"]
    assert len(splits) >= 3
    sessions = dataset.sessions.between(date(2023, 1, 3), date.fromisoformat(day))
    etfs = dataset.reference().query("asset != 'eq'")["ticker"]
    expected = breakout_scan(
        kept(dataset),
        day,
        [str(session) for session in sessions],
        splits=splits,
        funds=tuple(etfs),
    )
    found = run_scan(day).signals
    assert len(found) >= 3
    assert [signal.ticker for signal in found] == list(expected["ticker"])
    scores = [signal.score_total for signal in found]
    np.testing.assert_allclose(scores, expected["score_total"], rtol=0, atol=1e-9)


def test_it_gives_the_same_bytes_again(run_scan: Scan) -> None:
    first, again = run_scan("2023-08-31"), run_scan("2023-08-31")
    assert first.output_sha == again.output_sha
    assert first.fingerprint == again.fingerprint


def test_it_is_not_changed_by_what_came_later(run_scan: Scan, tmp_path: Path) -> None:
    short = demo_market(seed=5, until=date(2023, 8, 31))
    fill(open_dataset(tmp_path, "demo"), short, ingested_at=NOW)
    that_evening = datetime(2023, 8, 31, 22, tzinfo=UTC)
    earlier = run_scan(None, datasets_root=tmp_path)
    later = run_scan("2023-08-31", now=that_evening)
    assert earlier.session == date(2023, 8, 31)
    assert earlier.fingerprint["data_sha"] == later.fingerprint["data_sha"]
    assert earlier.output_sha == later.output_sha


def test_it_reads_what_was_known_then(run_scan: Scan, datasets: Path, tmp_path: Path):
    shutil.copytree(datasets, tmp_path / "datasets")
    root = tmp_path / "datasets"
    before = run_scan("2023-08-31", datasets_root=root)
    best = before.signals[0].ticker
    store = open_dataset(root, "demo").bars()
    row = store.read(until=date(2023, 8, 31))
    row = row[(row["ticker"] == best) & (row["ts"] == row["ts"].max())].copy()
    row["volume"] += 1
    columns = ["ticker", "ts", "open", "high", "low", "close", "volume"]
    revised_at = datetime(2024, 3, 1, tzinfo=UTC)
    store.append(row[columns], source="fix", adjustment="raw", ingested_at=revised_at)
    later = datetime(2024, 3, 2, tzinfo=UTC)
    after = run_scan("2023-08-31", datasets_root=root, now=later)
    then = run_scan("2023-08-31", datasets_root=root)
    assert after.fingerprint["data_sha"] != before.fingerprint["data_sha"]
    assert then.fingerprint["data_sha"] == before.fingerprint["data_sha"]
    assert then.output_sha == before.output_sha


def test_it_says_of_every_ticker_how_far_it_came(run_scan: Scan) -> None:
    result = run_scan("2023-12-29")
    paths, summary = result.paths, result.summary()
    reached = paths["reached"].value_counts()
    assert paths["ticker"].is_unique
    assert paths["in_universe"].sum() == summary["members"]
    assert reached["tradeable"] == summary["tradeable"]
    assert (paths["rank"] > 0).sum() == summary["passed"]
    assert (paths.loc[paths["reached"] != "tradeable", "code"] != "").all()
    missed = paths[paths["code"] == "gate.adx"].iloc[0]
    assert missed["value"] < missed["limit"] == 18


def test_it_counts_the_funnel_down_to_the_signals(run_scan: Scan) -> None:
    result = run_scan("2023-12-29")
    survivors = [step["survivors"] for step in result.summary()["funnel"]]
    assert survivors == sorted(survivors, reverse=True)
    assert survivors[-1] == len(result.signals)


def test_it_names_the_session_before_a_closed_day(run_scan: Scan) -> None:
    with pytest.raises(NotASession, match="2023-12-22"):
        run_scan("2023-12-25")


def test_it_says_which_sessions_are_held(run_scan: Scan) -> None:
    with pytest.raises(MissingData, match="2023-01-03 to 2023-12-29"):
        run_scan("2024-01-03")


@pytest.mark.parametrize(
    ("day", "hint"),
    [("1990-01-02", "from 2023-01-03 on"), ("2024-01-03", "up to 2023-12-29")],
)
def test_its_hint_leads_into_what_is_held(run_scan: Scan, day: str, hint: str) -> None:
    with pytest.raises(MissingData) as refused:
        run_scan(day)
    assert hint in refused.value.problems[0].hint


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"pack": "swingsigna"}, "swingsigma"),
        ({"model_id": MODEL.replace("breakout", "breakuot")}, "breakout"),
        ({"dataset": "demos"}, "demo"),
    ],
)
def test_it_suggests_the_name_that_was_meant(
    run_scan: Scan, change: dict[str, object], hint: str
) -> None:
    with pytest.raises(UnknownName, match=f"Did you mean '{hint}|{hint}"):
        run_scan(**change)


def test_it_places_an_unknown_column_of_a_gate(run_scan: Scan, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(PACKS, packs)
    config = packs / "swingsigma" / "model_configs" / f"{MODEL}.yaml"
    config.write_text(config.read_text().replace('"adx_14 >=', '"adx_41 >='))
    with pytest.raises(ExpressionError) as caught:
        run_scan(packs_root=packs)
    (problem,) = caught.value.problems
    assert "gate 'adx', column 1" in problem.where
    assert "adx_14" in problem.hint
    assert isinstance(caught.value, BadInput)
