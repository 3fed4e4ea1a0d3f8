"""A recipe: one whole calibration, as `packs/<pack>/recipes/<name>.json` keeps it.

Grid, dates, objective, every cell, the winner and why, and the hashes of all it was
made from. A recipe changes nothing by itself: it says where a model's numbers are from.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sigma_core.errors import Problem, SpecError
from sigma_core.paths import safe_join
from sigma_core.specs.files import to_spec
from sigma_core.specs.schema import Items, ModelId, Name, Spec
from sigma_core.specs.yaml_events import Document

FOLDER, SUFFIX = "recipes", ".json"
MAX_BYTES = 2_000_000
Number = float | None


class Moments(Spec):
    """Of the net return of a session."""

    sharpe: Number
    skew: Number
    kurtosis: Number


class Half(Spec):
    """A cell on the training dates, or on those held out."""

    sessions: Annotated[int, Field(ge=1)]
    signals: Annotated[int, Field(ge=0)]
    signals_per_session: float
    metrics: Mapping[Name, Number]
    moments: Moments


class Cell(Spec):
    """One combination: what it brought, and how it stands among its neighbours."""

    number: Annotated[int, Field(ge=0)]
    params: Mapping[Name, float]
    swept: Half
    held_out: Half
    #: of the training dates, and of those held out
    value: Number
    held_out_value: Number
    around: Number
    drop: Number
    standing: Literal["plateau", "spike", "alone"] | None


class Dates(Spec):
    """First and last session of both parts, as dates."""

    train_start: str
    train_end: str
    held_out_start: str
    held_out_end: str


class Recipe(Spec):
    """The file, whole."""

    name: Annotated[str, Field(max_length=140)]
    pack: Name
    model_id: ModelId
    dataset: Name
    grid: Annotated[
        Mapping[Name, Annotated[Items[float], Field(min_length=1)]],
        Field(min_length=1),
    ]
    objective: Name
    min_trades: Annotated[int, Field(ge=0)]
    #: the terms on which the cells were filled
    participation: Annotated[float, Field(gt=0, le=1)] | None = None
    delisting_return: Annotated[float, Field(ge=-1, le=1)] = 0.0
    whole_shares: bool = True
    dates: Dates
    cells: Annotated[Items[Cell], Field(min_length=1, max_length=200)]
    winner: Annotated[int, Field(ge=0)] | None
    why: str
    pbo: Number
    fingerprint: Mapping[str, Any]  # Any: JSON


def as_text(recipe: Mapping[str, Any]) -> str:
    """A recipe as its file says it. Raises SpecError for one that is not whole."""
    _read(dict(recipe), "recipe")
    return json.dumps(recipe, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def names_in(home: Path) -> list[str]:
    """The names of a pack's recipes, sorted."""
    return sorted(path.stem for path in (home / FOLDER).glob(f"*{SUFFIX}"))


def path_of(home: Path, name: str) -> Path:
    """The file of a recipe. Raises BadInput for a name that leads elsewhere."""
    return safe_join(home, FOLDER, f"{name}{SUFFIX}")


def read_recipe(path: Path, *, where: str) -> Recipe:
    """A recipe's file. Raises SpecError: `recipe.syntax`, `recipe.too_large`,
    `pack.stem`, or what of it breaks a rule."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        message = f"a recipe has at most {MAX_BYTES:,} bytes."
        raise SpecError(Problem("recipe.too_large", where, message))
    found = _read(_plain(content, where), where)
    if found.name != path.stem:
        message = f"name is {found.name!r}, the file says {path.stem!r}."
        raise SpecError(Problem("pack.stem", where, message, "Rename the file."))
    return found


def _read(said: dict[str, Any], where: str) -> Recipe:
    found = to_spec(Document(where, said), Recipe)
    count = math.prod(len(values) for values in found.grid.values())
    if count != len(found.cells) or (found.winner or 0) >= count:
        message = f"the grid has {count} cells, the file {len(found.cells)}."
        hint = "A recipe has every cell of its grid, and a winner among them."
        raise SpecError(Problem("recipe.cells", where, message, hint))
    return found


def _plain(content: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except json.JSONDecodeError as error:
        message = f"this is not JSON: {error.msg}."
        raise SpecError(
            Problem("recipe.syntax", f"{where}:{error.lineno}", message)
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        message = "this is not JSON."
        raise SpecError(Problem("recipe.syntax", f"{where}:1", message)) from error
    if not isinstance(found, dict):
        message = "a recipe is one JSON object."
        raise SpecError(Problem("recipe.syntax", f"{where}:1", message))
    return found
