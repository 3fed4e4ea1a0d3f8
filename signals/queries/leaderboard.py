"""The leaderboard: backtests filtered, in order, a page of them with what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    F,
    IntegerField,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from signals.models import Backtest
from signals.queries.bases import Basis, bases
from signals.queries.luck import BLOBS, Luck, luck_of
from signals.queries.narrowing import split_model

#: a column of the board → the field it is sorted by; "" is the board's own order
SORTS: Mapping[str, str] = {
    "model": "model_id",
    "sharpe": "sharpe",
    "return": "total_return",
    "drawdown": "max_drawdown",
    "turnover": "turnover",
    "trades": "trades",
    "ic": "ic",
    "luck": "q_value",
    "made": "created_at",
}
#: past every q there is, below every Sharpe
NO_Q, NO_SHARPE = 2.0, -1e9
#: columns of a run that the board does not need, some of them long
UNREAD = ("log", "steps", "problems", "summary", "params", "reason", "doing")


@dataclass(frozen=True)
class Entry:
    """One row of the board; `differs` says why it can't be held against the first."""

    rank: int
    backtest: Backtest
    luck: Luck | None
    differs: list[str]

    @property
    def fallen(self) -> list[dict[str, Any]]:
        """The checks of the run gate that did not hold."""
        return [one for one in self.backtest.gate_checks if not one["passed"]]


def narrowed(asked: Mapping[str, Any]) -> QuerySet[Backtest]:
    """The backtests that are asked for; keys as `LeaderboardQuery` has them."""
    rows = Backtest.objects.all()
    for name in ("pack", "kind", "dataset"):
        if asked.get(name):
            rows = rows.filter(**{name: asked[name]})
    rows = rows.filter(**split_model(asked.get("model")))
    if asked.get("from"):
        rows = rows.filter(created_at__date__gte=asked["from"])
    if asked.get("to"):
        rows = rows.filter(created_at__date__lte=asked["to"])
    if asked.get("gate"):
        rows = rows.filter(gate_passed=asked["gate"] == "passed")
    if asked.get("tag"):
        # names in quotes: a tag is matched whole; tags are lower case, and SQLite would
        # find them in capitals too where PostgreSQL does not
        rows = rows.annotate(tag_text=Cast("tags", TextField()))
        rows = rows.filter(tag_text__contains=f'"{asked["tag"].lower()}"')
    return rows


def ordered(
    rows: QuerySet[Backtest], sort: str
) -> tuple[QuerySet[Backtest], tuple[str, ...]]:
    """The rows with the columns they are sorted by, and the names of these.

    "" is the board's own order; else a key of `SORTS`, with a minus from the largest
    down; rows without a value come last.
    """
    if not sort:
        rows = rows.annotate(
            q_order=Coalesce("q_value", Value(NO_Q)),
            sharpe_order=Coalesce("sharpe", Value(NO_SHARPE)),
        )
        return rows, ("-gate_passed", "q_order", "-sharpe_order", "-run_id")
    name = SORTS[sort.removeprefix("-")]
    sign = "-" if sort.startswith("-") else ""
    if name in ("model_id", "created_at", "trades"):  # never null
        return rows, (f"{sign}{name}", "-run_id")
    rows = rows.annotate(
        unknown=Case(
            When(**{f"{name}__isnull": True}, then=1),
            default=0,
            output_field=IntegerField(),
        ),
        value_order=Coalesce(F(name), Value(0.0)),
    )
    return rows, ("unknown", f"{sign}value_order", "-run_id")


def keys_of(rows: QuerySet[Backtest], order: Sequence[str]) -> QuerySet[Backtest, int]:
    """The keys of a board in order. Whole rows come after (`read`): a database that
    sorts them would read the long ones of the whole board for one page."""
    return rows.order_by(*order).values_list("pk", flat=True)


def read(keys: Sequence[int], sort: str) -> list[Backtest]:
    """The rows of these keys, in their order, as `ordered` annotates them."""
    rows, _ = ordered(Backtest.objects.filter(pk__in=keys), sort)
    found = with_all(rows).in_bulk()
    return [found[pk] for pk in keys]


def with_all(rows: QuerySet[Backtest]) -> QuerySet[Backtest]:
    """Rows with what is read of their run, trial and family."""
    joined = rows.select_related("run", "trial__family")
    return joined.defer(*(f"run__{name}" for name in UNREAD), *BLOBS)


def entries(
    shown: Sequence[Backtest], *, first: int, leader: Backtest | None
) -> list[Entry]:
    """Rows of a page whose first is the `first`-th of the board; `leader` is the one
    that the others are held against."""
    known = bases([*shown, *([leader] if leader else [])])
    return [
        Entry(
            rank=at,
            backtest=row,
            luck=luck_of(row),
            differs=_differs(known, row, leader),
        )
        for at, row in enumerate(shown, start=first)
    ]


def _differs(
    known: Mapping[int, Basis], row: Backtest, leader: Backtest | None
) -> list[str]:
    return known[row.pk].against(known[leader.pk]) if leader else []


def choices() -> dict[str, list[str]]:
    """What a board can be filtered by: packs, datasets, tags; two queries."""
    found = Backtest.objects.order_by().values_list("pack", "dataset").distinct()
    pairs = list(found)
    tagged = Backtest.objects.order_by().values_list("tags", flat=True)
    tags = {tag for some in tagged.distinct() for tag in some}
    return {
        "pack": sorted({pack for pack, _ in pairs}),
        "dataset": sorted({dataset for _, dataset in pairs}),
        "tag": sorted(tags),
    }
