"""A model's ranked list on a new bar, without reading the bars before it again.

`stand` does once a session what a scan does on every bar:

1. the universe of the session, judged on the days before
2. columns of daily bars, which stay as they are until the session is over
3. the state of the model's indicators, from its file or from all bars (`state`)

`advance` takes one new bar of every ticker and gives the list of the full scan, to the
last bit: the same names (`data_sha`, `matrix_sha`), scores, decisions. Whoever brought
the bars stores them, before or after. A next session begins with a new `stand`, once
its first bar is stored: splits and the day before then come from the stored bars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sigma_core import matrix, state
from sigma_core.bars.grid import find_spans, times_between
from sigma_core.errors import BadInput, Problem
from sigma_core.frames import FIELDS, Axis, BarArrays, Floats, Ints
from sigma_core.indicators.steps.carry import advances
from sigma_core.market import Market
from sigma_core.matrix.join import Join, waiting
from sigma_core.quality.cells import impossible, impossible_volume
from sigma_core.results import ScanResult
from sigma_core.run import decide, find_universes, plan_of, scanner_over, with_benchmark
from sigma_core.signal_models.rules import Scanner
from sigma_core.specs.bundle import Bundle
from sigma_core.universe import Universe


@dataclass(frozen=True)
class NewBar(Market):
    """A market of one new bar, and behind it the market of stored bars it follows."""

    base: Market | None = None
    since: tuple[Mapping[str, Floats], ...] = ()

    def own(self, name: str, row: int) -> Floats:
        """A field of a ticker's own bars: those stored, and those that came since."""
        if self.base is None:
            return super().own(name, row)
        later = np.array([bar[name][row] for bar in self.since])
        return np.concatenate([self.base.own(name, row), later[~np.isnan(later)]])

    @property
    def compared_with(self) -> dict[str, dict[str, str]] | None:
        """As of the full scan: closes that are stored, and those that came since."""
        found = super().compared_with or {}
        compared = self.base.bars.benchmark if self.base else None
        if self.base is not None and compared is not None:
            row = self.bars.axis.row(compared.name)
            later = [bar["close"][row] for bar in self.since]
            close = np.append(compared.close[: self.base.column + 1], later)
            whole = replace(compared, close=close)
            found = {self.cadence: whole.named(len(close) - 1), **found}
        return found or None

    @cached_property
    def reference(self) -> pd.DataFrame | None:
        """As the stored market read it."""
        return self.base.reference if self.base else super().reference

    @cached_property
    def names(self) -> dict[str, str]:
        """As the stored market read them."""
        return self.base.names if self.base else super().names

    @cached_property
    def sector_names(self) -> dict[str, str]:
        """As the stored market read them."""
        return self.base.sector_names if self.base else super().sector_names

    @cached_property
    def sectors(self) -> Ints:
        """As the stored market read them."""
        return self.base.sectors if self.base else super().sectors


@dataclass(frozen=True)
class Standing:
    """A model between two bars of a session; get one from `stand`."""

    bundle: Bundle
    plan: matrix.Plan
    scanner: Scanner
    base: Market
    judged: Universe
    universe: Universe
    state: state.State
    daily: Mapping[str, Floats]
    since: tuple[Mapping[str, Floats], ...] = field(default=(), repr=False)


def problems(bundle: Bundle, plan: matrix.Plan, scanner: Scanner) -> list[Problem]:
    """Why a model's list can't be had from a state; empty if it can.

    Such a model is scanned in full on every bar.
    """
    where = bundle.files["indicator_set"]
    found = [f"{c.card.name} has no step" for c in plan.calls if not advances(c)]
    found += [f"{cadence} columns change within a session" for cadence in plan.joined
              if cadence != "daily"]  # fmt: skip
    found += [f"{one.column.name} looks back" for one in plan.derived if one.reach]
    if scanner.lookback:
        found.append("a gate or score looks back")
    if bundle.cadence == "daily":
        found.append("a daily model has one bar a session")
    hint = "Scan it in full on every bar."
    return [Problem("state.not_carried", where, f"{why}.", hint) for why in found]


def state_file(bundle: Bundle, market: Market) -> Path:
    """Where the state of a model is kept, beside the bars: models of the same
    indicators share it."""
    plan = plan_of(bundle)
    bars = with_benchmark(bundle, plan, market).bars
    around = state.around_of(bars, plan.calls)
    name = state.file_name(plan.calls, bars.axis.max_gap, around)
    return market.dataset.root / "states" / market.cadence / name


def stand(bundle: Bundle, market: Market, file: Path | None = None) -> Standing:
    """A model as of the bar of a market, ready for the next bars of its session.

    With a `file` (see `state_file`) the state is read from there if it stands on these
    bars, taken further if it is of an earlier one, and else made from all bars; then it
    is kept there. Raises BadInput with `problems`.
    """
    plan = plan_of(bundle)
    return stand_on(bundle, plan, with_benchmark(bundle, plan, market), file)


def stand_on(
    bundle: Bundle, plan: matrix.Plan, market: Market, file: Path | None = None
) -> Standing:
    """The same over a market that holds its benchmark already."""
    scanner = scanner_over(bundle, plan, market)
    if found := problems(bundle, plan, scanner):
        raise BadInput(found)
    judged, universe = find_universes(bundle, plan, market, market.column)
    return Standing(
        bundle=bundle,
        plan=plan,
        scanner=scanner,
        base=market,
        judged=judged,
        universe=universe,  # the same at every bar of the session
        state=_state_at(plan, market, file),
        daily=_daily_columns(plan, market),
    )


def advance(
    standing: Standing, time: np.datetime64, fields: Mapping[str, Floats], *,
    now: datetime,
) -> tuple[ScanResult, Standing]:  # fmt: skip
    """The list on the bar that starts at `time`, and the model after it.

    `fields` are the five as printed, `[ticker]` in the order of the stored bars, NaN
    where a ticker has no bar; what can't be a bar (D2, D3) is none. Times in between
    count as without bars. BadInput (`state.time`) for a time that is no later bar of
    the session.
    """
    axis = _times(standing, time)
    bar = _usable(standing.base, fields)
    wide = {name: np.full(axis.shape, np.nan) for name in FIELDS}
    for name in FIELDS:
        wide[name][:, -1] = bar[name]
    values, after = state.advance(standing.state, axis, wide)
    nobody = {name: np.full(axis.shape[0], np.nan) for name in FIELDS}
    since = (*standing.since, *[nobody] * (axis.shape[1] - 1), bar)
    market = _market(standing, time, bar, after, since, now)
    held = ~np.isnan(bar["close"])[:, None]
    daily = {n: np.where(held, v, np.nan) for n, v in standing.daily.items()}
    result = _scanned(standing, market, values[..., -1:], daily)
    return result, replace(standing, state=after, since=since)


def _scanned(
    standing: Standing, market: NewBar, values: Floats, daily: Mapping[str, Floats]
) -> ScanResult:
    """Steps 3 to 6 of a scan, over columns that are there."""
    bundle, universe, plan = standing.bundle, standing.universe, standing.plan
    features = matrix.named(
        matrix.of_values(market.bars, plan, universe.members, values, daily)
    )
    scores = standing.scanner.fit(features, None).transform(features)
    decisions = decide(bundle, market, features, scores)
    return ScanResult(
        bundle, market, standing.judged, universe, features, scores, decisions
    )


def _state_at(plan: matrix.Plan, market: Market, file: Path | None) -> state.State:
    """The state as of the market's bar."""
    bars, last = market.bars, market.column
    known = None if file is None else _kept(file, plan, bars)
    at = last + 1 if known is None else _stands_at(known, bars)
    if known is not None and at == last:
        return known
    if known is not None and at < last:
        window = slice(at + 1, last + 1)
        new = {name: bars.field(name)[:, window] for name in FIELDS}
        after = state.advance(known, bars.axis.cut(window), new).state
    else:
        after = state.made_from(bars, plan.calls, last=last).state
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        state.save(after, file)
    return after


def _kept(file: Path, plan: matrix.Plan, bars: BarArrays) -> state.State | None:
    """The state in a file, if it is one of these calls over such bars."""
    around, gap = state.around_of(bars, plan.calls), bars.axis.max_gap
    return state.load(file, plan.calls, max_gap=gap, around=around)


def _stands_at(known: state.State, bars: BarArrays) -> int:
    """The column a state stands on; behind the last if it stands on other bars."""
    if known.time is None or not known.stands_on(bars):
        return len(bars.axis.times)
    return bars.axis.column(known.time)


def _daily_columns(plan: matrix.Plan, market: Market) -> dict[str, Floats]:
    """Columns of daily bars on any bar of the session, `[ticker, 1]`."""
    calls = plan.joined.get("daily", ())
    if not calls:
        return {}
    join = Join(market.bars, market.finished("daily"), market.column, market.column)
    return waiting(join, calls)


def _times(standing: Standing, time: np.datetime64) -> Axis:
    """The times since the state's, up to this one, all of the session."""
    base = standing.base
    day = np.datetime64(base.session, "D")
    every = times_between(base.dataset.sessions, base.cadence, day, day)
    before = standing.state.time or every[0]
    wanted = every[(every > before) & (every <= time)]
    if not len(wanted) or wanted[-1] != time:
        message = f"no {base.cadence} bar of {base.session} after {before} starts then."
        hint = "Store the first bar of a session and stand on it; then go on."
        raise BadInput(Problem("state.time", f"bar {time}", message, hint))
    return replace(base.bars.axis, times=wanted)


def _usable(base: Market, fields: Mapping[str, Floats]) -> dict[str, Floats]:
    """The bars that may be used, forward adjusted by the session's own factors."""
    missing = impossible(fields) | impossible_volume(fields["volume"])
    if base.bars.left_out is not None:
        missing |= base.bars.left_out[:, base.column]
    raw = {name: np.where(missing, np.nan, fields[name]) for name in FIELDS}
    if base.bars.factor is None:
        return raw
    factor = base.bars.factor[:, base.column]
    return {n: raw[n] / factor if n == "volume" else raw[n] * factor for n in FIELDS}


def _market(
    standing: Standing, time: np.datetime64, bar: Mapping[str, Floats],
    after: state.State, since: tuple[Mapping[str, Floats], ...], now: datetime,
) -> NewBar:  # fmt: skip
    """The market of the new bar alone."""
    base, stored = standing.base, standing.base.bars
    column = {name: bar[name][:, None] for name in FIELDS}
    factor = stored.factor
    bars = BarArrays(
        axis=replace(stored.axis, times=np.array([time], stored.axis.times.dtype)),
        open=column["open"],
        high=column["high"],
        low=column["low"],
        close=column["close"],
        volume=column["volume"],
        spans=find_spans(~np.isnan(column["close"])),
        factor=None if factor is None else factor[:, [base.column]],
        blocked=stored.blocked_at(np.array([base.column])),
        sha=after.seal.hex(),
        seals=np.frombuffer(after.seal, np.uint8)[None],
    )
    others = {**base.others, "daily": base.days.bars}
    return NewBar(
        base.dataset, bars, base.session, 0, now, base.cadence, others, base, since
    )
