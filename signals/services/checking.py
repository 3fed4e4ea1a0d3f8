"""Look at a dataset's bars on demand: what the command `check_bars` and the API say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import datasets
from signals.queries import issues, silence

if TYPE_CHECKING:  # deltalake and pandas: the types alone are wanted here
    import pandas as pd

    from sigma_core.bars.store import Dataset


def check_bars(
    *, dataset: str | None, cadence: str = "daily", now: datetime
) -> dict[str, Any]:  # Any: JSON
    """Every rule on one dataset: counts by rule, marks, D11, silent tickers, finds.

    Bars of 5 minutes are held against the daily ones first, where both are stored.
    """
    # deltalake, pandas and the calendars: only who checks pays
    import numpy as np

    from sigma_core.market import open_dataset
    from sigma_core.quality import fresh, labels

    name = datasets.resolve_dataset(dataset)
    opened = open_dataset(settings.SIGMA_HOME / "datasets", name)
    keep_minutes(opened)
    store = opened.bars(cadence)
    bars = store.arrays()
    usable = ~np.isnan(bars.close)
    finished = opened.sessions.last_finished(now)
    reference = opened.reference()
    found = issues.issues(name, cadence)
    counts = Counter((issue.rule, issue.action) for issue in found)
    fresh_problems = fresh.check_fresh(usable, bars.axis.times, last_finished=finished)
    return {
        "dataset": name,
        "cadence": cadence,
        "marks": labels.labels(
            usable[~bars.blocked_at(np.array([usable.shape[1] - 1]))[:, 0]],
            adjustments=set(store.adjustments().values()),
            reference=reference if len(reference) else None,
            synthetic=opened.synthetic,
        ),
        "problems": [problem.as_dict() for problem in fresh_problems],
        "silent": [one.document() for one in silence.silent(name)],
        "counts": [
            {"rule": rule, "action": action, "found": n}
            for (rule, action), n in sorted(counts.items())
        ],
        "issues": [issue.document() for issue in found],
    }


def keep_minutes(dataset: Dataset) -> int | None:
    """Hold 5-minute bars against daily ones (D12) and keep the finds; how many there
    are, None for a dataset that holds no two cadences."""
    from sigma_core import crosscheck  # deltalake and pandas

    found = crosscheck.check_minutes(dataset)
    if found is None:
        return None
    dataset.keep_finds("5m", "d12_daily", found)
    return len(found)


def listed(finds: pd.DataFrame) -> list[dict[str, str]]:
    """Finds as a run keeps them, blocks first."""
    order = finds.sort_values(["action", "ticker", "ts"], kind="stable")
    columns = (order[n] for n in ("ticker", "ts", "rule", "action", "message"))
    return [
        {
            "ticker": ticker,
            "day": f"{ts:%Y-%m-%d}",
            "rule": rule,
            "action": action,
            "message": message,
        }
        for ticker, ts, rule, action, message in zip(*columns, strict=True)
    ]
