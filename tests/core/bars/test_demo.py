"""The demo market: endless, the same for ever, and with all that is planted in it."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from sigma_core import quality
from sigma_core.bars.demo import demo_market, fill
from sigma_core.bars.demo.companies import Companies
from sigma_core.bars.demo.prices import alpha_size
from sigma_core.bars.store import Dataset
from sigma_core.errors import BadInput
from sigma_core.sessions import exchange
from tests.core.quality_grids import blocked_from
from tests.definitions import examples, number, tolerance

UNTIL = date(2024, 12, 31)
NOW = datetime(2025, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def market():
    return demo_market(seed=7, until=UNTIL)


@pytest.fixture(scope="module")
def stored(market, tmp_path_factory):
    dataset = Dataset(tmp_path_factory.mktemp("demo"), "demo", derive=quality.derive)
    fill(dataset, market, ingested_at=NOW)
    return dataset


def planted(market, kind):
    return [item for item in market.planted if item.kind == kind]


def bar(market, item):
    bars = market.bars
    day = pd.Timestamp(item.day, tz="UTC")
    (found,) = bars[(bars["ticker"] == item.ticker) & (bars["ts"] == day)].itertuples()
    return found


@pytest.mark.parametrize(
    "until", [date(2023, 1, 3), date(2023, 2, 9), date(2024, 7, 5)]
)
def test_a_later_end_only_adds_rows(market, until):
    earlier = demo_market(seed=7, until=until)
    seen = market.bars[market.bars["ts"] <= pd.Timestamp(until, tz="UTC")]

    pd.testing.assert_frame_equal(earlier.bars, seen.reset_index(drop=True))
    actions = market.actions[market.actions["ex_date"] <= until]
    assert earlier.actions["ticker"].tolist() == actions["ticker"].tolist()


def test_the_same_seed_gives_the_same_market(market):
    pd.testing.assert_frame_equal(demo_market(seed=7, until=UNTIL).bars, market.bars)
    other = demo_market(seed=8, until=UNTIL).bars
    assert not np.array_equal(other["close"], market.bars["close"])


def test_nothing_is_known_too_early():
    early = demo_market(seed=7, until=date(2023, 3, 1))

    assert early.reference["listed"].isna().all()
    assert early.reference["delisted"].isna().all()
    assert early.membership["end"].isna().all()
    assert len(early.reference) == 200  # the fund and all but the one to be listed


def test_bars_are_whole_but_for_what_was_planted(market):
    wrong = {
        (item.ticker, item.day)
        for item in market.planted
        if item.kind
        in ("high_below_low", "zero_price", "negative_volume", "missing_field")
    }
    day = market.bars["ts"].dt.date
    ours = [key not in wrong for key in zip(market.bars["ticker"], day, strict=True)]
    b = market.bars[ours]

    assert (b["low"] <= b[["open", "close"]].min(axis=1)).all()
    assert (b["high"] >= b[["open", "close"]].max(axis=1)).all()
    assert (b["low"] > 0).all()
    assert (b["volume"] > 0).all()
    assert np.allclose(b["close"] * 100, np.round(b["close"] * 100))


def test_every_planted_fault_is_marked_and_nobody_is_blocked(market, stored):
    marks = stored.bars().problems()
    found = {(m.ticker, str(m.ts)[:10], m.rule) for m in marks.itertuples()}
    for item in market.planted:
        if item.rule:
            day = item.known if item.kind == "halt" else item.day
            assert (item.ticker, str(day), item.rule) in found, item

    arrays = stored.bars().arrays()
    assert blocked_from(arrays) == [len(arrays.axis.times)] * len(arrays.axis.tickers)


def test_the_true_large_move_is_kept(market, stored):
    (item,) = planted(market, "large_move")
    arrays = stored.bars().arrays()
    at = arrays.axis.column(np.datetime64(item.day))
    before, after = arrays.close[arrays.axis.row(item.ticker), at - 1 : at + 1]

    assert after / before == pytest.approx(1.58, abs=0.001)


def test_splits_are_recorded_and_leave_smooth_prices(market, stored):
    arrays = stored.bars().arrays()
    assert {2.0, 3.0, 0.25} <= set(market.actions["split_factor"])
    for item in planted(market, "split"):
        at = arrays.axis.column(np.datetime64(item.day))
        before, after = arrays.close[arrays.axis.row(item.ticker), at - 1 : at + 1]
        assert 0.7 < after / before < 1.4


def test_a_listing_a_delisting_and_a_halt(market):
    sessions = exchange().between(date(2023, 1, 3), UNTIL)
    days = {
        ticker: rows["ts"].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
        for ticker, rows in market.bars.groupby("ticker")
    }
    (listing,), (gone,), (halt,) = (
        planted(market, kind) for kind in ("listing", "delisting", "halt")
    )

    assert days[listing.ticker][0] == sessions[80]
    assert days[gone.ticker][-1] == sessions[159]
    assert not set(sessions[120:128]) & set(days[halt.ticker])
    reference = market.reference.set_index("ticker")
    assert reference.loc[gone.ticker, "delisted"] == gone.day


def test_most_pass_the_usual_universe_and_some_do_not(stored):
    bars = stored.bars().kept()
    recent = bars[bars["ts"] > bars["ts"].max() - pd.Timedelta(28, "D")]
    by_ticker = recent.groupby("ticker")
    cheap = by_ticker["close"].last() < 5
    thin = by_ticker["volume"].mean() < 500_000

    assert 0.6 < (~cheap & ~thin).mean() < 0.95
    assert cheap.any()
    assert thin.any()


def test_names_are_plainly_invented(market):
    assert market.reference["name"].str.startswith("Demo ").all()
    assert market.reference["ticker"].str.fullmatch(r"[A-Z]{4}\d").all()
    assert market.reference["asset"].value_counts().to_dict() == {
        "eq": 200,
        "benchmark": 1,
    }
    assert set(market.reference["sector"].str[:5]) == {"Demo ", ""}


def mean_ic(market, horizon=10):
    """Correlation, across companies, of the signal with the return that follows."""
    sessions = pd.to_datetime(market.signal.axis.times, utc=True)
    signal = pd.DataFrame(market.signal.values.T, sessions, market.signal.axis.tickers)
    wide = {
        name: market.bars.pivot_table(index="ts", columns="ticker", values=name)
        for name in ("open", "close")
    }
    closes, opens = (wide[name].reindex(sessions) for name in ("close", "open"))
    moves = closes.shift(-horizon) / opens.shift(-1) - 1
    moves = moves.where(moves.abs() < 0.6)  # without planted faults and splits
    return signal.drop(columns="DEMO0").corrwith(moves, axis=1).mean()


@pytest.mark.parametrize("ic", [0.0, 0.05, 0.15])
def test_the_alpha_has_the_ic_that_was_asked_for(ic):
    market = demo_market(seed=11, until=date(2026, 12, 31), alpha_ic=ic)
    assert mean_ic(market) == pytest.approx(ic, abs=0.008)


(ALPHA,) = examples("demo")


@pytest.mark.parametrize("row", ALPHA.rows, ids=str)
def test_the_size_of_the_alpha_is_that_of_the_page(row):
    alike = np.ones(4)
    firms = Companies(
        ("A", "B", "C", "D"),
        ("", "", "", ""),
        sector=np.zeros(4, np.int64),
        beta=alike * float(ALPHA.args["beta"]),
        sigma=alike * float(ALPHA.args["sigma"]),
        dollars=alike,
        price=alike,
        ceiling=alike,
    )
    size = alpha_size(firms, number(row["ic"]), int(row["horizon"]))

    assert size == pytest.approx(number(row["a"]), abs=tolerance(row["a"]))


def test_it_runs_on_for_decades():
    late = demo_market(seed=3, until=date(2060, 1, 5), tickers=40).bars
    closes = (
        late[late["ts"] > pd.Timestamp("2059-12-01", tz="UTC")]
        .groupby("ticker")["close"]
        .median()
    )

    assert len(closes) == 40  # one of 40 and the fund was delisted
    assert closes.drop("DEMO0").between(1, 1000).all()


def test_filling_again_adds_only_what_is_new(tmp_path):
    dataset = Dataset(tmp_path, "demo", derive=quality.derive)
    first = demo_market(seed=7, until=date(2023, 3, 1), tickers=40)
    second = demo_market(seed=7, until=date(2023, 3, 3), tickers=40)
    fill(dataset, first, ingested_at=NOW)
    commit = fill(dataset, second, ingested_at=NOW)

    assert dataset.synthetic
    assert commit.rows_revised == 0
    assert commit.rows_same == len(first.bars)
    assert commit.rows_new == len(second.bars) - len(first.bars)


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"tickers": 5}, {"alpha_ic": 0.9}, {"alpha_horizon": 0}]
)
def test_it_refuses_what_is_out_of_range(wrong):
    with pytest.raises(BadInput, match="is not within"):
        demo_market(**{"seed": 7, "until": UNTIL} | wrong)
