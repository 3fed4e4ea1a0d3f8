"""A trained model as two files: the trees as LightGBM writes them, and their card.

    model.txt    LightGBM's text
    card.json    what it was made from, and the sha256 of that text

Never pickled. `read` compares the sha before anything else looks at the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

#: of the card's layout
SCHEMA = 1
TEXT, CARD = "model.txt", "card.json"


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
        raise NotImplementedError


@dataclass(frozen=True)
class Model:
    """Trees and their card."""

    text: str
    card: Card

    def write(self, folder: Path) -> None:
        """Both files, into a folder that is there."""
        raise NotImplementedError

    def require_usable(self, columns: tuple[str, ...], session: date) -> None:
        """Raise BadInput where it may not predict a session from these columns.

        `model.columns`: other columns, or in another order; `model.age`: more than
        `max_age_days` from `train_last` to the session; `model.seen`: the session's
        label, or that of an earlier one, was trained on.
        """
        raise NotImplementedError


def read(folder: Path) -> Model:
    """The model of a folder. DamagedData `model.damaged` where a file is missing, the
    card is not one, or the text is not that of the card."""
    raise NotImplementedError
