"""What is said of a market before its numbers are believed, and silent tickers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sigma_core.errors import MissingData
from sigma_core.market import Market, open_dataset, open_market
from sigma_core.quality.labels import silent
from sigma_core.sessions import exchange
from sigma_core.specs.schema import UniverseSpec
from sigma_core.standing import require_fresh, standing
from sigma_core.universe import members
from tests.definitions import Example, examples

DAYS = exchange().between(np.datetime64("2024-01-02"), np.datetime64("2024-12-31"))
NOW = dt.datetime(2025, 6, 2, 12, tzinfo=dt.UTC)


def store(
    root: Path,
    held: dict[str, int],
    *,
    adjustment: str = "raw",
    without: tuple[int, ...] = (),
) -> None:
    """A dataset `main`: tickers with bars on the first so many sessions of 2024, AAA
    without some of them (numbered from 1)."""
    rows = [
        (ticker, DAYS[n - 1])
        for ticker, last in held.items()
        for n in range(1, last + 1)
        if ticker != "AAA" or n not in without
    ]
    bars = pd.DataFrame(rows, columns=["ticker", "ts"]).astype({"ticker": "str"})
    bars["ts"] = pd.to_datetime(bars["ts"], utc=True).dt.as_unit("us")
    at = bars.groupby("ticker").cumcount().to_numpy()
    walk = 50 + at % 13 / 4 + at / 64
    prices = {"open": walk, "high": walk + 0.5, "low": walk - 0.5, "close": walk + 0.25}
    bars = bars.assign(**prices, volume=1000.0 + at)
    dataset = open_dataset(root, "main")
    dataset.bars().append(bars, source="t", adjustment=adjustment, ingested_at=NOW)


def market(root: Path, as_of: dt.date | None = None) -> Market:
    return open_market(root, "main", None, as_of, NOW)


def delist(root: Path, ticker: str, day: np.datetime64) -> None:
    row = {"ticker": ticker, "ex_date": str(day), "kind": "delisting", "cash": 9.5}
    row |= {"known_at": NOW}
    open_dataset(root, "main").add_actions(pd.DataFrame([row]))


def test_a_market_behind_the_exchange_is_stale(tmp_path: Path) -> None:
    store(tmp_path, {"AAA": 30, "BBB": 30})
    found = standing(market(tmp_path), last_finished=DAYS[30].item())
    assert found.stale
    assert "has finished since" in found.problems[0].message
    assert not standing(market(tmp_path), last_finished=DAYS[29].item()).stale


def test_an_older_session_asked_for_on_purpose_is_not_stale(tmp_path: Path) -> None:
    store(tmp_path, {"AAA": 30, "BBB": 30})
    assert standing(market(tmp_path, DAYS[9].item())).problems == ()


def test_a_session_with_too_few_tickers_is_stale(tmp_path: Path) -> None:
    store(tmp_path, dict.fromkeys("ABC", 30) | {"D": 29, "E": 29})
    (problem,) = standing(market(tmp_path)).problems
    assert (problem.code, problem.severity) == ("quality.D11", "error")
    assert "3 tickers have a bar, 5 is usual (60.0%)" in problem.message


def test_nightly_is_refused_on_stale_bars(tmp_path: Path) -> None:
    store(tmp_path, {"AAA": 30, "BBB": 30})
    with pytest.raises(MissingData, match="has finished since"):
        require_fresh(market(tmp_path), now=NOW)
    after = dt.datetime.combine(DAYS[29].item(), dt.time(23), tzinfo=dt.UTC)
    require_fresh(market(tmp_path), now=after)


def test_marks_of_a_universe_are_those_of_its_own_tickers(tmp_path: Path) -> None:
    store(tmp_path, {"AAA": 252, "BBB": 252, "CCC": 100}, adjustment="split")
    assert standing(market(tmp_path)).marks == ()
    rules = {"name": "two", "base": {"list": ["AAA", "BBB"]}, "min_price": 5.0}
    spec = UniverseSpec.model_validate(rules)
    found = standing(market(tmp_path), universe=spec).marks
    assert found == ("survivors only", "not point in time")


def test_who_survived_is_asked_of_all_that_is_held(tmp_path: Path) -> None:
    """Of an early session too: the choice of the dataset was made at its end."""
    store(tmp_path, {"AAA": 252, "BBB": 252})
    assert standing(market(tmp_path, DAYS[40].item())).marks == ("survivors only",)
    (tmp_path / "other").mkdir()
    store(tmp_path / "other", {"AAA": 252, "BBB": 252, "CCC": 200})
    assert standing(market(tmp_path / "other", DAYS[40].item())).marks == ()


@pytest.mark.parametrize(
    "example",
    [e for e in examples("quality") if e.args["quality"] == "delisting"],
    ids=str,
)
def test_a_delisting_ends_bars_and_membership(tmp_path: Path, example: Example) -> None:
    gone = tuple(int(row["session"]) for row in example.rows if row["bar"] != "yes")
    store(tmp_path, {"AAA": 9, "BBB": 9}, without=gone)
    before = looked(tmp_path, example)
    assert before["member"] == [row["without the action"] for row in example.rows]
    delist(tmp_path, "AAA", DAYS[5])
    after = looked(tmp_path, example)
    for column in ("used", "silent", "member"):
        assert after[column] == [row[column] for row in example.rows], column


def test_a_delisting_taken_back_leaves_no_trace(tmp_path: Path) -> None:
    store(tmp_path, {"AAA": 9, "BBB": 9})
    sha = market(tmp_path).bars.sha
    delist(tmp_path, "AAA", DAYS[5])
    assert market(tmp_path).bars.sha != sha
    later = NOW + dt.timedelta(days=1)
    args = ("AAA", DAYS[5].item(), "delisting")
    open_dataset(tmp_path, "main").withdraw_action(*args, known_at=later)
    assert open_market(tmp_path, "main", None, None, later).bars.sha == sha


def looked(root: Path, example: Example) -> dict[str, list[str]]:
    """For each session of the example: is the bar used, is it silent, is it in."""
    found: dict[str, list[str]] = {"used": [], "silent": [], "member": []}
    here = market(root)
    everyone = UniverseSpec.model_validate({"name": "all"})
    for session in (int(row["session"]) - 1 for row in example.rows):
        usable = ~np.isnan(here.bars.close[:, : session + 1])
        days = here.bars.axis.times[: session + 1]
        quiet = silent(usable, days, here.bars.axis.tickers, {"AAA"})
        wanted = slice(session, session + 1)
        inside = members(everyone, here.bars, wanted, reference=here.reference)
        found["used"].append("yes" if usable[0, -1] else "–")
        found["silent"].append("yes" if quiet else "no")
        found["member"].append("yes" if inside.members[0, -1] else "–")
    return found
