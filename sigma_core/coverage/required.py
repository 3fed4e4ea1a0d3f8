"""Required columns first: which inputs a set reads, and which of them nobody provides.

Asked before anything is computed, so that a set of iv indicators without option data
is refused in a millisecond, by name, and not with a column of NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sigma_core.errors import Problem, SpecError
from sigma_core.frames import CLOCK, FIELDS, MARKET
from sigma_core.indicators.registry import cards
from sigma_core.specs.schema import IndicatorSet

#: provider → the columns it gives
Provided = Mapping[str, frozenset[str]]
PROVIDED: Provided = {
    "bars": frozenset(FIELDS),
    "calendar": frozenset(CLOCK),
    "index": frozenset({MARKET}),
}


WITHOUT_BENCHMARK: Provided = {n: v for n, v in PROVIDED.items() if n != "index"}


@dataclass(frozen=True)
class Required:
    """An input column: who provides it, which indicators read it, whether it is there.

    `needed_by` are names of indicators, in the order of the set.
    """

    column: str
    provider: str
    needed_by: tuple[str, ...]
    held: bool


def required(iset: IndicatorSet, provided: Provided = PROVIDED) -> list[Required]:
    """The inputs a set needs, missing ones first.

    Names that are no indicator are left to whoever checks the set.
    """
    known = cards()
    users: dict[tuple[str, str], list[str]] = {}
    for entry in iset.indicators:
        card = known.get(entry.name or "")
        for column in card.inputs if card else ():
            provider = _provider(column, card.provider if card else "")
            users.setdefault((provider, column), []).append(str(entry.name))
    found = [
        Required(
            column=column,
            provider=provider,
            needed_by=tuple(dict.fromkeys(names)),
            held=column in provided.get(provider, frozenset()),
        )
        for (provider, column), names in users.items()
    ]
    return sorted(found, key=lambda one: one.held)


def _provider(column: str, own: str) -> str:
    """Fields of bars and the calendar's come with those, whatever else is read."""
    known = (name for name in ("bars", "calendar") if column in PROVIDED[name])
    return next(known, own)


def require(
    iset: IndicatorSet, provided: Provided = PROVIDED, *, where: str = ""
) -> list[Required]:
    """`required`; SpecError naming set, indicator and input if one is missing."""
    found = required(iset, provided)
    problems = [
        _missing(one, name, iset.name, where, provided)
        for one in found
        if not one.held
        for name in one.needed_by
    ]
    if problems:
        raise SpecError(problems)
    return found


def _missing(
    one: Required, indicator: str, set_name: str, where: str, provided: Provided
) -> Problem:
    if one.column == MARKET:
        return _no_benchmark(indicator, set_name, where)
    lacks = one.provider not in provided
    what = f"of the provider {one.provider!r}" if lacks else f"of {one.provider}"
    held = "which is not connected" if lacks else "which does not have it"
    return Problem(
        code="coverage.input_missing",
        where=where or f"indicator set {set_name}",
        message=f"{indicator!r} of the set {set_name!r} needs the column "
        f"{one.column!r} {what}, {held}.",
        hint=f"Ingest {one.provider} data, or take {indicator} out of the set.",
    )


def _no_benchmark(indicator: str, set_name: str, where: str) -> Problem:
    return Problem(
        code="coverage.no_benchmark",
        where=where or f"indicator set {set_name}",
        message=f"{indicator!r} of the set {set_name!r} needs the column {MARKET!r}, "
        "the close of a benchmark, and the dataset has none.",
        hint="Ingest bars or an index series of the pack's `benchmark`, or name one "
        f"ticker's asset `benchmark` in the reference data; or take {indicator} out.",
    )
