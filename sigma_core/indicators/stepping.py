"""Take all tickers some bars further: what `kernels.compute` is to cores, for steps.

    layout(calls)             where everything lies in a row of a state
    advance(layout, old, …)   → values on the new bars, and the new state

A call without a step is not for here: `carry.advances` says which have one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sigma_core.frames import FIELDS, Floats, Ints
from sigma_core.indicators.kernels import BLOCK, _contiguous, _each, _folder, _params
from sigma_core.indicators.registry import SHARED, Call
from sigma_core.indicators.steps.carry import Step, step_of

#: Cells behind the last bars of a field, so that they seldom have to be moved.
_SPARE = 8
_HEAD = 2  # bars in the span, times since the last one
#: bars × calls below which a second thread costs more than it brings
_SMALL = 4_000


@dataclass(frozen=True)
class Layout:
    """Where the last bars of each field, and each call's memory, lie in a row.

    `fields[field]`: first cell, bars kept, spare cells (0 bars: nobody reads it), of
    the five and then of what all tickers share (`SHARED`);
    `cells[call]`: first cell and size of its memory; `size`: cells of a row.
    """

    calls: tuple[Call, ...]
    fields: Ints
    cells: Ints
    size: int

    @property
    def columns(self) -> int:
        """How many columns come out."""
        return sum(len(call.columns) for call in self.calls)


def layout(calls: Sequence[Call]) -> Layout:
    """The layout of a state of these calls. ValueError for one without a step."""
    depths = dict.fromkeys((*FIELDS, *SHARED), 0)
    sizes = []
    for call in calls:
        found = _step(call)
        sizes.append(found.size(call.params))
        for name in call.card.inputs:
            depths[name] = max(depths[name], found.depth(call.params))
    begin, fields = _HEAD, []
    for depth in depths.values():
        spare = min(depth, _SPARE)
        fields.append((begin, depth, spare))
        begin += depth + spare
    cells = []
    for size in sizes:
        cells.append((begin, size))
        begin += size
    return Layout(
        tuple(calls),
        np.array(fields, np.int64),
        np.array(cells, np.int64).reshape(-1, 2),
        begin,
    )


def advance(
    chosen: Layout,
    old: Floats,
    rows: Ints,
    fields: Mapping[str, Floats],
    *,
    max_gap: int,
    shared: Floats | None = None,
    shown: int = 0,
    threads: int = 2,
) -> tuple[Floats, Floats]:
    """Values `[column, ticker, time]` on the new times from `shown` on; the new state.

    `old` is `[ticker, size]`, `rows` says which of its rows each ticker had (−1: none);
    `fields` are the new bars `[ticker, time]`, NaN where there is none. A ticker that
    missed more than `max_gap` times in a row begins anew. `shared` is what
    `kernels.around` gives for the new times; only calls that read it need it, and
    without it they raise ValueError. Nothing given is changed.
    """
    from sigma_core.indicators import compiled_steps  # numba: only where it is used

    tickers, times = fields["close"].shape
    out = np.empty((chosen.columns, tickers, times - shown))
    new = np.empty((tickers, chosen.size))
    if not chosen.calls:
        return out, new
    drive = compiled_steps.driver(_folder())
    before = [old, rows, *(_contiguous(fields[name]) for name in FIELDS)]
    before.append(_contiguous(_given(chosen, shared, times)))
    params = _params([[call] for call in chosen.calls])
    after = [chosen.fields, _plan(chosen), params, out, new]

    def block(row: int) -> None:
        drive(*before, row, min(row + BLOCK, tickers), shown, max_gap, *after)

    small = tickers * times * len(chosen.calls) < _SMALL
    _each(block, range(0, tickers, BLOCK), 1 if small else threads)
    return out, new


def _given(chosen: Layout, shared: Floats | None, times: int) -> Floats:
    """What all tickers share, which calls that read it need."""
    if shared is not None:
        return shared
    if named := [call.card.name for call in chosen.calls if call.card.shared]:
        raise ValueError(f"{named[0]} reads what all tickers share; it is not given")
    return np.empty((0, times))


def _plan(chosen: Layout) -> Ints:
    """What the driver needs to know of each call; see `compiled_steps.ENTRY` and on."""
    from sigma_core.indicators import compiled, compiled_steps

    plan = np.zeros((len(chosen.calls), compiled_steps.FIELD + len(FIELDS)), np.int64)
    for k, call in enumerate(chosen.calls):
        found, inputs = _step(call), call.card.inputs
        if found.run is None:
            entry = compiled.address(call.card, _folder())
        else:
            entry = compiled_steps.address(call.card.name, found.run, _folder())
        plan[k, : compiled_steps.FIELD] = (
            *(entry, found.run is None, found.depth(call.params)),
            *(found.align(call.params), *chosen.cells[k], len(call.columns)),
            bool(call.card.shared),
        )
        # A field that is no input is never read: any other's place will do for it.
        own = [name for name in inputs if name in FIELDS] or FIELDS
        plan[k, compiled_steps.FIELD :] = [
            FIELDS.index(name if name in own else own[0]) for name in FIELDS
        ]
    return plan


def _step(call: Call) -> Step:
    found = step_of(call.card.name)
    if found is None:
        raise ValueError(f"{call.card.name} has no step")
    return found
