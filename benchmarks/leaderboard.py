"""5,000 backtests on the leaderboard: how long a page, a call and a judgement take.

    SIGMA_HOME=<an empty folder> python benchmarks/leaderboard.py [RUNS]

Writes into the database of that home: a run, a trial of 1,250 sessions and a backtest
each. Prints one JSON line; times are medians of ten, the judgement's is of one.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date

import django
import numpy as np

SESSIONS = 1_250


def fill(runs: int) -> None:
    """So many noise scanners, backtested."""
    from django.db import transaction

    from signals.models import Backtest, Family, Run
    from signals.services import trials

    random = np.random.default_rng(7)
    days = np.busday_offset("2019-01-02", np.arange(SESSIONS), roll="forward")
    with transaction.atomic():
        made = Run.objects.bulk_create(
            Run(
                kind=Run.Kind.BACKTEST,
                status=Run.Status.SUCCEEDED,
                pack=f"pack{at % 4}",
                model_id=f"universe_eq_swing_daily_s{at}_scanner",
                dataset="main",
                tags=["noise", f"t{at % 9}"],
                fingerprint={"data_sha": "1" * 64, "universe_sha": "2" * 64},
                summary={"report": "x" * 20_000},
            )
            for at in range(runs)
        )
        for run in made:
            returns = random.normal(0.0003, 0.01, SESSIONS)
            trial = trials.record(
                run=run, origin="backtest", dataset="main", cadence="daily", horizon=0,
                config_sha=f"{run.pk:064}", pack=run.pack, model_id=run.model_id,
                sessions=days, returns=returns, benchmark_returns=returns * 0,
            )  # fmt: skip
            Backtest.objects.create(
                run=run, trial=trial, kind="scanner", dataset="main", pack=run.pack,
                model_id=run.model_id, first=date(2019, 1, 2), last=date(2023, 12, 1),
                model_config_sha="c" * 64, policy_sha="d" * 64,
                comparable_sha=f"{run.pk % 3:064}", gate_passed=run.pk % 3 > 0,
                gate_checks=[{"check": "min_trades", "value": 5, "limit": 30,
                              "passed": False}],
                tags=run.tags,
                sharpe=float(random.normal()), total_return=0.1, max_drawdown=0.2,
                turnover=9.0, trades=100, ic=0.01, output_sha=f"{run.pk:064}",
            )  # fmt: skip
        Family.objects.update(judged=0)


def clocked(act: Callable[[], object], times: int) -> tuple[float, float]:
    """(wall, CPU) of one call in milliseconds, the median of so many."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        walls.append(1e3 * (time.perf_counter() - wall))
        cpus.append(1e3 * (time.process_time() - cpu))
    return round(statistics.median(walls), 1), round(statistics.median(cpus), 1)


def main(runs: int) -> None:
    """Fill, judge, ask."""
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import transaction
    from django.test import Client

    from signals.models import Backtest
    from signals.services import judging

    call_command("migrate", verbosity=0)
    if not Backtest.objects.exists():
        judge, judging.judge = judging.judge, lambda family: None
        fill(runs)
        judging.judge = judge
    found: dict[str, object] = {"runs": Backtest.objects.count()}
    found["judge"] = clocked(judging.judge_due, 1)
    user, _ = User.objects.get_or_create(username="reader")
    user.groups.add(Group.objects.get(name="viewer"))
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    for address in (
        "/leaderboard/", "/leaderboard/?page=60", "/leaderboard/?sort=-sharpe",
        "/leaderboard/?tag=t3&gate=passed", "/api/leaderboard?limit=50",
        "/api/leaderboard?limit=500",
    ):  # fmt: skip
        assert client.get(address).status_code == 200, address
        found[address] = clocked(lambda here=address: client.get(here), 10)
    transaction.get_connection().close()
    print(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sigma_site.settings")
    django.setup()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
