"""Sets, policies and universes, each by itself; and which of them nothing uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sigma_core import matrix
from sigma_core.errors import BadInput, Problem
from sigma_core.expressions import FUNCTIONS
from sigma_core.lint.reading import Definition, Reading
from sigma_core.specs.bundle import universe_picker
from sigma_core.specs.policies import Policy, warnings_of
from sigma_core.specs.schema import IndicatorSet, UniverseSpec
from sigma_core.specs.universes import resolve

#: names of labels: what is known only afterwards
LABEL = re.compile(r"fwd_(ret|rank)_[0-9]+d|close_to_open|next_bar_ret")
#: what a rule reads as its own words
WORDS = frozenset({"and", "or", "not", "by", *FUNCTIONS})


def check(found: Reading) -> Iterator[Problem]:
    """All problems of the definitions that models stand on."""
    for one in found.sets.values():
        yield from _set(one, found.cadences[one.stem])
    for policy in found.policies.values():
        yield from _policy(policy)
    for universe in found.universes.values():
        yield from _universe(found, universe)
    yield from _unused(found)


def _set(one: Definition[IndicatorSet], cadences: list[str]) -> Iterator[Problem]:
    if one.spec is None or one.document is None:
        return
    for cadence in cadences:
        yield from matrix.problems(
            one.spec, where=one.where, cadence=cadence, at=one.document.at
        )
    for position, entry in enumerate(one.spec.indicators):
        if entry.alias and LABEL.fullmatch(entry.alias):
            where = one.document.at(("indicators", position, "as"))
            message = f"{entry.alias!r} is the name of a label, not of a feature."
            yield Problem("set.label_column", where, message, "Call it otherwise.")
        elif entry.alias in WORDS:
            where = one.document.at(("indicators", position, "as"))
            message = f"{entry.alias!r} is a word of rules; no rule could name it."
            yield Problem("set.reserved_column", where, message, "Call it otherwise.")


def _policy(one: Definition[Policy]) -> Iterator[Problem]:
    if one.spec is not None and one.document is not None:
        yield from warnings_of(one.spec, at=one.document.at)


def _universe(found: Reading, one: Definition[UniverseSpec]) -> Iterator[Problem]:
    if one.spec is None or one.document is None or not found.is_common:
        return
    if one.spec.asset != "eq":
        message = "bars of options are not held: a universe is of shares (eq)."
        yield Problem("universe.asset", one.document.at(("asset",)), message)
    try:
        resolve(one.document, one.spec, universe_picker(found.root))
    except BadInput as error:
        yield from error.problems


def _unused(found: Reading) -> Iterator[Problem]:
    """Sets and policies that no model of the pack names, each as a warning.

    Nothing is said while a model's file can't be parsed: it may be the one.
    """
    documents = [one.document for one in found.models.values()]
    if found.is_common or any(document is None for document in documents):
        return
    models = [document.value for document in documents if document]
    default = found.manifest.document
    policies = {model.get("policy") for model in models}
    policies |= {default.value.get("default_policy")} if default else set()
    sets = {model.get("indicator_set") for model in models}
    yield from _not_among("set", found.sets, sets)
    yield from _not_among("policy", found.policies, policies)


def _not_among(
    kind: str,
    there: Mapping[str, Definition[Any]],  # Any: only their names are asked for
    named: set[object],
) -> Iterator[Problem]:
    for one in there.values():
        if one.document is not None and one.stem not in named:
            message = f"no model of this pack uses the {kind} {one.stem!r}."
            hint = "Name it in a model, or delete it."
            yield Problem(
                f"pack.unused_{kind}", f"{one.where}:1", message, hint, "warning"
            )
