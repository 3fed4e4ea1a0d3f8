"""Previews: computed here and now, in the process that is asked; each outcome is kept.

A preview answers in under a second, so it is no run: nobody waits in a queue for it,
and it writes nothing but how it ended. It loads numba and deltalake into the web
process, which is safe there because that process never forks afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from packs_app import datasets
from sigma_core.errors import SigmaError
from signals.jobs.asof import asked_as
from signals.jobs.places import require_session
from signals.models import PreviewOutcome
from signals.services.plain import plain
from signals.services.standings import standing_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from sigma_core.preview import Preview
    from sigma_core.specs.bundle import Bundle

#: outcomes are counted over a month; older ones than three are dropped
KEPT = timedelta(days=90)


def preview(
    *,
    pack: str,
    model_id: str,
    user: User | None,
    start: date | None = None,
    end: date | datetime | None = None,
    dataset: str | None = None,
    changes: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """One preview as a document; `changes` are drafts of definitions, see `drafted`;
    `end` is a session or the moment at which its last bar closed.

    Raises what the engine raises: BadInput for names, dates and definitions that can't
    be used, MissingData where there are no bars. Either way the outcome is stored.
    """
    from sigma_core.specs.drafts import drafted

    began = time.perf_counter()
    row = PreviewOutcome(
        created_at=timezone.now(),
        user=user,
        pack=pack[:64],
        model_id=model_id[:128],
        dataset=(dataset or "")[:64],
    )
    try:
        bundle = drafted(settings.SIGMA_PACKS, pack, model_id, changes or {})
        require_session(start, where="start")
        if not isinstance(end, datetime):
            require_session(end, where="end")
        with asked_as("end"):
            found = look(bundle=bundle, start=start, end=end, dataset=dataset)
    except SigmaError as error:
        row.status, row.code = PreviewOutcome.Status.REFUSED, error.code[:64]
        _store(row, began)
        raise
    return _kept(row, found, began, asked=end)


def look(
    *,
    bundle: Bundle,
    start: date | None = None,
    end: date | datetime | None = None,
    dataset: str | None = None,
) -> Preview:
    """A preview of definitions that were put together already; nothing is stored."""
    from sigma_core.indicators import kernels  # numba and deltalake, see above
    from sigma_core.market import open_market
    from sigma_core.preview import preview as engine

    kernels.use_cache(settings.SIGMA_KERNELS)
    wanted = datasets.resolve_dataset(dataset or bundle.universe.dataset)
    root = settings.SIGMA_HOME / "datasets"
    market = open_market(root, wanted, None, end, timezone.now(), bundle.cadence)
    return engine(bundle, market, start=start)


def keep(*, found: Preview, user: User | None, began: float) -> dict[str, Any]:
    """Store how a look that `began` (perf_counter) ended; it as a document."""
    row = PreviewOutcome(
        created_at=timezone.now(),
        user=user,
        pack=found.bundle.pack[:64],
        model_id=found.bundle.model_id[:128],
    )
    return _kept(row, found, began, asked=None)


def _kept(
    row: PreviewOutcome, found: Preview, began: float, *, asked: date | datetime | None
) -> dict[str, Any]:
    document: dict[str, Any] = plain(found.as_dict())
    row.status = document["status"]
    row.code = document["problems"][0]["code"][:64] if document["problems"] else ""
    row.dataset, row.session = found.market.dataset.name, found.market.session
    row.indicator_set_sha = found.bundle.shas["indicator_set_sha"]
    row.rows = document["rows"]
    market, universe = found.market, found.bundle.universe
    standing = standing_of(market, universe, asked=asked, now=row.created_at)
    _store(row, began)
    return document | standing | {"seconds": row.seconds}


def _store(row: PreviewOutcome, began: float) -> None:
    row.seconds = time.perf_counter() - began
    row.save()
    PreviewOutcome.objects.filter(created_at__lt=row.created_at - KEPT).delete()
