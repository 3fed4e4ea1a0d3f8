"""The right side of the page: what a draft gives now, beside what is saved.

1. the draft's definitions, put together with what they refer to on disk
2. a look at it and, if it changes something saved, at that
3. what the policy says to each on the last session: who enters the list, who leaves

Nothing is written but how the look ended.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings

from builder.draft import Form, Texts
from packs_app import services as packs
from sigma_core.errors import BadInput, Problem, SigmaError
from signals.services import previews

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sigma_core.impact import Impact
    from sigma_core.market import Market
    from sigma_core.preview import Preview
    from sigma_core.results import ScanResult
    from sigma_core.specs.bundle import Bundle


@dataclass
class Panel:
    """All that the right side shows; `document` None where it could not be computed."""

    problems: list[Problem] = field(default_factory=list)
    document: dict[str, Any] | None = None
    bundle: Bundle | None = None
    #: what a scan of the last session would give; None for a model without rules
    scan: ScanResult | None = None
    #: against what is saved; None for a new model
    impact: Impact | None = None
    sentence: str = ""
    saved: Bundle | None = None

    @property
    def status(self) -> str:
        """`refused`, or that of the preview."""
        return self.document["status"] if self.document else "refused"

    @property
    def members(self) -> int:
        """Tickers in the universe on the last session."""
        return int(self.scan.universe.members[:, -1].sum()) if self.scan else 0

    @property
    def passed(self) -> int:
        """Those that pass every gate, with a whole score."""
        return int(self.scan.scores.eligible[:, -1].sum()) if self.scan else 0

    @property
    def selected(self) -> int:
        """Those that the policy makes signals."""
        return int(self.scan.decisions.selected.sum()) if self.scan else 0

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
    if found.scores is not None:
        shown.scan = _scan(shown.bundle, found.market)
        shown.sentence = sentence(found)
        shown.impact = _impact(shown)
    return shown


def bundle_of(draft: Form | Texts) -> Bundle:
    """The draft with all it refers to; raises what is wrong with it."""
    from sigma_core.specs.drafts import drafted

    contents: Mapping[str, Any] = draft.contents()
    model_id = str(contents.get("model_config", {}).get("model_id", ""))
    given: Mapping[str, object] = contents
    if isinstance(draft, Texts):  # as texts, so that their faults have lines
        given = {part: getattr(draft, part) for part in contents}
    return drafted(settings.SIGMA_PACKS, draft.pack, model_id, given)


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


def _scan(bundle: Bundle, market: Market) -> ScanResult:
    """What a run would give on these bars: the very function that a run calls."""
    from sigma_core.run import plan_of, scan_market

    return scan_market(bundle, plan_of(bundle), market)


def _impact(shown: Panel) -> Impact | None:
    """The saved list beside the draft's, on the same bars; None where there is none."""
    from sigma_core.impact import impact

    if shown.saved is None or shown.scan is None:
        return None
    try:
        before = _scan(shown.saved, shown.scan.market)
    except SigmaError:  # what is saved gives no list
        return None
    return impact(before, shown.scan)
