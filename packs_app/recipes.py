"""Recipes of a pack: written whole or not at all, listed, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from packs_app import journal
from sigma_core.errors import Problem, SpecError, UnknownName
from sigma_core.paths import write_atomic
from sigma_core.specs import recipes
from sigma_core.specs.bundle import pack_folder
from sigma_core.specs.recipes import Recipe


@dataclass(frozen=True)
class Listed:
    """A recipe as a list shows it; `recipe` None where its file breaks a rule."""

    name: str
    recipe: Recipe | None
    problems: tuple[Problem, ...]

    @property
    def judged_by(self) -> str:
        """Its objective in words: deflated sharpe."""
        return self.recipe.objective.replace("_", " ") if self.recipe else ""

    @property
    def words(self) -> str:
        """The winner's parameters: adx_min 24, rsi_min 60; empty without one."""
        if self.recipe is None or self.recipe.winner is None:
            return ""
        won = self.recipe.cells[self.recipe.winner].params
        return ", ".join(f"{name} {value:g}" for name, value in won.items())


def write_recipe(*, pack: str, recipe: Mapping[str, Any]) -> None:
    """Put a recipe into its pack; the same name again replaces it.

    Raises UnknownName for the pack, SpecError for a recipe that is not whole.
    """
    text = recipes.as_text(recipe).encode()
    with journal.turn(pack) as home:
        path = recipes.path_of(home, str(recipe["name"]))
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_bytes() != text:
            write_atomic(path, text)


def list_recipes(pack: str) -> list[Listed]:
    """All recipes of a pack by name. Raises UnknownName."""
    home = pack_folder(settings.SIGMA_PACKS, pack)
    return [_listed(pack, name) for name in recipes.names_in(home)]


def find_recipe(*, pack: str, name: str) -> Recipe:
    """One recipe. Raises UnknownName for pack or name, SpecError for a broken file."""
    path = _path(pack, name)
    where = f"{pack}/{recipes.FOLDER}/{path.name}"
    return recipes.read_recipe(path, where=where)


def bytes_of(*, pack: str, name: str) -> bytes:
    """A recipe's file as it lies there. Raises UnknownName for pack or name."""
    with _path(pack, name).open("rb") as file:
        return file.read()


def _path(pack: str, name: str) -> Path:
    home = pack_folder(settings.SIGMA_PACKS, pack)
    known = recipes.names_in(home)
    if name not in known:
        raise UnknownName("recipe", name[:200], known)
    return recipes.path_of(home, name)


def _listed(pack: str, name: str) -> Listed:
    try:
        return Listed(name, find_recipe(pack=pack, name=name), ())
    except SpecError as error:
        return Listed(name, None, tuple(error.problems))
