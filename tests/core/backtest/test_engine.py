"""Promises of the backtest: it is what its definitions say, on any market."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sigma_core.backtest import Backtest, Prices, Terms, backtest, engine, loop
from sigma_core.backtest.costs import equity_at
from sigma_core.backtest.ranks import ranked_of
from sigma_core.errors import BadInput
from tests.core.backtest.books import market, policy, prices, scores, signals
from tests.core.backtest.reference import Reference

SEEDS = some.integers(0, 2**32 - 1)
SLOW = settings(max_examples=40, deadline=None)


def drawn(seed: int) -> dict[str, object]:
    """The keys of a random policy."""
    random = np.random.default_rng(seed)
    keys: dict[str, object] = {
        "capital": float(random.choice([3_000, 20_000])),
        "top_n": int(random.integers(1, 7)),
        "hold": int(random.integers(1, 8)),
        "dropout": int(random.integers(0, 4)),
        "min_score": float(random.choice([0, 30])),
        "weighting": str(random.choice(["equal", "score"])),
        "size_by_conf": bool(random.random() < 0.3),
        "max_drawdown": float(random.choice([0.05, 0.2, 1.0])),
        "resume_after": int(random.choice([0, 3])),
        "max_exposure": float(random.choice([2_000, 100_000])),
        "slippage_bps": float(random.choice([0, 30])),
        "commission_bps": float(random.choice([0, 20])),
        "cooldown_minutes": int(random.choice([0, 3_000])),
        "max_trades_per_day": int(random.integers(1, 5)),
        "sector_cap": 0.5 if random.random() < 0.4 else None,
        "brackets": bool(random.random() < 0.5),
        "time_stop": int(random.integers(2, 9)),
        "stop_atr": float(random.choice([0.2, 1.5])),
        "target_atr": float(random.choice([0.3, 3.0])),
        "min_rr": float(random.choice([0.0, 1.2])),
    }
    return keys


def drawn_sectors(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1, 3, rows)


def book_of(shown: dict[str, np.ndarray]) -> Prices:
    """The prices of a random market."""
    more = {name: shown[name] for name in shown if name not in ("opens", "closes")}
    return prices(shown["opens"], shown["closes"], **more)


def both(seed: int) -> tuple[Backtest, Reference]:
    """The engine and the reference on the same random market and policy."""
    shown = market(seed)
    score, eligible = scores(seed, shown["closes"].shape)
    sector = drawn_sectors(seed, score.shape[1])
    rules, whole = policy(**drawn(seed)), seed % 3 > 0
    result = backtest(
        book_of(shown),
        signals(score, eligible, sector),
        rules,
        terms=Terms(delisting_return=-0.3, whole_shares=whole),
    )
    slow = Reference(shown, score, eligible, rules, sector.tolist(), -0.3, whole)
    return result, slow.run()


@SLOW
@given(SEEDS)
def test_it_agrees_with_a_slow_reference_written_from_the_pages(seed: int) -> None:
    result, slow = both(seed)
    assert result.equity == pytest.approx(slow.equity, rel=1e-12)
    lines = result.fill_lines
    found = sorted(
        zip(
            lines[:, 0],
            lines[:, 1],
            lines[:, 2] * lines[:, 3],
            lines[:, 5],
            strict=True,
        )
    )
    assert np.array(found) == pytest.approx(np.array(sorted(slow.fills)), rel=1e-12)


@SLOW
@given(SEEDS)
def test_every_refusal_is_that_of_the_reference(seed: int) -> None:
    result, slow = both(seed)
    told, orders = result.refusals, result.orders
    rows = [result.axis.row(ticker) for ticker in told["ticker"]]
    times = np.searchsorted(
        result.axis.times, told["session"].to_numpy("datetime64[D]")
    )
    assert sorted(zip(times, rows, told["reason"], strict=True)) == sorted(
        slow.refusals
    )
    dead = orders[orders["state"] == "cancelled"]
    rows = [result.axis.row(ticker) for ticker in dead["ticker"]]
    times = np.searchsorted(
        result.axis.times, dead["session"].to_numpy("datetime64[D]")
    )
    assert sorted(zip(times, rows, dead["reason"], strict=True)) == sorted(
        slow.cancelled
    )


@SLOW
@given(SEEDS)
def test_cash_and_positions_are_the_equity_each_session(seed: int) -> None:
    result, _ = both(seed)
    daily = result.daily
    whole = (daily["cash"] + daily["invested"]).to_numpy()
    assert whole == pytest.approx(result.equity)
    assert (daily["cash"] >= 0).all()
    moved = result.fills["price"] * result.fills["shares"]
    signs = np.where(result.fills["side"] == "buy", -1, 1)
    paid = (moved * signs).sum() - result.fills["commission"].sum()
    cash = result.capital + paid + daily["dividends"].sum()
    assert daily["cash"].iloc[-1] == pytest.approx(cash)


@SLOW
@given(SEEDS)
def test_what_the_trades_brought_is_what_the_book_gained(seed: int) -> None:
    result, _ = both(seed)
    gained = result.equity[-1] - result.capital
    assert result.trades["pnl"].sum() == pytest.approx(gained, abs=1e-6)
    assert result.trades["costs"].sum() == pytest.approx(result.daily["costs"].sum())


@SLOW
@given(SEEDS)
def test_dearer_fills_never_bring_more(seed: int) -> None:
    result, _ = both(seed)
    curves = [equity_at(result, bps) for bps in (0, 1, 5, 10, 20)]
    assert curves[0] == pytest.approx(result.gross)
    for cheaper, dearer in pairwise(curves):
        assert (dearer <= cheaper).all()


@SLOW
@given(SEEDS)
def test_every_fill_has_its_signal(seed: int) -> None:
    result, _ = both(seed)
    bought = result.fills[result.fills["side"] == "buy"]
    orders = result.orders.loc[bought["order"]].reset_index(drop=True)
    assert (orders["ticker"].to_numpy() == bought["ticker"].to_numpy()).all()
    assert (orders["rank"].to_numpy() == bought["signal_rank"].to_numpy()).all()
    known = orders["session"].to_numpy("datetime64[D]")
    assert (known == bought["signal_session"].to_numpy("datetime64[D]")).all()
    assert (bought["signal_session"] < bought["session"]).all()


@pytest.mark.parametrize("seed", range(4))
def test_plain_python_and_machine_code_agree_to_the_bit(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sigma_core.backtest import compiled

    machine, _ = both(seed)
    monkeypatch.setattr(compiled, "run", lambda: loop.run)
    plain, _ = both(seed)
    for name in ("days", "order_lines", "fill_lines", "trade_lines"):
        np.testing.assert_array_equal(getattr(machine, name), getattr(plain, name))


def test_a_full_journal_grows_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, _ = both(2)
    monkeypatch.setattr(engine, "_LINES", 1)  # room for two sessions
    grown, _ = both(2)
    assert len(whole.order_lines) > 4 * len(whole.axis.tickers)
    for name in ("days", "order_lines", "fill_lines", "trade_lines"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(grown, name))


@SLOW
@given(SEEDS)
def test_without_orders_days_and_trades_are_the_same(seed: int) -> None:
    whole, _ = both(seed)
    shown = market(seed)
    score, eligible = scores(seed, shown["closes"].shape)
    said = signals(score, eligible, drawn_sectors(seed, score.shape[1]))
    course = engine.course_of(book_of(shown), whole.policy, whole.terms)
    bare = course.run(said, ranked_of(said), refusals=False, orders=False)
    np.testing.assert_array_equal(bare.days, whole.days)
    np.testing.assert_array_equal(bare.trade_lines, whole.trade_lines)
    assert len(bare.order_lines) == len(bare.fill_lines) == len(bare.refused.row) == 0


def test_nothing_given_is_changed() -> None:
    shown = market(5)
    score, eligible = scores(5, shown["closes"].shape)
    kept = {name: values.copy() for name, values in shown.items()}
    more = {name: shown[name] for name in ("high", "low", "atr", "split", "ended")}
    book, said = (
        prices(shown["opens"], shown["closes"], **more),
        signals(score, eligible),
    )
    before = score.copy()
    one = backtest(book, said, policy(brackets=True))
    other = backtest(book, said, policy(brackets=True), keep_refusals=False)
    np.testing.assert_array_equal(one.days, other.days)
    np.testing.assert_array_equal(before, said.score)
    for name, values in kept.items():
        np.testing.assert_array_equal(values, shown[name])


def test_prices_and_signals_of_other_shapes_are_refused() -> None:
    shown = market(1)
    score, eligible = scores(1, (10, 8))
    with pytest.raises(BadInput, match="60 sessions × 8 tickers, scores of 10 × 8"):
        backtest(
            prices(shown["opens"], shown["closes"]), signals(score, eligible), policy()
        )


def test_terms_that_make_no_sense_are_refused() -> None:
    for bad in ({"participation": 0.0}, {"delisting_return": -1.5}):
        with pytest.raises(BadInput):
            Terms(**bad)
    assert engine.charges_of(policy(slippage_bps=5), Terms()).slippage == 0.0005


def test_minus_zero_is_zero() -> None:
    assert str(Terms(delisting_return=-0.0).delisting_return) == "0.0"


def test_halts_are_listed_with_their_overshoot() -> None:
    opens = np.array([[10.0], [10], [9], [8], [8], [8]])
    closes = np.array([[10.0], [10], [8.9], [8], [8], [9]])
    keys = {"capital": 1000, "top_n": 1, "slippage_bps": 0, "resume_after": 2}
    full = np.full(closes.shape, 90.0)
    said = signals(full, np.ones(closes.shape, bool))
    halts = backtest(prices(opens, closes), said, policy(**keys)).halts
    assert len(halts) == 1
    assert halts["drawdown"][0] == pytest.approx(0.11)
    assert halts["overshoot"][0] == pytest.approx(0.10)
