"""Previews and builds of a 5-minute model: sessions' worth of bars, causes, columns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core import builds, matrix
from sigma_core.bars import demo
from sigma_core.coverage import coverage
from sigma_core.errors import BadInput
from sigma_core.labels import labels
from sigma_core.market import open_dataset, open_market
from sigma_core.preview import Preview, preview
from sigma_core.run import scan
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.schema import Label
from sigma_core.window import facts
from tests.market import ROOT

PACKS = ROOT / "packs"
PACK, MODEL = "momentumsigma", "universe_eq_intraday_5m_momentum_scanner"
NOW = datetime(2023, 7, 6, tzinfo=UTC)
#: the 3rd of July is a half day
SINCE, UNTIL = date(2023, 6, 23), date(2023, 7, 5)


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a year of days and eight sessions of 5-minute bars."""
    root = tmp_path_factory.mktemp("datasets")
    dataset = open_dataset(root, "demo")
    market = demo.demo_market(seed=7, until=UNTIL, tickers=60)
    bars = demo.demo_minutes(seed=7, since=SINCE, until=UNTIL, tickers=60)
    demo.fill(dataset, market, ingested_at=NOW)
    demo.fill_minutes(dataset, bars, ingested_at=NOW)
    return root


def look(datasets: Path, start: date | None = None, end: date | None = None) -> Preview:
    bundle = load_bundle(PACKS, PACK, MODEL)
    market = open_market(datasets, "demo", None, end, NOW, "5m")
    return preview(bundle, market, start=start)


def test_it_looks_at_the_bars_of_two_sessions(datasets: Path) -> None:
    document = look(datasets).as_dict()
    assert document["sessions"] == ["2023-07-03", "2023-07-05"]
    assert document["bars"] == 42 + 78
    assert len(document["members"]) == 2
    assert document["rows"] == 42 * document["members"][0] + 78 * document["members"][1]
    assert document["closes_at"] == "2023-07-05T20:00:00+00:00"


def test_its_candidates_are_the_list_of_a_scan(datasets: Path) -> None:
    found = scan(
        packs_root=PACKS, datasets_root=datasets, pack=PACK, model_id=MODEL,
        as_of=None, dataset="demo", default_dataset=None, now=NOW,
    )  # fmt: skip
    seen = look(datasets).as_dict()["candidates"]
    assert [s.ticker for s in found.signals] == [c["ticker"] for c in seen]
    assert [s.score_total for s in found.signals] == [c["score_total"] for c in seen]


def test_it_counts_sessions_not_bars(datasets: Path) -> None:
    whole = look(datasets, start=date(2023, 6, 28))
    assert len(whole.sessions) == 5
    with pytest.raises(BadInput, match="6 sessions were asked for"):
        look(datasets, start=date(2023, 6, 27))


def test_a_day_without_bars_is_missing_for_its_join(tmp_path: Path) -> None:
    """Who has no daily bar of the session before has no daily column in this one."""
    dataset = open_dataset(tmp_path, "demo")
    market = demo.demo_market(seed=7, until=UNTIL, tickers=60)
    gone = market.reference["ticker"].iloc[30]
    day = pd.Timestamp("2023-07-03", tz="UTC")
    lost = (market.bars["ticker"] == gone) & (market.bars["ts"] == day)
    bars = demo.demo_minutes(seed=7, since=SINCE, until=UNTIL, tickers=60)
    dataset.add_reference(market.reference)
    dataset.add_actions(market.actions)
    for cadence, rows in (("daily", market.bars[~lost]), ("5m", bars)):
        dataset.bars(cadence).append(
            rows, source="demo", adjustment="raw", ingested_at=NOW
        )
    seen = look(tmp_path)
    (column,) = (c for c in seen.coverage.columns if c.name == "ema_20_daily")
    (derived,) = (c for c in seen.coverage.columns if c.name == "above_days")
    causes = {one.cause: (one.cells, one.tickers) for one in column.causes}
    assert causes["join"] == (78, (gone,))
    assert {one.cause for one in derived.causes} == set(causes)


def test_short_days_are_named_and_not_the_bars(tmp_path: Path) -> None:
    """Twelve days are stored, an average of twenty needs more: that is the cause."""
    dataset = open_dataset(tmp_path, "demo")
    market = demo.demo_market(seed=7, until=UNTIL, tickers=60)
    late = market.bars[market.bars["ts"] >= pd.Timestamp("2023-06-15", tz="UTC")]
    bars = demo.demo_minutes(seed=7, since=SINCE, until=UNTIL, tickers=60)
    for cadence, rows in (("daily", late), ("5m", bars)):
        dataset.bars(cadence).append(
            rows, source="demo", adjustment="raw", ingested_at=NOW
        )
    plan = matrix.plan(load_bundle(PACKS, PACK, MODEL).indicator_set, cadence="5m")
    opened = open_market(tmp_path, "demo", None, None, NOW, "5m")
    first = opened.column - 77
    everyone = np.ones((len(opened.bars.axis.tickers), 78), np.bool_)
    built = matrix.build(
        opened.bars, plan, everyone,
        first=first, last=opened.column, finished=opened.finished,
    )  # fmt: skip
    limits = load_bundle(PACKS, PACK, MODEL).indicator_set.preview
    found = coverage(built, plan, facts(opened, plan, first), limits)
    (column,) = (c for c in found.columns if c.name == "ema_20_daily")
    assert column.status == "fail"
    assert column.causes[0].cause == "short_history"
    assert column.causes[0].fix.startswith("Ingest 20 or more sessions")


def test_a_build_starts_where_every_column_can_be_warm(datasets: Path) -> None:
    made = builds.build(prepared(datasets, None))
    # the slowest column on 5-minute bars looks 20 bars back; the days are warm at once
    assert str(made.matrix.axis.times[0]) == "2023-06-23T15:10:00.000000"
    assert made.summary()["sessions"] == 8
    assert made.summary()["bars"] == 7 * 78 + 42 - 20
    assert "ema_20_daily" in made.matrix.columns


def test_a_stored_matrix_of_bars_comes_back_as_it_was(
    datasets: Path, tmp_path: Path
) -> None:
    made = builds.build(prepared(datasets, date(2023, 7, 5))).matrix
    kept = matrix.store(made, tmp_path)
    back = matrix.load(tmp_path / kept.sha)
    assert back.axis.per_session == 78
    np.testing.assert_array_equal(back.axis.times, made.axis.times)
    assert back.sha == matrix.content_sha(made)
    table = pd.read_parquet(matrix.to_parquet(made, tmp_path / "one.parquet"))
    assert table["ts"].nunique() == 78
    assert table["ts"].min() == pd.Timestamp("2023-07-05 13:30", tz="UTC")


def prepared(datasets: Path, start: date | None) -> builds.Prepared:
    return builds.prepare(
        packs_root=PACKS, datasets_root=datasets, pack=PACK, model_id=MODEL,
        start=start, end=None, dataset="demo", default_dataset=None, now=NOW,
    )  # fmt: skip


def test_a_label_that_counts_sessions_is_refused(datasets: Path) -> None:
    bars = open_market(datasets, "demo", None, None, NOW, "5m").bars
    members = np.ones((bars.axis.shape[0], 3), np.bool_)
    spec = Label(kind="fwd_ret", horizon=5)
    with pytest.raises(BadInput, match="speaks of sessions"):
        labels(spec, bars, members, first=10, last=12)
    found = labels(Label(kind="next_bar_ret"), bars, members, first=10, last=12)
    wanted = bars.close[:, 11:14] / bars.close[:, 10:13] - 1
    np.testing.assert_array_equal(found.values, wanted)
