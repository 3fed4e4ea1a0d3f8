"""A set that compares with a benchmark or counts a universe, on stored bars."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core import builds, matrix
from sigma_core.bars import records
from sigma_core.bars.demo import demo_market, fill
from sigma_core.coverage import required
from sigma_core.errors import SpecError
from sigma_core.market import Market, open_dataset, open_market
from sigma_core.preview import Preview, preview
from sigma_core.run import scan_market, with_benchmark
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.drafts import drafted
from sigma_core.specs.schema import IndicatorSet
from tests.market import ROOT, random_market

NOW = datetime(2024, 2, 1, tzinfo=UTC)
MODEL = "universe_eq_swing_daily_breakout_scanner"
MORE = [
    {"name": "beta", "window": 60},
    {"name": "rel_strength", "window": 20},
    {"name": "breadth_above_ma", "window": 20},
    {"name": "calendar_flags"},
    {"expr": "breadth_above_ma_20 - prev(breadth_above_ma_20, 5)", "as": "wider"},
]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("datasets")
    market = demo_market(seed=5, until=date(2023, 12, 29), tickers=60)
    fill(open_dataset(root, "demo"), market, ingested_at=NOW)
    return root


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The breakout scanner, its set longer by columns that look around."""
    shipped = load_bundle(ROOT / "packs", "swingsigma", MODEL)
    entries = shipped.contents["indicator_set"]["indicators"]
    longer = {"name": "longer", "indicators": [*entries, *MORE]}
    return drafted(ROOT / "packs", "swingsigma", MODEL, {"indicator_set": longer})


def opened(datasets: Path, dataset: str = "demo") -> Market:
    return open_market(datasets, dataset, None, date(2023, 12, 29), NOW)


@pytest.fixture(scope="module")
def seen(datasets: Path, bundle: Bundle) -> Preview:
    return preview(bundle, opened(datasets), start=date(2023, 12, 27))


def test_the_demo_market_has_a_benchmark_of_its_own(seen: Preview) -> None:
    beta = seen.features.columns["beta_60"]
    fund = seen.features.axis.row("DEMO0")
    assert set(beta[fund]) == {1.0}
    assert 0.5 < np.nanmedian(beta) < 1.5
    assert seen.market.compared_with["daily"]["name"] == "DEMO0"


def test_breadth_is_that_of_the_universes_members(seen: Preview) -> None:
    found = seen.features.columns["breadth_above_ma_20"]
    for at in range(3):
        column = seen.market.column - 2 + at
        members = seen.features.members[:, at]
        above = above_average(seen.market, column)
        wanted = np.nanmean(above[members])
        held = ~np.isnan(seen.features.columns["close"][:, at])
        np.testing.assert_allclose(found[held, at], wanted, rtol=1e-12)


def above_average(market: Market, column: int) -> np.ndarray:
    """1 or 0 by plain pandas over each ticker's own bars, NaN without an average."""
    found = []
    for closes in market.bars.close[:, : column + 1]:
        mean = pd.Series(closes).dropna().rolling(20).mean()
        known = not np.isnan(closes[-1]) and len(mean) and not np.isnan(mean.iloc[-1])
        found.append(float(closes[-1] > mean.iloc[-1]) if known else np.nan)
    return np.array(found)


def test_a_scan_of_one_session_has_the_bits_of_the_preview(
    datasets: Path, bundle: Bundle, seen: Preview
) -> None:
    plan = matrix.plan(bundle.indicator_set)
    market = with_benchmark(bundle, plan, opened(datasets))
    result = scan_market(bundle, plan, market)
    for name in ("beta_60", "rel_strength_20", "breadth_above_ma_20", "wider"):
        alone, several = result.features.columns[name], seen.features.columns[name]
        np.testing.assert_array_equal(alone[:, -1], several[:, -1], name)
    named = result.fingerprint["market"]
    assert named == seen.market.compared_with
    assert len(named["daily"]["sha"]) == 64


def test_a_set_without_such_columns_reads_no_benchmark(datasets: Path) -> None:
    shipped = load_bundle(ROOT / "packs", "swingsigma", MODEL)
    market = opened(datasets)
    plan = matrix.plan(shipped.indicator_set)
    assert with_benchmark(shipped, plan, market) is market
    assert scan_market(shipped, plan, market).fingerprint["market"] is None


def test_a_set_without_its_benchmark_is_refused_before_anything_is_computed(
    tmp_path: Path, bundle: Bundle
) -> None:
    market = demo_market(seed=5, until=date(2023, 12, 29), tickers=60)
    plain = market.reference.assign(asset="eq")
    dataset = open_dataset(tmp_path, "plain")
    dataset.add_reference(plain)
    dataset.bars().append(market.bars, source="d", adjustment="raw", ingested_at=NOW)
    with pytest.raises(SpecError) as caught:
        preview(bundle, opened(tmp_path, "plain"))
    assert [p.code for p in caught.value.problems] == ["coverage.no_benchmark"] * 2
    for word in ("'beta'", "'longer'", "'market'"):
        assert word in caught.value.problems[0].message


def test_a_benchmark_that_begins_later_is_missing_for_a_cause(
    datasets: Path, bundle: Bundle, tmp_path: Path
) -> None:
    """The pack's SPY as an index series of the last 20 sessions only."""
    market = demo_market(seed=5, until=date(2023, 12, 29), tickers=60)
    dataset = open_dataset(tmp_path, "indexed")
    fill(dataset, market, ingested_at=NOW)
    days = dataset.sessions.between(date(2023, 12, 1), date(2023, 12, 29))
    closes = {"ticker": "SPY", "date": pd.to_datetime(days), "close": 400.0}
    dataset.add_series(records.INDEX, pd.DataFrame(closes))
    found = preview(bundle, opened(tmp_path, "indexed"))
    assert found.market.compared_with["daily"]["source"] == "index"
    columns = {one.name: one for one in found.coverage.columns}
    (missing,) = columns["beta_60"].causes[:1]
    assert (missing.cause, columns["beta_60"].status) == ("provider", "fail")


def test_a_build_is_named_by_its_benchmark(datasets: Path, bundle: Bundle) -> None:
    plan = matrix.plan(bundle.indicator_set)
    market = with_benchmark(bundle, plan, opened(datasets))
    made = builds.Prepared(bundle, plan, market, market.column)
    bare = builds.Prepared(bundle, plan, opened(datasets), market.column)
    assert made.fingerprint["market"]["daily"]["name"] == "DEMO0"
    assert made.key != bare.key


def test_what_the_calendar_gives_is_always_there() -> None:
    entries = [{"name": "calendar_flags"}, {"name": "beta"}]
    iset = IndicatorSet.model_validate({"name": "some", "indicators": entries})
    found = {one.column: (one.provider, one.held) for one in required(iset)}
    assert found["weekday"] == ("calendar", True)
    assert found["market"] == ("index", True)
    assert found["close"] == ("bars", True)


def test_a_lag_of_breadth_needs_members_before_the_first_session() -> None:
    bars = random_market(seed=2, tickers=3, sessions=120)
    iset = IndicatorSet.model_validate({"name": "some", "indicators": MORE[2:]})
    begin = matrix.plan(iset).members_begin(bars, 119, 119)
    whole = matrix.build(bars, iset, np.ones((3, 120), np.bool_), first=0, last=119)
    members = np.ones((3, 120 - begin), np.bool_)
    alone = matrix.build(bars, iset, members, first=119, last=119)
    assert begin == 119 - 5
    assert not np.isnan(alone.columns["wider"]).any()
    np.testing.assert_array_equal(
        alone.columns["wider"][:, 0], whole.columns["wider"][:, -1]
    )


def test_a_daily_column_of_a_5_minute_set_is_compared_on_days() -> None:
    entries = [
        {"name": "beta", "window": 20, "cadence": "daily"},
        {"name": "vwap_session"},
    ]
    iset = IndicatorSet.model_validate({"name": "five", "indicators": entries})
    assert matrix.plan(iset, cadence="5m").compared == ("daily",)
    assert matrix.plan(iset).compared == ("daily",)


def test_breadth_of_another_cadence_is_refused() -> None:
    entry = {"name": "breadth_above_ma", "cadence": "daily"}
    iset = IndicatorSet.model_validate({"name": "five", "indicators": [entry]})
    (problem,) = matrix.problems(iset, cadence="5m")
    assert problem.code == "matrix.cadence"
    assert "breadth_above_ma" in problem.message
