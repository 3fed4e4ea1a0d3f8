"""A trained model as two files: the trees as LightGBM writes them, and their card.

    model.txt    LightGBM's text
    card.json    what it was made from, and the sha256 of that text

Never pickled. `read` compares the sha before anything else looks at the text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from sigma_core.errors import BadInput, DamagedData, Problem
from sigma_core.specs import fingerprint

#: of the card's layout
SCHEMA = 1
TEXT, CARD = "model.txt", "card.json"
_DATES = ("train_first", "train_last", "known_on")
_FIRST_TREE, _TREES_END = "\nTree=0\n", "end of trees"


@dataclass(frozen=True)
class Card:
    """What is known of a model beside its trees.

    Dates are sessions: it was trained on `train_first` to `train_last`, whose labels
    were all known by the close of `known_on`. `ranges`: the 1 % and 99 % quantile of
    each column in training, for `far_outside`; empty for models that only test.
    `lineage` names all it was made from. `text_sha` is of the whole text, `trees_sha`
    of its trees section: two trainings that agree have one `trees_sha`.
    """

    pack: str
    model_id: str
    columns: tuple[str, ...]
    label: str
    train_first: date
    train_last: date
    known_on: date
    sessions: int
    rows: int
    params: Mapping[str, float | int | str | bool]
    max_age_days: int
    text_sha: str
    trees_sha: str
    ranges: Mapping[str, tuple[float, float]]
    metrics: Mapping[str, Any]
    lineage: Mapping[str, Any]
    schema: int = SCHEMA

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain = asdict(self)
        plain |= {name: str(plain[name]) for name in _DATES}
        plain["columns"] = list(self.columns)
        plain["ranges"] = {name: list(ends) for name, ends in self.ranges.items()}
        return plain


@dataclass(frozen=True)
class Model:
    """Trees and their card."""

    text: str
    card: Card

    def write(self, folder: Path) -> None:
        """Both files, into a folder that is there."""
        (folder / TEXT).write_text(self.text, encoding="utf-8", newline="")
        plain = json.dumps(self.card.as_dict(), indent=1, allow_nan=False)
        (folder / CARD).write_text(plain + "\n", encoding="utf-8")

    def require_whole(self) -> None:
        """Raise DamagedData where the text is not the one that the card was made of."""
        if fingerprint.sha_of_bytes(self.text.encode()) != self.card.text_sha:
            message = "its sha256 is not that of its card: it was changed or damaged."
            raise _damaged(TEXT, message)

    def require_columns(self, columns: tuple[str, ...]) -> None:
        """Raise BadInput `model.columns` for others, or in another order."""
        if columns != self.card.columns:
            where = f"model {self.card.model_id}"
            raise BadInput(_other_columns(where, self.card.columns, columns))

    def require_usable(self, columns: tuple[str, ...], session: date) -> None:
        """Raise BadInput where it may not predict a session from these columns.

        `model.columns`: other columns, or in another order; `model.age`: more than
        `max_age_days` from `train_last` to the session; `model.seen`: a label that was
        trained on was not known before the session.
        """
        where = f"model {self.card.model_id}"
        self.require_columns(columns)
        if session <= self.card.known_on:
            message = (
                f"it learned from labels known on {self.card.known_on}; what it says "
                f"of {session} would not be a prediction."
            )
            hint = "Ask for a later session, or take its predictions out of sample."
            raise BadInput(Problem("model.seen", where, message, hint))
        age = (session - self.card.train_last).days
        if age > self.card.max_age_days:
            message = (
                f"its training ended on {self.card.train_last}, {age} days before "
                f"{session}; max_age_days is {self.card.max_age_days}."
            )
            hint = "Train it again, or raise max_age_days."
            raise BadInput(Problem("model.age", where, message, hint))


def trees_sha(text: str) -> str:
    """sha256 of the trees alone: the rest of the text records how they were made, such
    as the number of threads. DamagedData for a text without trees."""
    start, end = text.find(_FIRST_TREE), text.rfind(_TREES_END)
    if not 0 <= start < end:
        raise _damaged(TEXT, "it has no trees section.")
    return fingerprint.sha_of_bytes(text[start:end].encode())


def read(folder: Path) -> Model:
    """The model of a folder. DamagedData `model.damaged` where a file is missing, the
    card is not one, or the text is not that of the card."""
    plain = _read(folder, CARD)
    try:
        card = _card(json.loads(plain))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(CARD, f"it is not a model's card: {error}.") from error
    if card.schema != SCHEMA:
        message = f"its layout is {card.schema}; this version reads {SCHEMA}."
        raise _damaged(CARD, message)
    model = Model(_read(folder, TEXT), card)
    model.require_whole()
    return model


def _card(plain: Mapping[str, Any]) -> Card:
    known = {field.name: plain[field.name] for field in fields(Card)}
    known |= {name: date.fromisoformat(plain[name]) for name in _DATES}
    known["columns"] = tuple(plain["columns"])
    known["ranges"] = {
        name: (float(low), float(high)) for name, (low, high) in plain["ranges"].items()
    }
    return Card(**known)


def _read(folder: Path, name: str) -> str:
    try:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:  # its own words would name the folder
        raise _damaged(name, f"it can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _damaged(name, f"it can't be read: {error}.") from error


def _other_columns(
    where: str, trained: tuple[str, ...], came: tuple[str, ...]
) -> Problem:
    missing = ", ".join(sorted(set(trained) - set(came)))
    more = ", ".join(sorted(set(came) - set(trained)))
    parts = [f"without {missing}" if missing else "", f"with {more}" if more else ""]
    said = " and ".join(part for part in parts if part) or "in another order"
    message = f"the columns are not those it was trained on: they come {said}."
    return Problem("model.columns", where, message, "Train it again.")


def _damaged(name: str, message: str) -> DamagedData:
    hint = "Train the model again; its definition is untouched."
    return DamagedData(Problem("model.damaged", name, message, hint))
