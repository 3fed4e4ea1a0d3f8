"""Universes made of others: and, or, and not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from sigma_core.frames import BarArrays, Bools, Ints
from sigma_core.specs.schema import UniverseSpec
from sigma_core.universe.members import Universe, members


def evaluate(
    spec: UniverseSpec,
    parts: Mapping[str, UniverseSpec],
    bars: BarArrays,
    sessions_wanted: slice | Ints,
    *,
    reference: pd.DataFrame | None,
    membership: Callable[[str], pd.DataFrame],
    benchmark: str | None = None,
    under_way: bool = False,
) -> Universe:
    """Members of a universe as `members` gives them, those of its parts found first.

    `parts` by name, each after those it is made of (`UniverseTree.parts`); all are
    judged whole, by their own rules and on the same bars. `membership` reads the spells
    of a membership file by name. `under_way` as in `members`. Raises MissingData,
    UnknownName.
    """
    found: dict[str, Bools] = {}

    def judged(one: UniverseSpec) -> Universe:
        named = one.base.membership
        return members(
            one,
            bars,
            sessions_wanted,
            reference=reference,
            membership=membership(named) if named else None,
            benchmark=benchmark,
            parts=found,
            under_way=under_way,
        )

    for name, part in parts.items():
        found[name] = judged(part).members
    return judged(spec)
