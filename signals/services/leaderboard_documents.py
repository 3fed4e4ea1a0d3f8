"""The leaderboard and a comparison as JSON documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sigma_api import pages
from signals.queries import leaderboard
from signals.queries.comparing import Compared, Comparison
from signals.queries.leaderboard import Entry
from signals.queries.narrowing import require_known

Document = dict[str, Any]  # Any: JSON
FIELDS = (
    *("pack", "model_id", "kind", "dataset", "sharpe", "total_return"),
    *("max_drawdown", "turnover", "trades", "ic", "marks"),
)
SHAS = ("model_config_sha", "policy_sha", "comparable_sha", "output_sha")


@dataclass(frozen=True)
class Board:
    """A page of the board; `next` is the address of the one after, None on the last."""

    entries: list[Entry]
    next: str | None


def board_of(query: dict[str, Any], *, address: str) -> Board:
    """The page that `query` (as `LeaderboardQuery` has it) asks for.

    Raises UnknownName for a model, pack or dataset that nobody knows.
    """
    named = ("model", "pack", "dataset")
    require_known(**{name: query.get(name) for name in named})
    sort = query.get("sort", "")
    rows, order = leaderboard.ordered(leaderboard.narrowed(query), sort)
    begun = pages.begun(rows, order, query)
    first = 1 + rows.count() - begun.count()
    keys = leaderboard.keys_of(begun, order)[: query["limit"] + 1]
    found = pages.page_of_rows(
        leaderboard.read(list(keys), sort), order=order, query=query, address=address
    )
    leader = leaderboard.read(list(leaderboard.keys_of(rows, order)[:1]), sort)
    entries = leaderboard.entries(
        found["results"], first=first, leader=next(iter(leader), None)
    )
    return Board(entries, found["next"])


def board_document(board: Board) -> Document:
    """A page of the board."""
    results = [entry_document(one) for one in board.entries]
    return {"results": results, "next": board.next}


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
