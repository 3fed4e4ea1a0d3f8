"""What the end of a backtest writes: its tables, its report, its row.

runs/<id>/daily.parquet …   one table each, as `sigma_core.backtests.tables` says
runs/<id>/orders.csv        the orders once more, for other programs
runs/<id>/report.json       all that is said of it; the run's summary is the same
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigma_core.errors import BadInput, Problem
from signals.jobs.base import Context, Outcome
from signals.models import Backtest, Run, TrainedModel, Trial
from signals.services import endings, scans, tags, trials
from signals.services.plain import plain
from signals.services.standings import AsOf, standing_of

if TYPE_CHECKING:  # numba and deltalake: the types alone are wanted here
    from sigma_core.backtests import Backtested
    from sigma_core.builds import Prepared
    from sigma_core.training.trained import Predictions

REPORT, ORDERS_CSV = "report.json", "orders.csv"
#: metrics that have columns of their own in the row
COLUMNS = ("sharpe", "total_return", "max_drawdown", "turnover")


def trained_for(prepared: Prepared) -> Predictions | None:
    """The newest training of a model as it is now: its predictions out of sample.

    None for a scanner, and where there is none. BadInput `train.other_axis` for a
    training on other bars.
    """
    from sigma_core.specs.schema import GbmConfig
    from sigma_core.training.trained import read_predictions

    bundle, market = prepared.bundle, prepared.market
    if not isinstance(bundle.model, GbmConfig):
        return None
    shas = ("indicator_set_sha", "model_config_sha")
    found = TrainedModel.objects.filter(
        dataset=market.dataset.name,
        pack=bundle.pack,
        model_id=bundle.model_id,
        **{name: bundle.shas[name] for name in shas},
    ).first()
    if found is None:
        return None
    single = bundle.model.ticker is not None
    folder = endings.run_folder(found.run_id)
    read = read_predictions(folder, market.bars.axis, single=single)
    walked = bundle.model.train.splits == "walk_forward"
    return replace(read, backtestable=walked)


def on_predictions(
    prepared: Prepared, trained: Predictions | None, *, start: date | None
) -> Prepared:
    """The stretch, begun with the first prediction where no `start` was asked for: what
    lies before it would be nothing but cash. BadInput where it holds no prediction."""
    import numpy as np

    if trained is None:
        return prepared
    days = prepared.market.bars.axis.days
    first = 0 if start is None else prepared.first
    predicted = np.flatnonzero(trained.model >= 0)
    inside = predicted[(predicted >= first) & (predicted < prepared.market.column)]
    if not len(inside):
        message = "no prediction out of sample lies in this stretch"
        hint = "Train over more sessions, or choose others."
        if len(predicted):
            message += f"; they go from {days[predicted[0]]} to {days[predicted[-1]]}"
        raise BadInput(Problem("model.unpredicted", "start", f"{message}.", hint))
    return replace(prepared, first=int(inside[0])) if start is None else prepared


def outcome(done: Backtested, context: Context, *, asked: AsOf) -> Outcome:
    """What the run keeps; stages tables and report.

    `asked`: the last session that was asked for, None for "the last one held".
    """
    from sigma_core.backtests import names, report_of

    prepared = done.prepared
    standing = standing_of(
        prepared.market, prepared.bundle.universe, asked=asked, now=context.now
    )
    summary: dict[str, Any] = plain(report_of(done) | standing)
    fingerprint = names.fingerprint_of(prepared, done.result.terms)
    hashes = {
        "comparable_sha": names.comparable_sha(prepared, done.result.terms),
        "output_sha": names.output_sha(done.result),
    }
    return Outcome(
        summary=summary,
        fingerprint=fingerprint | hashes,
        fields={
            "session": prepared.market.session,
            "dataset": prepared.market.dataset.name,
        },
        artifacts=stage(done, summary, context.staging),
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
        config_sha=config_sha(bundle),
        pack=bundle.pack,
        model_id=bundle.model_id,
        sessions=done.result.axis.times[1:],
        returns=returns_of(done.result.equity),
        benchmark_returns=returns_of(done.curves[0].equity),
    )
