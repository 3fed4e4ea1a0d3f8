"""Universes as page, API and command show them: rules in words, and who uses them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from packs_app import services
from packs_app.services import State, load_universe
from sigma_core.errors import BadInput, Problem, UnknownName
from sigma_core.specs import bundle
from sigma_core.specs.bundle import COMMON
from sigma_core.specs.schema import Block, UniverseSpec
from sigma_core.specs.universes import UniverseTree

__all__ = ["UniverseView", "find_universe", "list_universes", "load_universe"]


@dataclass(frozen=True)
class UniverseView:
    """One universe: all it is made of, or (tree None) what is wrong; who uses it."""

    name: str
    tree: UniverseTree | None
    problems: tuple[Problem, ...]
    #: `pack/model` of the models over it
    models: tuple[str, ...]
    #: universes that are made of it
    universes: tuple[str, ...]
    #: packs whose default it is
    packs: tuple[str, ...]

    @property
    def rules(self) -> list[str]:
        """What its file asks, in words; empty for a broken one."""
        return rules_of(self.tree.spec) if self.tree else []

    @property
    def users(self) -> tuple[str, ...]:
        """All that name it, in one line."""
        return (*self.models, *self.universes, *self.packs)

    @property
    def content(self) -> dict[str, Any]:
        """What its file says."""
        return dict(self.tree.document.value) if self.tree else {}


def list_universes() -> list[UniverseView]:
    """Every central universe by name, broken ones with their problems."""
    root, state = services.current_state()
    return list(_universes(root, state))


def find_universe(name: str) -> UniverseView:
    """One universe; raises UnknownName."""
    views = list_universes()
    for view in views:
        if view.name == name:
            return view
    raise UnknownName("universe", name[:100], [view.name for view in views])


def rules_of(spec: UniverseSpec) -> list[str]:
    """The rules of a definition as sentences without a full stop, in their order."""
    days = f"{spec.window}-day average"
    said = [
        _start(spec),
        spec.all_of and f"in {' and in '.join(spec.all_of)}",
        spec.any_of and f"in {' or in '.join(spec.any_of)}",
        spec.minus and f"not in {' or '.join(spec.minus)}",
        spec.leaves_out_funds and "no funds, not the benchmark",
        spec.min_price is not None and f"price ≥ {spec.min_price:,g}",
        spec.min_adv_shares is not None
        and f"{days} ≥ {spec.min_adv_shares:,.10g} shares",
        spec.min_adv_dollars is not None
        and f"{days} ≥ {spec.min_adv_dollars:,.10g} dollars",
        spec.min_age is not None and f"bars since {spec.min_age:,} sessions or more",
        spec.block and f"{len(spec.block):,} blocked",
        spec.top_by and _top(spec, days),
    ]
    return [words for words in said if words]


def block_words(block: Block) -> str:
    """From when to when a ticker is blocked."""
    since = f"from {block.since}" if block.since else "from the start"
    return f"{since} until {block.until}" if block.until else f"{since}, no end"


def _start(spec: UniverseSpec) -> str:
    if spec.base.tickers is not None:
        return f"a list of {len(spec.base.tickers):,}"
    if spec.base.membership is not None:
        return f"members of {spec.base.membership} on the day"
    return "all tickers with bars"


def _top(spec: UniverseSpec, days: str) -> str:
    if spec.top_by is None:
        return ""
    most = spec.top_by.adv_dollars or spec.top_by.adv_shares
    what = "dollars" if spec.top_by.adv_dollars else "shares"
    return f"the {most:,} largest by {days} in {what}"


@lru_cache(maxsize=4)
def _universes(root: Path, state: State) -> tuple[UniverseView, ...]:
    names = [
        Path(shown).stem
        for shown, _, _ in state
        if shown.startswith(f"{COMMON}/universes/")
    ]
    trees: dict[str, UniverseTree] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    for name in names:
        try:
            trees[name] = bundle.load_universe(root, name)
        except BadInput as error:
            problems[name] = tuple(error.problems)
    return tuple(
        UniverseView(name, trees.get(name), problems.get(name, ()), *users)
        for name in names
        for users in [_users(name, trees)]
    )


def _users(
    name: str, trees: dict[str, UniverseTree]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Models over it, universes made of it, packs whose default it is."""
    packs = services.list_packs()
    models = [
        f"{model.pack}/{model.model_id}"
        for pack in packs
        for model in pack.models
        if model.bundle
        and model.bundle.model.ticker is None
        and model.bundle.universe.name == name
    ]
    made_of = [other for other, tree in trees.items() if name in tree.parts]
    default = [
        f"{pack.id}/pack.yaml"
        for pack in packs
        if pack.manifest and pack.manifest.default_universe == name
    ]
    return tuple(models), tuple(made_of), tuple(default)
