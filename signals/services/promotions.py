"""Parameters written into a scanner's file: what would change, and the change made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from packs_app import definitions, journal
from packs_app.definitions import Definition, Draft
from packs_app.kinds import MODEL
from sigma_core.errors import BadInput, Problem, UnknownName
from sigma_core.specs.edit import merged
from sigma_core.specs.yaml_events import parse

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from signals.models import Run


@dataclass(frozen=True)
class Promoted:
    """What became of a promotion: `revision` of the model's file, that `before` it
    (both None where the file said the same already), and the change in words."""

    revision: int | None
    before: int | None
    words: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Change:
    """A promotion as it would be: the file now, its text then, and the words."""

    now: Definition
    text: str
    words: str

    @property
    def changes(self) -> bool:
        """Whether the file would say something else."""
        return self.text != self.now.text


def change_of(*, pack: str, model_id: str, params: Mapping[str, float]) -> Change:
    """What a promotion would make of the model's file; nothing is written.

    Raises UnknownName for pack, model or a parameter that the model has not, SpecError
    for a file that can't be read.
    """
    now = definitions.find(pack=pack, kind=MODEL, name=model_id)
    before = now.content.get("params") or {}
    for name in params:
        if name not in before:
            raise UnknownName("parameter", name, before, where="params")
    written = {name: _like(before[name], value) for name, value in params.items()}
    content = now.content | {"params": before | written}
    said = _words(before, params) or "The model has these parameters already."
    return Change(now, merged(now.text, content), said)


def _words(before: Mapping[str, float], params: Mapping[str, float]) -> str:
    """adx_min 18 → 24; empty where nothing is another."""
    return ", ".join(
        f"{name} {before[name]:g} → {value:g}"
        for name, value in params.items()
        if float(before[name]) != value
    )


def promote(
    *,
    pack: str,
    model_id: str,
    params: Mapping[str, float],
    user: User | None,
    note: str = "",
    if_match: str | None = None,
    content_sha: str | None = None,
) -> Promoted:
    """Write parameters into the model as a new version of its file.

    Comments and all else stay. `if_match` is the sha of the file that was seen,
    `content_sha` that of what it said: BadInput `etag.stale` or `calibrate.changed`
    where it has changed since. Otherwise as `change_of` and `definitions.save`.
    """
    change = change_of(pack=pack, model_id=model_id, params=params)
    if content_sha is not None and content_sha != change.now.content_sha:
        message = f"{model_id!r} was changed while it was calibrated."
        hint = "Look at the change and promote it from the result's page."
        raise BadInput(Problem("calibrate.changed", "promote", message, hint))
    draft = Draft(
        MODEL, model_id, text=change.text, if_match=if_match or change.now.sha
    )
    definitions.save(pack=pack, drafts=[draft], user=user, note=note)
    if not change.changes:
        return Promoted(None, None, change.words)
    rows = definitions.history(pack=pack, kind=MODEL, name=model_id)
    return Promoted(rows[0].revision, rows[1].revision, change.words)


@dataclass(frozen=True)
class Earlier:
    """What an attempt of a calibration had promoted before it died; `before` are the
    parameters of the model until then."""

    promoted: Promoted
    before: Mapping[str, float]


def earlier_of(run: Run, *, pack: str, model_id: str) -> Earlier | None:
    """What an earlier attempt of a run has written into the model; None where none did,
    or the file is another's since."""
    if run.attempt < 2:
        return None
    rows = definitions.history(pack=pack, kind=MODEL, name=model_id)[:2]
    if len(rows) < 2 or rows[0].note != note_of(run):
        return None
    texts = [row.text.encode() for row in rows]
    now, before = (parse(text, where=model_id).value["params"] for text in texts)
    said = _words(before, now)
    return Earlier(Promoted(rows[0].revision, rows[1].revision, said), before)


def settle(pack: str) -> None:
    """Finish what a writer that died has left half done in a pack."""
    with journal.turn(pack):
        pass


def note_of(run: Run) -> str:
    """What the history of a model says of a promotion by a calibration."""
    return f"calibrated by run {run.pk}"


def _like(before: float, value: float) -> float:
    """A whole number stays one where the file has one."""
    return int(value) if isinstance(before, int) and value == int(value) else value
