"""What a draft changes: in words, on the preview days, and for whom else.

The two sides are scanned by the function that scans for good, on the same bars known by
the same moment: what is forecast is what the run then gives.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from packs_app import certificates, datasets, usage
from packs_app.kinds import KINDS
from sigma_core.errors import MissingData, Problem
from signals.jobs.asof import asked_as
from signals.models import Run
from signals.services.plain import plain
from signals.services.standings import standing_of

if TYPE_CHECKING:
    from sigma_core.impact import Impact
    from sigma_core.specs.bundle import Bundle

PARTS = ("model_config", "indicator_set", "policy", "universe")
#: sessions that are compared where no start is given
SESSIONS = 2
MOST_SESSIONS = 5


def diff_of(
    *,
    pack: str,
    model_id: str,
    changes: Mapping[str, object],
    against: str = "saved",
    sessions: int = SESSIONS,
    end: date | datetime | None = None,
    dataset: str | None = None,
) -> dict[str, Any]:
    """A draft beside what is `saved` (or was read by the `last_run`), as a document.

    `changes` as for previews. A model that is not saved yet has nothing to be compared
    with: `before` is null and so is the impact. Raises what loading a draft raises;
    MissingData for a last run there is none of, or sessions that are not held.
    """
    from sigma_core.specs.drafts import drafted

    began = time.perf_counter()
    after = drafted(settings.SIGMA_PACKS, pack, model_id, changes)
    before, run = _base(pack, model_id, against)
    found = _changes(before, after)
    impacts: list[Impact] = []
    bars: dict[str, Any] = {"marks": [], "stale": False, "freshness": []}
    reason = _no_impact(before, after)
    if before is not None and not reason:
        with asked_as("end"):
            impacts, bars = _impacts(before, after, sessions, end, dataset)
    document: dict[str, Any] = {
        "pack": pack,
        "model_id": after.model_id,
        "against": against,
        "run": run.pk if run else None,
        "is_new": before is None,
        "changes": found,
        "words": _sentence(found, impacts),
        "yaml": _yaml(pack, before, after, changes),
        "impact": [one.as_dict() for one in impacts],
        "no_impact": reason,
        "affected": _affected(pack, model_id, before, changes),
        "certificate": certificates.of_draft(after),
    }
    return plain(document) | bars | {"seconds": time.perf_counter() - began}


def _base(pack: str, model_id: str, against: str) -> tuple[Bundle | None, Run | None]:
    """What the draft is compared with; None for a model that is not there yet."""
    from sigma_core.errors import UnknownName
    from sigma_core.specs.bundle import load_bundle
    from sigma_core.specs.drafts import drafted

    root = settings.SIGMA_PACKS
    if against == "last_run":
        run = _last_run(pack, model_id)
        return drafted(root, pack, model_id, _frozen(run)), run
    try:
        return load_bundle(root, pack, model_id), None
    except UnknownName as error:
        if error.code != "unknown.model":
            raise
        return None, None


def _last_run(pack: str, model_id: str) -> Run:
    done = Run.objects.filter(
        pack=pack, model_id=model_id, status=Run.Status.SUCCEEDED, inputs__isnull=False
    )
    run = done.order_by("-id").first()
    if run is None:
        message, hint = "this model has not run yet.", "Compare with what is saved."
        raise MissingData(Problem("diff.no_run", "against", message, hint))
    return run


def _frozen(run: Run) -> dict[str, object]:
    """The definitions a run has read; a ticker's universe follows from its model."""
    found = {one.kind: dict(one.content) for one in run.inputs.all()}
    universe = found.get("universe", {})
    universe.pop("parts", None)  # what it is made of is looked up by name
    if "list" in universe:
        del found["universe"]
    return {part: found[part] for part in PARTS if part in found}


def _changes(before: Bundle | None, after: Bundle) -> list[dict[str, Any]]:
    """What is done otherwise: what a file leaves out counts as its default."""
    from sigma_core.effective import parts_of  # pandas comes with it
    from sigma_core.specs import diff

    if before is None:
        return []
    one, other = parts_of(before), parts_of(after)
    return [
        {"part": part, **change.as_dict()}
        for part in PARTS
        for change in diff.changes(one[part], other[part])
    ]


def _no_impact(before: Bundle | None, after: Bundle) -> str:
    """Why no list can be compared; empty if one can."""
    from sigma_core.specs.schema import ScannerConfig

    if before is None:
        return "The model is new: there is no list yet to compare with."
    if not all(isinstance(one.model, ScannerConfig) for one in (before, after)):
        return "A trained model's list changes with its next training, not before."
    return ""


def _impacts(
    before: Bundle,
    after: Bundle,
    sessions: int,
    end: date | datetime | None,
    dataset: str | None,
) -> tuple[list[Impact], dict[str, Any]]:
    """The last sessions, oldest first, under both; and what their bars can't know."""
    from sigma_core.impact import impact
    from sigma_core.indicators import kernels
    from sigma_core.market import last_markets
    from sigma_core.run import plan_of, scan_market

    kernels.use_cache(settings.SIGMA_KERNELS)
    plans = [plan_of(bundle) for bundle in (before, after)]
    markets = last_markets(
        settings.SIGMA_HOME / "datasets",
        datasets.resolve_dataset(dataset or after.universe.dataset),
        None,
        end,
        timezone.now(),
        after.cadence,
        sessions,
    )
    found, now = [], markets[-1].known_by
    for market in markets:
        one, other = (
            scan_market(bundle, plan, market)
            for bundle, plan in zip((before, after), plans, strict=True)
        )
        found.append(impact(one, other))
    return found, standing_of(markets[-1], after.universe, asked=end, now=now)


def _sentence(found: list[dict[str, Any]], impacts: list[Impact]) -> str:
    """`adx_min 18 → 20: passes 58 → 31 of 500; …`, of the last session."""
    if not found:
        return "Nothing changes."
    said = ", ".join(change["words"] for change in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{said}{more}" + (f": {impacts[-1].words}." if impacts else ".")


def _yaml(
    pack: str, before: Bundle | None, after: Bundle, changes: Mapping[str, object]
) -> list[dict[str, Any]]:
    """The lines that differ, of each draft that is text."""
    from packs_app import definitions

    found = []
    for part, content in changes.items():
        if not isinstance(content, str):
            continue
        name = _name_of(after, part)
        home = "common" if part == "universe" else pack
        saved = ""
        if before is not None and name == _name_of(before, part):
            kind = KINDS[part]
            saved = definitions.text_of(pack=home, kind=kind, name=name)
        lines = difflib.unified_diff(
            saved.splitlines(), content.splitlines(), "saved", "draft", lineterm="", n=2
        )
        found.append({"part": part, "name": name, "lines": list(lines)})
    return found


def _name_of(bundle: Bundle, part: str) -> str:
    if part == "model_config":
        return bundle.model_id
    return str(getattr(bundle, part).name)


def _affected(
    pack: str, model_id: str, before: Bundle | None, changes: Mapping[str, object]
) -> dict[str, list[str]]:
    """Other models that stand on what is changed; deployments, once there are any."""
    users: set[str] = set()
    for part in changes:
        if before is not None and part != "model_config":
            home = "common" if part == "universe" else pack
            name = _name_of(before, part)
            users |= set(usage.users_of(pack=home, kind=KINDS[part], name=name))
    return {"models": sorted(users - {f"{pack}/{model_id}"}), "deployments": []}
