"""Whose trees answer for a trained model: what its certificate is held against.

Trainings are rows of an app above this one; it says at its start how they are found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sigma_core.specs.bundle import Bundle


@dataclass(frozen=True)
class Answering:
    """The trees that answer for a model over a dataset, and the run they are of."""

    run: int
    trees_sha: str


#: dataset → the trees that answer over it
Trees = Mapping[str, Answering]
#: some models → of each, by pack/model_id, its trees
Find = Callable[[Sequence[Bundle]], Mapping[str, Trees]]
_finders: list[Find] = []


def register(find: Find) -> None:
    """Say how trees are found; the last one said counts."""
    _finders[:] = [find]


def of_models(bundles: Sequence[Bundle]) -> Mapping[str, Trees]:
    """The trees that answer for some models; nothing for scanners, and nothing is asked
    where there is no model to be trained among them."""
    learn = [one for one in bundles if one.model.kind == "gbm"]
    return _finders[-1](learn) if learn and _finders else {}


def difference(proved: Sequence[Mapping[str, object]], now: Trees) -> str:
    """In what the trees that answer now are not those of a certificate, as a sentence;
    "" where they are the same. `proved`: {dataset, run, trees_sha} of each."""
    before = {
        str(one["dataset"]): Answering(int(str(one["run"])), str(one["trees_sha"]))
        for one in proved
    }
    parts = [
        f"over {dataset} {_called(now.get(dataset))} (proved: "
        f"{_called(before.get(dataset))})"
        for dataset in sorted({*before, *now})
        if _sha(now.get(dataset)) != _sha(before.get(dataset))
    ]
    if not parts:
        return ""
    return f"Other trees answer than were proved: {', '.join(parts)}. Prove it again."


def _called(one: Answering | None) -> str:
    return f"those of run {one.run}" if one else "none"


def _sha(one: Answering | None) -> str:
    return one.trees_sha if one else ""
