"""States: made from stored bars, taken further, saved, and refused on other bars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from sigma_core import state
from sigma_core.bars.rows import moment
from sigma_core.bars.store import Dataset
from sigma_core.frames import FIELDS, MAX_GAP, Axis, BarArrays, Benchmark
from sigma_core.indicators import kernels, resolve, stepping
from tests.core.bars.conftest import no_rules
from tests.core.intraday import local
from tests.definitions import examples, number, tolerance
from tests.market import arrays, random_market

CALLS = [
    *(resolve("donchian"), resolve("bos"), resolve("adx"), resolve("rsi")),
    *(resolve("ret", {"window": 63}), resolve("ema"), resolve("mfi")),
]
NOW = datetime(2024, 6, 3, tzinfo=UTC)
DAYS = 120


def by_hand(name: str):
    return next(e for e in examples("state") if e.args["state"] == name)


def walked(example, name: str, field: str):
    """Row by row: the state's row, its layout and the first column's value."""
    window = int(example.args["window"])
    call = resolve(name, {"window": window})
    layout, row = stepping.layout([call]), None
    for cells in example.rows:
        bars = arrays({field: np.array([number(cells[field])])})
        values, row = stepping.advance(
            layout,
            np.zeros((1, layout.size)) if row is None else row,
            np.arange(1),
            {each: bars.field(each) for each in FIELDS},
            max_gap=MAX_GAP,
        )
        yield cells, row[0], layout, values[0, 0, 0]


def near(cell: str):
    return pytest.approx(number(cell), abs=tolerance(cell), nan_ok=True)


def test_it_keeps_of_an_average_what_was_calculated_by_hand():
    for cells, row, layout, value in walked(by_hand("ema"), "ema", "close"):
        at, _ = layout.cells[0]
        kept = ("seen", "level", "first", "second", "third")
        for place, name in enumerate(kept):
            assert row[at + place] == near(cells[name]), (cells["row"], name)
        assert row[0] == number(cells["row"])
        assert value == near(cells["ema_3"])


def test_it_keeps_of_a_rolling_high_what_was_calculated_by_hand():
    for cells, row, layout, value in walked(by_hand("donchian"), "donchian", "high"):
        at, depth, spare = layout.fields[FIELDS.index("high")]
        assert (depth, spare) == (3, 3)
        for place in range(6):
            assert row[at + place] == number(cells[f"cell_{place + 1}"]), cells["row"]
        assert value == near(cells["donchian_high_2"])


def test_it_keeps_of_a_session_what_was_calculated_by_hand():
    example, row = by_hand("vwap_session"), None
    call = resolve("vwap_session")
    layout = stepping.layout([call])
    at, _ = layout.cells[0]
    for cells in example.rows:
        named = ("high", "low", "close", "volume")
        bars = arrays(
            {name: np.array([number(cells[name])]) for name in named},
            times=np.array([moment(local(cells["ts"]))]),
        )
        values, row = stepping.advance(
            layout,
            np.zeros((1, layout.size)) if row is None else row,
            np.arange(1),
            {each: bars.field(each) for each in FIELDS},
            max_gap=MAX_GAP,
            shared=kernels.around_bars(bars, [call], slice(1)),
        )
        for place, name in enumerate(("first", "sum", "traded"), start=1):
            assert row[0, at + place] == near(cells[name]), (cells["row"], name)
        assert values[0, 0, 0] == near(cells["vwap_session"])


def test_an_index_is_no_benchmark_of_a_state(dataset):
    bars = store(dataset)
    index = Benchmark("SPX", "index", bars.close[0])
    call = resolve("beta", {"window": 20})
    compared = replace(bars, benchmark=index)
    assert state.around_of(compared, CALLS) == state.Around()
    with pytest.raises(ValueError, match="SPX"):
        state.made_from(compared, [call], last=50)


@pytest.fixture
def dataset(tmp_path):
    return Dataset(tmp_path, "main", derive=no_rules)


def store(dataset, *, tickers=3, days=DAYS, seed=3, begin=0, at=NOW) -> BarArrays:
    """Random daily bars, appended from the day `begin` on; gives all that is stored."""
    market = random_market(seed, tickers, DAYS)
    sessions = dataset.sessions.between(date(2023, 1, 3), NOW.date())
    days_of = pd.DatetimeIndex(sessions[begin:days]).tz_localize("UTC")
    count = days - begin
    table = {
        "ticker": np.repeat([f"T{row}" for row in range(tickers)], count),
        "ts": np.tile(days_of, tickers),
    }
    table |= {name: market.field(name)[:, begin:days].ravel() for name in FIELDS}
    frame = pd.DataFrame(table).astype({"ticker": "str"})
    dataset.bars().append(frame, source="test", adjustment="raw", ingested_at=at)
    return dataset.bars().arrays()


def made(bars: BarArrays, last: int = -1) -> state.Advanced:
    last = last if last >= 0 else len(bars.axis.times) - 1
    return state.made_from(bars, CALLS, last=last)


def new_bars(bars: BarArrays, first: int):
    """Axis and fields from a column on, as `state.advance` takes them."""
    axis = Axis(bars.axis.tickers, bars.axis.times[first:])
    return axis, {name: bars.field(name)[:, first:] for name in FIELDS}


def test_stored_bars_and_new_ones_end_in_the_same_state(dataset):
    bars = store(dataset)
    whole, part = made(bars), made(bars, 99)
    after = state.advance(part.state, *new_bars(bars, 100))
    np.testing.assert_array_equal(after.state.values, whole.state.values)
    assert (after.state.seal, after.state.time) == (whole.state.seal, whole.state.time)
    full = kernels.compute(bars, CALLS, first=100, last=DAYS - 1)
    np.testing.assert_array_equal(after.values, full)
    np.testing.assert_array_equal(whole.values, full[..., -1:])


def test_the_seal_is_that_of_the_bars_once_they_are_stored(dataset):
    before = store(dataset, days=100)
    known = made(before).state
    bars = store(dataset, begin=100, at=NOW)
    after = state.advance(known, *new_bars(bars, 100)).state
    assert after.seal.hex() == bars.sha_until(DAYS - 1)
    assert known.stands_on(bars)
    assert after.stands_on(bars)


def test_a_later_split_leaves_a_state_as_it_is(dataset):
    known = made(store(dataset), 99).state
    split_day = dataset.bars().arrays().axis.times[105].item()
    action = {"ticker": "T1", "ex_date": split_day, "kind": "split", "split_factor": 2}
    dataset.add_actions(pd.DataFrame([{**action, "known_at": NOW}]))
    bars = dataset.bars().arrays()
    assert bars.factor is not None
    assert known.stands_on(bars)
    np.testing.assert_array_equal(made(bars, 99).state.values, known.values)
    values, after = state.advance(known, *new_bars(bars, 100))
    full = kernels.compute(bars, CALLS, first=100, last=DAYS - 1)
    np.testing.assert_array_equal(values, full)
    assert after.stands_on(bars)


def test_it_is_refused_after_a_revised_bar_or_an_earlier_split(dataset):
    known = made(store(dataset), 99).state
    days = dataset.bars().arrays().axis.times
    action = {"ticker": "T1", "ex_date": days[50].item(), "kind": "split"}
    dataset.add_actions(pd.DataFrame([{**action, "split_factor": 2, "known_at": NOW}]))
    assert not known.stands_on(dataset.bars().arrays())
    again = made(dataset.bars().arrays(), 99).state
    store(dataset, seed=4, begin=60, days=61, at=datetime(2024, 7, 1, tzinfo=UTC))
    assert not again.stands_on(dataset.bars().arrays())


def test_a_ticker_that_is_listed_later_begins_then():
    bars = random_market(5, 3, 80)
    late = {name: bars.field(name).copy() for name in FIELDS}
    for values in late.values():
        values[1, :40] = np.nan
    market = arrays(late)
    two = replace(
        arrays({name: late[name][[0, 2], :40] for name in FIELDS}),
        axis=Axis(("T0000", "T0002"), market.axis.times[:40]),
        seals=np.zeros((40, 32), np.uint8),
    )
    values, after = state.advance(made(two).state, *new_bars(market, 40))
    full = kernels.compute(market, CALLS, first=40, last=79)
    np.testing.assert_array_equal(values, full)
    assert after.tickers == market.axis.tickers


def test_bars_must_come_after_those_it_stands_on(dataset):
    bars = store(dataset)
    known = made(bars, 99).state
    with pytest.raises(ValueError, match="is not after"):
        state.advance(known, *new_bars(bars, 99))


def test_a_ticker_of_the_state_can_not_be_gone(dataset):
    bars = store(dataset)
    axis, fields = new_bars(bars, 100)
    fewer = Axis(axis.tickers[:2], axis.times)
    known = made(bars, 99).state
    with pytest.raises(ValueError, match="T2"):
        state.advance(known, fewer, {name: fields[name][:2] for name in FIELDS})


def test_saved_and_read_back_it_goes_on_with_the_same_bits(dataset, tmp_path):
    bars = store(dataset)
    known = made(bars, 99).state
    state.save(known, tmp_path / "one.state")
    read = state.load(tmp_path / "one.state", CALLS, max_gap=MAX_GAP)
    assert read is not None
    assert (read.tickers, read.time, read.seal) == (
        *(known.tickers, known.time, known.seal),
    )
    assert not read.values.flags.writeable
    whole = made(bars).state
    after = state.advance(read, *new_bars(bars, 100)).state
    np.testing.assert_array_equal(after.values, whole.values)


def test_of_other_calls_or_another_rule_of_gaps_it_is_not_there(dataset, tmp_path):
    path = tmp_path / "one.state"
    state.save(made(store(dataset)).state, path)
    other = [*CALLS[:-1], resolve("mfi", {"window": 15})]
    assert state.load(path, CALLS, max_gap=MAX_GAP) is not None
    assert state.load(path, other, max_gap=MAX_GAP) is None
    assert state.load(path, CALLS[:-1], max_gap=MAX_GAP) is None
    assert state.load(path, CALLS, max_gap=390) is None
    assert state.load(tmp_path / "none.state", CALLS, max_gap=MAX_GAP) is None


@pytest.mark.parametrize("place", [0, 20, 120, 4096, 5000, -1])
def test_with_one_bit_of_it_changed_it_is_not_there(dataset, tmp_path, place):
    path = tmp_path / "one.state"
    state.save(made(store(dataset)).state, path)
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)
    assert state.load(path, CALLS, max_gap=MAX_GAP) is None


def test_cut_short_it_is_not_there(dataset, tmp_path):
    path = tmp_path / "one.state"
    state.save(made(store(dataset)).state, path)
    path.write_bytes(path.read_bytes()[:-8])
    assert state.load(path, CALLS, max_gap=MAX_GAP) is None


def test_what_has_no_step_is_not_carried():
    odd = resolve("ultimate_oscillator", {"short": 13, "medium": 19, "long": 29})
    assert state.advanced([*CALLS, odd]) == tuple(CALLS)
