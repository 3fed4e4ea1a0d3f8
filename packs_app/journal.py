"""The one writer of definition files: in turns, whole, and with their history.

1. `turn`     one writer of a pack at a time, over threads, processes and restarts; it
              first finishes what a crash has left half done
2. `write`    rows of the new states, then the files, then the rows are settled
3. `drifted`  files that somebody changed beside the site; `take_in` makes each of them
              a version of its own

The files are the truth. A process that dies leaves each file as it was or as it was to
be, and its rows say which of the two is owed.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from packs_app import failpoints
from packs_app.kinds import KINDS, PACK, Kind
from packs_app.models import DefinitionVersion
from sigma_core.errors import BadInput, Problem, SpecError
from sigma_core.paths import safe_join, write_atomic
from sigma_core.specs.bundle import files_in, pack_folder
from sigma_core.specs.fingerprint import sha_of_bytes
from sigma_core.specs.yaml_events import MAX_BYTES, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Action = DefinitionVersion.Action
#: (kind, name)
Key = tuple[str, str]


@dataclass(frozen=True)
class Change:
    """One file as it shall be; `text` None: gone."""

    kind: Kind
    name: str
    text: str | None
    action: Action


@dataclass(frozen=True)
class Drift:
    """A file that is not what the site last wrote or saw; `text` None: it is gone."""

    kind: Kind
    name: str
    text: str | None
    last: DefinitionVersion | None

    @property
    def words(self) -> str:
        """What happened to it."""
        if self.text is None:
            return "deleted on disk"
        if self.last is None or self.last.is_gone:
            return "new on disk"
        return "changed on disk"


@contextmanager
def turn(pack: str) -> Iterator[Path]:
    """The pack's folder, for one writer at a time. Raises UnknownName."""
    with locked(pack_folder(settings.SIGMA_PACKS, pack)) as home:
        finish(home)
        yield home


@contextmanager
def locked(folder: Path) -> Iterator[Path]:
    """A folder, held against all other writers; freed even by a death."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(handle)


def write(
    home: Path,
    changes: Sequence[Change],
    *,
    user: User | None,
    note: str = "",
    key: str | None = None,
    request_sha: str = "",
) -> list[DefinitionVersion]:
    """Make all changes, or none; to be called within `turn`.

    A file that drifted is taken in first, so that its text is not lost; at the first
    change of a pack all its files are, so that each can be had back. `key` and
    `request_sha` stand on the first row. Raises BadInput where the folder can't be
    written to.
    """
    batch = uuid.uuid4()
    with transaction.atomic():
        if not DefinitionVersion.objects.filter(pack=home.name).exists():
            for kind, name in _there(home):
                _take_in_one(home, KINDS[kind], name)
        for change in changes:
            _take_in_one(home, change.kind, change.name)
        rows = [
            _row(home.name, change.kind, change.name, change.text, change.action)
            for change in changes
        ]
        for row in rows:
            row.user, row.note, row.batch = user, note[:500], batch
            row.before_sha = sha_on_disk(home, KINDS[row.kind], row.name)
        rows[0].idempotency_key, rows[0].request_sha = key, request_sha
        for row in rows:
            row.save()
    failpoints.hit("packs.rows.after")
    _apply(home, rows)
    return rows


def sha_on_disk(home: Path, kind: Kind, name: str) -> str:
    """sha256 of the bytes of a file as it lies there; empty if there is none."""
    path = safe_join(home, *kind.inside(name))
    return sha_of_bytes(_bytes(path)) if path.is_file() else ""


def text_on_disk(home: Path, kind: Kind, name: str) -> str | None:
    """The text of a file; None if there is none, or no text that a row could hold."""
    path = safe_join(home, *kind.inside(name))
    if not path.is_file():
        return None
    try:
        text = _bytes(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or len(text) > MAX_BYTES else text


def drifted(pack: str) -> list[Drift]:
    """Files that differ from the last state the site knows, by kind and name.

    A file the site never wrote is none until it is `take_in`'s or an edit's turn; in a
    pack of which nothing is known yet, nothing has drifted. Raises UnknownName.
    """
    home = pack_folder(settings.SIGMA_PACKS, pack)
    known = newest(pack)
    unsettled = DefinitionVersion.objects.filter(pack=pack, settled=False)
    owed = set(unsettled.values_list("kind", "name", "sha"))
    found: list[Drift] = []
    for kind, name in sorted({*_there(home), *known}):
        last = known.get((kind, name))
        sha = sha_on_disk(home, KINDS[kind], name)
        if (last is None and not known) or sha == (last.sha if last else ""):
            continue
        if (kind, name, sha) in owed:
            continue  # the site's own, of a process that did not live to say so
        text = text_on_disk(home, KINDS[kind], name) if sha else None
        if sha and text is None:
            continue  # no text: the linter says what is wrong with it
        found.append(Drift(KINDS[kind], name, text, last))
    return found


def take_in(*, pack: str, user: User | None) -> list[DefinitionVersion]:
    """Make a version of each file that drifted, and of each the site never saw."""
    with turn(pack) as home, transaction.atomic():
        keys = sorted({*_there(home), *newest(pack)})
        taken = [_take_in_one(home, KINDS[kind], name, user) for kind, name in keys]
    return [row for row in taken if row is not None]


def history(*, pack: str, kind: Kind, name: str) -> list[DefinitionVersion]:
    """The states of one file, the newest first."""
    rows = DefinitionVersion.objects.filter(
        pack=pack, kind=kind.name, name=name, settled=True
    )
    return list(rows.select_related("user").order_by("-revision"))


def _there(home: Path) -> Iterator[Key]:
    """(kind, name) of every definition file that lies in a pack."""
    yield PACK.name, home.name
    for kind in KINDS.values():
        if kind.folder:
            for path in files_in(home, kind.folder):
                yield kind.name, path.stem


def last_version(pack: str, kind: Kind, name: str) -> int:
    """The highest version that a file of this name ever had, also one that is gone."""
    rows = DefinitionVersion.objects.filter(pack=pack, kind=kind.name, name=name)
    return rows.aggregate(last=Max("version"))["last"] or 0


def newest(pack: str) -> dict[Key, DefinitionVersion]:
    """The last settled state of every file of a pack; one query."""
    rows = DefinitionVersion.objects.filter(pack=pack, settled=True)
    last = rows.order_by().values("kind", "name").annotate(last=Max("id"))
    found = DefinitionVersion.objects.filter(id__in=last.values("last"))
    return {(row.kind, row.name): row for row in found.select_related("user")}


def _take_in_one(
    home: Path, kind: Kind, name: str, user: User | None = None
) -> DefinitionVersion | None:
    """A row for a file as it lies there, unless the last row says the same."""
    last = (
        DefinitionVersion.objects.filter(pack=home.name, kind=kind.name, name=name)
        .order_by("-revision")
        .first()
    )
    sha = sha_on_disk(home, kind, name)
    if sha == (last.sha if last else ""):
        return None
    text = text_on_disk(home, kind, name)
    if sha and text is None:
        return None
    row = _row(home.name, kind, name, text, Action.FOUND)
    row.user, row.batch, row.settled = user, uuid.uuid4(), True
    row.before_sha = last.sha if last else ""
    row.save()
    return row


def _row(
    pack: str, kind: Kind, name: str, text: str | None, action: Action
) -> DefinitionVersion:
    """The next state of a file, not saved yet."""
    known = DefinitionVersion.objects.filter(pack=pack, kind=kind.name, name=name)
    last = known.aggregate(last=Max("revision"))["last"] or 0
    return DefinitionVersion(
        pack=pack,
        kind=kind.name,
        name=name,
        revision=last + 1,
        version=_version_in(kind, text),
        action=action,
        text=text or "",
        sha=sha_of_bytes(text.encode()) if text is not None else "",
        at=timezone.now(),
    )


def _version_in(kind: Kind, text: str | None) -> int | None:
    if text is None or not kind.has_version:
        return None
    try:
        version = parse(text.encode(), where="").value.get("version", 1)
    except SpecError:
        return None
    plain = isinstance(version, int) and not isinstance(version, bool)
    return version if plain and 0 < version < 2**31 else None


def _apply(home: Path, rows: Sequence[DefinitionVersion]) -> None:
    """Write the files of rows that stand, then settle them; undo all if one fails."""
    mine = DefinitionVersion.objects.filter(pk__in=[row.pk for row in rows])
    before: list[tuple[Path, bytes | None]] = []
    try:
        for row in rows:
            path = safe_join(home, *KINDS[row.kind].inside(row.name))
            before.append((path, _bytes(path) if path.is_file() else None))
            _put(path, None if row.is_gone else row.text.encode())
            failpoints.hit("packs.file.after")
    except OSError as error:
        for path, content in before[:-1]:
            _put(path, content)
        mine.delete()
        if not isinstance(error, PermissionError):
            raise
        message = "the packs folder can't be written to."
        raise BadInput(Problem("packs.read_only", "", message)) from error
    mine.update(settled=True)


def _put(path: Path, content: bytes | None) -> None:
    """A file as it shall be; None: gone."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, content)


def finish(home: Path) -> None:
    """Bring to an end what a process began and did not live to end.

    A file that is neither what it was nor what it was to be was edited by hand since:
    then it is left alone, and the row that would have changed it goes.
    """
    owed = list(
        DefinitionVersion.objects.filter(pack=home.name, settled=False).order_by("id")
    )
    if not owed:
        return
    standing = []
    for row in owed:
        sha = sha_on_disk(home, KINDS[row.kind], row.name)
        if sha in (row.before_sha, row.sha):
            standing.append(row)
        else:
            row.delete()
    _apply(home, standing)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16 * MAX_BYTES)
