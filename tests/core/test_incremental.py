"""A new bar by the incremental path gives the full scan's list, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from sigma_core import incremental, run, state
from sigma_core.bars.demo import demo_market, demo_minutes, fill_minutes
from sigma_core.errors import BadInput
from sigma_core.frames import FIELDS
from sigma_core.market import open_dataset, open_market
from sigma_core.specs.bundle import load_bundle
from tests.market import ROOT

SEED, TICKERS, LAST = 3, 60, date(2024, 3, 8)
NOW = datetime(2024, 3, 11, 12, tzinfo=UTC)
MODEL = "universe_eq_intraday_5m_momentum_scanner"
FIRST, STANDS = 0, 4  # bars of the last session


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Sixty companies of the demo market: a year of days, two weeks of minutes, and a
    split before the last session and one on it."""
    made = open_dataset(tmp_path_factory.mktemp("live"), "main")
    market = demo_market(seed=SEED, until=LAST, tickers=TICKERS)
    made.add_actions(market.actions)
    made.add_actions(splits(market.bars["ticker"].unique()[:2]))
    made.add_reference(market.reference)
    made.bars().append(market.bars, source="demo", adjustment="raw", ingested_at=NOW)
    minutes = demo_minutes(
        seed=SEED, since=date(2024, 2, 26), until=LAST, tickers=TICKERS
    )
    fill_minutes(made, minutes, ingested_at=NOW)
    return made


def splits(tickers):
    days = [pd.Timestamp("2024-03-06"), pd.Timestamp(LAST)]
    rows = {"ticker": tickers, "ex_date": days, "kind": "split", "split_factor": 2.0}
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(ROOT / "packs", "momentumsigma", MODEL)


@pytest.fixture(scope="module")
def looks_around(bundle):
    """The same with columns of the session, the calendar, a benchmark and the
    universe."""
    iset = bundle.contents["indicator_set"]
    more = [
        *({"name": "vwap_session"}, {"name": "session_minute"}),
        {"name": "first_minutes_range", "minutes": 15},
        {"name": "calendar_flags"},
        {"name": "rel_strength", "window": 12},
        {"name": "beta", "window": 20},
        {"name": "beta", "window": 30, "cadence": "daily"},
        {"name": "breadth_above_ma", "window": 10},
        {"expr": "close - first_minutes_high_15", "as": "over"},
    ]
    named = [entry["name"] for entry in iset["indicators"] if "name" in entry]
    more = [one for one in more if one.get("name") not in {*named} - {"beta"}]
    content = {**iset, "indicators": [*iset["indicators"], *more]}
    return replace(bundle, indicator_set=bundle.indicator_set.model_validate(content))


@pytest.fixture(scope="module")
def times(dataset):
    """The bars of the last session."""
    axis = dataset.bars("5m").arrays().axis
    return axis.times[axis.days == np.datetime64(LAST)]


def at(dataset, time):
    """The market of stored bars at the bar that starts at a time."""
    closes = time.astype("datetime64[us]").item() + timedelta(minutes=5)
    moment = closes.replace(tzinfo=UTC)
    return open_market(dataset.root.parent, "main", None, moment, NOW, "5m")


def came(dataset, time):
    """The raw bars of a time, `[ticker]`, as they were stored."""
    rows = dataset.bars("5m").read()
    rows = rows[rows["ts"] == pd.Timestamp(time, tz="UTC")].set_index("ticker")
    rows = rows.reindex(list(dataset.bars("5m").arrays().axis.tickers))
    return {name: rows[name].to_numpy(float, copy=True) for name in FIELDS}


def scanned(dataset, bundle, time):
    return run.scan_market(bundle, run.plan_of(bundle), at(dataset, time))


def assert_same(found, wanted):
    for name, values in wanted.features.columns.items():
        np.testing.assert_array_equal(found.features.columns[name], values, name)
    assert found.features.sha == wanted.features.sha
    assert found.output_sha == wanted.output_sha
    assert found.fingerprint == wanted.fingerprint
    assert found.summary() == wanted.summary()
    pd.testing.assert_frame_equal(found.paths, wanted.paths)


def test_bar_after_bar_it_is_the_list_of_the_full_scan(dataset, bundle, times):
    standing = incremental.stand(bundle, at(dataset, times[STANDS]))
    assert (standing.base.bars.factor[:, standing.base.column] == 2).sum() == 2
    lists = []
    for time in times[STANDS + 1 : STANDS + 9]:
        found, standing = incremental.advance(
            standing, time, came(dataset, time), now=NOW
        )
        assert_same(found, scanned(dataset, bundle, time))
        lists.append([signal.ticker for signal in found.signals])
    assert all(lists), "a list of nobody proves little"
    assert len({tuple(one) for one in lists}) > 1


def test_what_reads_session_calendar_benchmark_and_universe_is_the_same_too(
    dataset, looks_around, times
):
    standing = incremental.stand(looks_around, at(dataset, times[FIRST]))
    for time in times[1:7]:
        found, standing = incremental.advance(
            standing, time, came(dataset, time), now=NOW
        )
        plan = run.plan_of(looks_around)
        market = run.with_benchmark(looks_around, plan, at(dataset, time))
        assert_same(found, run.scan_market(looks_around, plan, market))
    columns = found.features.columns
    for name in ("vwap_session", "beta_30_daily", "rel_strength_12", "over"):
        assert np.isfinite(columns[name]).any(), name
    assert 0 < np.nanmax(columns["breadth_above_ma_10"]) < 1
    assert set(found.fingerprint["market"]) == {"5m", "daily"}


def test_a_state_knows_its_benchmark(dataset, looks_around, times):
    market = at(dataset, times[STANDS])
    file = incremental.state_file(looks_around, market)
    standing = incremental.stand(looks_around, market, file)
    plan, ticker = standing.plan, standing.state.around.benchmark
    assert ticker in market.bars.axis
    other = state.Around(benchmark=market.bars.axis.tickers[0])
    for around, known in ((standing.state.around, True), (other, False)):
        gap = market.bars.axis.max_gap
        found = state.load(file, plan.calls, max_gap=gap, around=around)
        assert (found is not None) is known


def test_from_the_first_bar_of_a_session_with_times_between(dataset, bundle, times):
    """A time that brings no bar at all counts as one without bars."""
    standing = incremental.stand(bundle, at(dataset, times[FIRST]))
    nobody = {name: np.full(len(standing.base.bars.axis.tickers), np.nan)
              for name in FIELDS}  # fmt: skip
    _, slow = incremental.advance(standing, times[1], nobody, now=NOW)
    _, slow = incremental.advance(slow, times[2], nobody, now=NOW)
    bar = came(dataset, times[3])
    one, _ = incremental.advance(standing, times[3], bar, now=NOW)
    three, _ = incremental.advance(slow, times[3], bar, now=NOW)
    assert one.output_sha == three.output_sha
    assert one.features.sha == three.features.sha


def test_the_state_comes_from_its_file_and_is_taken_further(
    dataset, bundle, times, monkeypatch
):
    file = incremental.state_file(bundle, at(dataset, times[FIRST]))
    assert file.is_relative_to(dataset.root / "states" / "5m")
    incremental.stand(bundle, at(dataset, times[FIRST]), file)
    monkeypatch.setattr(state, "made_from", None)  # all bars are not walked again
    later = incremental.stand(bundle, at(dataset, times[STANDS]), file)
    assert later.state.time == times[STANDS]
    again = incremental.stand(bundle, at(dataset, times[STANDS]), file)
    np.testing.assert_array_equal(again.state.values, later.state.values)
    found, _ = incremental.advance(
        again, times[STANDS + 1], came(dataset, times[STANDS + 1]), now=NOW
    )
    assert_same(found, scanned(dataset, bundle, times[STANDS + 1]))


def test_what_cannot_be_a_bar_is_none(dataset, bundle, times):
    standing = incremental.stand(bundle, at(dataset, times[STANDS]))
    bar = came(dataset, times[STANDS + 1])
    held = np.flatnonzero(~np.isnan(bar["close"]))
    bar["low"][held[0]] = bar["high"][held[0]] * 2
    bar["volume"][held[1]] = -1.0
    found, _ = incremental.advance(standing, times[STANDS + 1], bar, now=NOW)
    missing = np.isnan(found.features.columns["rsi_14"][:, 0])
    assert missing[held[:2]].all()
    assert not missing[held[2:]].all()


def test_a_bar_of_the_past_or_of_another_session_is_refused(dataset, bundle, times):
    standing = incremental.stand(bundle, at(dataset, times[STANDS]))
    bar = came(dataset, times[STANDS])
    tomorrow = times[0] + np.timedelta64(3, "D")
    between = times[STANDS + 1] + np.timedelta64(1, "m")
    for time in (times[STANDS], tomorrow, between):
        with pytest.raises(BadInput, match=r"first bar of a session") as refused:
            incremental.advance(standing, time, bar, now=NOW)
        assert refused.value.problems[0].code == "state.time"


def test_a_model_that_looks_back_is_refused_with_every_reason(dataset, bundle, times):
    entries = [
        {"name": "ema", "window": 20, "cadence": "hourly"},
        {"name": "rsi"},
        {"expr": "prev(rsi_14, 1)", "as": "before"},
        {"name": "ultimate_oscillator", "short": 13, "medium": 19, "long": 29},
    ]
    iset = bundle.indicator_set.model_validate({"name": "odd", "indicators": entries})
    plan = run.plan_of(replace(bundle, indicator_set=iset))
    gates = {"all": [{"name": "rising", "when": "prev(close, 1) < close"}]}
    model = {**bundle.contents["model_config"], "gates": gates}
    back = replace(bundle, model=type(bundle.model).model_validate(model))
    market = at(dataset, times[STANDS])
    scanner = run.scanner_over(back, run.plan_of(bundle), market)
    found = incremental.problems(bundle, plan, scanner)
    assert {problem.code for problem in found} == {"state.not_carried"}
    assert len(found) == 4
