"""What a form or a body says of a model → the files it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packs_app import packs
from packs_app.definitions import Action, Draft
from packs_app.kinds import MODEL, POLICY, SET
from sigma_core.specs import naming

#: parts of a name that are no keys of the file; the ticker is both
PARTS = ("asset", "horizon", "cadence", "algo", "variant")


def drafts_of_model(*, pack: str, content: Mapping[str, Any]) -> list[Draft]:
    """A new model, after the set and the policy that are written with it.

    Without a `model_id` the name is made of its parts. An `indicator_set` or `policy`
    that is no name but a definition is a file of its own, called after the model where
    it has no name. Raises UnknownName for the pack, SpecError for a part of the name.
    """
    said = {key: one for key, one in content.items() if key not in PARTS}
    if not said.get("model_id"):
        said["model_id"] = packs.auto_name(pack=pack, parts=content)
    drafts = []
    for key, kind, end in (("indicator_set", SET, ""), ("policy", POLICY, "_policy")):
        given = said.get(key)
        if isinstance(given, dict):
            named = {"name": _name_after(str(said["model_id"])) + end, **given}
            said[key] = named["name"]
            drafts.append(
                Draft(
                    kind,
                    content=named,
                    new=True,
                    action=Action.CREATED,
                    pointer=f"/{key}",
                )
            )
    model = Draft(MODEL, content=said, new=True, action=Action.CREATED)
    return [*drafts, model]


def _name_after(model_id: str) -> str:
    """`swing_eq_breakout_scanner` of `universe_eq_swing_daily_breakout_scanner`."""
    named = naming.parse(model_id)
    first = [] if named.over_universe else [named.ticker]
    rest = [named.horizon, named.asset, named.algo or named.variant or "model"]
    return "_".join([*first, *rest])[:56]
