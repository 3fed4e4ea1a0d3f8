"""The one writer of universe files: page and API come here.

Writers take turns by the pack's lock, so of many who make one name at once one does,
and nobody overwrites what he has not seen. What is written was checked as strictly as
any file that is read, lies on disk whole or not at all with its state in the history,
and reads back as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import journal, universes
from packs_app.journal import Action, Change, turn
from packs_app.kinds import UNIVERSE
from sigma_api.problems import escape
from sigma_core.errors import BadInput, Problem
from sigma_core.paths import safe_join
from sigma_core.specs.bundle import COMMON, universe_picker
from sigma_core.specs.emit import to_yaml
from sigma_core.specs.files import to_spec
from sigma_core.specs.pasted import tickers_of
from sigma_core.specs.schema import UniverseSpec
from sigma_core.specs.universes import UniverseTree, resolve
from sigma_core.specs.yaml_events import Document, Place, parse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Content = Mapping[str, Any]  # Any: JSON
#: beside the keys of a file: a text of symbols, to be the list it starts from
PASTED = "pasted"


@dataclass(frozen=True)
class Body(Document):
    """Content that came over the API or a form: places read as JSON pointers."""

    def at(self, place: Place) -> str:
        """`/base/list/3`."""
        return "".join(f"/{escape(step)}" for step in place)


def create(content: Content, user: User | None = None) -> universes.UniverseView:
    """A new universe. Raises SpecError, BadInput (`universe.exists`), UnknownName."""
    tree = _checked(content, version=1)
    name = tree.spec.name
    with turn(COMMON) as home:
        if safe_join(home, *UNIVERSE.inside(name)).exists():
            message = f"there is a universe {name!r} already."
            raise BadInput(Problem("universe.exists", "/name", message, "Change it."))
        _write(home, name, tree.document.value, user)
    return universes.find_universe(name)


def update(
    name: str, content: Content, seen: str | None, user: User | None = None
) -> universes.UniverseView:
    """The universe as it shall be from now on, its version one up.

    `seen` is the sha of the file that was edited (`own_sha`); BadInput (`etag.stale`)
    if it has changed since. Content that says the same makes no new version. Raises
    UnknownName, SpecError.
    """
    with turn(COMMON) as home:
        current = universes.load_universe(name)
        _check_seen(current, seen)
        version = current.spec.version
        _check_version(content, version)
        kept = _checked({**content, "name": content.get("name", name)}, version)
        if kept.spec.name != name:
            message = f"the name is {kept.spec.name!r}, the address says {name!r}."
            hint = "A universe keeps its name; make a new one and delete this."
            raise BadInput(Problem("universe.name", "/name", message, hint))
        if kept.spec != current.spec:
            raised = {**kept.document.value, "version": version + 1}
            _write(home, name, raised, user)
    return universes.find_universe(name)


def delete(name: str, seen: str | None, user: User | None = None) -> None:
    """Take a universe away. Raises UnknownName, BadInput (`universe.in_use`)."""
    with turn(COMMON) as home:
        view = universes.find_universe(name)
        if view.tree is not None:
            _check_seen(view.tree, seen)
        if view.users:
            message = f"{name!r} is used by {', '.join(view.users[:8])}."
            hint = "Give those another universe first."
            raise BadInput(Problem("universe.in_use", "name", message, hint))
        journal.write(home, [Change(UNIVERSE, name, None, Action.DELETED)], user=user)


def _checked(content: Content, version: int) -> UniverseTree:
    """The content as a universe with all it is made of; every fault at its pointer."""
    laid_out = _laid_out(_with_list(content), version)
    document = Body("", laid_out)
    spec = to_spec(document, UniverseSpec)
    if spec.asset != "eq":
        message = "bars of options are not held: a universe is of shares (eq)."
        raise BadInput(Problem("universe.asset", "/asset", message))
    return resolve(document, spec, universe_picker(settings.SIGMA_PACKS))


def _with_list(content: Content) -> Content:
    """The content with the pasted symbols as its list."""
    if PASTED not in content:
        return content
    rest = {key: value for key, value in content.items() if key != PASTED}
    if rest.get("base") is not None:
        message = "it takes a base or a pasted list, not both."
        raise BadInput(Problem("universe.pasted", f"/{PASTED}", message))
    tickers, problems = tickers_of(str(content[PASTED]), where=f"/{PASTED}")
    if problems:
        raise BadInput(problems)
    return {**rest, "base": {"list": tickers}}


def _laid_out(content: Content, version: int) -> dict[str, object]:
    """Keys in the order of the schema, those without a value left out."""
    known = list(UniverseSpec.model_fields)
    order = {key: place for place, key in enumerate(known)}
    keys = sorted(content, key=lambda key: order.get(key, len(known)))
    said = {key: content[key] for key in keys if content[key] not in (None, "", [])}
    name = {"name": said.pop("name")} if "name" in said else {}
    return {**name, "version": version} | {
        key: value for key, value in said.items() if key != "version"
    }


def _write(
    home: Path, name: str, content: Mapping[str, object], user: User | None
) -> None:
    """The file, its leading comment kept, after a look at how it reads back."""
    path = safe_join(home, *UNIVERSE.inside(name))
    text = _comment(path) + to_yaml(content)
    back = parse(text.encode(), where="")
    if back.value != content:
        message = "this can't be written so that it reads back the same."
        raise BadInput(Problem("universe.unwritable", "", message))
    action = Action.SAVED if path.exists() else Action.CREATED
    journal.write(home, [Change(UNIVERSE, name, text, action)], user=user)


def _comment(path: Path) -> str:
    """The lines of comment that a file starts with."""
    if not path.exists():
        return ""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = []
    for line in lines:
        if not line.startswith("#"):
            break
        kept.append(line)
    return "".join(kept)


def _check_seen(current: UniverseTree, seen: str | None) -> None:
    if seen is None or seen == current.own_sha:
        return
    message = f"{current.spec.name!r} has changed since it was read."
    hint = f"Read version {current.spec.version} and make the change again."
    raise BadInput(Problem("etag.stale", "If-Match", message, hint))


def _check_version(content: Content, version: int) -> None:
    if content.get("version", version) != version:
        message = f"the version is {version}; it goes up by itself."
        raise BadInput(
            Problem("universe.version", "/version", message, "Leave it out.")
        )
