"""The right side of the page: what a draft gives now, beside what is saved.

1. the draft's definitions, put together with what they refer to on disk
2. a look at it and, if it changes something saved, at that
3. what the policy says to each on the last session: who enters the list, who leaves

Nothing is written but how the look ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings

from builder.draft import Form, Texts
from packs_app import services as packs
from sigma_core.errors import BadInput, Problem, SigmaError
from signals.services import previews

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sigma_core.preview import Preview
    from sigma_core.specs.bundle import Bundle


@dataclass(frozen=True)
class Listed:
    """What a model's list of the last session would be."""

    members: int
    passed: int
    #: ticker → rank among the signals
    ranks: Mapping[str, int]
    #: ticker → the gate or rule that keeps it out
    stopped: Mapping[str, str]


@dataclass(frozen=True)
class Moved:
    """A ticker that enters or leaves the list, and what does it."""

    ticker: str
    rank: int
    cause: str


@dataclass(frozen=True)
class Impact:
    """The list of the last session before and after."""

    before: Listed
    after: Listed
    entered: list[Moved]
    left: list[Moved]
    #: as many of each are shown
    most: int = 12

    @property
    def hidden(self) -> int:
        """Those that are not shown."""
        return sum(max(0, len(one) - self.most) for one in (self.entered, self.left))

    @property
    def stayed(self) -> int:
        """Tickers in both."""
        return len(self.before.ranks.keys() & self.after.ranks.keys())


@dataclass
class Panel:
    """All that the right side shows; `document` None where it could not be computed."""

    problems: list[Problem] = field(default_factory=list)
    document: dict[str, Any] | None = None
    bundle: Bundle | None = None
    listed: Listed | None = None
    impact: Impact | None = None
    sentence: str = ""
    saved: Bundle | None = None

    @property
    def status(self) -> str:
        """`refused`, or that of the preview."""
        return self.document["status"] if self.document else "refused"

    @property
    def errors(self) -> list[Problem]:
        """What keeps the draft from being used."""
        return [one for one in self.problems if one.severity == "error"]


def panel(draft: Form | Texts, user: User | None) -> Panel:
    """What a draft gives on the last sessions; what is wrong comes as problems."""
    began = time.perf_counter()
    shown = Panel(saved=saved_bundle(draft))
    try:
        shown.bundle = bundle_of(draft)
        found = previews.look(bundle=shown.bundle)
    except SigmaError as error:
        shown.problems = error.problems
        return shown
    shown.document = previews.keep(found=found, user=user, began=began)
    shown.problems = found.problems
    shown.listed = _listed(found)
    if shown.listed is not None:
        shown.sentence = sentence(found)
        shown.impact = _impact(shown, found)
    return shown


def bundle_of(draft: Form | Texts) -> Bundle:
    """The draft with all it refers to; raises what is wrong with it."""
    from sigma_core.specs.drafts import assembled  # pandas, through the schema's kin

    contents: Mapping[str, Any] = draft.contents()
    model_id = str(contents["model_config"].get("model_id", ""))
    given = _as_written(draft)
    return assembled(settings.SIGMA_PACKS, draft.pack, model_id, given)


def _as_written(draft: Form | Texts) -> dict[str, object]:
    """Texts as texts, so that their faults have lines."""
    if isinstance(draft, Form):
        return dict(draft.contents())
    return {part: getattr(draft, part) for part in draft.documents()}


def saved_bundle(draft: Form | Texts) -> Bundle | None:
    """The model as it is saved; None for a new one, or a broken one."""
    if not draft.saved:
        return None
    try:
        return packs.load(draft.pack, draft.saved)
    except BadInput:
        return None


def sentence(found: Preview) -> str:
    """The scan in plain words."""
    bundle, scores = found.bundle, found.scores
    gates = [gate.words for gate in scores.top] if scores else []
    where = bundle.model.ticker or f"shares of {bundle.universe.name}"
    *first, last = gates or [""]
    that = f" with {'; '.join([*first, f'and {last}' if first else last])}"
    that = that if gates else ""
    best = bundle.policy.rules.selection.top_n
    return f"{where[0].upper()}{where[1:]}{that}; the {best} best by score."


def _listed(found: Preview) -> Listed | None:
    """The list the policy makes of the last session; None without a scanner."""
    from sigma_core import explain
    from sigma_core.run import decide

    if found.scores is None:
        return None
    decisions = decide(found.bundle, found.market, found.features, found.scores)
    paths = explain.decision_paths(found.universe, found.scores, decisions)
    out = paths[~paths["reached"].isin(["selected", "tradeable"])]
    signals = paths[paths["reached"].isin(["selected", "tradeable"])]
    return Listed(
        members=int(found.scores.members[:, -1].sum()),
        passed=int(found.scores.eligible[:, -1].sum()),
        ranks=dict(zip(signals["ticker"], signals["rank"].tolist(), strict=True)),
        stopped=dict(zip(out["ticker"], out["code"], strict=True)),
    )


def _impact(shown: Panel, found: Preview) -> Impact | None:
    """The saved list beside the draft's; None for a new model."""
    if shown.saved is None or shown.listed is None:
        return None
    try:
        before = _listed(previews.look(bundle=shown.saved))
    except SigmaError:
        return None  # what is saved gives no list: there is nothing to compare with
    return None if before is None else compare(before, shown.listed)


def compare(before: Listed, after: Listed) -> Impact:
    """Who enters and who leaves, each with what kept it out, or keeps it out now."""
    came = [one for one in after.ranks if one not in before.ranks]
    went = [one for one in before.ranks if one not in after.ranks]
    return Impact(
        before,
        after,
        _moved(came, after.ranks, before.stopped),
        _moved(went, before.ranks, after.stopped),
    )


def _moved(
    tickers: Sequence[str], ranks: Mapping[str, int], causes: Mapping[str, str]
) -> list[Moved]:
    found = [Moved(one, ranks[one], causes.get(one, "universe")) for one in tickers]
    return sorted(found, key=lambda moved: moved.rank)
