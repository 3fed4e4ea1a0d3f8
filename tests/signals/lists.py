"""Two lists of one model on following sessions, small enough to know by heart.

Thursday 29 June   1 AAA · 2 BBB · 3 CCC
Friday 30 June     1 BBB · 2 DDD · 3 AAA (stopped: a fourth entry of three)
"""

from __future__ import annotations

import datetime as dt

from signals.models import Run, Signal
from tests.builders import MODEL, SESSION, make_list, make_run, make_signal

THURSDAY = dt.date(2023, 6, 29)
FRIDAY = SESSION
ADDRESS = f"swingsigma/{MODEL}"

SUMMARY = {
    "session": "2023-06-30",
    "dataset": "demo",
    "synthetic": True,
    "universe": "us_liquid",
    "tickers": 200,
    "members": 187,
    "passed": 3,
    "selected": 3,
    "due": {"session": "2023-07-03", "opens_at": "2023-07-03T13:30:00+00:00"},
    "funnel": [
        {"name": "all", "label": "tickers with bars", "survivors": 200},
        {"name": "price", "label": "price ≥ 5", "survivors": 187},
        {"name": "adx", "label": "ADX ≥ 18", "survivors": 3},
    ],
    "gates": [{"name": "adx", "words": "ADX ≥ 18", "alone": 3}],
    "near_misses": [
        {
            "ticker": "NNN",
            "name": "Nearly",
            "gate": "adx",
            "words": "ADX ≥ 18",
            "value": 17.1,
            "op": ">=",
            "limit": 18.0,
            "score_total": 60.0,
        }
    ],
}


def make_two_lists() -> Run:
    """Both lists; gives the run of Friday's."""
    thursday = make_run(session=THURSDAY, summary=SUMMARY | {"session": "2023-06-29"})
    make_list(thursday)
    for rank, ticker in enumerate(("AAA", "BBB", "CCC"), start=1):
        make_signal(thursday, rank=rank, ticker=ticker, name=f"{ticker} Inc")
    friday = make_run(summary=SUMMARY)
    make_list(friday)
    for rank, ticker in enumerate(("BBB", "DDD"), start=1):
        make_signal(friday, rank=rank, ticker=ticker, name=f"{ticker} Inc")
    make_signal(
        friday,
        rank=3,
        ticker="AAA",
        name="AAA Inc",
        score_total=50.0,
        verdict="policy.max_trades",
        verdict_value=3,
        verdict_limit=3,
        tradeable=False,
    )
    return friday


def signal_of(run: Run, ticker: str) -> Signal:
    """One signal of a run."""
    return Signal.objects.get(run=run, ticker=ticker)
