"""pack.yaml: the universe and the policy that it names must be there."""

from __future__ import annotations

from collections.abc import Iterator

from sigma_core.errors import Problem, did_you_mean
from sigma_core.lint.reading import Reading


def check(found: Reading) -> Iterator[Problem]:
    """What the manifest names and nobody has."""
    manifest, document = found.manifest.spec, found.manifest.document
    if manifest is None or document is None:
        return
    named = {
        "default_universe": ("universe", found.universe_names),
        "default_policy": ("policy", found.policy_names),
    }
    for key, (kind, known) in named.items():
        name = getattr(manifest, key)
        if name is not None and name not in known:
            message = f"unknown {kind} {name!r}."
            hint = did_you_mean(name, known)
            yield Problem(f"unknown.{kind}", document.at((key,)), message, hint)
