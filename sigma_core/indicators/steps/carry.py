"""What a step is, and which indicator has which.

    @step("ema", size=..., depth=...)   registers a plain function for a card
    tail("sma", "window")               the core itself, over the last bars
    step_of("ema")                      the Step of a card; None if it has none

A step is `run(state, bars, bar, p, out)`: `bar` is the number of the new bar in its
span, 0 for the first; `bars` holds the last `depth` bars, or all `bar + 1` while they
are fewer, the new one last, of the card's `inputs` only (an `InMarket` where those
name the benchmark or the calendar); `state` is its own memory, all 0 before bar 0;
`out` takes one value per output.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import lcm
from typing import Any

from sigma_core.frames import Floats
from sigma_core.indicators.registry import Call, Params, card

# The second argument is a OneTicker, or an InMarket: the card's inputs say which.
StepCore = Callable[[Floats, Any, int, Floats, Floats], None]

_MODULES = ("averages", "ranges", "levels", "windows", "session", "market", "tails")
_STEPS: dict[str, Step] = {}
#: Bars that a core may need before it is cheaper to keep none and compute it whole.
DEEPEST = 2048


@dataclass(frozen=True)
class Step:
    """How an indicator advances by one bar.

    `depth(p)`: bars it reads, the new one counted; `size(p)`: cells of its own memory.
    With no `run` the core itself runs over the last bars, from a bar whose number is a
    multiple of `align(p)`, so that its blocks end where they do in the full series.
    """

    depth: Callable[[Params], int]
    size: Callable[[Params], int] = lambda _: 0
    align: Callable[[Params], int] = lambda _: 1
    run: StepCore | None = None


def step(
    name: str,
    *,
    size: Callable[[Params], int] = lambda _: 0,
    depth: Callable[[Params], int] = lambda _: 1,
) -> Callable[[StepCore], StepCore]:
    """Register the decorated function as the step of the card `name`."""

    def register(run: StepCore) -> StepCore:
        _add(name, Step(depth=depth, size=size, run=run))
        return run

    return register


def tail(name: str, *windows: str) -> None:
    """Let the core of a card run over its last bars.

    For an indicator that forgets: its value depends on its last `stable` bars alone.
    `windows` are the parameters by which its loops cut the series into blocks.
    """

    def align(p: Params) -> int:
        return lcm(*(int(p[window]) for window in windows))

    def depth(p: Params) -> int:
        needed = card(name).stable
        if needed is None:
            raise ValueError(f"{name} is anchored: it never forgets its first bar")
        return needed(p) + align(p) - 1

    _add(name, Step(depth=depth, align=align))


def _add(name: str, one: Step) -> None:
    if name in _STEPS:
        raise ValueError(f"{name} has two steps")
    _STEPS[name] = one


@cache
def _load() -> None:
    for module in _MODULES:
        importlib.import_module(f"sigma_core.indicators.steps.{module}")


def step_of(name: str) -> Step | None:
    """The step of a card, None where it is computed whole on every bar."""
    _load()
    return _STEPS.get(name)


def advances(call: Call) -> bool:
    """Whether a call gets its value on a new bar from a state."""
    found = step_of(call.card.name)
    return found is not None and found.depth(call.params) <= DEEPEST
