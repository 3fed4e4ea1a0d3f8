"""Leaky cores, and the subject that runs them in plain Python.

No compiler is asked: a core runs on the spans that the kernels walk, so what is caught
here is caught in a compiled card too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from sigma_core.frames import FIELDS, BarArrays, Floats
from sigma_core.indicators.registry import (
    Call,
    Card,
    ColumnSpec,
    Core,
    OneTicker,
    Output,
    window_param,
)
from sigma_core.proofs.report import Kind
from sigma_core.proofs.subjects import Column, Stepping, columns_of
from sigma_core.proofs.worlds import World, with_fields

WINDOW = 10


@dataclass(frozen=True)
class Planted:
    """A card's core, run in plain Python; `across` may then mix the tickers."""

    call: Call
    across: Callable[[Floats], Floats] | None = None
    bars_of: Callable[[World], BarArrays] = lambda world: world.bars
    shortened: bool = False
    kind: Kind = field(default="indicator", init=False)
    cadence: str = field(default="daily", init=False)

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
        """As the kernels do: each span's own bars side by side, from its first bar."""
        bars = self.bars_of(world)
        out = np.full((1, *bars.close[:, : last + 1].shape), np.nan)
        begin = max(first - WINDOW, 0) if self.shortened else 0
        for row, start, stop in zip(
            bars.spans.row, bars.spans.start, bars.spans.stop, strict=True
        ):
            self._run(bars, int(row), max(start, begin), min(stop, last + 1), out)
        if self.across is not None:
            out = self.across(out)
        return out[..., first:]

    def _run(
        self, bars: BarArrays, row: int, start: int, stop: int, out: Floats
    ) -> None:
        fields = [bars.field(name)[row, start:stop] for name in FIELDS]
        held = np.flatnonzero(~np.isnan(fields[3]))
        if not len(held):
            return
        own = np.empty((1, len(held)))
        params = np.array(self.call.values)
        self.call.card.core(OneTicker(*(one[held] for one in fields)), params, own)
        out[:, row, start + held] = own


@dataclass(frozen=True)
class Endless(Planted):
    """A core right in itself, whose state lives on through a long gap."""

    def stepped(self, world: World) -> Stepping:
        """All of a ticker's bars as if they were one span."""
        bars = world.bars
        out = np.full((1, *bars.close.shape), np.nan)
        for row in range(len(bars.close)):
            self._run(bars, row, 0, bars.close.shape[1], out)
        return Stepping(np.arange(out.shape[-1]), out)


def planted_call(
    name: str,
    core: Core,
    degree: int = 0,
    stable: int = WINDOW,
    *,
    anchored: bool = False,
) -> Call:
    """A card of the planted core, with one window."""
    card = Card(
        name=f"canary_{name}",
        group="structure",
        title=name,
        inputs=("high", "low", "close"),
        params=(window_param(WINDOW),),
        outputs=(Output("value", name, "planted", "planted", degree),),
        warmup=lambda p: WINDOW,
        stable=None if anchored else lambda p: stable,
        source="planted",
        formula="planted",
        docs=str(core.__doc__),
        core=core,
    )
    return Call(card, card.defaults, (ColumnSpec(name, degree),))


def _rolling(x: Floats, n: int) -> Floats:
    windows: Floats = np.lib.stride_tricks.sliding_window_view(x, n)
    return windows


def mean(bars: OneTicker, p: Floats, out: Floats) -> None:
    """An honest mean: what surrounds it leaks."""
    n = int(p[0])
    out[0] = np.nan
    if len(bars.close) >= n:
        out[0, n - 1 :] = _rolling(bars.close, n).mean(axis=-1)


def average(bars: OneTicker, p: Floats, out: Floats) -> None:
    """An honest exponential average."""
    n = int(p[0])
    out[0] = np.nan
    if len(bars.close) < n:
        return
    level = out[0, n - 1] = bars.close[:n].mean()
    for t in range(n, len(bars.close)):
        level += (bars.close[t] - level) * 2 / (n + 1)
        out[0, t] = level


def centred_mean(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The window stands around the bar."""
    n, half = int(p[0]), int(p[0]) // 2
    out[0] = np.nan
    if len(bars.close) > 2 * n:
        means = _rolling(bars.close, 2 * half + 1).mean(axis=-1)
        out[0, half : half + len(means)] = means
        out[0, half : half + len(means)] /= bars.close[half : half + len(means)]
    out[0, :n] = np.nan


def whole_zscore(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Mean and spread of all bars there are."""
    spread = bars.close.std()
    out[0] = (bars.close - bars.close.mean()) / spread if spread > 0 else np.nan
    out[0, : int(p[0]) - 1] = np.nan


def whole_winsorise(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Limits from all bars there are."""
    out[0, 0] = 0.0
    out[0, 1:] = bars.close[1:] / bars.close[:-1] - 1
    out[0] = np.clip(out[0], *np.percentile(out[0], [2, 98]))
    out[0, : int(p[0]) - 1] = np.nan


def bfill(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The first value stands where there was none."""
    mean(bars, p, out)
    out[0] /= bars.close
    known = out[0][~np.isnan(out[0])]
    if len(known):
        out[0, : len(out[0]) - len(known)] = known[0]


def tomorrow(bars: OneTicker, p: Floats, out: Floats) -> None:
    """shift(-1)."""
    out[0] = np.nan
    out[0, :-1] = bars.close[1:] / bars.open[1:] - 1
    out[0, : int(p[0]) - 1] = np.nan


def label(bars: OneTicker, p: Floats, out: Floats) -> None:
    """A forward return."""
    out[0] = np.nan
    out[0, :-5] = bars.close[5:] / bars.close[:-5] - 1
    out[0, : int(p[0]) - 1] = np.nan


def swing(bars: OneTicker, p: Floats, out: Floats) -> None:
    """1 at a peak, though three bars to its right have to be seen first."""
    out[0] = 0.0
    for t in range(3, len(bars.high) - 3):
        out[0, t] = float(bars.high[t] == bars.high[t - 3 : t + 4].max())
    out[0, : int(p[0]) - 1] = np.nan


def coming_peak(bars: OneTicker, p: Floats, out: Floats) -> None:
    """The close against the highest high of the next bars."""
    n = int(p[0])
    out[0] = np.nan
    if len(bars.high) > 2 * n:
        peaks = _rolling(bars.high, n).max(axis=-1)
        out[0, : len(peaks)] = bars.close[: len(peaks)] / peaks
    out[0, :n] = np.nan


def same_bar(bars: OneTicker, p: Floats, out: Floats) -> None:
    """No close is above a channel that holds the same bar's high."""
    n = int(p[0])
    out[0] = np.nan
    if len(bars.high) >= n:
        channel = _rolling(bars.high, n).max(axis=-1)
        out[0, n - 1 :] = bars.close[n - 1 :] > channel


def dollars(bars: OneTicker, p: Floats, out: Floats) -> None:
    """A range counts from half a dollar on."""
    out[0] = (bars.high - bars.low) > 0.5
    out[0, : int(p[0]) - 1] = np.nan


def running(bars: OneTicker, p: Floats, out: Floats) -> None:
    """Once a bad tick is in the sum, its rounding stays."""
    n = int(p[0])
    sums = np.concatenate([[0.0], np.cumsum(bars.close)])
    out[0] = np.nan
    if len(bars.close) >= n:
        out[0, n - 1 :] = (sums[n:] - sums[:-n]) / n


def less_mean(values: Floats) -> Floats:
    held = ~np.isnan(values)
    counts = np.maximum(held.sum(axis=1, keepdims=True), 1)
    mean: Floats = np.where(held, values, 0).sum(axis=1, keepdims=True) / counts
    return values - mean


def back_adjusted(world: World) -> BarArrays:
    bars = world.bars
    if bars.factor is None:
        return bars
    last = bars.factor[:, -1:]
    fields = {
        name: bars.field(name) * (last if name == "volume" else 1 / last)
        for name in FIELDS
    }
    return with_fields(bars, fields)


def latest(world: World) -> BarArrays:
    everything = world.dataset.bars().arrays()
    size = world.bars.axis.shape
    return everything if everything.axis.shape == size else world.bars
