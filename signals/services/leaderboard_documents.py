"""The leaderboard and a comparison as JSON documents."""

from __future__ import annotations

from typing import Any

from signals.queries.comparing import Compared, Comparison
from signals.queries.leaderboard import Entry

Document = dict[str, Any]  # Any: JSON
FIELDS = (
    *("pack", "model_id", "kind", "dataset", "sharpe", "total_return"),
    *("max_drawdown", "turnover", "trades", "ic", "marks"),
)
SHAS = ("model_config_sha", "policy_sha", "comparable_sha", "output_sha")


def entry_document(entry: Entry) -> Document:
    """One row of the board."""
    row = entry.backtest
    fields = {name: getattr(row, name) for name in FIELDS}
    return fields | {
        "rank": entry.rank,
        "run": row.pk,
        "tags": row.run.tags,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
        "gate": {"passed": row.gate_passed, "checks": row.gate_checks},
        "forward_score": None,
        "luck": entry.luck.document() if entry.luck else None,
        "differs": entry.differs,
        "fingerprint": {name: getattr(row, name) for name in SHAS},
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


def comparison_document(found: Comparison) -> Document:
    """Runs side by side."""
    return {
        "runs": [_compared(one) for one in found.runs],
        "sessions": found.sessions,
        "equity": {
            str(one.entry.backtest.pk): found.curve(one)
            for one in found.runs
            if one.equity
        },
        "problems": [one.damaged.as_dict() for one in found.runs if one.damaged],
    }


def _compared(one: Compared) -> Document:
    return entry_document(one.entry) | {
        "metrics": one.metrics,
        "changes": [
            {"part": part, "changes": [change.as_dict() for change in some]}
            for part, some in one.changes.items()
            if some
        ],
    }
