"""The kinds of definition: the folder each lies in, what its files say, its words."""

from __future__ import annotations

from dataclasses import dataclass

from sigma_core.errors import SpecError, UnknownName
from sigma_core.specs import bundle, naming
from sigma_core.specs.schema import ModelConfig, PackManifest, Spec


@dataclass(frozen=True)
class Kind:
    """`name` as in runs and drafts, `folder` of a pack (empty: the pack's own file)."""

    name: str
    folder: str
    spec: type[Spec]
    words: str

    @property
    def key(self) -> str:
        """The key under which a file of this kind says its name."""
        return bundle.name_key(self.spec)

    @property
    def has_version(self) -> bool:
        """Whether its files count their versions."""
        return self.folder != "" and "version" in self.spec.model_fields

    def fault_of(self, name: str) -> str | None:
        """What is wrong with a name for a definition of this kind; None if nothing."""
        if self.spec is not ModelConfig:
            return naming.fault_of_name(name)
        try:
            naming.parse(name)
        except SpecError as error:
            return error.problems[0].message
        return None

    def path(self, pack: str, name: str) -> str:
        """Its file as people write it: `swingsigma/policies/topn_equal_v1.yaml`."""
        return "/".join([pack, *self.inside(name)])

    def inside(self, name: str) -> list[str]:
        """The parts of that path below the pack's folder."""
        return [self.folder, f"{name}.yaml"] if self.folder else ["pack.yaml"]


PACK = Kind("pack", "", PackManifest, "pack")
SET, MODEL, POLICY, UNIVERSE = (
    Kind(name, folder, bundle.SPECS[folder], words)
    for name, folder, words in (
        ("indicator_set", "indicator_sets", "indicator set"),
        ("model_config", "model_configs", "model"),
        ("policy", "policies", "policy"),
        ("universe", "universes", "universe"),
    )
)
KINDS = {kind.name: kind for kind in (PACK, SET, MODEL, POLICY, UNIVERSE)}


def kind_of(name: str) -> Kind:
    """The kind called so. Raises UnknownName."""
    if name not in KINDS:
        raise UnknownName("kind", name[:64], KINDS, where="kind")
    return KINDS[name]
