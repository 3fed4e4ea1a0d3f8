"""Steps: an indicator advanced bar by bar has the bits of the full computation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sigma_core.frames import FIELDS, MAX_GAP, Axis, BarArrays, Floats
from sigma_core.indicators import Call, Card, cards, kernels, resolve, stepping
from sigma_core.indicators.steps import twins
from sigma_core.indicators.steps.carry import DEEPEST, advances, step_of, tail
from sigma_core.indicators.windows import window_mean, window_pair
from sigma_core.proofs.params import calls
from tests.market import arrays, five_minutes, holes, random_market, with_cell

CARDS = list(cards().values())
#: they read a benchmark, a calendar or a universe besides their own bars
AROUND = [card for card in CARDS if card.shared or card.across]
each = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
around = pytest.mark.parametrize("card", AROUND, ids=lambda card: card.name)
CLEAN = random_market(seed=11, tickers=3, sessions=820)
EVERY = [call for card in CARDS for call in calls(card)]


def flat_and_silent() -> BarArrays:
    """Prices in tenths, one that never moves, one that stops, days without volume."""
    market = random_market(seed=7, tickers=3, sessions=400)
    fields = {name: market.field(name).copy() for name in FIELDS}
    for name in FIELDS[:4]:
        fields[name][0], fields[name][1, 100:180] = 50.0, 41.0
        fields[name] = np.round(fields[name], 1)
    fields["volume"][2, ::7] = 0.0
    fields["volume"][1, 200:300] = 0.0
    return arrays(fields)


def of_minutes(bars: BarArrays) -> BarArrays:
    """The same as bars of 5 minutes, and a benchmark that lacks some of its own."""
    close = bars.benchmark.close.copy()
    close[[20, 21, 30]] = np.nan
    axis = Axis(bars.axis.tickers, five_minutes(bars.axis.shape[1]))
    return replace(bars, axis=axis, benchmark=replace(bars.benchmark, close=close))


MARKETS = {
    "clean": CLEAN,
    "gaps and late listings": holes(random_market(seed=6, tickers=3, sessions=420)),
    "flat": flat_and_silent(),
    "a tick": with_cell(random_market(seed=4, tickers=2, sessions=420), 0, 150, 1e9),
}


def stepped(bars: BarArrays, chosen: Sequence[Call], sizes: Iterable[int]) -> Floats:
    """Values on all times, so many bars at once as `sizes` says."""
    layout, found, at = stepping.layout(chosen), [], 0
    tickers, times = bars.axis.shape
    state = np.zeros((tickers, layout.size))
    for size in sizes:
        new = {name: bars.field(name)[:, at : at + size] for name in FIELDS}
        shared = kernels.around_bars(bars, chosen, slice(at, at + size))
        values, state = stepping.advance(
            layout,
            state,
            np.arange(tickers),
            new,
            max_gap=MAX_GAP,
            shared=shared,
            threads=1,
        )
        found.append(values)
        at += size
        if at >= times:
            return np.concatenate(found, axis=2)
    raise ValueError("sizes end before the bars do")


def assert_same_bits(bars: BarArrays, chosen: Sequence[Call], found: Floats) -> None:
    """Equal to the full computation, bit for bit; a NaN is a NaN."""
    wanted = kernels.compute(bars, chosen, first=0, last=bars.axis.shape[1] - 1)
    same = wanted.view(np.int64) == found.view(np.int64)
    same |= np.isnan(wanted) & np.isnan(found)
    names = [column.name for call in chosen for column in call.columns]
    wrong = {names[column] for column in np.flatnonzero(~same.all(axis=(1, 2)))}
    assert not wrong


@each
@pytest.mark.parametrize("market", MARKETS)
def test_bar_by_bar_it_has_the_bits_of_the_full_build(card: Card, market: str) -> None:
    for call in calls(card):
        found = stepped(MARKETS[market], [call], cycle([1, 1, 5, 1]))
        assert_same_bits(MARKETS[market], [call], found)


@around
@pytest.mark.parametrize("market", ["clean", "gaps and late listings"])
def test_it_follows_session_calendar_and_benchmark_bar_by_bar(
    card: Card, market: str
) -> None:
    bars = of_minutes(MARKETS[market])
    for call in calls(card):
        found = stepped(bars, [call], cycle([1, 1, 5, 1]))
        assert_same_bits(bars, [call], found)
        assert market != "clean" or not np.isnan(found).all()


@each
def test_every_shipped_indicator_advances_bar_by_bar(card: Card) -> None:
    assert all(advances(call) for call in calls(card))


def test_what_reads_around_its_bars_is_refused_without_that() -> None:
    assert len(AROUND) == 10
    layout = stepping.layout([resolve("rsi"), resolve("vwap_session")])
    new = {name: CLEAN.field(name)[:, :1] for name in FIELDS}
    empty = np.zeros((3, layout.size))
    with pytest.raises(ValueError, match="vwap_session"):
        stepping.advance(layout, empty, np.arange(3), new, max_gap=MAX_GAP)


def test_all_of_them_share_one_state() -> None:
    found = stepped(CLEAN, EVERY, cycle([300, 1, 40]))
    assert_same_bits(CLEAN, EVERY, found)


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.integers(-3, 3), min_size=30, max_size=160),
    missing=st.lists(st.tuples(st.integers(0, 150), st.integers(1, 9)), max_size=4),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6),
)
def test_whatever_the_bars_and_however_they_come(
    steps: list[int], missing: list[tuple[int, int]], sizes: list[int]
) -> None:
    close = 200.0 + np.cumsum(steps, dtype=np.float64)[None] / 4
    widths = np.abs(np.array(steps, np.float64))[None]
    fields = {"open": close, "high": close + widths, "low": close - widths}
    fields |= {"close": close.copy(), "volume": 1000.0 * widths}
    for at, size in missing:
        for values in fields.values():
            values[:, at : at + size] = np.nan
    benchmark = 300.0 + np.cumsum(steps[::-1]) / 4
    bars = arrays({name: fields[name] for name in FIELDS}, market=benchmark)
    assert_same_bits(bars, EVERY, stepped(bars, EVERY, cycle(sizes)))


def test_a_longer_gap_is_counted_in_times_of_the_cadence() -> None:
    """78 bars a session: 390 missing are a gap, 391 a new start."""
    market = random_market(seed=2, tickers=2, sessions=900)
    fields = {name: market.field(name).copy() for name in FIELDS}
    for values in fields.values():
        values[0, 200:590], values[1, 200:591] = np.nan, np.nan
    layout = stepping.layout([resolve("sma", {"window": 50})])
    values, _ = stepping.advance(
        layout, np.zeros((2, layout.size)), np.arange(2), fields, max_gap=390
    )
    before = fields["close"][0, 151:200].sum()
    assert values[0, 0, 590] == pytest.approx((before + fields["close"][0, 590]) / 50)
    assert np.isnan(values[0, 1, 591:640]).all()
    assert values[0, 1, 640] == pytest.approx(fields["close"][1, 591:641].mean())


def test_a_block_too_long_to_keep_is_computed_whole() -> None:
    odd = resolve("ultimate_oscillator", {"short": 13, "medium": 19, "long": 29})
    assert step_of("ultimate_oscillator").depth(odd.params) > DEEPEST
    assert not advances(odd)


def test_nothing_given_is_changed() -> None:
    layout = stepping.layout(EVERY)
    state = np.zeros((3, layout.size))
    new = {name: CLEAN.field(name)[:, :80].copy() for name in FIELDS}
    shared = kernels.around_bars(CLEAN, EVERY, slice(80))
    before = shared.copy()
    stepping.advance(layout, state, np.arange(3), new, max_gap=MAX_GAP, shared=shared)
    assert not state.any()
    np.testing.assert_array_equal(shared, before)
    assert all((new[name] == CLEAN.field(name)[:, :80]).all() for name in FIELDS)


def test_an_indicator_has_one_step() -> None:
    with pytest.raises(ValueError, match="two steps"):
        tail("ema")


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 20, 63])
def test_a_mean_of_a_window_is_that_of_the_loop_over_all_bars(n: int) -> None:
    x = CLEAN.close[0]
    wanted = np.empty(len(x))
    window_mean(x, n, wanted)
    for bar in range(n - 1, len(x)):
        found = twins.mean_of(x[bar - n + 1 : bar + 1], bar, n)
        assert found == wanted[bar]


@pytest.mark.parametrize("n", [2, 3, 20, 63])
def test_the_sums_of_a_window_of_pairs_are_those_of_the_loop(n: int) -> None:
    x, y = CLEAN.close[0], CLEAN.close[1]
    wanted = np.empty((5, len(x)))
    window_pair(x, y, n, wanted)
    for bar in range(n - 1, len(x)):
        last = slice(bar - n + 1, bar + 1)
        assert twins.pair_of(x[last], y[last], bar, n) == tuple(wanted[:, bar])
