"""The name of the code behind a subject: another name, and its certificate is stale.

Sources are hashed as syntax trees without docstrings, so that words and layout may
change. Of an indicator its core with all that it calls, its card's promises and the
driver; of a set its definition, its indicators and the matrix; of a model all of that,
the stages after and what reads its bars. Reading this needs no compiler.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sigma_core.indicators.called import globals_read, reached
from sigma_core.indicators.registry import Call
from sigma_core.indicators.steps.carry import step_of
from sigma_core.matrix.layout import Plan
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.fingerprint import sha_of, sha_of_bytes

_HOME = Path(__file__).parents[1]
_DRIVER = (
    *("indicators/kernels.py", "indicators/compiled.py", "indicators/placing.py"),
    *("indicators/across.py", "clock.py"),
    *("frames.py", "bars/grid.py"),  # spans: where a long gap starts the warm-up again
)
_STEP_DRIVER = ("indicators/stepping.py", "indicators/compiled_steps.py")
_FEATURES = ("matrix", "expressions", "bars/moments.py")
#: what coarser columns rest on: bars put together, cut at the sessions' hours
_COARSER = ("bars/coarser.py", "sessions.py")
_COMPARED = ("bars/benchmark.py",)
_STAGES = ("run.py", "universe", "signal_models", "policy")
#: the list on a new bar, without the bars before it
_BAR_BY_BAR = ("incremental.py", "state")
#: a certificate speaks of stored bars too: read as of a day, adjusted, without bad ones
_READING = (
    *("market.py", "sessions.py", "quality"),
    *("bars/store.py", "bars/history.py", "bars/rows.py", "bars/records.py"),
    *("bars/asof.py", "bars/adjusted.py", "bars/actions.py", "bars/rescale.py"),
    *("bars/grid.py", "bars/arrays.py", "bars/coarser.py", "bars/benchmark.py"),
)


def indicator_sha(calls: Iterable[Call]) -> str:
    """What names an indicator with these parameter sets."""
    return sha_of([_call(call) for call in calls])


def set_sha(content: Mapping[str, object], plan: Plan) -> str:
    """What names a set: its definition, its indicators, the code of the matrix."""
    return sha_of(
        {
            "set": dict(content),
            "cadence": plan.cadence,
            "indicators": [_call(call) for call in plan.all_calls],
            "code": _files(*_FEATURES, *_bars_of(plan)),
        }
    )


def _bars_of(plan: Plan) -> tuple[str, ...]:
    """What makes the bars that a set reads besides those it is read for."""
    coarser = _COARSER if plan.joined else ()
    return (*coarser, *(_COMPARED if plan.compared else ()))


def model_sha(bundle: Bundle, plan: Plan) -> str:
    """What names a model: its definitions, its set, the code of every stage."""
    parts = ("model_config", "policy", "universe")
    more = () if bundle.cadence == "daily" else _BAR_BY_BAR
    more = (*more, "boosting") if bundle.model.kind == "gbm" else more
    return sha_of(
        {
            "set": set_sha(bundle.contents["indicator_set"], plan),
            "definitions": {part: bundle.shas[f"{part}_sha"] for part in parts},
            "benchmark": bundle.manifest.benchmark,
            "code": _files(*_STAGES, *_READING, *more),
        }
    )


def _call(call: Call) -> dict[str, object]:
    card, params = call.card, call.params
    return {
        "name": card.name,
        "inputs": list(card.inputs),
        "params": dict(params),
        "warmup": card.warmup(params),
        "stable": card.stable(params) if card.stable else None,
        "across": card.across,
        "outputs": [[o.key, o.degree, o.low, o.high] for o in card.outputs],
        "core": _function(card.core),
        "driver": _files(*_DRIVER),
        "step": _step(call),
    }


def _step(call: Call) -> dict[str, object] | None:
    """The step of a call, where it has one."""
    found = step_of(call.card.name)
    if found is None:
        return None
    params = call.params
    return {
        "reach": [found.depth(params), found.size(params), found.align(params)],
        "run": _function(found.run) if found.run else None,
        "driver": _files(*_STEP_DRIVER),
    }


@cache
def _function(function: Callable[..., Any]) -> str:
    """A function and the plain functions and numbers it names, as one sha."""
    found: list[object] = []
    for one in reached(function):
        values = {
            word: repr(value)
            for word, value in globals_read(one).items()
            if isinstance(value, int | float | str | tuple)
        }
        source = _source(textwrap.dedent(inspect.getsource(one)))
        found.append([f"{one.__module__}.{one.__qualname__}", source, values])
    return sha_of(found)


@cache
def _files(*parts: str) -> str:
    """Source files and folders below the engine, as one sha."""
    paths = [
        path
        for part in parts
        for path in sorted((_HOME / part).rglob("*.py") or []) or [_HOME / part]
    ]
    return sha_of(
        {
            path.relative_to(_HOME).as_posix(): _source(path.read_text("utf-8"))
            for path in paths
        }
    )


def _source(text: str) -> str:
    """The sha of what a source does: no comments, docstrings or decorators."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            if isinstance(node, ast.FunctionDef):
                node.decorator_list = []
    return sha_of_bytes(ast.dump(tree).encode())
