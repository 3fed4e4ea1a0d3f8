"""Universes: the worked example, and what is promised of every one."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from sigma_core.bars.grid import find_spans
from sigma_core.errors import MissingData
from sigma_core.frames import Axis, BarArrays, Floats
from sigma_core.specs.schema import UniverseSpec
from sigma_core.universe import Universe, members
from tests.core.quality_grids import axis_of
from tests.definitions import Example, examples, number

nan = np.nan


def market(
    closes: dict[str, list[float]],
    volumes: dict[str, list[float]] | None = None,
    factor: dict[str, list[float]] | None = None,
    blocked: dict[str, slice] | None = None,
) -> BarArrays:
    """Bars of consecutive sessions, raw; forward adjusted where a factor is given."""
    close = np.array([closes[ticker] for ticker in sorted(closes)], dtype=float)
    volume = np.full(close.shape, 1000.0)
    if volumes:
        volume = np.array([volumes[ticker] for ticker in sorted(closes)], dtype=float)
    volume = np.where(np.isnan(close), nan, volume)
    axis = Axis(tuple(sorted(closes)), axis_of(close.shape[1]).times)
    scale = None
    if factor:
        ones = [1.0] * close.shape[1]
        scale = np.array([factor.get(ticker, ones) for ticker in sorted(closes)])
        close, volume = close * scale, volume / scale
    out = np.zeros(close.shape, np.bool_)
    for ticker, columns in (blocked or {}).items():
        out[axis.row(ticker), columns] = True
    return BarArrays(
        axis=axis,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=volume,
        spans=find_spans(~np.isnan(close), max_gap=5),
        factor=scale,
        blocked=out if blocked else None,
    )


def spec(**rules: object) -> UniverseSpec:
    return UniverseSpec.model_validate({"name": "test"} | rules)


def last(rules: UniverseSpec, bars: BarArrays, **known: pd.DataFrame) -> Universe:
    return members(rules, bars, slice(-1, None), **known)


def example(about: str) -> Example:
    (found,) = (one for one in examples("universe") if one.args["universe"] == about)
    return found


def code(found: Universe, bars: BarArrays, ticker: str) -> str:
    why = found.why(bars.axis.row(ticker))
    return why.code if why else ""


def test_it_gives_the_worked_example() -> None:
    reasons, steps = (example("reasons"), example("steps"))
    rows = {row["ticker"]: row for row in reasons.rows}

    def columns(letter: str) -> dict[str, list[float]]:
        # session t itself is the last column: whatever it holds is not looked at
        return {
            ticker: [*(number(row[f"{letter}{back}"]) for back in (5, 4, 3, 2, 1)), 1e9]
            for ticker, row in rows.items()
        }

    bars = market(columns("c"), columns("v"))
    rules = spec(
        min_price=5,
        min_adv_shares=1000,
        min_adv_dollars=20_000,
        window=3,
        min_age=4,
        block=[{"ticker": "DDD", "reason": "by hand"}],
    )
    found = last(rules, bars)
    for ticker, row in rows.items():
        wanted = "" if row["reason"] == "–" else f"universe.{row['reason']}"
        assert code(found, bars, ticker) == wanted, ticker
    assert [(step.name, str(step.survivors)) for step in found.steps] == [
        (row["step"], row["survivors"]) for row in steps.rows
    ]


def test_it_says_value_and_limit() -> None:
    bars = market({"AAA": [10.0, 4.5, 9.0]})
    why = last(spec(min_price=5), bars).why(0)
    assert why is not None
    assert (why.value, why.limit, why.label) == (4.5, 5.0, "price ≥ 5")


def test_bars_of_the_day_itself_change_nothing() -> None:
    rules = spec(min_price=5, min_adv_shares=900, window=2)
    one = market({"AAA": [6.0, 6.0, 6.0], "BBB": [4.0, 4.0, 4.0]})
    other = market({"AAA": [6.0, 6.0, 0.1], "BBB": [4.0, 4.0, 99.0]})
    np.testing.assert_array_equal(last(rules, one).members, last(rules, other).members)


def test_nobody_is_a_member_before_the_first_bars() -> None:
    found = members(spec(), market({"AAA": [6.0, 6.0]}), slice(0, 1))
    assert not found.members.any()
    assert found.why(0).code == "universe.not_listed"


def test_a_later_split_changes_no_earlier_member() -> None:
    plain = market({"AAA": [8.0] * 4 + [4.0] * 3})
    split = market(
        {"AAA": [8.0] * 4 + [4.0] * 3}, factor={"AAA": [1.0] * 4 + [2.0] * 3}
    )
    rules = spec(min_price=5, min_adv_dollars=6000, window=2)
    for bars in (plain, split):
        found = members(rules, bars, slice(None))
        assert (
            found.members[0].tolist() == [False, False, True, True, True] + [False] * 2
        )


def test_a_bar_six_sessions_old_is_recent_and_one_of_seven_is_not() -> None:
    bars = market({"AAA": [9.0, 9.0, *[nan] * 7, 9.0], "BBB": [9.0] * 10})
    found = members(spec(), bars, slice(None))
    assert found.members[0].tolist() == [False, *[True] * 7, False, False]
    why = found.why(0)
    assert (why.code, why.value, why.limit) == ("universe.no_bar", 7.0, 5.0)


def test_volume_is_averaged_over_own_bars_however_far_back() -> None:
    close = [9.0, nan] * 40
    volume = [float(n) for n in range(80)]
    bars = market({"AAA": [*close, 9.0]}, {"AAA": [*volume, 0.0]})
    found = members(spec(min_adv_shares=1, window=30), bars, slice(-1, None))
    assert found.members.all()
    above = members(spec(min_adv_shares=50, window=30), bars, slice(-1, None))
    assert above.why(0).value == pytest.approx(np.mean(volume[::2][-30:]))  # 49


def test_membership_counts_its_first_day_and_not_its_last() -> None:
    bars = market({"AAA": [9.0] * 6, "BBB": [9.0] * 6, "CCC": [9.0] * 6})
    days = bars.axis.times
    spells = pd.DataFrame(
        {
            "ticker": ["AAA", "AAA", "BBB", "ZZZ"],
            "start": [days[1], days[4], days[0], days[0]],
            "end": [days[3], np.datetime64("NaT"), np.datetime64("NaT"), days[5]],
        }
    )
    rules = spec(base={"membership": "index"})
    found = members(rules, bars, slice(None), membership=spells)
    assert found.members.tolist() == [
        [False, True, True, False, True, True],
        [False, True, True, True, True, True],
        [False] * 6,
    ]
    assert found.why(2).code == "universe.membership"


def test_a_membership_that_is_not_stored_is_missing_data() -> None:
    with pytest.raises(MissingData, match="index"):
        last(spec(base={"membership": "index"}), market({"AAA": [9.0, 9.0]}))


def test_funds_and_the_benchmark_are_out_unless_asked_for() -> None:
    bars = market({name: [9.0, 9.0] for name in ("AAA", "FND", "SPY", "XYZ")})
    reference = pd.DataFrame({"ticker": ["FND", "AAA"], "asset": ["etf", "eq"]})
    known = {"reference": reference, "benchmark": "XYZ"}
    assert last(spec(), bars, **known).members[:, 0].tolist() == [True] + [False] * 3
    assert last(spec(exclude_etfs=False), bars, **known).members.all()
    named = last(spec(base={"list": ["SPY"]}), bars, **known)
    assert named.members[:, 0].tolist() == [False, False, True, False]
    assert code(named, bars, "AAA") == "universe.list"


def test_a_data_problem_keeps_a_ticker_out_while_it_waits() -> None:
    bars = market({"AAA": [9.0] * 6}, blocked={"AAA": slice(2, 4)})
    found = members(spec(), bars, slice(None))
    assert found.members[0].tolist() == [False, True, False, False, True, True]
    early = members(spec(), bars, slice(0, 4))
    assert early.why(0).code == "universe.data"


def test_while_a_session_lasts_its_own_bar_tells_of_no_problem() -> None:
    bars = market({"AAA": [9.0] * 6}, blocked={"AAA": slice(2, 4)})
    found = members(spec(), bars, slice(None), under_way=True)
    assert found.members[0].tolist() == [False, True, True, False, False, True]


def test_a_block_has_dates_and_gives_its_reason() -> None:
    bars = market({"AAA": [9.0] * 6})
    days: list[dt.date] = bars.axis.times.astype(object).tolist()
    block = {"ticker": "AAA", "from": days[2].isoformat(), "until": days[4].isoformat()}
    rules = spec(block=[block | {"reason": "merger vote"}])
    found = members(rules, bars, slice(0, 4))
    assert found.members[0].tolist() == [False, True, False, False]
    assert found.why(0).label == "blocked: merger vote"
    assert members(rules, bars, slice(4, 5)).members.all()


def test_the_most_traded_are_kept_and_ties_go_by_name() -> None:
    closes = {name: [10.0] * 4 for name in ("AAA", "BBB", "CCC", "DDD")}
    volumes = {"AAA": 5.0, "BBB": 7.0, "CCC": 5.0, "DDD": 9.0}
    bars = market(closes, {name: [volume] * 4 for name, volume in volumes.items()})
    rules = spec(top_by={"adv_dollars": 3}, window=2)
    found = last(rules, bars)
    assert found.members[:, 0].tolist() == [True, True, False, True]
    why = found.why(2)
    assert (why.code, why.value, why.limit) == ("universe.top_by", 4.0, 3.0)


def random_market(seed: int = 3) -> BarArrays:
    """Sixty tickers with gaps, late starts, early ends, splits and fractions."""
    chance = np.random.default_rng(seed)
    close = 20 * np.exp(chance.normal(0, 0.05, (60, 90)).cumsum(axis=1))
    close[chance.random(close.shape) < 0.1] = nan
    close[:10, :40] = nan
    close[10:20, 60:] = nan
    volume: Floats = chance.uniform(100, 2000, close.shape)
    names = [f"T{row:02d}" for row in range(60)]
    factor = {name: [1.0] * 50 + [2.0] * 40 for name in names[::7]}
    return market(
        dict(zip(names, close.tolist(), strict=True)),
        dict(zip(names, volume.tolist(), strict=True)),
        factor,
    )


RULES = spec(
    min_price=15,
    min_adv_shares=900,
    min_adv_dollars=15_000,
    window=12,
    min_age=20,
    top_by={"adv_shares": 25},
)


def test_one_session_and_all_sessions_agree() -> None:
    bars = random_market()
    together = members(RULES, bars, slice(None)).members
    assert together.any()
    for column in range(bars.axis.shape[1]):
        alone = members(RULES, bars, slice(column, column + 1)).members
        np.testing.assert_array_equal(alone[:, 0], together[:, column])


def test_what_comes_later_changes_no_earlier_universe() -> None:
    bars = random_market()
    together = members(RULES, bars, slice(None)).members
    for stop in (30, 55, 56, 80):
        cut = BarArrays(
            axis=bars.axis.until(stop),
            **{name: bars.field(name)[:, :stop] for name in FIELD_NAMES},
            spans=find_spans(~np.isnan(bars.close[:, :stop]), max_gap=5),
            factor=bars.factor[:, :stop],
        )
        early = members(RULES, cut, slice(None)).members
        np.testing.assert_array_equal(early, together[:, :stop])


def test_it_equals_plain_pandas() -> None:
    bars = random_market()
    rules = spec(min_price=15, min_adv_shares=900, window=12, min_age=20)
    found = members(rules, bars, slice(70, 71)).members[:, 0]
    close, volume = bars.raw("close")[:, :70], bars.raw("volume")[:, :70]
    for row in range(len(close)):
        own = pd.Series(close[row]).dropna()
        recent = bool(len(own)) and own.index[-1] >= 64
        traded = pd.Series(volume[row]).dropna().tail(12)
        wanted = (
            recent
            and own.iloc[-1] >= 15
            and len(traded) == 12
            and traded.mean() >= 900
            and 70 - own.index[0] >= 20
        )
        assert found[row] == wanted, row


FIELD_NAMES = ("open", "high", "low", "close", "volume")
