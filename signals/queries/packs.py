"""Packs and their files, as their pages show them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from packs_app import certificates, definitions, journal, linting, services, usage
from packs_app.certificates import UNPROVED, Standing
from packs_app.definitions import Definition
from packs_app.journal import Drift
from packs_app.kinds import KINDS, MODEL, POLICY, SET, UNIVERSE, Kind
from packs_app.models import DefinitionVersion
from packs_app.services import PackView
from sigma_core.errors import Problem

#: lines of a file around each change
AROUND = 2


@dataclass(frozen=True)
class PackRow:
    """One pack in the list: its parts counted, its faults, what is proved."""

    view: PackView
    errors: int
    warnings: int
    certified: int

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("pack", args=[self.view.id])


@dataclass(frozen=True)
class FileRow:
    """One definition file of a pack."""

    one: Definition
    users: tuple[str, ...]
    standing: Standing | None
    last: DefinitionVersion | None
    problems: tuple[Problem, ...]
    drift: str

    @property
    def url(self) -> str:
        """Its page: a universe has one of its own."""
        return url_of(self.one.kind, self.one.pack, self.one.name)

    @property
    def has_users(self) -> bool:
        """Whether things of its kind are named by others."""
        return self.one.kind in (SET, POLICY, UNIVERSE)


@dataclass(frozen=True)
class Line:
    """One line of a file, with what is wrong with it."""

    number: int
    text: str
    problems: tuple[Problem, ...]


def url_of(kind: Kind, pack: str, name: str) -> str:
    """The page of a definition."""
    if kind is UNIVERSE:
        return reverse("universe", args=[name])
    return reverse("definition", args=[pack, kind.name, name])


def pack_rows() -> list[PackRow]:
    """Every pack by id; two queries."""
    models = certificates.of_models(services.list_models())
    rows = []
    for view in services.list_packs():
        found = linting.problems_of(view.id)
        errors = sum(problem.severity == "error" for problem in found)
        certified = sum(
            models[f"{view.id}/{model.model_id}"].state == "certified"
            for model in view.models
        )
        rows.append(PackRow(view, errors, len(found) - errors, certified))
    return rows


def file_rows(pack: str, drift: Sequence[Drift]) -> list[FileRow]:
    """Every definition file of a pack, the manifest first; three queries."""
    found = linting.problems_of(pack)
    newest = journal.newest(pack)
    words = {(one.kind.name, one.name): one.words for one in drift}
    views = list(services.find_pack(pack).models)
    models, sets = certificates.of_models(views), certificates.of_sets(views)
    rows = []
    for kind in KINDS.values():
        for one in definitions.list_definitions(kind=kind, pack=pack):
            address = f"{pack}/{one.name}"
            known = {MODEL: models, SET: sets}.get(kind)
            rows.append(
                FileRow(
                    one=one,
                    users=tuple(usage.users_of(pack=pack, kind=kind, name=one.name)),
                    standing=known.get(address, UNPROVED)
                    if known is not None
                    else None,
                    last=newest.get((kind.name, one.name)),
                    problems=_of_file(found, one.path),
                    drift=words.get((kind.name, one.name), ""),
                )
            )
    return rows


def lines_of(one: Definition) -> list[Line]:
    """The lines of a definition, each with its problems."""
    by_line: dict[int, list[Problem]] = {}
    for problem in one.problems:
        line = linting.located(problem)["line"]
        by_line.setdefault(line or 1, []).append(problem)
    return [
        Line(number, text, tuple(by_line.get(number, ())))
        for number, text in enumerate(one.text.splitlines(), start=1)
    ]


def changed_lines(before: str, after: str) -> list[tuple[str, str]]:
    """(sign, line) of what differs: `+`, `−`, a blank; `…` where lines are left out."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=AROUND
    )
    return [
        ("…", "") if line.startswith("@@") else (line[0].replace("-", "−"), line[1:])
        for line in list(lines)[2:]
    ]


def versions_of(one: Definition) -> list[DefinitionVersion]:
    """The states of a definition, the newest first."""
    return definitions.history(pack=one.pack, kind=one.kind, name=one.name)


def writable_packs() -> list[str]:
    """Packs a definition may be copied into."""
    return linting.pack_names()


def _of_file(found: Sequence[Problem], path: str) -> tuple[Problem, ...]:
    return tuple(p for p in found if p.where.partition(":")[0] == path)


def manifest_rows(view: PackView) -> list[tuple[str, Any]]:
    """(key, value) of a manifest, those that say something."""
    if view.manifest is None:
        return []
    said = view.manifest.model_dump(mode="json")
    return [
        (key.replace("_", " "), ", ".join(value) if isinstance(value, list) else value)
        for key, value in said.items()
        if value not in (None, [], "") and key not in ("id", "name", "description")
    ]
