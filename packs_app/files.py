"""Definitions as they lie on disk: one, or all of a kind, with what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from packs_app import journal, linting
from packs_app.kinds import PACK, Kind
from sigma_core.errors import Problem, SpecError, UnknownName
from sigma_core.specs.bundle import files_in, pack_folder
from sigma_core.specs.fingerprint import sha_of
from sigma_core.specs.yaml_events import Document, parse


@dataclass(frozen=True)
class Definition:
    """One definition as it lies on disk; `document` None where it is not YAML."""

    kind: Kind
    pack: str
    name: str
    text: str
    #: of the file's bytes: its ETag
    sha: str
    document: Document | None

    @property
    def path(self) -> str:
        """Its file, below the packs folder."""
        return self.kind.path(self.pack, self.name)

    @property
    def content(self) -> dict[str, Any]:
        """What it says; empty where it can't be read."""
        return dict(self.document.value) if self.document else {}

    @property
    def content_sha(self) -> str:
        """Of what it says, as runs name it; empty where it can't be read."""
        return sha_of(self.document.value) if self.document else ""

    @property
    def version(self) -> int | None:
        """Which version it says it is; None for kinds that count none."""
        said = self.content.get("version", 1)
        return said if self.kind.has_version and isinstance(said, int) else None

    @property
    def problems(self) -> list[Problem]:
        """What the linter says of its file."""
        return [
            problem
            for problem in linting.problems_of(self.pack)
            if problem.where.partition(":")[0] == self.path
        ]


def find(*, pack: str, kind: Kind, name: str) -> Definition:
    """One definition. Raises UnknownName for the pack or the name."""
    home = pack_folder(settings.SIGMA_PACKS, pack)
    if name not in names_in(home, kind):
        raise UnknownName(kind.words, name[:200], names_in(home, kind))
    return read(home, kind, name)


def list_definitions(*, kind: Kind, pack: str | None = None) -> list[Definition]:
    """All definitions of a kind by pack and name. Raises UnknownName for the pack."""
    packs = [pack] if pack else linting.pack_names()
    homes = [pack_folder(settings.SIGMA_PACKS, one) for one in packs]
    return [read(home, kind, name) for home in homes for name in names_in(home, kind)]


def text_of(*, pack: str, kind: Kind, name: str) -> str:
    """The text of a definition; empty where there is none. Raises UnknownName."""
    home = pack_folder(settings.SIGMA_PACKS, pack)
    if name not in names_in(home, kind):
        return ""
    return journal.text_on_disk(home, kind, name) or ""


def names_in(home: Path, kind: Kind) -> list[str]:
    """The names of a pack's definitions of a kind."""
    if kind is PACK:
        return [home.name]
    return [path.stem for path in files_in(home, kind.folder)]


def read(home: Path, kind: Kind, name: str) -> Definition:
    """A definition as it lies in a pack's folder, which may be not to be read."""
    text = journal.text_on_disk(home, kind, name)
    document = None
    if text is not None:
        try:
            document = parse(text.encode(), where=kind.path(home.name, name))
        except SpecError:  # shown with what the linter says of it
            document = None
    sha = journal.sha_on_disk(home, kind, name)
    return Definition(kind, home.name, name, text or "", sha, document)
