"""What of a definition a trained model learned from: a change of it wants a training.

Its label, how it is trained, its parameters, its columns and who is in its universe;
not its policy, its tags and descriptions, nor the names of its files: a training
outlives a change of those. `max_age_days` is asked when it predicts, so it may change.
"""

from __future__ import annotations

from collections.abc import Mapping

from sigma_core.specs import fingerprint
from sigma_core.specs.bundle import Bundle

#: parts of a model's config that a training rests on
_CONFIG = ("kind", "ticker", "label", "train", "params")
#: what says nothing of who is in a universe
_WORDS = ("name", "version", "description")


def learned_sha(bundle: Bundle) -> str:
    """One sha of what a training of a model rests on, bars aside."""
    model = bundle.model.model_dump(mode="json", include=set(_CONFIG))
    return fingerprint.sha_of(
        {
            "model": model,
            "cadence": bundle.cadence,
            "indicators": bundle.contents["indicator_set"]["indicators"],
            "universe": _rules(bundle.contents["universe"]),
        }
    )


def _rules(universe: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in universe.items() if name not in _WORDS}
