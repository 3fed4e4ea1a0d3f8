"""The small tables of a dataset: corporate actions, reference data, memberships.

Each is a Delta table with a strict schema: a frame with a missing, unknown or wrongly
typed column is refused whole (BadInput), and a write is one commit. Dates come back as
`datetime64[us]` without a zone, NaT where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from sigma_core.bars.actions import ACTION_KINDS, LEAST_FACTOR, MOST_FACTOR
from sigma_core.bars.tables import Table
from sigma_core.errors import BadInput, Problem, did_you_mean
from sigma_core.frames import Times

#: A column of any type: which one, its `Records` says.
Column: TypeAlias = "pd.Series[Any]"
_TEXT, _DAY, _NUMBER = pa.string(), pa.date32(), pa.float64()
_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Records:
    """One small table: all its columns, those that must be given, and its key."""

    name: str
    columns: dict[str, pa.DataType]
    required: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def schema(self) -> pa.Schema:
        """The stored columns in order."""
        return pa.schema(list(self.columns.items()))

    def table(self, folder: Path) -> Table:
        """The Delta table of these records in one folder."""
        return Table(folder, self.schema)

    def checked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame with exactly these columns, types set, rows sorted by key."""
        _check_columns(frame, self)
        typed = pd.DataFrame(
            {name: self._column(frame, name) for name in self.columns},
            index=range(len(frame)),
        )
        empty = [name for name in self.required if typed[name].isna().any()]
        if empty:
            raise _bad(self.name, f"{empty[0]} is empty in some row.")
        if typed.duplicated(list(self.key)).any():
            raise _bad(self.name, f"{', '.join(self.key)} comes twice in some row.")
        return typed.sort_values(list(self.key), ignore_index=True)

    def write(self, frame: pd.DataFrame) -> pa.Table:
        """A checked frame as stored rows."""
        return pa.Table.from_pandas(frame, self.schema, preserve_index=False)

    def frame(self, rows: pa.Table) -> pd.DataFrame:
        """Stored rows as a frame."""
        plain = {n: rows[n].cast(_read_type(t)) for n, t in self.columns.items()}
        found: pd.DataFrame = pa.table(plain).to_pandas()
        return found

    def _column(self, frame: pd.DataFrame, name: str) -> Column:
        kind = self.columns[name]
        if name not in frame.columns:
            return pd.Series([None] * len(frame), dtype=_pandas_type(kind))
        given = frame[name].reset_index(drop=True)
        try:
            if kind == _TEXT:
                return _as_text(given)
            if kind == _NUMBER:
                return pd.to_numeric(given).astype(np.float64)
            return _as_moments(given, utc=kind == _MOMENT)
        except (ValueError, TypeError) as error:
            raise _bad(self.name, f"column {name}: {error}.") from error


SPLIT_FACTOR_HINT = (
    "A split needs the number of new shares for one old share: 2 for a 2:1, 0.002 for a"
    f" 1:500; from {LEAST_FACTOR:g} to {MOST_FACTOR:,.0f}."
)
#: The split factor of a row that takes an action back; no action has it.
WITHDRAWN = 0.0

ACTIONS = Records(
    "actions",
    {
        "ticker": _TEXT,
        "ex_date": _DAY,
        "kind": _TEXT,
        "split_factor": _NUMBER,
        "cash": _NUMBER,
        "known_at": _MOMENT,
    },
    required=("ticker", "ex_date", "kind"),
    key=("ticker", "ex_date", "kind"),
)
REFERENCE = Records(
    "reference",
    {
        "ticker": _TEXT,
        "name": _TEXT,
        "sector": _TEXT,
        "asset": _TEXT,
        "listed": _DAY,
        "delisted": _DAY,
    },
    required=("ticker",),
    key=("ticker",),
)
IV = Records(
    "iv",
    {"ticker": _TEXT, "date": _DAY, "iv": _NUMBER, "hv": _NUMBER, "source": _TEXT},
    required=("ticker", "date"),
    key=("ticker", "date"),
)
INDEX = Records(
    "index",
    {"ticker": _TEXT, "date": _DAY, "close": _NUMBER, "total_return": _NUMBER},
    required=("ticker", "date", "close"),
    key=("ticker", "date"),
)
MEMBERSHIP = Records(
    "membership",
    {"ticker": _TEXT, "start": _DAY, "end": _DAY},
    required=("ticker", "start"),
    key=("ticker", "start"),
)


def checked_actions(frame: pd.DataFrame) -> pd.DataFrame:
    """Actions with known kinds and split factors, `known_at` filled in.

    Without `known_at` an action is history: known from midnight UTC of its ex-date.
    """
    actions = ACTIONS.checked(frame)
    unknown = sorted(set(actions["kind"]) - set(ACTION_KINDS))
    if unknown:
        hint = did_you_mean(unknown[0], ACTION_KINDS)
        raise _bad("actions", f"unknown kind {unknown[0]!r}.", hint)
    units = actions["kind"].isin(["split", "rescaled"])
    given = actions[units]
    wrong = given[~given["split_factor"].between(LEAST_FACTOR, MOST_FACTOR)]
    if len(wrong):
        ticker, day, factor = wrong[["ticker", "ex_date", "split_factor"]].iloc[0]
        message = f"{ticker} {day:%Y-%m-%d}: split_factor {factor:g}."
        raise _bad("actions", message, SPLIT_FACTOR_HINT)
    midnight = actions["ex_date"].dt.tz_localize("UTC")
    return actions.assign(known_at=actions["known_at"].fillna(midnight))


def changed_actions(stored: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """The given actions that are not stored just so, dated after what they revise."""
    held = current_actions(stored)
    both = given.merge(held, how="left", on=list(ACTIONS.key), suffixes=("", "_held"))
    same = both["known_at_held"].notna()
    for name in ("split_factor", "cash"):
        one, other = both[name], both[f"{name}_held"]
        same &= (one == other) | (one.isna() & other.isna())
    known = both[["known_at", "known_at_held"]].max(axis=1)
    return given.assign(known_at=known)[~same]


def current_actions(
    stored: pd.DataFrame, known_by: np.datetime64 | None = None
) -> pd.DataFrame:
    """For each (ticker, ex_date, kind) the last row known by then, sorted."""
    if known_by is not None:
        stored = stored.loc[moments(stored["known_at"]) <= known_by]
    last = stored.drop_duplicates(list(ACTIONS.key), keep="last")
    last = last[last["split_factor"] != WITHDRAWN]
    return last.sort_values(list(ACTIONS.key), ignore_index=True)


def moments(known_at: Column) -> Times:
    """A column of UTC moments as `datetime64[us]`."""
    naive: Times = known_at.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return naive


def checked_membership(frame: pd.DataFrame) -> pd.DataFrame:
    """Spells of membership: `end` is the first day outside, empty while still in."""
    spells = MEMBERSHIP.checked(frame)
    if (spells["end"] <= spells["start"]).any():
        raise _bad("membership", "a spell ends on or before its start.")
    return spells


def checked_reference(frame: pd.DataFrame) -> pd.DataFrame:
    """Reference rows; `asset` is `eq` where nothing is said."""
    reference = REFERENCE.checked(frame)
    return reference.assign(asset=reference["asset"].fillna("eq"))


def _check_columns(frame: pd.DataFrame, records: Records) -> None:
    missing = [name for name in records.required if name not in frame.columns]
    if missing:
        raise _bad(records.name, f"columns are missing: {', '.join(missing)}.")
    unknown = [str(name) for name in frame.columns if name not in records.columns]
    if unknown:
        hint = did_you_mean(unknown[0], records.columns)
        raise _bad(records.name, f"unknown column {unknown[0]!r}.", hint)


def _as_text(given: Column) -> Column:
    texts = given.astype("str")
    if not all(isinstance(value, str) for value in given.dropna()):
        raise ValueError("holds something that is not text")
    return texts


def _as_moments(given: Column, *, utc: bool) -> Column:
    moments = pd.to_datetime(given, utc=utc)
    if utc:
        return moments.dt.as_unit("us")
    return moments.dt.tz_localize(None).dt.normalize().dt.as_unit("us")


def _pandas_type(kind: pa.DataType) -> str:
    names = {_TEXT: "str", _NUMBER: "float64", _DAY: "datetime64[us]"}
    return names.get(kind, "datetime64[us, UTC]")


def _read_type(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp("us") if kind == _DAY else kind


def _bad(what: str, message: str, hint: str = "") -> BadInput:
    return BadInput(Problem(f"{what}.row", what, message, hint))


def combined(
    stored: pd.DataFrame, given: pd.DataFrame, key: Sequence[str]
) -> pd.DataFrame:
    """Stored rows, each replaced by the given one of the same key, and the new ones."""
    both = pd.concat([stored, given], ignore_index=True) if len(stored) else given
    last = both.drop_duplicates(list(key), keep="last")
    return last.sort_values(list(key), ignore_index=True)
