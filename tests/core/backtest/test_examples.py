"""The worked examples of fills, brackets, events, weights, metrics and costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sigma_core.backtest import Backtest, Terms, backtest, simulate
from sigma_core.backtest.breakdown import by_year, without_best
from sigma_core.backtest.costs import equity_at
from sigma_core.backtest.fills import D_COSTS, D_EQUITY, D_TRADED, DAILY_COLUMNS
from sigma_core.backtest.metrics import equity_metrics, trade_metrics
from tests.core.backtest.books import axis, policy, prices, signals
from tests.definitions import Example, examples, number, tolerance

TERMS = ("participation", "delisting_return", "whole_shares")
EXAMPLES = examples("backtest")


def figures(example: Example) -> dict[str, object]:
    words: dict[str, object] = {"true": True, "false": False}
    return {
        key: words[text] if text in words else float(text) if "." in text else int(text)
        for key, text in example.args.items()
        if key != example.kind
    }


def tickers(example: Example) -> list[str]:
    return [name[-1] for name in example.header if name.startswith("open_")]


def column(example: Example, name: str) -> np.ndarray:
    return np.array([number(row[name]) for row in example.rows])


def wide(example: Example, name: str) -> np.ndarray | None:
    """`[time, ticker]` of a column that each ticker has."""
    known = tickers(example)
    if f"{name}_{known[0]}" not in example.header:
        return None
    return np.stack([column(example, f"{name}_{who}") for who in known], axis=1)


def run(example: Example) -> Backtest:
    args = figures(example)
    given = {n: wide(example, n) for n in ("high", "low", "split", "dividend", "atr")}
    given["volume_mean"] = wide(example, "volume")
    more = {name: values for name, values in given.items() if values is not None}
    if "ended" in args:
        more["ended"] = np.array([args["ended"] - 1])
    book = prices(wide(example, "open"), wide(example, "close"), **more)
    score = wide(example, "score")
    terms = Terms(**{key: args[key] for key in TERMS if key in args})
    keys = {"cooldown_minutes": 0, **args}
    return backtest(book, signals(score, ~np.isnan(score)), policy(**keys), terms=terms)


def shares_of(result: Backtest, times: int, rows: int) -> np.ndarray:
    """Shares at each close, from the fills and the splits alone."""
    held = np.zeros((times, rows))
    for line in result.fill_lines:
        held[int(line[0]), int(line[1])] += line[2] * line[3]
    return held


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_book_is_as_calculated_by_hand(example: Example) -> None:
    daily = run(example).daily
    for name in ("cash", "equity", "halted"):
        if name in example.header:
            for at, row in enumerate(example.rows):
                error = tolerance(row[name])
                wanted = pytest.approx(number(row[name]), abs=error)
                assert float(daily[name].iloc[at]) == wanted, (name, at + 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_shares_are_as_calculated_by_hand(example: Example) -> None:
    known = tickers(example)
    moved = shares_of(run(example), len(example.rows), len(known))
    split = wide(example, "split")
    for at, who in enumerate(known):
        held = 0.0
        for time, row in enumerate(example.rows):
            held = held * (1.0 if split is None else split[time, at]) + moved[time, at]
            assert held == pytest.approx(number(row[f"shares_{who}"])), (who, time + 1)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_refusal_and_exit_has_its_reason(example: Example) -> None:
    result, known = run(example), tickers(example)
    names = dict(zip(result.axis.tickers, known, strict=True))
    orders = result.orders[result.orders["state"] == "cancelled"]
    sold = result.fills[result.fills["side"] == "sell"].rename(
        columns={"why": "reason"}
    )
    tables = {"cancelled": orders, "refused": result.refusals, "left": sold}
    for name, table in tables.items():
        if name not in example.header:
            continue
        for time, row in enumerate(example.rows):
            of_day = table[table["session"] == result.axis.times[time]]
            pairs = zip(of_day["ticker"], of_day["reason"], strict=True)
            told = [f"{names[who]} {why}" for who, why in pairs]
            assert "; ".join(told) == row[name].strip("–"), (name, time + 1)


@pytest.mark.parametrize("example", examples("weights"), ids=str)
def test_weights_are_followed_as_calculated_by_hand(example: Example) -> None:
    args, split = figures(example), wide(example, "split")
    found = simulate(
        axis(len(example.rows), len(tickers(example))),
        wide(example, "weight").T,
        opens=wide(example, "open").T,
        closes=wide(example, "close").T,
        split=None if split is None else split.T,
        capital=args["capital"],
        whole_shares=bool(args.get("whole")),
    )
    for name in ("cash", "equity"):
        wanted = pytest.approx(column(example, name), abs=6e-5)
        assert found.daily[name].to_numpy() == wanted


@pytest.mark.parametrize("example", examples("metrics"), ids=str)
def test_metrics_are_as_calculated_by_hand(example: Example) -> None:
    kind = example.args["metrics"]
    (wanted,) = (e for e in examples("metric_values") if kind in e.args.values())
    if kind == "trades":
        table = pd.DataFrame({n: column(example, n) for n in ("pnl", "paid", "open")})
        table["open"] = table["open"] == 1
        found = trade_metrics(table.assign(**{"return": table["pnl"] / table["paid"]}))
    else:
        found = equity_metrics(column(example, "equity"))
    for row in wanted.rows:
        given = number(row["value"])
        if np.isnan(given):
            assert found[row["metric"]] is None, row
        else:
            error = tolerance(row["value"])
            assert found[row["metric"]] == pytest.approx(given, abs=error), row


def test_the_cost_table_is_as_calculated_by_hand() -> None:
    (example,) = examples("costs")
    days = np.zeros((len(example.rows), len(DAILY_COLUMNS)))
    places = ((D_EQUITY, "equity"), (D_TRADED, "traded"), (D_COSTS, "costs"))
    for place, name in places:
        days[:, place] = column(example, name)
    result = replace(run(EXAMPLES[0]), days=days)
    assert result.gross == pytest.approx(column(example, "gross"), abs=1e-9)
    assert equity_at(result, 20) == pytest.approx(column(example, "at_20"), abs=1e-9)


def test_breakdowns_are_as_calculated_by_hand() -> None:
    (example,) = examples("breakdown")
    sessions = np.array([row["session"] for row in example.rows], "datetime64[D]")
    equity = column(example, "equity")
    found = by_year(sessions, equity).set_index("year")["total_return"]
    for row in example.rows:
        if row["year"] != "–":
            wanted = pytest.approx(number(row["total_return"]), abs=1e-9)
            assert found[row["year"]] == wanted
    rest = without_best(equity, float(example.args["best"]))["total_return"]
    assert rest == pytest.approx(float(example.args["without"]), abs=1e-9)
