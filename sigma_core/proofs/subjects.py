"""What can be proved: an indicator with parameters, and an indicator set.

A subject turns a world into columns `[column, ticker, session]` on the sessions asked
for, by the same calls that a scan makes. Models are in `pipeline.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from sigma_core import matrix
from sigma_core.bars.moments import Finished
from sigma_core.executor import Threads
from sigma_core.frames import FIELDS, MARKET, BarArrays, Floats, Ints
from sigma_core.indicators import kernels, stepping
from sigma_core.indicators.across import over_members
from sigma_core.indicators.registry import Call, Output
from sigma_core.indicators.steps.carry import advances
from sigma_core.matrix.layout import Plan
from sigma_core.proofs.report import Kind
from sigma_core.proofs.worlds import World


@dataclass(frozen=True)
class Column:
    """One column of a subject, with what is promised of it.

    `stable` bars of history fix its value (None: it depends on its first bar for ever),
    bit for bit where `finite`. `crosses`: declared to look at other tickers. `ties`:
    equals stand in the order of their tickers. `timeless`: it reads no bar's value.
    `ahead`: known so many sessions before its own. `joined`: read from coarser bars.
    `market`: declared to look at the benchmark. `absent`: may have no value for a while
    although the bars are there. `decided`: said of tickers that are out too.
    """

    name: str
    degree: int = 0
    low: float | None = None
    high: float | None = None
    warmup: int = 1
    stable: int | None = 1
    finite: bool = False
    crosses: bool = False
    ties: bool = False
    timeless: bool = False
    ahead: int = 0
    joined: bool = False
    market: bool = False
    absent: bool = False
    decided: bool = False


class Subject(Protocol):
    """Something that is proved."""

    @property
    def kind(self) -> Kind:
        """indicator, set or model."""

    @property
    def name(self) -> str:
        """As a certificate calls it."""

    @property
    def params(self) -> Mapping[str, float]:
        """The parameters, for an indicator."""

    @property
    def cadence(self) -> str:
        """Of the bars it is proved on."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What comes out, in order; what others rest on comes first."""

    def values(self, world: World, *, first: int, last: int) -> Floats:
        """`[column, ticker, session]` on the sessions `first` to `last`, inclusive."""


class Stepping(NamedTuple):
    """Values `[column, ticker, session]` from a state, and of which sessions."""

    sessions: Ints
    values: Floats


@runtime_checkable
class Stepped(Protocol):
    """A subject that has an incremental path."""

    def stepped(self, world: World) -> Stepping | None:
        """Values that are had one bar after the other from a state; None where there is
        no such path."""


@dataclass(frozen=True)
class Indicator:
    """One indicator with its parameters, computed by the kernels."""

    call: Call
    kind: Kind = field(default="indicator", init=False)

    @property
    def cadence(self) -> str:
        """Days, but for what tells the bars of a session apart."""
        return "5m" if self.call.card.intraday else "daily"

    @property
    def name(self) -> str:
        """The card's name."""
        return self.call.card.name

    @property
    def params(self) -> Mapping[str, float]:
        """The call's parameters."""
        return self.call.params

    @property
    def columns(self) -> tuple[Column, ...]:
        """The card's outputs."""
        return columns_of(self.call)

    def values(self, world: World, *, first: int, last: int) -> Floats:
        """By `kernels.compute`, as every matrix is, with every ticker a member."""
        parts = kernels.compute(
            world.bars, [self.call], first=first, last=last, threads=1
        )
        return self._put_together(parts, world.bars.close[:, first : last + 1])

    def stepped(self, world: World) -> Stepping | None:
        """By `stepping.advance`, as every state is."""
        if not advances(self.call):
            return None
        values = self._put_together(bar_by_bar(world.bars, self.call), world.bars.close)
        return Stepping(np.arange(values.shape[-1]), values)

    def _put_together(self, parts: Floats, close: Floats) -> Floats:
        """What stands for the whole market, of every ticker a member."""
        if not self.call.card.across:
            return parts
        held = ~np.isnan(close)
        return np.stack([over_members(one, np.ones_like(held), held) for one in parts])


def bar_by_bar(bars: BarArrays, call: Call) -> Floats:
    """A call's values on every session, each from the state of the one before."""
    tickers, sessions = bars.axis.shape
    chosen, rows = stepping.layout([call]), np.arange(tickers)
    out, state = np.empty((chosen.columns, tickers, sessions)), None
    around = kernels.around_bars(bars, [call], slice(sessions))
    for time in range(sessions):
        values, state = stepping.advance(
            chosen,
            np.zeros((tickers, chosen.size)) if state is None else state,
            rows,
            {name: bars.field(name)[:, time : time + 1] for name in FIELDS},
            max_gap=bars.axis.max_gap,
            shared=around[:, time : time + 1],
            threads=1,
        )
        out[:, :, time] = values[:, :, 0]
    return out


def columns_of(call: Call) -> tuple[Column, ...]:
    """What a card promises of each of its columns."""
    card = call.card
    stable = None if card.stable is None else card.stable(call.params)
    slowest = card.warmup(call.params)
    return tuple(
        Column(
            name=spec.name,
            degree=output.degree,
            low=output.low,
            high=output.high,
            warmup=_warmup(output, call, slowest),
            stable=stable,
            finite=stable == slowest,
            crosses=bool(card.across),
            timeless=not set(card.inputs) & set(FIELDS),
            market=MARKET in card.inputs,
            absent=bool(output.absent),
        )
        for spec, output in zip(call.columns, card.outputs, strict=True)
    )


def _warmup(output: Output, call: Call, slowest: int) -> int:
    return output.warmup(call.params) if output.warmup else slowest


@dataclass(frozen=True)
class FeatureSet:
    """An indicator set, built as a matrix with every ticker a member."""

    name: str
    plan: Plan
    kind: Kind = field(default="set", init=False)
    params: Mapping[str, float] = field(default_factory=dict)

    @property
    def cadence(self) -> str:
        """Of the bars it reads."""
        return self.plan.cadence

    @property
    def columns(self) -> tuple[Column, ...]:
        """The set's columns, in its order."""
        return set_columns(self.plan)

    def values(self, world: World, *, first: int, last: int) -> Floats:
        """By `matrix.build`."""
        everyone = np.ones((world.bars.axis.shape[0], last + 1), np.bool_)
        built = matrix.build(
            world.bars,
            self.plan,
            everyone,
            first=first,
            last=last,
            executor=Threads(1),
            finished=self.finished(world, last),
        )
        return np.stack([built.columns[column.name] for column in self.columns])

    def finished(self, world: World, last: int) -> Callable[[str], Finished]:
        """The coarser bars that its joined columns read."""
        return world.market(last).finished


def set_columns(plan: Plan) -> tuple[Column, ...]:
    """What is promised of each column of a set; an expression inherits from those it
    reads."""
    known = {one.name: one for call in plan.calls for one in columns_of(call)}
    for calls in plan.joined.values():
        # its warm-up and its memory are in other bars than those that are counted here
        known |= {
            one.name: replace(one, warmup=1, stable=None, finite=False, joined=True)
            for call in calls
            for one in columns_of(call)
        }
    for one in plan.derived:
        reads = [known[name] for name in one.expression.needs if name in known]
        reach = one.expression.lookback
        histories = [column.stable for column in reads]
        anchored = any(history is None for history in histories)
        known[one.column.name] = Column(
            name=one.column.name,
            degree=one.column.degree,
            warmup=reach + max([column.warmup for column in reads], default=1),
            stable=None
            if anchored
            else reach + max([h or 1 for h in histories] or [1]),
            finite=not one.expression.cross_sectional
            and all(column.finite for column in reads),
            crosses=one.expression.cross_sectional
            or any(column.crosses for column in reads),
            timeless=bool(reads)
            and len(reads) == len(one.expression.needs)
            and all(column.timeless for column in reads),
            joined=any(column.joined for column in reads),
            market=any(column.market for column in reads),
            absent=any(column.absent for column in reads),
        )
    return tuple(known[column.name] for column in plan.columns)
