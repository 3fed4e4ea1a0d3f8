"""Every worked example of an indicator, run.

The examples run over the product's own path, compiled and through the spans, and once
more as plain Python: the two agree to the last bit.
"""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.clock import clock
from sigma_core.frames import CLOCK, FIELDS, MARKET, BarArrays
from sigma_core.indicators import Call, kernels, resolve
from sigma_core.indicators.across import over_members
from sigma_core.indicators.registry import InMarket, OneTicker
from tests.definitions import Example, examples, number, time, tolerance
from tests.market import arrays

EXAMPLES = examples("indicator")


def call_of(example: Example) -> Call:
    params = {k: v for k, v in example.args.items() if k != "indicator"}
    numbers = {k: float(v) if "." in v else int(v) for k, v in params.items()}
    return resolve(example.args["indicator"], numbers)


def tickers(example: Example) -> list[str]:
    return list(dict.fromkeys(row.get("ticker", "") for row in example.rows))


def wide(example: Example, name: str) -> np.ndarray:
    """The cells of a column as text, `[ticker, session]`."""
    of = {ticker: [] for ticker in tickers(example)}
    for row in example.rows:
        of[row.get("ticker", "")].append(row[name])
    return np.array(list(of.values()))


def column(example: Example, name: str) -> np.ndarray:
    return np.vectorize(number, [float])(wide(example, name))


def bars_of(example: Example) -> BarArrays:
    """The bars of a table, with its times and its benchmark if it shows them."""
    shown = example.header
    return arrays(
        {name: column(example, name) for name in FIELDS if name in shown},
        times=np.array([time(c) for c in wide(example, "ts")[0]])
        if "ts" in shown
        else None,
        market=column(example, MARKET)[0] if MARKET in shown else None,
    )


def members_of(example: Example) -> np.ndarray:
    if "member" not in example.header:
        return np.ones((len(tickers(example)), 1), np.bool_)
    return wide(example, "member") == "yes"


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_it_gives_what_was_calculated_by_hand(example: Example) -> None:
    call, bars = call_of(example), bars_of(example)
    values = kernels.compute(bars, [call], first=0, last=bars.axis.shape[1] - 1)
    if call.card.across:
        held, members = ~np.isnan(bars.close), members_of(example)
        values = np.array([over_members(one, members, held) for one in values])
    names = [spec.name for spec in call.columns]
    for name in (cell for cell in example.header if cell in names):
        found, cells = values[names.index(name)], wide(example, name)
        for at in np.ndindex(cells.shape):
            wanted, error = number(cells[at]), tolerance(cells[at])
            where = f"{name}, ticker and row {at}"
            assert found[at] == pytest.approx(wanted, abs=error, nan_ok=True), where


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_has_only_columns_it_can_have(example: Example) -> None:
    outputs = {spec.name for spec in call_of(example).columns}
    shown = set(example.header)
    beside = {"row", "ts", "ticker", "member", MARKET}
    assert shown <= {*beside, *FIELDS, *outputs}
    assert outputs & shown
    given = shown | set(CLOCK) if "ts" in shown else shown
    assert set(call_of(example).card.inputs) <= given


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_plain_python_and_machine_code_agree_to_the_bit(example: Example) -> None:
    call, bars = call_of(example), bars_of(example)
    if np.isnan(bars.close).any():
        pytest.skip("a core reads no gaps: the driver takes them out")
    machine = kernels.compute(bars, [call], first=0, last=bars.axis.shape[1] - 1)
    out = np.empty((len(call.columns), bars.axis.shape[1]))
    for row in range(len(bars.axis.tickers)):
        with np.errstate(divide="ignore", invalid="ignore"):
            call.card.core(ticker_of(bars, row, call), np.array(call.values), out)
        np.testing.assert_array_equal(machine[:, row], out)


def ticker_of(bars: BarArrays, row: int, call: Call) -> OneTicker | InMarket:
    """What a core reads of one ticker."""
    fields = [bars.field(name)[row] for name in FIELDS]
    if not call.card.shared:
        return OneTicker(*fields)
    nothing = np.full(bars.axis.shape[1], np.nan)
    market = bars.benchmark.close if bars.benchmark else nothing
    return InMarket(*fields, market, *clock(bars.axis.times))
