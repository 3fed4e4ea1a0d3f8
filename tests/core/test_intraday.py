"""Models of 5 minutes to hours: joined columns, moments, universes, as defined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sigma_core import matrix
from sigma_core.bars.moments import bar_ending
from sigma_core.errors import BadInput, MissingData
from sigma_core.market import Market, open_market
from sigma_core.sessions import exchange
from sigma_core.specs.schema import IndicatorSet, UniverseSpec
from sigma_core.universe import members, on_bars
from tests.core.intraday import LATER, days, flat, local, starts, store
from tests.definitions import examples, number

SESSIONS = exchange()
(JOINED,) = examples("joined")
(MOMENTS,) = examples("moment")
(UNIVERSE,) = examples("intraday")
SET = IndicatorSet.model_validate(
    {
        "name": "base",
        "indicators": [
            {"name": "sma", "window": 2, "cadence": "daily"},
            {"name": "sma", "window": 2, "cadence": "hourly"},
            {"expr": "close / sma_2_daily - 1", "as": "dist"},
        ],
    }
)
DAILY = {"2025-06-27": 98, "2025-06-30": 100, "2025-07-01": 104} | {
    "2025-07-02": 53, "2025-07-03": 54,
}  # fmt: skip


def minutes(ticker: str = "AAA") -> list:
    third = starts("2025-07-03")
    return [
        flat(ticker, starts("2025-07-01"), 104),
        flat(ticker, starts("2025-07-02"), 53),
        flat(ticker, third, np.where(np.arange(len(third)) < 12, 54, 56)),
    ]


def opened(root, **given) -> Market:
    given = {"daily": [days("AAA", DAILY)], "minutes": minutes()} | given
    store(root, splits={"AAA": ("2025-07-02", 2.0)}, **given)
    return open_market(root, "main", None, None, LATER, "5m")


def built(market: Market, iset: IndicatorSet = SET):
    plan = matrix.plan(iset, cadence="5m")
    everyone = np.ones((len(market.bars.axis.tickers), market.column + 1), np.bool_)
    return matrix.build(
        market.bars, plan, everyone,
        first=0, last=market.column, finished=market.finished,
    )  # fmt: skip


def test_joined_columns_are_what_was_calculated_by_hand(tmp_path) -> None:
    market = opened(tmp_path)
    found = built(market)
    for row in JOINED.rows:
        start = np.datetime64(int(local(row["bar of"]).timestamp()), "s")
        at = market.bars.axis.column(start)
        for name in ("sma_2_daily", "sma_2_hourly"):
            value = found.as_of(name, at)[0]
            assert value == pytest.approx(number(row[name]), nan_ok=True), (row, name)


def test_bars_that_begin_after_a_split_join_days_before_it(
    tmp_path,
) -> None:
    """Bars from the split on count none, the days count one: the units differ by 2."""
    market = opened(tmp_path, minutes=minutes()[1:])
    assert market.bars.factor is None
    found = built(market)
    assert found.as_of("sma_2_daily", 0)[0] == 51
    assert found.as_of("sma_2_daily", -1)[0] == 52.5


def test_an_expression_reads_joined_columns(tmp_path) -> None:
    found = built(opened(tmp_path))
    assert found.as_of("dist", -1)[0] == pytest.approx(56 / 52.5 - 1)


def test_an_unfinished_day_changes_nothing_of_its_session(tmp_path) -> None:
    market = opened(tmp_path)
    daily = market.finished("daily").bars
    louder = daily.close.copy()
    louder[:, -1] *= 1.3  # the day of the last session, which is still to end
    others = {"daily": replace(daily, close=louder)}
    expected = built(market).columns["sma_2_daily"]
    found = built(replace(market, others=others)).columns["sma_2_daily"]
    np.testing.assert_array_equal(found, expected)
    louder[:, -2] *= 1.3  # the day before is seen
    assert built(replace(market, others=others)).columns["sma_2_daily"][0, -1] > 60


def test_days_in_other_units_are_not_joined(tmp_path) -> None:
    """Daily prices that are half of what the 5-minute bars say of the same close."""
    halved = days("AAA", {day: close / 2 for day, close in DAILY.items()})
    column = built(opened(tmp_path, daily=[halved])).columns["sma_2_daily"][0]
    first = len(starts("2025-07-01"))
    assert not np.isnan(column[:first]).any()  # before any session held twice
    assert np.isnan(column[first:]).all()


def test_without_stored_days_the_5_minute_bars_give_them(tmp_path) -> None:
    market = opened(tmp_path, daily=[])
    found = built(market).as_of("sma_2_daily", -1)[0]
    assert found == pytest.approx((104 / 2 + 53) / 2)
    again = market.dataset.daily_from_minutes(known_by=LATER)
    assert isinstance(again.close.base, np.memmap) or again.close.nbytes <= 4096
    assert (market.dataset.root / "arrays" / "daily_from_5m").is_dir()


def test_a_finer_cadence_and_a_joined_expression_are_refused() -> None:
    entries = [
        {"name": "sma", "window": 2, "cadence": "5m"},
        {"expr": "close / open", "as": "x", "cadence": "daily"},
        {"name": "sma", "window": 2, "cadence": "hourly"},
    ]
    iset = IndicatorSet.model_validate({"name": "s", "indicators": entries})
    found = matrix.problems(iset, where="s.yaml", cadence="hourly")
    assert [(p.code, p.where[-3:]) for p in found] == [
        ("matrix.cadence", "[0]"), ("matrix.cadence", "[1]"),
    ]  # fmt: skip


def test_columns_are_named_and_said_after_their_cadence() -> None:
    plan = matrix.plan(SET, cadence="5m")
    assert [c.name for c in plan.columns] == ["sma_2_daily", "sma_2_hourly", "dist"]
    assert plan.phrases()["sma_2_daily"] == "the 2-day average"
    assert plan.phrases()["sma_2_hourly"] == "the 2-hour average"


@pytest.mark.parametrize("row", MOMENTS.rows, ids=lambda row: row["as of, New York"])
def test_a_moment_means_the_bar_that_closes_then(row) -> None:
    given = local(row["as of, New York"]), SESSIONS, row["cadence"]
    now = local(MOMENTS.args["now"])
    if row["the bar of"] == "–":
        before = local(row["or refused, the bar before closed at"]).isoformat()
        with pytest.raises(BadInput, match=before[:16]):
            bar_ending(*given, now)
        return
    found = bar_ending(*given, now)
    wanted = row["the bar of"]
    if row["cadence"] == "daily":
        assert str(found) == wanted
    else:
        assert found == np.datetime64(int(local(wanted).timestamp()), "s")


def test_a_moment_needs_its_zone() -> None:
    with pytest.raises(BadInput, match="no time zone"):
        bar_ending(
            local("2025-07-02 09:35").replace(tzinfo=None), SESSIONS, "5m", LATER
        )


def test_a_market_opens_at_a_moment_and_at_a_sessions_last_bar(tmp_path) -> None:
    opened(tmp_path)
    at = open_market(tmp_path, "main", None, local("2025-07-02 10:05"), LATER, "5m")
    assert at.closes_at == local("2025-07-02 10:05")
    assert at.opens_at == local("2025-07-02 10:00")
    assert at.next_opens_at == local("2025-07-02 10:05")
    whole = open_market(tmp_path, "main", None, at.session, LATER, "5m")
    assert whole.closes_at == local("2025-07-02 16:00")
    assert whole.next_opens_at == local("2025-07-03 09:30")


def test_a_bar_that_is_not_held_names_the_one_before(tmp_path) -> None:
    opened(tmp_path)
    early = local("2025-06-30 10:05")
    with pytest.raises(MissingData, match="2025-07-01 to 2025-07-03"):
        open_market(tmp_path, "main", None, early, LATER, "5m")
    short = tmp_path / "short"
    kept = [table.iloc[:10] for table in minutes()]
    store(short, daily=[], minutes=kept, splits={"AAA": ("2025-07-02", 2.0)})
    with pytest.raises(MissingData, match="the bar before is of 2025-07-02T14:15"):
        open_market(short, "main", None, local("2025-07-02 11:00"), LATER, "5m")


def test_an_hour_under_way_is_no_bar(tmp_path) -> None:
    """Up to the bar of 11:20 the hour of 10:30 is not over."""
    third = starts("2025-07-03")
    store(tmp_path, daily=[], minutes=[flat("AAA", third[:23], 50)])
    market = open_market(tmp_path, "main", None, None, LATER, "hourly")
    assert market.closes_at == local("2025-07-03 10:30")
    assert market.bars.axis.shape == (1, 1)


def test_a_universe_of_finer_bars_is_as_by_hand(tmp_path) -> None:
    columns = ("2025-06-30", "2025-07-01", "2025-07-02")
    daily, finer = [], []
    for row in UNIVERSE.rows:
        closes = {day: number(row[day]) for day in columns}
        daily.append(days(row["ticker"], closes))
        if row["5-minute bars"] == "yes":
            finer += [flat(row["ticker"], starts(day), 5.5) for day in columns[1:]]
    store(tmp_path, daily=daily, minutes=finer)
    market = open_market(tmp_path, "main", None, None, LATER, "5m")
    spec = UniverseSpec.model_validate(
        {"name": "u", "base": "all", "min_price": 5, "exclude_etfs": False}
    )
    held = market.days.bars
    judged = members(spec, held, slice(1, 3), under_way=True)
    free = market.bars.blocked_at(np.arange(156))
    over = held.axis.cut(slice(1, 3)), market.bars.axis, "5m"
    found = on_bars(judged, *over, free)
    assert found.members.shape == (4, 156)
    for row in UNIVERSE.rows:
        if row["5-minute bars"] == "no":
            continue
        mine = found.members[market.bars.axis.row(row["ticker"])]
        for day, part in (("07-01", mine[:78]), ("07-02", mine[78:])):
            assert (part == (row[f"member on {day}"] == "yes")).all(), (row, day)
    assert found.steps[-1].survivors == 2
    member = int(np.flatnonzero(found.members[:, -1])[0])
    blocked = free.copy()
    blocked[member, 100:] = True
    out = on_bars(judged, *over, blocked)
    np.testing.assert_array_equal(out.members, found.members & ~blocked)
    assert (out.why(member).code, out.steps[-1].survivors) == ("universe.data", 1)
