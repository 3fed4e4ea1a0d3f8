"""Look at a dataset's bars on demand: what the command `check_bars` and the API say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.conf import settings

from signals.models import Signal
from signals.queries import issues


def check_bars(
    *, dataset: str | None, cadence: str = "daily", now: datetime
) -> dict[str, Any]:  # Any: JSON
    """Every rule on one dataset: counts by rule, marks, D11, silent tickers, finds."""
    # deltalake, pandas and the calendars: only who checks pays
    import numpy as np

    from sigma_core.bars.store import resolve
    from sigma_core.market import open_dataset
    from sigma_core.quality import fresh, labels

    root = settings.SIGMA_HOME / "datasets"
    name = resolve(root, dataset, datasets.default_dataset())
    opened = open_dataset(root, name)
    store = opened.bars(cadence)
    bars = store.arrays()
    usable = ~np.isnan(bars.close)
    finished = opened.sessions.last_finished(now)
    reference = opened.reference()
    found = issues.issues(name, cadence)
    counts = Counter((issue.rule, issue.action) for issue in found)
    wanted = set(
        Signal.objects.current()
        .filter(dataset=name, session__gte=bars.axis.times[-10:][0].item())
        .values_list("ticker", flat=True)
        if cadence == "daily"
        else ()
    )
    return {
        "dataset": name,
        "cadence": cadence,
        "marks": labels.labels(
            usable,
            adjustments=set(store.adjustments().values()),
            reference=reference if len(reference) else None,
        ),
        "problems": [
            problem.as_dict()
            for problem in fresh.check_fresh(
                usable, bars.axis.times, last_finished=finished
            )
        ],
        "silent": [
            {"ticker": ticker, "last": last.isoformat()}
            for ticker, last in labels.silent(
                usable, bars.axis.times, bars.axis.tickers, wanted
            ).items()
        ],
        "counts": [
            {"rule": rule, "action": action, "found": n}
            for (rule, action), n in sorted(counts.items())
        ],
        "issues": [issue.document() for issue in found],
    }
