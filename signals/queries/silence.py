"""Silent tickers: signalled lately and without a bar since, and what was answered.

Read from the newest build of arrays with numpy, as pages do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from signals.models import DataIssue, Signal
from signals.queries import bars

#: how many sessions back a signal still makes a ticker wanted
WANTED_SESSIONS = 10
RULE = "D11"


@dataclass(frozen=True)
class Silent:
    """A ticker somebody may hold, its last day with a bar, and the answer if any."""

    dataset: str
    ticker: str
    last: date
    #: the session after the last bar: the first day a delisting can be of
    since: date
    close: float
    answered: DataIssue | None = None

    def document(self) -> dict[str, Any]:  # Any: JSON
        """For API and command."""
        answer = self.answered
        return {
            "ticker": self.ticker,
            "last": self.last.isoformat(),
            "since": self.since.isoformat(),
            "close": self.close,
            "answer": answer.answer if answer else None,
            "note": answer.note if answer else None,
        }


def silent(dataset: str) -> list[Silent]:
    """Those of a dataset's daily bars, A to Z; answered ones too. Two queries.

    `close` is the last one, in the units of its day.
    """
    from sigma_core.quality.labels import silent as engine  # pandas

    build = bars.newest_build(dataset)
    if build is None or not len(build.times):
        return []
    answers = {
        each.ticker: each
        for each in DataIssue.objects.standing()
        .filter(dataset=dataset, rule=RULE)
        .select_related("user")
    }
    wanted = _wanted(dataset, build) | set(answers)
    found = engine(build.held, build.times, tuple(build.tickers), wanted)
    return [
        _silent(dataset, build, ticker, last, answers.get(ticker))
        for ticker, last in sorted(found.items())
    ]


def _wanted(dataset: str, build: bars.Build) -> set[str]:
    first = build.times[-WANTED_SESSIONS:][0].astype("datetime64[D]").item()
    rows = Signal.objects.current().filter(dataset=dataset, session__gte=first)
    return set(rows.order_by().values_list("ticker", flat=True))


def _silent(
    dataset: str,
    build: bars.Build,
    ticker: str,
    last: date,
    answered: DataIssue | None,
) -> Silent:
    row = build.tickers.index(ticker)
    column = int(np.searchsorted(build.times, np.datetime64(last)))
    factor = 1.0 if build.factor is None else float(build.factor[row, column])
    close = float(build.field("close")[row, column]) / factor
    return Silent(
        dataset=dataset,
        ticker=ticker,
        last=last,
        since=build.times[column + 1].astype("datetime64[D]").item(),
        close=close,
        answered=answered,
    )
