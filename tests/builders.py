"""Small functions that make one row each, whole and plausible; say what matters."""

from __future__ import annotations

import datetime as dt
from itertools import count

from django.utils import timezone

from signals.models import Run, Signal, SignalList, ts_of

MODEL = "universe_eq_swing_daily_breakout_scanner"
SESSION = dt.date(2023, 6, 30)
#: what a run's fingerprint says of its definitions and of its output
SHAS = {
    "pack_sha": "a" * 64,
    "indicator_set_sha": "b" * 64,
    "model_config_sha": "c" * 64,
    "policy_sha": "d" * 64,
    "output_sha": "e" * 64,
}
_ranks = count(1)


def make_run(**fields: object) -> Run:
    """A scan of the demo market that has succeeded, unless `fields` say otherwise."""
    now = timezone.now()
    ended = fields.get("status", Run.Status.SUCCEEDED) not in Run.ACTIVE
    plausible: dict[str, object] = {
        "kind": Run.Kind.SCAN,
        "status": Run.Status.SUCCEEDED,
        "attempt": 1,
        "params": {
            "pack": "swingsigma",
            "model_id": MODEL,
            "as_of": str(SESSION),
            "dataset": "demo",
        },
        "pack": "swingsigma",
        "model_id": MODEL,
        "dataset": "demo",
        "session": SESSION,
        "percent": 100 if ended else 0,
        "fingerprint": dict(SHAS),
        "started_at": now - dt.timedelta(seconds=2),
        "ended_at": now if ended else None,
    }
    return Run.objects.create(**(plausible | fields))


def make_queued_run(**fields: object) -> Run:
    """A scan nobody has picked up yet."""
    queued: dict[str, object] = {
        "status": Run.Status.QUEUED,
        "attempt": 0,
        "started_at": None,
        "session": None,
        "fingerprint": {},
    }
    return make_run(**(queued | fields))


def make_list(run: Run, **fields: object) -> SignalList:
    """The row that says which run's signals are current for a model and session."""
    of_run: dict[str, object] = {
        "dataset": run.dataset,
        "pack": run.pack,
        "model_id": run.model_id,
        "session": run.session,
        "ts": ts_of(run.session),
        "run": run,
        "output_sha": run.fingerprint.get("output_sha", SHAS["output_sha"]),
    }
    if "session" in fields:
        of_run["ts"] = ts_of(fields["session"])
    return SignalList.objects.create(**(of_run | fields))


def make_signal(run: Run | None = None, **fields: object) -> Signal:
    """A tradeable signal of a run (of a new one where none is given)."""
    run = run or make_run()
    rank = int(str(fields.get("rank", next(_ranks))))
    plausible: dict[str, object] = {
        "run": run,
        "dataset": run.dataset,
        "pack": run.pack,
        "model_id": run.model_id,
        "session": run.session or SESSION,
        "ts": ts_of(fields.get("session", run.session or SESSION)),
        "ticker": f"T{rank:03}",
        "name": f"Test Company {rank}",
        "sector": "Industrials",
        "rank": rank,
        "score_total": 80.0,
        "parts": [
            {"name": "breakout", "weight": 40, "value": 1.0, "points": 40.0},
            {"name": "momentum", "weight": 60, "value": 2 / 3, "points": 40.0},
        ],
        "gates": [
            {
                "name": "adx",
                "group": "all",
                "words": "ADX of 14 bars is at least 18",
                "passed": True,
                "value": 25.0,
                "op": ">=",
                "limit": 18.0,
                "distance": 0.3889,
            }
        ],
        "weight": 0.02,
        "verdict": "tradeable",
        "tradeable": True,
        "open": 100.0,
        "high": 103.0,
        "low": 99.5,
        "close": 102.5,
        "change": 0.025,
        "volume": 1_200_000.0,
        "volume_ratio": 1.4,
        "closes": [100.0, 101.0, 102.5],
    } | SHAS
    return Signal.objects.create(**(plausible | fields))
