"""What a small table's rows would change in a dataset, with nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from sigma_core.bars import records
from sigma_core.bars.records import Records
from sigma_core.bars.store import Dataset

Check = Callable[[pd.DataFrame], pd.DataFrame]
#: kind → its records, and what a frame of them must hold
_KINDS: Mapping[str, tuple[Records, Check]] = {
    "actions": (records.ACTIONS, records.checked_actions),
    "reference": (records.REFERENCE, records.checked_reference),
    "membership": (records.MEMBERSHIP, records.checked_membership),
    "index": (records.INDEX, records.INDEX.checked),
    "iv": (records.IV, records.IV.checked),
}


@dataclass(frozen=True)
class Changes:
    """How many rows are new, stored otherwise, stored just so, and no longer there."""

    new: int
    changed: int
    same: int
    gone: int


def changes(kind: str, rows: pd.DataFrame, dataset: Dataset, name: str) -> Changes:
    """What these rows are against the stored ones.

    `name` is that of a membership, whose rows the file replaces: only there are any
    gone. BadInput if the rows break the table's shape.
    """
    table, check = _KINDS[kind]
    given, stored = check(rows), _stored(kind, dataset, name)
    key = list(table.key)
    # when a row became known is not what it says
    values = [column for column in table.columns if column not in (*key, "known_at")]
    both = given.merge(stored, "left", on=key, suffixes=("", "_held"), indicator=True)
    held = both["_merge"] == "both"
    same = held.copy()
    for value in values:
        one, other = both[value], both[f"{value}_held"]
        same &= (one == other) | (one.isna() & other.isna())
    kept = stored.merge(given[key], how="inner")
    return Changes(
        new=int((~held).sum()),
        changed=int((held & ~same).sum()),
        same=int(same.sum()),
        gone=len(stored) - len(kept) if kind == "membership" else 0,
    )


def _stored(kind: str, dataset: Dataset, name: str) -> pd.DataFrame:
    if kind == "membership":
        if name not in dataset.memberships():
            return records.MEMBERSHIP.checked(pd.DataFrame(columns=["ticker", "start"]))
        return dataset.membership(name)
    read = {
        "actions": dataset.actions,
        "reference": dataset.reference,
        "index": dataset.index,
        "iv": dataset.iv,
    }
    return read[kind]()
