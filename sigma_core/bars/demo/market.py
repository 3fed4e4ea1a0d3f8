"""The demo market as tables, and how it gets into a dataset."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from sigma_core.bars import benchmark
from sigma_core.bars.demo import events
from sigma_core.bars.demo.companies import SECTORS, Companies, companies
from sigma_core.bars.demo.events import Planted
from sigma_core.bars.demo.prices import (
    Draws,
    Prices,
    alpha_size,
    draw,
    prices,
    returns,
)
from sigma_core.bars.store import Commit, Dataset
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import BARS_COLUMNS, FIELDS, Axis, Bars, Times, Wide
from sigma_core.sessions import exchange

MEMBERSHIP = "demo_members"
#: One member leaves and another joins every so many sessions.
_TURNOVER = 40


@dataclass(frozen=True)
class DemoMarket:
    """A synthetic market up to a day: tables as a dataset takes them.

    `planted` lists all that was planted, `signal` is the planted alpha itself: for
    each bar a standard normal that its volume shows and the next returns follow.
    """

    bars: Bars
    actions: pd.DataFrame
    reference: pd.DataFrame
    membership: pd.DataFrame
    planted: tuple[Planted, ...]
    signal: Wide


def demo_market(
    *,
    seed: int,
    until: date,
    tickers: int = 200,
    start: date = date(2023, 1, 3),
    alpha_ic: float = 0.05,
    alpha_horizon: int = 10,
) -> DemoMarket:
    """The market of a seed from `start` to `until`, both included.

    A later `until` only adds rows. `alpha_ic` is the mean correlation, across
    companies, of the signal with the return from the next open to the close
    `alpha_horizon` sessions on; 0 is a market in which nothing can be foretold.
    BadInput for a number of tickers, an IC or a seed outside its range.
    """
    found = clean_market(
        seed=seed,
        until=until,
        tickers=tickers,
        start=start,
        alpha_ic=alpha_ic,
        alpha_horizon=alpha_horizon,
    )
    firms, clean, days, shown = found.firms, found.prices, found.days, found.shown
    spoilt, faults = events.plant_faults(clean, firms, days)
    seen = days[:shown]
    split = clean.split[:shown]
    alpha = _alpha(seen, alpha_ic, alpha_horizon) if shown else []
    happened = events.lifecycle(firms, seen, split) + [
        fault for fault in faults if fault.day <= until
    ]
    return DemoMarket(
        bars=_bars(spoilt, clean, firms, days, shown, until),
        actions=_actions(firms, seen, happened),
        reference=_reference(firms, happened),
        membership=_membership(firms, seen),
        planted=(*alpha, *sorted(happened, key=lambda item: (item.day, item.ticker))),
        signal=_signal(found.draws.signal[:shown], firms, seen),
    )


@dataclass(frozen=True)
class Clean:
    """The market before anything wrong is planted: `days` reach some sessions beyond
    the `shown` ones."""

    firms: Companies
    days: Times
    shown: int
    draws: Draws
    prices: Prices


def clean_market(
    *,
    seed: int,
    until: date,
    tickers: int = 200,
    start: date = date(2023, 1, 3),
    alpha_ic: float = 0.05,
    alpha_horizon: int = 10,
) -> Clean:
    """The prices of `demo_market`, as they would be without planted bad bars."""
    _check(seed, alpha_ic, alpha_horizon)
    firms = companies(seed, tickers)
    calendar = exchange()
    shown = len(calendar.between(start, until))
    first = int(np.searchsorted(calendar.days, np.datetime64(start, "D")))
    # A foreign bar shows a later one: that one has to exist when the earlier is drawn.
    days = calendar.days[first : first + shown + events.AHEAD]
    draws = draw(seed, days, len(firms))
    size = alpha_size(firms, alpha_ic, alpha_horizon)
    moves = events.with_large_move(
        *returns(draws, firms, alpha=size, horizon=alpha_horizon)
    )
    made = prices(draws, firms, *moves, events.planned_splits(days, len(firms)))
    return Clean(firms, days, shown, draws, made)


def fill(dataset: Dataset, market: DemoMarket, *, ingested_at: datetime) -> Commit:
    """Store a demo market; run again with a later market it adds what is new.

    The actions go first: at no moment are bars stored without the splits they need.
    """
    dataset.mark_synthetic()
    dataset.add_actions(market.actions)
    dataset.add_reference(market.reference)
    dataset.add_membership(MEMBERSHIP, market.membership)
    return dataset.bars().append(
        market.bars, source="demo", adjustment="raw", ingested_at=ingested_at
    )


def _check(seed: int, alpha_ic: float, alpha_horizon: int) -> None:
    ranges = {
        "seed": (seed, 0, 2**63 - 1),
        "alpha_ic": (alpha_ic, 0.0, 0.3),
        "alpha_horizon": (alpha_horizon, 1, 60),
    }
    problems = [
        Problem(f"demo.{name}", name, f"{value} is not within {least} to {most}.")
        for name, (value, least, most) in ranges.items()
        if not least <= value <= most
    ]
    if problems:
        raise BadInput(problems)


def _bars(
    spoilt: Prices,
    clean: Prices,
    firms: Companies,
    days: Times,
    shown: int,
    until: date,
) -> Bars:
    held = events.presence(days, len(firms))[:shown].T
    company, at = np.nonzero(held)
    names = np.array(firms.tickers, dtype=object)
    table = pd.DataFrame(
        {"ticker": names[company], "day": days[at]}
        | {name: getattr(spoilt, name)[at, company] for name in FIELDS}
    )
    closed = events.closed_day_bars(clean, firms, days)
    closed = closed[closed["day"] <= pd.Timestamp(until)]
    both = pd.concat([table, closed], ignore_index=True)
    both["ts"] = both.pop("day").astype("datetime64[us]").dt.tz_localize("UTC")
    both["ticker"] = both["ticker"].astype("str")
    ordered = both.sort_values(["ticker", "ts"], ignore_index=True)
    return ordered[list(BARS_COLUMNS)]


def _actions(firms: Companies, days: Times, happened: list[Planted]) -> pd.DataFrame:
    rows = [
        (item.ticker, item.day, item.kind, _factor(item))
        for item in happened
        if item.kind in ("split", "delisting")
    ]
    table = pd.DataFrame(rows, columns=["ticker", "ex_date", "kind", "split_factor"])
    return table.astype({"ticker": "str", "kind": "str", "split_factor": "float64"})


def _factor(item: Planted) -> float:
    return float(item.detail.split()[1]) if item.kind == "split" else np.nan


def _reference(firms: Companies, happened: list[Planted]) -> pd.DataFrame:
    """Only what is known by then: not yet listed companies are left out."""
    listed = {item.ticker: item.day for item in happened if item.kind == "listing"}
    gone = {item.ticker: item.day for item in happened if item.kind == "delisting"}
    sectors = ["", *(SECTORS[sector] for sector in firms.sector[1:])]
    table = pd.DataFrame(
        {
            "ticker": firms.tickers,
            "name": firms.names,
            "sector": sectors,
            "asset": [benchmark.ASSET, *["eq"] * (len(firms) - 1)],
            "listed": [listed.get(ticker) for ticker in firms.tickers],
            "delisted": [gone.get(ticker) for ticker in firms.tickers],
        }
    )
    coming = firms.tickers[events.LISTED[1]]
    known = table[(table["ticker"] != coming) | (coming in listed)]
    return known.sort_values("ticker", ignore_index=True)


def _membership(firms: Companies, days: Times) -> pd.DataFrame:
    """Half of the companies; the longest-standing member makes room for the next."""
    half = len(firms) // 2
    members, bench = deque(range(1, 1 + half)), deque(range(1 + half, len(firms)))
    since = dict.fromkeys(members, 0)
    spells = []
    for at in range(_TURNOVER, len(days), _TURNOVER):
        leaving, joining = members.popleft(), bench.popleft()
        spells.append((firms.tickers[leaving], days[since.pop(leaving)], days[at]))
        members.append(joining)
        bench.append(leaving)
        since[joining] = at
    never = np.datetime64("NaT", "D")
    if len(days):
        spells += [(firms.tickers[m], days[at], never) for m, at in since.items()]
    table = pd.DataFrame(spells, columns=["ticker", "start", "end"])
    dated = table.astype({"start": "datetime64[us]", "end": "datetime64[us]"})
    return dated.sort_values(["ticker", "start"], ignore_index=True)


def _alpha(days: Times, ic: float, horizon: int) -> list[Planted]:
    if ic == 0:
        return []
    detail = f"IC {ic:g} of the log volume's surprise with the next {horizon} sessions"
    first = days[0].item()
    return [Planted("alpha", "", first, first, "", detail)]


def _signal(values: np.ndarray, firms: Companies, days: Times) -> Wide:
    order = np.argsort(firms.tickers)
    axis = Axis(tuple(firms.tickers[at] for at in order), days)
    return Wide(axis, np.ascontiguousarray(values.T[order]))
