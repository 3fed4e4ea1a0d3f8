"""What is proved of each indicator, set and model, and whether it still holds.

The newest certificate of a name counts. Whether it is stale is asked of the code as it
lies on disk, which needs no compiler; within a process code does not change. That of a
trained model is stale, too, when other trees answer than were proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from packs_app import services, trees
from packs_app.models import Certificate
from packs_app.services import ModelView
from packs_app.trees import Trees
from sigma_core.errors import SigmaError

if TYPE_CHECKING:
    from packs_app.definitions import Definition
    from sigma_core.indicators import Card
    from sigma_core.specs.bundle import Bundle

#: state → what a badge says, and its sentence
STATES = {
    "certified": ("✓ certified", "Every proof held, and the code is unchanged."),
    "failed": ("✗ refuted", "A proof failed: the value reads what it must not know."),
    "stale": ("○ stale", "The code or the parameters have changed since the proof."),
    "none": ("– unproved", "Nothing was proved of it yet."),
}


@dataclass(frozen=True)
class Standing:
    """The newest certificate of one thing, held against what would run now."""

    state: str
    certificate: Certificate | None = None
    #: why, where the state's own sentence does not say it
    why: str = ""

    @property
    def words(self) -> str:
        """What a badge says."""
        return STATES[self.state][0]

    @property
    def meaning(self) -> str:
        """The badge in a sentence."""
        return self.why or STATES[self.state][1]

    def as_document(self) -> dict[str, Any]:
        """As the API shows it."""
        held = self.certificate
        return {
            "state": self.state,
            "certified": self.state == "certified",
            "reason": self.meaning,
            "proved_at": held.proved_at.isoformat() if held else None,
            "run": held.run_id if held else None,
            "params": held.params if held else [],
            "proofs": held.proofs if held else [],
            "cells": held.cells if held else 0,
            "findings": held.findings if held else [],
            "notes": held.notes if held else [],
            "data_sha": held.data_sha if held else "",
            "code_sha": held.code_sha if held else "",
            "cost_ms_per_million_rows": held.cost if held else None,
        }


UNPROVED = Standing("none")
NO_TREES: Trees = {}


def newest(kind: str, names: list[str] | None = None) -> dict[str, Certificate]:
    """The newest certificate by name (of all if None); one query."""
    rows = Certificate.objects.filter(kind=kind)
    if names is not None:
        rows = rows.filter(name__in=names)
    latest = rows.order_by().values("name").annotate(last=Max("id")).values("last")
    return {one.name: one for one in Certificate.objects.filter(id__in=latest)}


def of_indicators(cards: Mapping[str, Card]) -> dict[str, Standing]:
    """Where each indicator stands."""
    held = newest(Certificate.Kind.INDICATOR, list(cards))
    return {
        name: _standing(held[name], indicator_sha(card)) if name in held else UNPROVED
        for name, card in cards.items()
    }


def of_indicator(card: Card) -> Standing:
    """Where one indicator stands."""
    return of_indicators({card.name: card})[card.name]


def of_models(views: list[ModelView]) -> dict[str, Standing]:
    """Where each model stands, by pack/model_id; a broken one is unproved."""
    names = [f"{view.pack}/{view.model_id}" for view in views]
    held = newest(Certificate.Kind.MODEL, names)
    named = list(zip(names, views, strict=True))
    proved = [view.bundle for name, view in named if name in held and view.bundle]
    now = trees.of_models(proved)
    return {
        name: _of_model(view, held[name], now.get(name, {}))
        if name in held
        else UNPROVED
        for name, view in named
    }


def of_sets(views: list[ModelView]) -> dict[str, Standing]:
    """Where the indicator sets of these models stand, by pack/set."""
    found = {
        f"{view.pack}/{view.bundle.indicator_set.name}": view
        for view in views
        if view.bundle
    }
    held = newest(Certificate.Kind.SET, list(found))
    return {
        name: _of_set(view, held[name]) if name in held else UNPROVED
        for name, view in found.items()
    }


def of_set(one: Definition) -> Standing:
    """Where one set stands; one that no sound model uses is unproved."""
    address = f"{one.pack}/{one.name}"
    return of_sets(list(services.find_pack(one.pack).models)).get(address, UNPROVED)


def of_draft(bundle: Bundle) -> dict[str, str]:
    """Whether what was proved of a model and its set still holds for a draft of them.

    `{"model": …, "indicator_set": …}`, each a state of `STATES`.
    """
    from sigma_core import run  # pandas
    from sigma_core.proofs import code

    kinds = Certificate.Kind
    model = f"{bundle.pack}/{bundle.model_id}"
    own_set = f"{bundle.pack}/{bundle.indicator_set.name}"
    held = {
        "model": newest(kinds.MODEL, [model]).get(model),
        "indicator_set": newest(kinds.SET, [own_set]).get(own_set),
    }
    plan = run.plan_of(bundle)
    shas = {
        "model": code.model_sha(bundle, plan),
        "indicator_set": code.set_sha(bundle.contents["indicator_set"], plan),
    }
    now = trees.of_models([bundle] if held["model"] else []).get(model, {})
    answers = {"model": now, "indicator_set": {}}
    return {
        part: _standing(one, shas[part], answers[part]).state if one else UNPROVED.state
        for part, one in held.items()
    }


def indicator_sha(card: Card) -> str:
    """What would be proved of an indicator today."""
    from sigma_core.proofs import code, params  # pandas comes with them

    return code.indicator_sha(params.calls(card))


def _of_model(view: ModelView, held: Certificate, now: Trees) -> Standing:
    from sigma_core import run  # pandas
    from sigma_core.proofs import code

    if view.bundle is None:
        return Standing("stale", held)
    try:
        plan = run.plan_of(view.bundle)
    except SigmaError:  # the set was broken since
        return Standing("stale", held)
    return _standing(held, code.model_sha(view.bundle, plan), now)


def _of_set(view: ModelView, held: Certificate) -> Standing:
    from sigma_core import run  # pandas
    from sigma_core.proofs import code

    if view.bundle is None:
        return Standing("stale", held)
    try:
        plan = run.plan_of(view.bundle)
    except SigmaError:  # as above
        return Standing("stale", held)
    return _standing(held, code.set_sha(view.bundle.contents["indicator_set"], plan))


def _standing(held: Certificate, code_sha: str, now: Trees = NO_TREES) -> Standing:
    if held.code_sha != code_sha:
        return Standing("stale", held)
    proved = held.params if held.kind == Certificate.Kind.MODEL else []
    if why := trees.difference(proved, now):
        return Standing("stale", held, why)
    return Standing("certified" if held.certified else "failed", held)


def model_standing(pack: str, model_id: str) -> Standing:
    """Where one model stands; raises UnknownName."""
    view = services.find_model(pack, model_id)
    return of_models([view])[f"{pack}/{model_id}"]
