"""Two to four backtests side by side: definitions, metrics, equity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sigma_core.errors import DamagedData, Problem, UnknownName
from sigma_core.specs import policies
from sigma_core.specs.diff import Change, changes
from signals.models import Backtest, ConfigSnapshot
from signals.queries import backtests
from signals.queries.bases import bases
from signals.queries.leaderboard import Entry, with_all
from signals.queries.luck import luck_of

MOST = 4
#: the definitions a backtest rests on, in the order they are read
PARTS = ("model_config", "indicator_set", "policy", "universe")
#: metrics that have columns of their own
COLUMNS = ("total_return", "sharpe", "max_drawdown", "turnover", "trades")
#: keys that name a definition and change nothing
NAMES = frozenset({"model_id", "name", "version", "description", "tags"})


@dataclass(frozen=True)
class Compared:
    """One run; `changes` by definition what it says otherwise than the first.

    A definition that was not kept is None. `equity` is the change since the first
    session by session, empty where the run's daily table is `damaged`.
    """

    entry: Entry
    metrics: dict[str, float | None]
    changes: dict[str, list[Change] | None] = field(default_factory=dict)
    equity: dict[str, float | None] = field(default_factory=dict)
    damaged: Problem | None = None


@dataclass(frozen=True)
class Comparison:
    """The runs in the order they were asked for, on all sessions of any of them."""

    runs: list[Compared]
    sessions: list[str]

    def curve(self, one: Compared) -> list[float | None]:
        """A run's equity on the common sessions."""
        return [one.equity.get(session) for session in self.sessions]


def compare(ids: Sequence[int]) -> Comparison:
    """The backtests of these runs; UnknownName for one that there is none of."""
    found = with_all(Backtest.objects.filter(pk__in=ids)).in_bulk()
    for pk in ids:
        if pk not in found:
            known = [str(one) for one in found]
            raise UnknownName("backtest", str(pk), known, where="?runs")
    rows = [found[pk] for pk in ids]
    known, frozen = bases(rows), _frozen(rows)
    runs = []
    for at, row in enumerate(rows, start=1):
        equity, damaged = _equity(row)
        entry = Entry(
            rank=at,
            backtest=row,
            luck=luck_of(row),
            differs=known[row.pk].against(known[rows[0].pk]),
        )
        one = Compared(
            entry=entry,
            metrics={name: getattr(row, name) for name in COLUMNS} | row.metrics,
            changes=_changes(frozen[rows[0].pk], frozen[row.pk]) if at > 1 else {},
            equity=equity,
            damaged=damaged,
        )
        runs.append(one)
    return Comparison(runs, sorted({day for one in runs for day in one.equity}))


def _frozen(rows: Sequence[Backtest]) -> dict[int, dict[str, Mapping[str, Any]]]:
    """Run → the definitions it has read, by kind; one query."""
    found: dict[int, dict[str, Mapping[str, Any]]] = {row.pk: {} for row in rows}
    kept = ConfigSnapshot.objects.filter(runs__in=list(found), kind__in=PARTS)
    for pk, kind, content in kept.values_list("runs", "kind", "content"):
        found[pk][kind] = _whole(kind, content)
    return found


def _whole(kind: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """A policy with its defaults: leaving a limit out is no other limit."""
    if kind == "policy":
        policy, _ = policies.validate(content)
        if policy is not None:
            return policy.model_dump(mode="json", by_alias=True)
    return content


def _changes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[Change] | None]:
    """What each definition says otherwise, names left out; None: not kept."""
    return {
        part: [
            one
            for one in changes(before[part], after[part])
            if one.path.split(".")[0] not in NAMES
        ]
        if part in before and part in after
        else None
        for part in PARTS
    }


def _equity(row: Backtest) -> tuple[dict[str, float | None], Problem | None]:
    """Its curve; without its table none, and what is the matter: the numbers stay."""
    try:
        daily = backtests.series(row.run)
    except DamagedData as error:
        return {}, error.problems[0]
    first = next((value for value in daily["equity"] if value), None)
    curve = {
        session: None if value is None or first is None else value / first - 1
        for session, value in zip(daily["sessions"], daily["equity"], strict=True)
    }
    return curve, None
