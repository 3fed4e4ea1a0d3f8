"""Definitions written: sets, models, policies and packs, from page, API and command.

1. what came, as YAML text or as plain content, is read by the one strict reader
2. the linter looks at the pack as it would be: an error that was not there before
   refuses the whole change, wherever in the pack it shows
3. the version goes up by one where the content changed; comments and lines stay
4. `journal.write` puts all files of the change, or none

Nothing here overwrites what its caller has not seen: `if_match` is the sha of the file
that was edited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import journal, linting, usage
from packs_app.files import (
    Definition,
    find,
    list_definitions,
    names_in,
    read,
    text_of,
)
from packs_app.kinds import KINDS, MODEL, UNIVERSE, Kind
from packs_app.models import DefinitionVersion
from sigma_api.problems import escape
from sigma_core.errors import BadInput, Problem, SpecError, UnknownName
from sigma_core.specs.edit import merged, written
from sigma_core.specs.files import to_spec
from sigma_core.specs.fingerprint import canonical, sha_of
from sigma_core.specs.yaml_events import Document, Place, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = [
    "Body",
    "Definition",
    "Draft",
    "delete_definition",
    "find",
    "history",
    "list_definitions",
    "names_in",
    "restore",
    "save",
    "text_of",
]
Content = Mapping[str, Any]  # Any: JSON
Action = DefinitionVersion.Action
history = journal.history


@dataclass(frozen=True)
class Draft:
    """One definition as it shall be: its YAML text, or its plain content.

    `name` None: as the content says. `if_match` is the sha that was read (None: write
    whatever is there); `new`: there must be none of this name yet. `pointer` is where
    the content stands in the request.
    """

    kind: Kind
    name: str | None = None
    text: str | None = None
    content: Content | None = None
    if_match: str | None = None
    new: bool = False
    action: Action = Action.SAVED
    pointer: str = ""


@dataclass(frozen=True)
class Body(Document):
    """Content that came over the API or a form: places read as JSON pointers."""

    prefix: str = field(default="", kw_only=True)

    def at(self, place: Place) -> str:
        """`/indicators/3/window`."""
        return self.prefix + "".join(f"/{escape(step)}" for step in place)


def save(
    *,
    pack: str,
    drafts: Sequence[Draft],
    user: User | None,
    note: str = "",
    key: str | None = None,
    asked: object = None,
) -> list[Definition]:
    """Write all drafts, or none; the definitions as they are then, in the same order.

    A draft that says what the file says changes nothing. `key` is the person's word
    for this request and `asked` what it asked: the same again gives the same answer.
    Raises SpecError or ExpressionError with everything that is wrong, at file and line
    for text and at JSON pointers for content; BadInput `definition.exists`,
    `etag.stale`, `idempotency.reused`; UnknownName.
    """
    request_sha = sha_of([pack, asked]) if key else ""
    with journal.turn(pack) as home:
        if known := _same_request(user, key, request_sha):
            return [_still_there(home, row) for row in known]
        ready = _prepare_all(home, drafts)
        _refuse(pack, {one.place: one.document for one in ready})
        changes = [one.change for one in ready if one.change]
        if changes:
            journal.write(
                home, changes, user=user, note=note, key=key, request_sha=request_sha
            )
    return [read(home, one.kind, one.name) for one in ready]


def delete_definition(
    *, pack: str, kind: Kind, name: str, if_match: str | None, user: User | None
) -> None:
    """Take a definition away; its history stays.

    Raises UnknownName, BadInput `definition.in_use` naming its users, `etag.stale`.
    """
    with journal.turn(pack) as home:
        current = find(pack=pack, kind=kind, name=name)
        _check_seen(current, if_match)
        users = usage.users_of(pack=pack, kind=kind, name=name)
        if users:
            message = f"{name!r} is used by {', '.join(users[:8])}."
            hint = "Give those another one first."
            raise BadInput(Problem("definition.in_use", "", message, hint))
        change = journal.Change(kind, name, None, Action.DELETED)
        journal.write(home, [change], user=user)


def restore(
    *,
    pack: str,
    kind: Kind,
    name: str,
    revision: int,
    if_match: str | None,
    user: User | None,
) -> Definition | None:
    """The definition as it was in a revision, as a new version; None: it was gone then.

    Raises BadInput `definition.revision` for one there is not, and what `save` and
    `delete_definition` raise.
    """
    row = next(
        (r for r in history(pack=pack, kind=kind, name=name) if r.revision == revision),
        None,
    )
    if row is None:
        message = f"there is no revision {revision} of {kind.path(pack, name)}."
        raise BadInput(Problem("definition.revision", "revision", message))
    if row.is_gone:
        delete_definition(pack=pack, kind=kind, name=name, if_match=if_match, user=user)
        return None
    draft = Draft(kind, name, text=row.text, if_match=if_match, action=Action.RESTORED)
    note = f"as in revision {revision}"
    return save(pack=pack, drafts=[draft], user=user, note=note)[0]


@dataclass(frozen=True)
class _Ready:
    """A draft that was read: what the linter sees, and what is to be written."""

    kind: Kind
    name: str
    document: Document
    change: journal.Change | None

    @property
    def place(self) -> tuple[str, str]:
        """(folder, stem), as the linter knows it."""
        return self.kind.folder, self.name if self.kind.folder else "pack"


def _prepare_all(home: Path, drafts: Sequence[Draft]) -> list[_Ready]:
    """All drafts, read; SpecError with the faults of every one of them."""
    ready: list[_Ready] = []
    problems: list[Problem] = []
    for draft in drafts:
        try:
            ready.append(_prepare(home, draft))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return ready


def _prepare(home: Path, draft: Draft) -> _Ready:
    kind = draft.kind
    if kind is UNIVERSE:
        message = "universes are written by their own calls."
        raise BadInput(Problem("definition.kind", draft.pointer, message))
    if draft.name is not None and draft.name in names_in(home, kind):
        _check_seen(read(home, kind, draft.name), draft.if_match)
    document = _document(home.name, draft)
    name = str(getattr(to_spec(document, kind.spec), kind.key))
    if draft.name is not None and draft.name != name:
        where = document.at((kind.key,))
        message = f"the name is {name!r}, the address says {draft.name!r}."
        hint = "A definition keeps its name; make a new one and delete this."
        raise BadInput(Problem("definition.name", where, message, hint))
    current = read(home, kind, name) if name in names_in(home, kind) else None
    if draft.new and current is not None:
        where = document.at((kind.key,))
        message = f"the {kind.words} {name!r} is in {home.name} already."
        raise BadInput(Problem("definition.exists", where, message, "Change it."))
    if current is None and not draft.new and draft.action != Action.RESTORED:
        raise UnknownName(kind.words, name, names_in(home, kind))
    last = journal.last_version(home.name, kind, name)
    text = _text(draft, document, current, last)
    changed = current is None or text != current.text
    change = journal.Change(kind, name, text, draft.action) if changed else None
    return _Ready(kind, name, document, change)


def _document(pack: str, draft: Draft) -> Document:
    """The draft as it was sent, with places that its sender knows."""
    kind = draft.kind
    if draft.text is not None:
        where = kind.path(pack, draft.name) if draft.name else "yaml"
        raw = draft.text.encode("utf-8", "surrogatepass")  # refused by the reader
        document = parse(raw, where=where)
        said = document.value.get(kind.key)
        if draft.name is None and isinstance(said, str) and kind.fault_of(said) is None:
            return replace(document, where=kind.path(pack, said))
        return document
    content = dict(draft.content or {})
    if draft.name is not None:
        content.setdefault(draft.kind.key, draft.name)
    return Body("", _in_order(draft.kind, content), prefix=draft.pointer)


def _in_order(kind: Kind, content: Content) -> dict[str, Any]:
    """The keys in the order of the kind's schema; the name first, the version next."""
    spec = kind.spec
    if kind is MODEL:
        from sigma_core.specs.schema import MODEL_KINDS

        spec = MODEL_KINDS.get(str(content.get("kind")), spec)
    known = [one.alias or name for name, one in spec.model_fields.items()]
    order = {key: place for place, key in enumerate(known)}
    return {
        key: content[key]
        for key in sorted(content, key=lambda key: order.get(key, len(known)))
        if content[key] is not None
    }


def _text(
    draft: Draft, document: Document, current: Definition | None, last: int
) -> str:
    """The text to be written: the version counted, all else as it was sent."""
    said = document.value
    if draft.kind.has_version:
        version = _next_version(draft, document, current, last)
        said = {**said, "version": version}
    if draft.text is not None:
        return merged(draft.text, said)
    if current is not None and current.document is not None:
        return merged(current.text, said)
    name = {draft.kind.key: said[draft.kind.key]}
    counted = {"version": said["version"]} if draft.kind.has_version else {}
    return written({**name, **counted, **said})


def _next_version(
    draft: Draft, document: Document, current: Definition | None, last: int
) -> int:
    """One more than any file of this name had, where the content is new or changed; 1
    for the first, and as it is where nothing changed."""
    before = current.version if current else None
    given = document.value.get("version")
    if before is None:
        if current is None:
            return last + 1
        return given if isinstance(given, int) else 1
    free = draft.action == Action.RESTORED
    if not free and given not in (None, before, before + 1):
        message = f"the version is {before}; it goes up by itself."
        where = document.at(("version",))
        raise BadInput(Problem("definition.version", where, message, "Leave it out."))
    same = _without_version(document.value) == _without_version(
        current.content if current else {}
    )
    return before if same else max(before, last) + 1


def _without_version(content: Content) -> bytes:
    return canonical({key: one for key, one in content.items() if key != "version"})


def _refuse(pack: str, drafts: Mapping[tuple[str, str], Document]) -> None:
    """SpecError with the errors that a change would bring into the pack."""
    from sigma_core.lint import lint_pack  # pandas comes with the cards

    before = set(linting.problems_of(pack))
    found = lint_pack(settings.SIGMA_PACKS, pack, drafts)
    fresh = [p for p in found if p.severity == "error" and p not in before]
    if fresh:
        raise SpecError([_pointed(problem) for problem in fresh])


def _pointed(problem: Problem) -> Problem:
    """A problem of content: the pointer alone as its place, the rest in words."""
    pointer, colon, rest = problem.where.partition(": ")
    if not (problem.where.startswith("/") and colon):
        return problem
    message = f"{rest}: {problem.message}"
    return Problem(problem.code, pointer, message, problem.hint, problem.severity)


def _check_seen(current: Definition, if_match: str | None) -> None:
    if if_match is None or if_match == current.sha:
        return
    message = f"{current.path} has changed since it was read."
    hint = "Read it again and make the change to that."
    raise BadInput(Problem("etag.stale", "If-Match", message, hint))


def _still_there(home: Path, row: DefinitionVersion) -> Definition:
    """What a request has made before; BadInput where it has been deleted since."""
    found = read(home, KINDS[row.kind], row.name)
    if found.sha:
        return found
    message = f"this request made {row.name!r}, which has been deleted since."
    hint = "Send a new key to make it again."
    raise BadInput(Problem("idempotency.gone", "Idempotency-Key", message, hint))


def _same_request(
    user: User | None, key: str | None, request_sha: str
) -> list[DefinitionVersion]:
    """The rows a key stands for, if this is the request that made them."""
    if key is None or user is None:
        return []
    first = DefinitionVersion.objects.filter(user=user, idempotency_key=key).first()
    if first is None:
        return []
    if first.request_sha != request_sha:
        message = "this key was used for another request."
        hint = "Send a new key with each new request."
        raise BadInput(Problem("idempotency.reused", "Idempotency-Key", message, hint))
    return list(DefinitionVersion.objects.filter(batch=first.batch).order_by("id"))
