"""What the end of a backtest writes: its tables, its report, its row.

runs/<id>/daily.parquet …   one table each, as `sigma_core.backtests.tables` says
runs/<id>/orders.csv        the orders once more, for other programs
runs/<id>/report.json       all that is said of it; the run's summary is the same
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigma_core.specs.fingerprint import sha_of_bytes
from signals.jobs.base import Context, Outcome
from signals.models import Backtest, Run, Trial
from signals.services import scans, tags, trials
from signals.services.plain import plain
from signals.services.standings import AsOf, standing_of

if TYPE_CHECKING:  # numba and deltalake: the types alone are wanted here
    from sigma_core.backtests import Backtested
    from sigma_core.training.scorer import OutOfSample

REPORT, ORDERS_CSV = "report.json", "orders.csv"
#: metrics that have columns of their own in the row
COLUMNS = ("sharpe", "total_return", "max_drawdown", "turnover")


def outcome(
    done: Backtested, context: Context, *, asked: AsOf, trained: OutOfSample | None
) -> Outcome:
    """What the run keeps; stages tables and report.

    `asked`: the last session that was asked for, None for "the last one held";
    `trained`: whose predictions the scores are, None for a scanner.
    """
    from sigma_core.backtests import names, report_of

    prepared = done.prepared
    standing = standing_of(
        prepared.market, prepared.bundle.universe, asked=asked, now=context.now
    )
    summary: dict[str, Any] = plain(report_of(done) | standing)
    summary["rules"] += trained.words if trained else ()
    artifacts = stage(done, summary, context.staging)
    fingerprint = names.fingerprint_of(prepared, done.result.terms)
    hashes = {
        "comparable_sha": names.comparable_sha(prepared, done.result.terms),
        "output_sha": names.output_sha(done.result),
    }
    return Outcome(
        summary=summary,
        fingerprint={
            **fingerprint,
            **hashes,
            **(trained.names if trained else {}),
            **_file_shas(context.staging),
        },
        fields={
            "session": prepared.market.session,
            "dataset": prepared.market.dataset.name,
        },
        artifacts=artifacts,
        save=partial(_save, done=done, summary=summary, hashes=hashes),
    )


def stage(
    done: Backtested, summary: Mapping[str, Any], folder: Path
) -> tuple[str, ...]:
    """Write all files of a backtest into a folder; their names."""
    from sigma_core.backtests import tables
    from signals.exports import cell

    staged = []
    for name in tables.NAMES:
        table, file = tables.table_of(done, name), f"{name}.parquet"
        # page checksums: a flipped bit is an error when read, not another number
        table.to_parquet(folder / file, index=False, write_page_checksum=True)
        staged.append(file)
        if name == "orders":
            safe = table.assign(ticker=table["ticker"].map(cell))
            safe.to_csv(folder / ORDERS_CSV, index=False)
    text = json.dumps(summary, indent=1, allow_nan=False)
    (folder / REPORT).write_text(text, encoding="utf-8")
    return (*staged, ORDERS_CSV, REPORT)


def _file_shas(folder: Path) -> dict[str, str]:
    """Of each table's file: it is refused where it is another later."""
    from sigma_core.backtests import tables

    return {
        f"{name}_file_sha": sha_of_bytes((folder / f"{name}.parquet").read_bytes())
        for name in tables.NAMES
    }


def _save(
    run: Run,
    *,
    done: Backtested,
    summary: Mapping[str, Any],
    hashes: Mapping[str, str],
) -> Mapping[str, object]:
    """Freeze the definitions, and write the row that the leaderboard shows."""
    bundle, metrics = done.prepared.bundle, summary["metrics"]
    first, last = done.prepared.sessions
    policy_sha = bundle.shas["policy_sha"]
    policy = ("policy", bundle.policy.name, policy_sha, bundle.contents["policy"])
    scans.save_inputs(run, [*done.prepared.contents, policy])
    tags.inherit_tags(run=run, model_tags=bundle.model.tags)
    Backtest.objects.create(
        run=run,
        trial=_trial(run, done),
        tags=run.tags,
        kind=bundle.model.kind,
        dataset=summary["dataset"],
        pack=bundle.pack,
        model_id=bundle.model_id,
        first=first,
        last=last,
        model_config_sha=bundle.shas["model_config_sha"],
        policy_sha=policy_sha,
        marks=summary["marks"],
        gate_passed=done.passed,
        gate_checks=summary["gate"]["checks"],
        trades=int(metrics["trades"]),
        ic=summary["skill"]["rank_ic"],
        metrics={k: v for k, v in metrics.items() if k not in (*COLUMNS, "trades")},
        **{name: metrics[name] for name in COLUMNS},
        **hashes,
    )
    return {}


def _trial(run: Run, done: Backtested) -> Trial:
    """Enter it into the ledger: its net returns beside those of its universe."""
    from sigma_core.backtest.metrics import returns_of
    from sigma_core.evidence.configuration import config_sha
    from sigma_core.specs.schema import GbmConfig

    bundle, market = done.prepared.bundle, done.prepared.market
    trained = isinstance(bundle.model, GbmConfig)
    return trials.record(
        run=run,
        origin=Trial.Origin.BACKTEST,
        dataset=market.dataset.name,
        cadence=bundle.cadence,
        horizon=done.skill.horizon if trained else 0,
        config_sha=config_sha(bundle, terms=done.result.terms),
        pack=bundle.pack,
        model_id=bundle.model_id,
        sessions=done.result.axis.times[1:],
        returns=returns_of(done.result.equity),
        benchmark_returns=returns_of(done.curves[0].equity),
    )
