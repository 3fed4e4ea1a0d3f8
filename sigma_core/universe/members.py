"""Which tickers could be chosen on a session, from what was known before it.

1. start from all tickers, a list, or those of a membership file on that day, and from
   those in all, in any and in none of other universes;
2. leave out funds, tickers with an open data problem, and the block list;
3. keep those with a bar in the last sessions, then by price, volume, value and age;
4. if asked, keep the most traded.

The universe of session t reads bars up to t−1, raw as printed: a later split, listing
or row changes no earlier universe. Data problems are those known at the close of t, so
that nobody is chosen by a bar that can't be right; while t lasts, those of t−1. Each
step says how many survive it, and for the last session each ticker that is out has the
first step it failed, with value and limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sigma_core.errors import MissingData, Problem
from sigma_core.frames import MAX_GAP, BarArrays, Bools, Floats, Ints
from sigma_core.specs.schema import UniverseSpec
from sigma_core.universe.funds import funds_of
from sigma_core.universe.market import Market

#: Why a ticker is out, in the order of the steps; `Universe.reason` is a place in it.
CODES = (
    "",
    "universe.not_listed",
    "universe.delisted",
    "universe.list",
    "universe.membership",
    "universe.all_of",
    "universe.any_of",
    "universe.minus",
    "universe.asset",
    "universe.data",
    "universe.blocked",
    "universe.no_bar",
    "universe.price",
    "universe.adv_shares",
    "universe.adv_dollars",
    "universe.age",
    "universe.top_by",
)


@dataclass(frozen=True)
class Step:
    """One filter: its code's last word, what it asks in words, how many survive."""

    name: str
    label: str
    survivors: int


@dataclass(frozen=True)
class Why:
    """Why a ticker is out: the step's code and words; value and limit where it has."""

    code: str
    label: str
    value: float = np.nan
    limit: float = np.nan


@dataclass(frozen=True)
class Universe:
    """`members[ticker, session]`; the rest speaks of the last session asked for.

    `reason[ticker]` is a place in `CODES`, 0 for a member; `value` and `limit` are NaN
    where the step compares no numbers.
    """

    members: Bools
    steps: tuple[Step, ...]
    reason: Ints
    value: Floats
    limit: Floats
    labels: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    def why(self, row: int) -> Why | None:
        """Why the ticker of that row is out on the last session; None for a member."""
        code = int(self.reason[row])
        if code == 0:
            return None
        label = self.notes.get(row, self.labels[code])
        return Why(CODES[code], label, float(self.value[row]), float(self.limit[row]))


@dataclass(frozen=True)
class _Filter:
    """One step's answer: who passes (all sessions), the last session's values."""

    code: str
    label: str
    passed: Bools
    value: Floats | None = None
    limit: float = np.nan


def members(
    spec: UniverseSpec,
    bars: BarArrays,
    sessions_wanted: slice | Ints,
    *,
    reference: pd.DataFrame | None = None,
    membership: pd.DataFrame | None = None,
    benchmark: str | None = None,
    parts: Mapping[str, Bools] | None = None,
    under_way: bool = False,
) -> Universe:
    """Members on each wanted session (columns, ascending), and the last one's steps.

    `reference`: ticker and, where known, `delisted` (the first day without it) and
    `asset` (`etf`, `fund`, … are left out unless the spec lists them by name).
    `membership`: spells ticker, start, end of the file the spec names; MissingData if
    it names one and none is given. `benchmark` is left out like a fund. `parts`: the
    members of each universe the spec is made of. `under_way`: the sessions are asked
    about before they are over.
    """
    columns = np.arange(bars.axis.shape[1])[sessions_wanted].astype(np.int64)
    if not len(columns):
        raise ValueError("a universe needs at least one session to speak of")
    market = Market(bars, columns, under_way)
    alive = np.ones((bars.axis.shape[0], len(columns)), dtype=bool)
    reason = np.zeros(len(alive), dtype=np.int64)
    value, limit = np.full((2, len(alive)), np.nan)
    steps, labels = [], {}
    known = _Known(reference, membership, benchmark, parts or {})
    for step in _filters(spec, market, known, alive):
        fell = alive[:, -1:] & ~step.passed[:, -1:]
        out = fell.any(axis=1)
        code = CODES.index(step.code)
        reason[out], limit[out], labels[code] = code, step.limit, step.label
        if step.value is not None:
            value[out] = step.value[out]
        alive &= step.passed
        left = int(alive[:, -1:].sum())
        steps.append(Step(step.code.partition(".")[2], step.label, left))
    notes = _block_notes(spec, market)
    notes = {row: note for row, note in notes.items() if reason[row] == _BLOCKED}
    return Universe(alive, tuple(steps), reason, value, limit, labels, notes)


_BLOCKED = CODES.index("universe.blocked")


@dataclass(frozen=True)
class _Known:
    """What is known beside the bars."""

    reference: pd.DataFrame | None
    membership: pd.DataFrame | None
    benchmark: str | None
    parts: Mapping[str, Bools]


def _filters(
    spec: UniverseSpec, market: Market, known: _Known, alive: Bools
) -> Iterator[_Filter]:
    """The steps in order; each sees in `alive` who has passed those before it."""
    yield _Filter("universe.not_listed", "tickers with bars", market.listed())
    gone = market.delisted(known.reference)
    if gone.any():
        yield _Filter("universe.delisted", "not delisted", ~gone)
    if spec.base.tickers is not None:
        named = market.among(spec.base.tickers)
        yield _Filter("universe.list", "in the list", named)
    if spec.base.membership is not None:
        spells = _required(known.membership, spec.base.membership)
        label = f"members of {spec.base.membership}"
        yield _Filter("universe.membership", label, market.in_spells(spells))
    yield from _combined(spec, known.parts)
    if spec.leaves_out_funds:
        funds = funds_of(known.reference, known.benchmark)
        left_out = funds - set(spec.base.tickers or ())
        label = "no fund, not the benchmark"
        yield _Filter("universe.asset", label, ~market.among(left_out))
    yield _Filter("universe.data", "no open data problem", market.trusted())
    if spec.block:
        yield _Filter("universe.blocked", "not blocked", _unblocked(spec, market))
    price = market.price()
    label = f"a bar in the last {MAX_GAP + 1} sessions"
    yield _Filter(
        "universe.no_bar", label, price > 0, market.sessions_without(), MAX_GAP
    )
    yield from _limits(spec, market, price, alive)


def _combined(spec: UniverseSpec, parts: Mapping[str, Bools]) -> Iterator[_Filter]:
    """And, or, and not: the steps that ask other universes."""
    if spec.all_of:
        inside = np.logical_and.reduce([parts[name] for name in spec.all_of])
        label = f"in {_listed(spec.all_of, 'and')}"
        yield _Filter("universe.all_of", label, inside)
    if spec.any_of:
        inside = np.logical_or.reduce([parts[name] for name in spec.any_of])
        label = f"in {_listed(spec.any_of, 'or')}"
        yield _Filter("universe.any_of", label, inside)
    if spec.minus:
        inside = np.logical_or.reduce([parts[name] for name in spec.minus])
        label = f"not in {_listed(spec.minus, 'or')}"
        yield _Filter("universe.minus", label, ~inside)


def _listed(names: Sequence[str], word: str) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def _limits(
    spec: UniverseSpec, market: Market, price: Floats, alive: Bools
) -> Iterator[_Filter]:
    """The steps that compare a number with the spec's limit."""
    days = f"{spec.window}-day average"
    if spec.min_price is not None:
        label = f"price ≥ {spec.min_price:,g}"
        yield _at_least("universe.price", label, price, spec.min_price)
    shares, dollars = _averages(spec, market, alive)
    if spec.min_adv_shares is not None:
        label = f"{days} ≥ {spec.min_adv_shares:,.10g} shares"
        yield _at_least("universe.adv_shares", label, shares, spec.min_adv_shares)
    if spec.min_adv_dollars is not None:
        label = f"{days} ≥ {spec.min_adv_dollars:,.10g} dollars"
        yield _at_least("universe.adv_dollars", label, dollars, spec.min_adv_dollars)
    if spec.min_age is not None:
        label = f"bars since {spec.min_age:,} sessions or more"
        yield _at_least("universe.age", label, market.age(), spec.min_age)
    if spec.top_by is not None:
        by_dollars = spec.top_by.adv_dollars is not None
        most = spec.top_by.adv_dollars or spec.top_by.adv_shares or 0
        rank = _ranks(dollars if by_dollars else shares, alive)
        what = "dollars" if by_dollars else "shares"
        label = f"among the {most:,} largest by {days} in {what}"
        yield _Filter("universe.top_by", label, rank <= most, rank[:, -1], most)


def _averages(
    spec: UniverseSpec, market: Market, alive: Bools
) -> tuple[Floats, Floats]:
    """Average shares and dollars a day, only as far as the spec asks for them."""
    top = spec.top_by
    rows = np.flatnonzero(alive.any(axis=1))
    nothing = np.full(alive.shape, np.nan)
    shares = spec.min_adv_shares is not None or (top and top.adv_shares)
    dollars = spec.min_adv_dollars is not None or (top and top.adv_dollars)
    return (
        market.average(rows, spec.window, dollars=False) if shares else nothing,
        market.average(rows, spec.window, dollars=True) if dollars else nothing,
    )


def _at_least(code: str, label: str, values: Floats, limit: float) -> _Filter:
    return _Filter(code, label, values >= limit, values[:, -1], float(limit))


def _ranks(values: Floats, among: Bools) -> Floats:
    """1 for the largest of each session; equal ones in the order of their tickers."""
    sortable = np.where(among & ~np.isnan(values), -values, np.inf)
    order = np.argsort(sortable, axis=0, kind="stable")
    ranks = np.empty(values.shape)
    places = np.arange(1.0, len(values) + 1)[:, None]
    np.put_along_axis(ranks, order, np.broadcast_to(places, values.shape), axis=0)
    return ranks


def _required(membership: pd.DataFrame | None, name: str) -> pd.DataFrame:
    if membership is not None:
        return membership
    raise MissingData(
        Problem(
            "universe.no_membership",
            name,
            "the universe starts from this membership file, and none is stored.",
            hint=f"Bring it: manage.py ingest membership PATH --name {name}",
        )
    )


def _unblocked(spec: UniverseSpec, market: Market) -> Bools:
    free = np.ones(market.shape, dtype=bool)
    for block in spec.block:
        if block.ticker in market.bars.axis:
            free[market.bars.axis.row(block.ticker)] &= ~market.blocked(block)
    return free


def _block_notes(spec: UniverseSpec, market: Market) -> dict[int, str]:
    """The reason given for each ticker on the block list on the last session."""
    axis = market.bars.axis
    return {
        axis.row(block.ticker): f"blocked: {block.reason}"
        for block in spec.block
        if block.ticker in axis and market.blocked(block)[-1:].any()
    }
