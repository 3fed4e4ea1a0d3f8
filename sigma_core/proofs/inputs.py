"""Proof 7: bounds, units, the order of tickers, flat and one-way prices.

What is known of a value without knowing its formula: it keeps within its bounds and is
never infinite; prices times 8 change it by 8 to the power of its degree; another order
of the tickers changes nothing; on a flat price it settles; and it can change at all (a
flag that no market sets compares today with a channel that holds today).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sigma_core.bars.coarser import put_together
from sigma_core.bars.grid import find_spans
from sigma_core.frames import FIELDS, BarArrays, Bools, Floats, Ints
from sigma_core.proofs.bench import Stage
from sigma_core.proofs.compare import Difference, close, differences
from sigma_core.proofs.subjects import Column, Subject
from sigma_core.proofs.worlds import World, with_fields

SCALE, TOLERANCE = 8.0, 1e-9
SETTLED = 40
#: daily growth and range of the one-way markets
RISE, RANGE = 0.004, 0.01


@dataclass(frozen=True)
class Odd:
    """A column that does what no such column may; `trial` and `cause` say what."""

    trial: str
    cause: str
    repair: str
    difference: Difference


def bounds(columns: tuple[Column, ...], values: Floats, trial: str) -> Iterator[Odd]:
    """Values outside their bounds, and infinite ones."""
    for at, column in enumerate(columns):
        low = -np.inf if column.low is None else column.low - TOLERANCE
        high = np.inf if column.high is None else column.high + TOLERANCE
        wrong = np.isinf(values[at]) | (values[at] < low) | (values[at] > high)
        if wrong.any():
            said = f"[{_bound(column.low)}, {_bound(column.high)}]"
            yield Odd(
                trial,
                f"The value leaves its bounds {said}, or is infinite.",
                "Return NaN for x/0, or mend the bounds on the card.",
                Difference(at, wrong, np.clip(values[at], low, high), values[at]),
            )


def scaled(subject: Subject, stage: Stage, base: Floats) -> Iterator[Odd]:
    """All prices in a unit eight times smaller, as after an earlier split."""
    last = stage.world.bars.axis.shape[1] - 1
    found = subject.values(_every(stage.world, _scaled), first=0, last=last)
    degrees = np.array([column.degree for column in subject.columns])
    expected = base * (SCALE**degrees)[:, None, None]
    for one in differences(expected, found, close(found, expected, TOLERANCE)):
        degree = subject.columns[one.column].degree
        yield Odd(
            f"prices times {SCALE:g}, volumes divided by it",
            f"The value does not scale with the price to the power of {degree}.",
            "Mend the degree on the card, or divide by a price: a fixed number of "
            "dollars in a formula means something else after every split.",
            one,
        )


def shuffled(subject: Subject, stage: Stage, base: Floats) -> Iterator[Odd]:
    """The same bars under other names, in another order."""
    count, sessions = stage.world.bars.axis.shape
    # The fund keeps its place: universes know it by its name.
    order = np.append(np.arange(count - 1)[::-1], count - 1)
    if subject.kind == "model":
        return  # sectors, members and funds go by name
    other = _every(stage.world, partial(_reordered, order=order))
    found = subject.values(other, first=0, last=sessions - 1)
    expected = base[:, order]
    for one in differences(expected, found, close(found, expected, TOLERANCE)):
        yield Odd(
            "the tickers in another order",
            "The value depends on the place of a ticker on the axis.",
            "Keep nothing from one ticker to the next, and sort before you sum.",
            one,
        )


def one_way(stage: Stage) -> Iterator[tuple[str, World]]:
    """Markets in which prices stand still, only rise or only fall."""
    for words, drift, spread in (
        ("a flat price", 0.0, 0.0),
        ("a price that only rises", RISE, RANGE),
        ("a price that only falls", -RISE, RANGE),
    ):
        yield words, _market(stage.world, drift, spread)


def unsettled(columns: tuple[Column, ...], values: Floats) -> Iterator[Odd]:
    """Columns that still move long after a price has stopped."""
    tail = values[..., -SETTLED:]
    expected = np.broadcast_to(tail[..., -1:], tail.shape)
    absent = np.array([column.absent for column in columns])[:, None, None]
    agree = close(tail, expected, TOLERANCE) | (absent & np.isnan(tail))
    for one in differences(expected, tail, agree):
        if columns[one.column].timeless:
            continue
        yield Odd(
            "a flat price",
            "The value drifts although nothing moves.",
            "Count or add up within a window, not from the first bar on.",
            one,
        )


def dead(columns: tuple[Column, ...], seen: list[Floats]) -> Iterator[Odd]:
    """Columns without a value, or with one and the same in every market."""
    for at, column in enumerate(columns):
        values = np.concatenate([one[at][~np.isnan(one[at])] for one in seen])
        if len(values) and values.min() < values.max():
            continue
        nothing = not len(values)
        held = ~np.isnan(seen[0][at])
        cells = held if held.any() else ~held
        yield Odd(
            "rising, falling and random markets",
            f"{column.name} never has a value."
            if nothing
            else f"{column.name} is always {values[0]:g}: no market can set it.",
            "Is today's bar in the channel that today's price is compared with? "
            "Compare with the bars before: high[t-n .. t-1].",
            Difference(at, cells, np.full(cells.shape, np.nan), seen[0][at]),
        )


def _every(world: World, change: Callable[[BarArrays], BarArrays]) -> World:
    """The world with its bars changed, and the days beside them in the same way."""
    days = None if world.days is None else change(world.days)
    return replace(world, bars=change(world.bars), days=days)


def _scaled(bars: BarArrays) -> BarArrays:
    fields = {
        name: bars.field(name) * (1 / SCALE if name == "volume" else SCALE)
        for name in FIELDS
    }
    before = np.ones(bars.axis.shape) if bars.factor is None else bars.factor
    return replace(with_fields(bars, fields), factor=before * SCALE)


def _reordered(bars: BarArrays, *, order: Ints) -> BarArrays:
    fields = {name: np.ascontiguousarray(bars.field(name)[order]) for name in FIELDS}
    factor = bars.factor
    return replace(
        with_fields(bars, fields),
        spans=find_spans(~np.isnan(fields["close"]), max_gap=bars.axis.max_gap),
        factor=None if factor is None else np.ascontiguousarray(factor[order]),
        blocked=None if bars.blocked is None else bars.blocked[order],
        seals=None,
    )


def _market(world: World, drift: float, spread: float) -> World:
    """Bars on the world's axis that grow by `drift` from one to the next; the days
    beside finer ones are what those add up to, and lead to them at the same pace."""
    tickers, times = world.bars.axis.shape
    start = np.linspace(20, 45, tickers)[:, None]
    bars = _filled(world.bars, _one_way(start, np.arange(times), drift, spread))
    if world.days is None:
        return replace(world, bars=bars)
    own = put_together(bars, world.dataset.sessions, "daily")
    before = world.days.axis.shape[1] - own.axis.shape[1]
    led = _one_way(start, np.arange(-before, 0), drift, spread)
    both = {n: np.concatenate([led[n], own.field(n)], axis=1) for n in FIELDS}
    return replace(world, bars=bars, days=_filled(world.days, both))


def _one_way(
    start: Floats, steps: Ints, drift: float, spread: float
) -> dict[str, Floats]:
    close_ = start * np.exp(drift * steps)
    opens = close_ * np.exp(-drift / 2)
    return {
        "open": opens,
        "high": np.maximum(opens, close_) * (1 + spread),
        "low": np.minimum(opens, close_) * (1 - spread),
        "close": close_,
        "volume": np.full(close_.shape, 1e6) * (1 + 0.3 * np.sin(steps) * bool(spread)),
    }


def _filled(bars: BarArrays, fields: dict[str, Floats]) -> BarArrays:
    """Nothing but these bars on the axis: no gap, no split, no block."""
    tickers, times = bars.axis.shape
    held: Bools = np.ones((tickers, times), np.bool_)
    return replace(
        with_fields(bars, fields),
        spans=find_spans(held, max_gap=bars.axis.max_gap),
        factor=None,
        blocked=None,
        seals=None,
    )


def _bound(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
