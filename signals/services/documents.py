"""Runs and signals as JSON documents: one shape for the API, `--json` and exports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from signals.models import Run, Signal, TrainedModel
from signals.queries.luck import luck_of

Document = dict[str, Any]  # Any: JSON
SIGNAL_FIELDS = (
    "id",
    "rank",
    "ticker",
    "name",
    "sector",
    "side",
    "score_total",
    "parts",
    "gates",
    "weight",
    "verdict",
    "verdict_value",
    "verdict_limit",
    "tradeable",
    "open",
    "high",
    "low",
    "close",
    "change",
    "volume",
    "volume_ratio",
    "dataset",
    "pack",
    "model_id",
    "origin",
    "revision",
    "current",
    "pack_sha",
    "indicator_set_sha",
    "model_config_sha",
    "policy_sha",
    "output_sha",
)


def as_document(run: Run) -> Document:
    """One run, whole: what was asked, how far it is, how it ended, what it read."""
    return {
        "id": run.pk,
        "kind": run.kind,
        "status": run.status,
        "attempt": run.attempt,
        "cancel_requested": run.cancel_requested,
        "params": run.params,
        "pack": run.pack,
        "model_id": run.model_id,
        "dataset": run.dataset,
        "session": run.session.isoformat() if run.session else None,
        "percent": run.percent,
        "doing": run.doing,
        "steps": run.steps,
        "reason_code": run.reason_code,
        "reason": run.reason,
        "problems": run.problems,
        "fingerprint": run.fingerprint,
        "output_sha": run.fingerprint.get("output_sha"),
        "marks": run.marks,
        "stale": bool(run.summary.get("stale", False)),
        "summary": run.summary,
        "inputs": [
            {"kind": one.kind, "name": one.name, "sha": one.sha}
            for one in run.inputs.order_by("kind")
        ],
        "tags": run.tags,
        "user": run.user.get_username() if run.user else None,
        "created_at": _moment(run.created_at),
        "started_at": _moment(run.started_at),
        "ended_at": _moment(run.ended_at),
        "took_seconds": run.took.total_seconds() if run.took else None,
        "peak_memory_bytes": run.peak_memory_bytes,
        "log": run.log,
    }


def signal_document(signal: Signal) -> Document:
    """One signal, whole; its run as an id."""
    fields = {name: getattr(signal, name) for name in SIGNAL_FIELDS}
    return fields | {
        "session": signal.session.isoformat(),
        "ts": _moment(signal.ts),
        "run": signal.run_id,
    }


def run_document(run: Run) -> Document:
    """A run that has ended, alone: what `ingest_bars --json` prints."""
    return {"run": as_document(run)}


def scan_document(run: Run) -> Document:
    """A scan that has ended, with its list: what `scan --json` prints."""
    return {
        "run": as_document(run),
        "signals": [signal_document(signal) for signal in run.signals.order_by("rank")],
        "near_misses": run.summary.get("near_misses", []),
        "funnel": run.summary.get("funnel", []),
    }


def backtest_document(run: Run) -> Document:
    """A backtest that has ended: its report, and what names it. What the API gives, and
    `backtest --json` prints."""
    names = ("comparable_sha", "output_sha")
    luck = luck_of(run.backtest)
    return {
        "run": run.pk,
        "status": run.status,
        "report": run.summary,
        "luck": luck.document() if luck else None,
        "fingerprint": run.fingerprint,
        "trained_run": run.fingerprint.get("trained_run"),
        **{name: run.fingerprint.get(name) for name in names},
    }


def training_document(
    row: TrainedModel, until: date, state: str, reason: str
) -> Document:
    """One training with its card, and whether it answers for its model."""
    names = ("pack", "indicator_set", "model_config", "matrix", "trees")
    return {
        "run": row.run_id,
        "dataset": row.dataset,
        "pack": row.pack,
        "model_id": row.model_id,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "predicts_until": until.isoformat(),
        "state": state,
        "reason": reason,
        **{f"{name}_sha": getattr(row, f"{name}_sha") for name in names},
        "card": row.card,
        "created_at": _moment(row.created_at),
    }


def prove_document(run: Run) -> Document:
    """A run of the proofs that has ended: what `prove --json` prints."""
    kinds = ("indicators", "canaries", "sets", "models")
    summary = {kind: run.summary.get(kind, []) for kind in kinds}
    return {"sound": run.summary.get("sound"), **summary, "run": run.pk}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
