"""A universe together with every other universe it is made of.

`all_of`, `any_of` and `minus` name universes, which may name others in turn. A name
that leads back to where it came from is refused with the file and line that close the
circle. The sha of a universe covers all of them: a changed part is a changed universe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sigma_core.errors import Problem, SpecError
from sigma_core.specs import fingerprint
from sigma_core.specs.schema import UniverseSpec
from sigma_core.specs.yaml_events import Document

#: The keys by which a universe is made of others.
COMBINED = ("all_of", "any_of", "minus")
#: Universes that one may be made of, all levels together.
MOST = 50
#: (name, the place that names it) → the definition; raises UnknownName or SpecError.
Pick = Callable[[str, str], tuple[Document, UniverseSpec]]


@dataclass(frozen=True)
class UniverseTree:
    """One universe; `parts` by name, each after those it is made of itself."""

    spec: UniverseSpec
    document: Document
    parts: Mapping[str, UniverseSpec] = field(default_factory=dict)
    contents: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def content(self) -> Mapping[str, object]:
        """What its file says; where it is made of others, with what theirs say."""
        own = self.document.value
        return {**own, "parts": dict(self.contents)} if self.contents else own

    @property
    def sha(self) -> str:
        """The name of all that decides who is in it."""
        return fingerprint.sha_of(self.content)

    @property
    def own_sha(self) -> str:
        """The name of what its own file says."""
        return fingerprint.sha_of(self.document.value)


def resolve(document: Document, spec: UniverseSpec, pick: Pick) -> UniverseTree:
    """The universe with all it is made of. Raises UnknownName, SpecError."""
    found: dict[str, tuple[Document, UniverseSpec]] = {}
    _gather(document, spec, pick, found, (spec.name,))
    return UniverseTree(
        spec,
        document,
        {name: part for name, (_, part) in found.items()},
        {name: part.value for name, (part, _) in found.items()},
    )


def named_in(spec: UniverseSpec) -> Iterator[tuple[str, int, str]]:
    """(key, position, name) of every universe this one names."""
    for key in COMBINED:
        for position, name in enumerate(getattr(spec, key)):
            yield key, position, name


def _gather(
    document: Document,
    spec: UniverseSpec,
    pick: Pick,
    found: dict[str, tuple[Document, UniverseSpec]],
    path: tuple[str, ...],
) -> None:
    for key, position, name in named_in(spec):
        where = document.at((key, position))
        if name in path:
            raise _circle(where, (*path[path.index(name) :], name))
        if name in found:
            continue
        if len(path) + len(found) > MOST:
            message = f"{path[0]!r} is made of more than {MOST} universes."
            raise SpecError(Problem("universe.too_many", where, message))
        part = pick(name, where)
        _gather(*part, pick, found, (*path, name))
        found[name] = part


def _circle(where: str, path: tuple[str, ...]) -> SpecError:
    message = f"a universe can't be made of itself: {' → '.join(path)}."
    hint = "Take one of these names out."
    return SpecError(Problem("universe.circle", where, message, hint))
