"""What the page's fields offer: packs, universes, policies, indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packs_app import services as packs
from packs_app import universes
from sigma_core.specs import naming
from sigma_core.specs.bundle import COMMON

if TYPE_CHECKING:
    from sigma_core.indicators import Card

SIGNS = ((">", ">"), (">=", "≥"), ("<", "<"), ("<=", "≤"), ("==", "="), ("!=", "≠"))


@dataclass(frozen=True)
class Choices:
    """Names to choose from, for one pack."""

    packs: list[str]
    universes: list[tuple[str, str]]
    policies: list[str]
    default_universe: str
    default_policy: str
    sharing: list[str]
    assets: tuple[str, ...] = naming.ASSETS
    horizons: tuple[str, ...] = naming.HORIZONS
    cadences: tuple[str, ...] = naming.CADENCES
    signs: tuple[tuple[str, str], ...] = SIGNS


def choices_for(pack: str, set_name: str, saved: str) -> Choices:
    """What can be chosen in a pack; other models on the same set are `sharing` it."""
    views = {view.id: view for view in packs.list_packs()}
    own = views.get(pack)
    common = views.get(COMMON)
    manifest = own.manifest if own else None
    policies = [*(own.files["policies"] if own else ())]
    policies += [
        name
        for name in (common.files["policies"] if common and own is not common else ())
        if name not in policies
    ]
    return Choices(
        packs=[
            view.id for view in views.values() if view.manifest and view.id != COMMON
        ],
        universes=[
            (one.name, "; ".join(one.rules)) for one in universes.list_universes()
        ],
        policies=policies,
        default_universe=(manifest.default_universe or "") if manifest else "",
        default_policy=(manifest.default_policy or "") if manifest else "",
        sharing=[
            model.model_id
            for model in (own.models if own else ())
            if model.bundle
            and model.bundle.indicator_set.name == set_name
            and model.model_id != saved
        ],
    )


def catalogue() -> list[tuple[str, list[Card]]]:
    """The cards by group, in the order of the catalogue page."""
    from sigma_core.indicators.registry import GROUPS  # pandas comes with the cards

    found: dict[str, list[Card]] = {group: [] for group in GROUPS}
    for card in packs.list_cards().values():
        found.setdefault(card.group, []).append(card)
    return [(group, cards) for group, cards in found.items() if cards]
