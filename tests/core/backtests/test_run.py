"""A saved model backtested: the candidates of its scans, and nothing from later."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sigma_core.backtest import Terms
from sigma_core.backtests import (
    Backtested,
    backtest_model,
    names,
    report_of,
    scoring,
    tables,
)
from sigma_core.backtests.cold import cold_sentences
from sigma_core.backtests.run import require_somebody
from sigma_core.errors import BadInput
from sigma_core.market import open_dataset
from sigma_core.run import scan
from sigma_core.specs.schema import UniverseBase
from tests.core.backtests.conftest import END, MODEL, NOW, START, Ready
from tests.home import ROOT
from tests.small_market import DATASET

FINER = "universe_eq_intraday_5m_momentum_scanner"


@pytest.mark.parametrize("day", ["2023-05-01", "2023-06-15", "2023-09-15"])
def test_candidates_are_those_of_the_scan(done: Backtested, datasets, day) -> None:
    found = scan(
        packs_root=ROOT / "packs",
        datasets_root=datasets,
        pack="swingsigma",
        model_id=MODEL,
        as_of=date.fromisoformat(day),
        dataset=DATASET,
        default_dataset=None,
        now=NOW,
    )
    rows = tables.signals(done.scores)
    mine = rows[rows["session"] == day]
    wanted = [(s.ticker, s.rank, s.score_total) for s in found.signals]
    assert (
        wanted
        == list(zip(mine["ticker"], mine["rank"], mine["score"], strict=True))[
            : len(wanted)
        ]
    )
    assert len(mine) == int(found.scores.eligible[:, -1].sum())


def test_some_days_have_candidates_and_some_trades_close(done: Backtested) -> None:
    assert done.scores.eligible.any()
    assert done.metrics["trades"] > 5


def test_scores_in_stretches_are_those_of_the_whole(ready, monkeypatch) -> None:
    whole = backtest_model(ready()).scores
    monkeypatch.setattr(scoring, "_CELLS", 80 * 7)
    parts = backtest_model(ready()).scores
    np.testing.assert_array_equal(whole.score_total, parts.score_total)
    np.testing.assert_array_equal(whole.eligible, parts.eligible)


def test_the_funnel_leads_from_the_universe_to_what_is_bought(
    done, ready, monkeypatch
) -> None:
    report = report_of(done)
    steps = {one["name"]: one["survivors"] for one in report["funnel"]}
    assert list(steps)[-2:] == ["score", "policy"]
    assert steps["universe"] == done.scores.members.sum()
    assert steps["score"] == report["counts"]["candidates"]
    assert steps["policy"] == len(done.result.trades)
    assert sorted(steps.values(), reverse=True) == list(steps.values())
    monkeypatch.setattr(scoring, "_CELLS", 80 * 7)
    assert backtest_model(ready()).funnel == done.funnel


def test_an_earlier_end_changes_no_earlier_day(done: Backtested, ready: Ready) -> None:
    shorter = backtest_model(ready(end=date(2023, 7, 14)))
    width = len(shorter.result.days)
    assert 10 < width < len(done.result.days)
    np.testing.assert_array_equal(done.result.days[:width], shorter.result.days)
    for mine, theirs in zip(done.curves, shorter.curves, strict=True):
        np.testing.assert_array_equal(mine.equity[:width], theirs.equity)
    assert done.regimes[:width] == shorter.regimes


def test_what_followed_is_asked_within_the_stretch_alone(ready: Ready) -> None:
    """Bars of later days are held; none of their returns may count."""
    hold = 10
    found = backtest_model(ready()).skill
    sessions = len(backtest_model(ready()).result.days)
    assert (found.label, found.horizon) == ("fwd_ret_10d", hold)
    assert found.measures.sessions <= sessions - hold


def test_scores_of_one_ticker_are_judged_across_its_sessions(
    ready: Ready, tmp_path: Path
) -> None:
    """There is no cross-section; plain pandas and scipy say the same."""
    packs = tmp_path / "packs"
    shutil.copytree(ROOT / "packs", packs)
    ticker = ready().market.bars.axis.tickers[0]
    model_id = MODEL.replace("universe", ticker.lower())
    folder = packs / "swingsigma" / "model_configs"
    config = (folder / f"{MODEL}.yaml").read_text().replace(MODEL, model_id)
    single = config.replace("universe: us_liquid", f"ticker: {ticker}")
    (folder / f"{model_id}.yaml").write_text(single)
    done = backtest_model(ready(packs_root=packs, model_id=model_id))
    bars, first = done.prepared.market.bars, done.prepared.first
    stretch = slice(first, done.prepared.market.column + 1)
    opens, closes = (
        pd.Series(values[0, stretch]) for values in (bars.open, bars.close)
    )
    followed = closes.shift(-10) / opens.shift(-1) - 1
    said = pd.Series(done.scores.score_total[0]).where(done.scores.members[0])
    wanted = stats.spearmanr(said, followed, nan_policy="omit").statistic
    found = done.skill
    assert (found.ticker, found.measures.rank_icir) == (ticker, None)
    assert found.measures.rank_ic == pytest.approx(wanted, abs=1e-12)
    assert found.measures.t is not None
    assert report_of(done)["skill"]["ticker"] == ticker


def test_cash_and_positions_make_the_equity(done: Backtested) -> None:
    """From the tables alone: fills, printed closes, splits and dividends."""
    fills, daily = done.result.fills, done.result.daily
    bars, first = done.prepared.market.bars, done.prepared.first
    last = done.prepared.market.column
    closes = pd.DataFrame(bars.raw("close").T, columns=list(bars.axis.tickers))
    closes = closes.ffill().iloc[first : last + 1].reset_index(drop=True)
    signed = fills["shares"] * np.where(fills["side"] == "buy", 1.0, -1.0)
    paid = signed * fills["price"] + fills["commission"]
    cash = done.result.capital
    held = pd.Series(0.0, index=closes.columns)
    factor = np.ones(bars.axis.shape) if bars.factor is None else bars.factor
    for at, session in enumerate(daily["session"]):
        column = first + at
        held *= factor[:, column] / factor[:, column - 1]
        today = fills["session"] == session
        held = held.add(
            signed[today].groupby(fills["ticker"][today]).sum(), fill_value=0.0
        )
        cash += daily["dividends"].iloc[at] - paid[today].sum()
        worth = float((held * closes.iloc[at]).fillna(0.0).sum())
        assert cash == pytest.approx(daily["cash"].iloc[at], abs=1e-6)
        assert cash + worth == pytest.approx(daily["equity"].iloc[at], abs=1e-6)
    assert len(fills) > 10


def test_what_trades_brought_is_the_change_of_equity(done: Backtested) -> None:
    pnl = done.result.trades["pnl"].sum()
    change = done.result.equity[-1] - done.result.capital
    assert pnl == pytest.approx(change, abs=1e-6)


def test_every_fill_has_the_signal_behind_it(done: Backtested) -> None:
    keys = ["session", "ticker", "rank"]
    fills = done.result.fills.rename(columns={"session": "filled"})
    fills = fills.rename(columns={"signal_session": "session", "signal_rank": "rank"})
    joined = fills.merge(tables.signals(done.scores), on=keys, how="left")
    assert len(joined) == len(fills)
    assert joined["score"].notna().all()


def test_a_delisting_of_the_reference_data_closes_a_position(
    done: Backtested, ready: Ready, datasets: Path, tmp_path: Path
) -> None:
    """Known from no action: it leaves at half of its last close, bars or none."""
    long = done.result.trades.sort_values("sessions", ascending=False).iloc[0]
    days = done.result.axis.times
    gone = days[np.searchsorted(days, np.datetime64(long["entered"], "D")) + 2]
    copied = tmp_path / "datasets"
    shutil.copytree(datasets / DATASET, copied / DATASET)
    dataset = open_dataset(copied, DATASET)
    known = dataset.reference()
    known = known[known["ticker"] == long["ticker"]]
    dataset.add_reference(known.assign(delisted=pd.Timestamp(gone)))
    of_it = dataset.actions()["ticker"] == long["ticker"]
    assert not (dataset.actions()["kind"][of_it] == "delisting").any()
    found = backtest_model(
        ready(datasets_root=copied), terms=Terms(delisting_return=-0.5)
    )
    fills = found.result.fills
    (left,) = fills[fills["why"] == "fill.delisted"].to_dict("records")
    assert (left["ticker"], left["session"]) == (long["ticker"], pd.Timestamp(gone))
    bars = found.prepared.market.bars
    at = np.searchsorted(bars.axis.times, gone.astype(bars.axis.times.dtype))
    close = bars.raw("close")[bars.axis.row(long["ticker"]), at - 1]
    assert left["price"] == pytest.approx(close / 2)


def test_the_same_again_has_the_same_output(done: Backtested, ready: Ready) -> None:
    again = backtest_model(ready())
    assert names.output_sha(again.result) == names.output_sha(done.result)
    taken = replace(done.result, days=done.result.days + 1e-9)
    assert names.output_sha(taken) != names.output_sha(done.result)


def test_what_can_be_compared_differs_in_model_and_policy_alone(ready: Ready) -> None:
    prepared, terms = ready(), Terms()
    own = names.comparable_sha(prepared, terms)
    other = ready(model_id="universe_eq_swing_daily_trend_follow_scanner")
    assert names.comparable_sha(other, terms) == own
    assert names.comparable_sha(ready(start=date(2023, 5, 2)), terms) != own
    assert names.comparable_sha(prepared, Terms(participation=0.1)) != own
    dearer = with_rules(prepared, execution={"slippage_bps": 5.0})
    assert names.comparable_sha(dearer, terms) != own
    wider = with_rules(prepared, selection={"top_n": 7})
    assert names.comparable_sha(wider, terms) == own


def with_rules(prepared, **sections):
    policy = prepared.bundle.policy
    content = policy.model_dump(by_alias=True)
    for section, keys in sections.items():
        content["policy"][section] |= keys
    drafted = type(policy).model_validate(content)
    return replace(prepared, bundle=replace(prepared.bundle, policy=drafted))


def test_the_gate_follows_the_policys_limits(ready: Ready) -> None:
    easy = {"min_trades": 1, "max_drawdown": 1.0, "min_sharpe": -100.0}
    assert backtest_model(with_rules(ready(), run_gate=easy)).passed
    hard = easy | {"min_trades": 100_000}
    found = backtest_model(with_rules(ready(), run_gate=hard))
    assert not found.passed
    assert [c.check for c in found.checks if not c.passed] == ["min_trades"]


def test_the_report_agrees_with_itself(done: Backtested) -> None:
    report = report_of(done)
    total = report["metrics"]["total_return"]
    assert report["final_equity"] / report["capital"] - 1 == pytest.approx(total)
    years = np.prod([1 + row["total_return"] for row in report["years"]])
    months = np.prod([1 + row["total"] for row in report["months"]])
    assert years == pytest.approx(1 + total)
    assert months == pytest.approx(1 + total)
    pnl = sum(row["pnl"] for row in report["sectors"])
    assert pnl == pytest.approx(report["final_equity"] - report["capital"], abs=1e-6)
    counts = report["counts"]
    refused = sum(row["count"] for row in counts["refused_by"])
    assert refused == counts["refusals"] == len(done.result.refusals)
    kept = counts["filled"] + counts["cancelled"] + counts["pending"]
    assert kept == counts["orders"]
    assert [row["cost_bps"] for row in report["costs"]] == [0, 1, 5, 10, 20]
    returns = [row["total_return"] for row in report["costs"]]
    assert returns == sorted(returns, reverse=True)


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"start": END, "end": START}, "window.order", "start"),
        ({"start": END}, "window.short", "start"),
        ({"model_id": "nothing"}, "unknown.model", "swingsigma"),
        ({"start": date(2023, 5, 6)}, "sessions.closed", "2023-05-06"),
        (
            {"pack": "momentumsigma", "model_id": FINER},
            "backtest.cadence",
            "model_id",
        ),
    ],
)
def test_what_can_not_be_backtested(ready: Ready, changes, code, where) -> None:
    with pytest.raises(BadInput) as caught:
        ready(**changes)
    assert (caught.value.code, caught.value.problems[0].where) == (code, where)


def test_a_model_to_be_trained_says_so(ready: Ready) -> None:
    prepared = ready(model_id="universe_eq_swing_daily_gbm")
    with pytest.raises(BadInput, match="Train it first"):
        backtest_model(prepared)


def test_an_empty_universe_is_named(ready: Ready) -> None:
    prepared = ready()
    base = UniverseBase.model_validate({"list": ["NOBODY"]})
    universe = prepared.bundle.universe.model_copy(update={"base": base})
    empty = replace(prepared, bundle=replace(prepared.bundle, universe=universe))
    for ask in (require_somebody, backtest_model):
        with pytest.raises(BadInput, match="has no ticker on any session") as caught:
            ask(empty)
        assert caught.value.code == "universe.empty"
    require_somebody(prepared)


def test_sessions_before_the_columns_are_warm_are_said(ready: Ready) -> None:
    (first, _), days = ready(start=None).sessions, ready().market.bars.axis.days
    early = ready(start=days[10].item())
    done = backtest_model(early)
    cold = done.scores.axis.days < np.datetime64(first)
    assert not done.scores.eligible[:, cold].any()
    (note,) = report_of(done)["notes"]
    assert f"from {first} on, not on the {cold.sum():,} before" in note
    (note,) = cold_sentences(ready(start=days[10].item(), end=days[20].item()))
    assert "on none of the 11 sessions" in note
    assert cold_sentences(ready(start=None)) == []
