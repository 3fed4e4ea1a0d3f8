"""A scanner's whole way as a subject: universe, features, gates, scores, decisions.

Each stage is a method, called in the order of a scan. The stages run over all sessions
at once; the append proof holds them to `run.scan_market` on one session alone, which is
what a scan runs, and to `incremental` bar by bar where the model can be advanced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sigma_core import incremental, run
from sigma_core.executor import Threads
from sigma_core.frames import FIELDS, BarArrays, Bools, Floats, Matrix
from sigma_core.market import Market
from sigma_core.matrix.layout import Plan
from sigma_core.matrix.reach import first_needed
from sigma_core.policy import Decisions
from sigma_core.proofs.report import Kind
from sigma_core.proofs.subjects import Column, Stepping, set_columns
from sigma_core.proofs.worlds import World
from sigma_core.results import ScanResult
from sigma_core.signal_models.base import GateResult, Scores
from sigma_core.signal_models.rules import Scanner, scanner_of
from sigma_core.specs.bundle import Bundle
from sigma_core.universe import Universe

DECISIONS = ("rank", "selected", "weight", "tradeable", "reason")


@dataclass(frozen=True)
class Pipeline:
    """One shipped model over a world."""

    bundle: Bundle
    plan: Plan
    kind: Kind = field(default="model", init=False)
    params: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """pack/model_id."""
        return f"{self.bundle.pack}/{self.bundle.model_id}"

    @property
    def tags(self) -> tuple[str, ...]:
        """What its config is tagged with."""
        return self.bundle.model.tags

    @property
    def cadence(self) -> str:
        """Of the bars it reads."""
        return self.plan.cadence

    @cached_property
    def scanner(self) -> Scanner:
        """Its rules, compiled."""
        known = {column.name: column.degree for column in self.plan.columns}
        return scanner_of(self.bundle, known)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """universe, features, gates, parts, score, then decisions."""
        features = set_columns(self.plan)
        history = self._history(features)
        judged = [
            *(Column(f"gate.{n}", 0, -1, 1, stable=history) for n in self._gates()),
            *(Column(f"score.{n}", 0, 0, 1, stable=history) for n in self._parts()),
            Column("score_total", 0, 0, 100, stable=history),
            Column("eligible", 0, 0, 1, stable=None),
        ]
        decided = [
            Column(name, stable=None, ties=True, decided=True) for name in DECISIONS
        ]
        return (self.member, *features, *map(crossing, (*judged, *decided)))

    @property
    def member(self) -> Column:
        """Of the universe; judged on the session before: a bar of its own session
        changes nothing."""
        across = self.bundle.universe.top_by is not None
        return Column(
            "universe", 0, 0, 1, stable=None, crosses=across, ahead=1, decided=True
        )

    def values(self, world: World, *, first: int, last: int) -> Floats:
        """All stages on the sessions asked for; one session alone as a scan does it."""
        market = world.market(last)
        if first == last:
            found = self.scan(market)
            return self._laid_out(
                found.universe, found.features, found.scores, [found.decisions]
            )
        universe = self.universe(market)
        features = self.features(market, universe, first)
        scores = self.scores(market, features)
        sessions = range(first - last - 1, 0)
        decisions = [self.decide(market, features, scores, at) for at in sessions]
        return self._laid_out(universe, features, scores, decisions)

    def stepped(self, world: World) -> Stepping | None:
        """The lists of two sessions by `incremental`, each bar from the state that the
        one before left: the last session, and the one of the last split. None for a
        model that is scanned in full on every bar."""
        market = world.market(world.bars.axis.shape[1] - 1)
        scanner = run.scanner_over(self.bundle, self.plan, market)
        if incremental.problems(self.bundle, self.plan, scanner):
            return None
        found: list[Floats] = []
        columns: list[int] = []
        for session in _sessions(world.bars):
            columns += session[1:]
            found += self._bar_by_bar(world, session)
        return Stepping(np.array(columns), np.concatenate(found, axis=2))

    def _bar_by_bar(self, world: World, session: list[int]) -> Iterator[Floats]:
        """`[column, ticker, 1]` of each bar of a session after the first, which is the
        one that is stored."""
        bars, first = world.bars, world.market(session[0])
        standing = incremental.stand_on(self.bundle, self.plan, first)
        raw = {name: bars.raw(name) for name in FIELDS}
        for column in session[1:]:
            bar = {name: values[:, column] for name, values in raw.items()}
            time = bars.axis.times[column]
            result, standing = incremental.advance(
                standing, time, bar, now=world.known_by
            )
            yield self._laid_out(
                result.universe, result.features, result.scores, [result.decisions]
            )

    def scan(self, market: Market) -> ScanResult:
        """One session alone."""
        return run.scan_market(self.bundle, self.plan, market)

    def universe(self, market: Market) -> Universe:
        """Who could be chosen, on every session up to the market's."""
        return run.find_universe(self.bundle, self.plan, market, 0)

    def features(self, market: Market, universe: Universe, first: int) -> Matrix:
        """The set's columns, from far enough back for the rules' lags."""
        begin = first_needed(market.bars, self.scanner.lookback, first, market.column)
        return run.build_features(
            self.plan, market, universe, begin, executor=Threads(1)
        )

    def scores(self, market: Market, features: Matrix) -> Scores:
        """Gates and scores."""
        scanner = run.scanner_over(self.bundle, self.plan, market)
        return scanner.fit(features, None).transform(features)

    def decide(
        self, market: Market, features: Matrix, scores: Scores, at: int
    ) -> Decisions:
        """The policy's word on one session."""
        return run.decide(self.bundle, market, features, scores, at)

    def judged(self, scores: Scores) -> list[Floats]:
        """What the total rests on: gates, then parts."""
        gates = {gate.name: gate for gate in (*scores.gates, *scores.top)}
        states = [_state(gates[name]) for name in self._gates()]
        return [*states, *(scores.parts[name] for name in self._parts())]

    def _gates(self) -> list[str]:
        top = self.scanner.top
        return [gate.name for gate in top] + [
            leaf.name for gate in top for leaf in gate.leaves() if leaf is not gate
        ]

    def _parts(self) -> list[str]:
        return list(self.scanner.parts)

    def _history(self, features: tuple[Column, ...]) -> int | None:
        histories = [column.stable for column in features]
        if any(history is None for history in histories):
            return None
        spec = self.bundle.universe
        judged = max(spec.window, spec.min_age or 0) + 1
        reach = self.scanner.lookback + max([h or 1 for h in histories] or [1])
        return max(reach, judged)

    def _laid_out(
        self,
        universe: Universe,
        features: Matrix,
        scores: Scores,
        decisions: list[Decisions],
    ) -> Floats:
        """`[column, ticker, session]` of the sessions that were decided on."""
        sessions = len(decisions)
        stages: list[Floats | Bools] = [
            universe.members[:, -sessions:],
            *(features.columns[one.name][:, -sessions:] for one in self.plan.columns),
            *(one[:, -sessions:] for one in self.judged(scores)),
            scores.score_total[:, -sessions:],
            scores.eligible[:, -sessions:],
        ]
        for name in DECISIONS:
            stages.append(np.stack([getattr(one, name) for one in decisions], axis=1))
        return np.stack([np.asarray(stage, np.float64) for stage in stages])


def _sessions(bars: BarArrays) -> list[list[int]]:
    """The columns of the session of the last split, and of the last session."""
    days, factor = bars.axis.days, bars.factor
    chosen = {days[-1]}
    if factor is not None:
        chosen.add(days[np.flatnonzero((np.diff(factor) != 0).any(axis=0))[-1] + 1])
    return [np.flatnonzero(days == day).tolist() for day in sorted(chosen)]


def _state(gate: GateResult) -> Floats:
    return gate.passed.astype(np.float64)


def crossing(column: Column) -> Column:
    """Scores may compare tickers, and a list ranks them."""
    return Column(**{**vars(column), "crosses": True})
