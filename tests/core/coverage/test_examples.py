"""The hand-made tables of docs/definitions/coverage.md and labels.md, run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core import labels
from sigma_core.coverage import (
    CAUSES,
    History,
    Need,
    causes,
    coverage,
    history,
    needs,
)
from sigma_core.coverage.drift import index
from sigma_core.frames import FIELDS, Axis, BarArrays, Benchmark, Matrix
from sigma_core.matrix import plan
from sigma_core.sessions import exchange
from sigma_core.specs.schema import IndicatorSet, IndicatorSpec, Label, PreviewLimits
from tests.core.intraday import starts
from tests.definitions import Example, examples, number, tolerance
from tests.market import arrays

SESSIONS = exchange()
START = int(np.searchsorted(SESSIONS.days, np.datetime64("2020-01-02")))


def session(number_: str) -> pd.Timestamp | None:
    """The day of a session number, 1 for the first of the axis."""
    value = number(number_)
    if np.isnan(value):
        return None
    return pd.Timestamp(SESSIONS.days[START + int(value) - 1])


def bars_of(rows: list[dict[str, str]]) -> tuple[BarArrays, pd.DataFrame]:
    """Bars where the table shows `#`, and a mark where it shows `q`."""
    shown = np.array([list(row["bars"]) for row in rows])
    made = arrays({"close": np.where(shown == "#", 10.0, np.nan)})
    tickers = tuple(row["ticker"] for row in rows)
    times = SESSIONS.days[START : START + shown.shape[1]]
    at, column = np.nonzero(shown == "q")
    marks = pd.DataFrame(
        {
            "ticker": [tickers[row] for row in at],
            "ts": pd.to_datetime(times[column], utc=True),
            "action": "quarantine",
        }
    )
    fields = {name: made.field(name) for name in FIELDS}
    return BarArrays(Axis(tickers, times), **fields, spans=made.spans), marks


@pytest.mark.parametrize(
    "example",
    [one for one in examples("coverage") if one.args["coverage"] == "causes"],
    ids=str,
)
def test_it_names_the_cause(example: Example) -> None:
    bars, marks = bars_of(example.rows)
    reference = pd.DataFrame(
        {
            "ticker": bars.axis.tickers,
            "listed": pd.to_datetime([session(row["listed"]) for row in example.rows]),
            "delisted": pd.to_datetime([session(row["gone"]) for row in example.rows]),
        }
    )
    last = bars.axis.shape[1] - 1
    market = example.args.get("market", "")
    if market:
        close = np.where(np.array(list(market)) == "#", 10.0, np.nan)
        bars = replace(bars, benchmark=Benchmark("MKT", "index", close))
    known = history(
        bars, SESSIONS, first=last, last=last, marks=marks, reference=reference
    )
    sizes = int(example.args["need"]), int(example.args["stable"])
    need = Need(*sizes, market=bool(market))
    shape = (len(example.rows), 1)
    everyone = np.ones(shape, np.bool_)
    codes = causes("x", np.full(shape, np.nan), everyone, known, need)
    found = {t: CAUSES[c] for t, c in zip(bars.axis.tickers, codes[:, 0], strict=True)}
    assert found == {row["ticker"]: row["cause"] for row in example.rows}


@pytest.mark.parametrize(
    "example",
    [one for one in examples("coverage") if one.args["coverage"] == "opening"],
    ids=str,
)
def test_it_names_the_cause_of_a_session_that_has_just_begun(example: Example) -> None:
    for row in example.rows:
        bars, marks = bars_of([row])
        times = starts("2024-03-08")[: len(row["bars"])]
        bars = replace(bars, axis=Axis(bars.axis.tickers, times, 78))
        marks["ts"] = pd.to_datetime(times[list(row["bars"]).index("q")] if len(marks)
                                     else [], utc=True)  # fmt: skip
        last = int(row["asked"]) - 1
        known = history(bars, SESSIONS, first=last, last=last, marks=marks)
        need = Need(1, 1, opening=int(example.args["minutes"]), back=int(row["back"]))
        nothing = np.full((1, 1), np.nan)
        codes = causes("x", nothing, np.ones((1, 1), np.bool_), known, need)
        assert CAUSES[codes[0, 0]] == row["cause"], row["ticker"]


def test_an_opening_range_counts_its_own_first_minutes_as_warm_up() -> None:
    entries = [
        {"name": "first_minutes_range", "minutes": 15},
        {"expr": "prev(close, 2) - first_minutes_high_15", "as": "x"},
    ]
    iset = IndicatorSet.model_validate({"name": "one", "indicators": entries})
    found = needs(plan(iset, cadence="5m"))
    assert [(one.opening, one.back) for one in found.values()] == [
        *[(15, 0)] * 2,
        (15, 2),
    ]


SMA = plan(
    IndicatorSet(
        name="one",
        indicators=(
            IndicatorSpec.model_validate({"expr": "close / prev(close, 4)", "as": "x"}),
        ),
    )
)


def column_of(cells: int, excused: int, missing: int) -> tuple[Matrix, History]:
    """One session: `excused` tickers just listed, `missing` without a bar."""
    values = np.ones((cells, 1))
    values[: excused + missing] = np.nan
    has_bar = np.ones((cells, 1), np.bool_)
    has_bar[excused : excused + missing] = False
    own = np.where(np.arange(cells)[:, None] < excused, 1, 300).astype(np.int32)
    tickers = tuple(f"T{row:04}" for row in range(cells))
    matrix = Matrix(
        Axis(tickers, SESSIONS.days[START : START + 1]),
        {"x": values},
        {"x": 0},
        np.ones((cells, 1), np.bool_),
    )
    known = History(
        open=np.ones(1, np.bool_),
        listed=np.where(np.arange(cells) < excused, 0, -500),
        gone=np.full(cells, 999),
        has_bar=has_bar,
        set_aside=np.zeros((cells, 1), np.bool_),
        own=own,
        stored=own,
        ever=own,
    )
    return matrix, known


def share_cases() -> list[object]:
    return [
        pytest.param(one, row, id=f"{one.args['fail']}: {'/'.join(row.values())}")
        for one in examples("coverage")
        if one.args["coverage"] == "share"
        for row in one.rows
    ]


@pytest.mark.parametrize(("example", "row"), share_cases())
def test_it_holds_the_share_against_the_limits(
    example: Example, row: dict[str, str]
) -> None:
    limits = PreviewLimits(
        warn_nan=float(example.args["warn"]), fail_nan=float(example.args["fail"])
    )
    counts = [int(row[name]) for name in ("cells", "excused", "missing")]
    matrix, known = column_of(*counts)
    (column,) = coverage(matrix, SMA, known, limits).columns
    assert column.status == row["status"]
    assert (column.excused, column.missing) == (counts[1], counts[1] + counts[2])
    np.testing.assert_allclose(
        column.share, number(row["share"]), atol=tolerance(row["share"]), rtol=0
    )


@pytest.mark.parametrize("example", examples("drift"), ids=str)
def test_it_measures_drift(example: Example) -> None:
    before, now = (
        np.array([float(row[name]) for row in example.rows])
        for name in ("before", "now")
    )
    expected = example.args["psi"]
    assert index(before, now) == pytest.approx(
        float(expected), abs=tolerance(expected), rel=0
    )


@pytest.mark.parametrize("example", examples("label"), ids=str)
def test_it_labels(example: Example) -> None:
    bars = arrays(
        {
            name: np.array([[number(row[name]) for row in example.rows]])
            for name in ("close", "open")
        }
    )
    horizon = int(example.args["horizon"])
    columns = {
        "fwd_ret_2d": Label(kind="fwd_ret", horizon=horizon),
        "at_close": Label(kind="fwd_ret", horizon=horizon, at="close"),
        "close_to_open": Label(kind="close_to_open"),
    }
    last = len(example.rows) - 1
    everyone = np.ones((1, last + 1), np.bool_)
    for name, spec in columns.items():
        found = labels.labels(spec, bars, everyone, first=0, last=last)
        assert found is not None
        for row, value in zip(example.rows, found.values[0], strict=True):
            expected, most = number(row[name]), tolerance(row[name])
            np.testing.assert_allclose(value, expected, atol=most, rtol=0)
