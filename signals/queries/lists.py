"""One list of signals: the rows of a session beside the list before it.

A *list* is what the current scan of (dataset, pack, model, session) gave, with no rows
if nothing passed. `held` says which lists there are, `read_list` gives one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Max

from signals.models import Run, Signal, SignalList

#: how far back "days in list" looks
LOOK_BACK = 60
#: a gate is near when its value is within this share of its limit
NEAR = 0.02


@dataclass(frozen=True)
class Held:
    """A model's lists over one dataset: which sessions, the newest first."""

    dataset: str
    pack: str
    model_id: str
    newest_run: int

    @property
    def model(self) -> str:
        """The model's address: pack/model_id."""
        return f"{self.pack}/{self.model_id}"

    @property
    def key(self) -> dict[str, str]:
        """The fields that name the lists in every table."""
        return {"dataset": self.dataset, "pack": self.pack, "model_id": self.model_id}


def held() -> list[Held]:
    """All models with at least one list, the one scanned last first; one query."""
    rows = (
        SignalList.objects.values("dataset", "pack", "model_id")
        .annotate(newest_run=Max("run"))
        .order_by("-newest_run")
    )
    return [Held(**row) for row in rows]


def sessions_of(lists: Held) -> list[date]:
    """Sessions with a list, the newest first; one query."""
    found = SignalList.objects.filter(**lists.key).order_by("-session")
    return list(found.values_list("session", flat=True))


@dataclass(frozen=True)
class GateDot:
    """A gate as the table shows it: `state` is passed, near or failed."""

    name: str
    words: str
    group: str
    passed: bool
    value: float | None
    limit: float | None
    op: str

    @classmethod
    def of(cls, gate: dict[str, Any]) -> GateDot:
        """From the frozen gate of a signal or near miss."""
        return cls(
            name=str(gate.get("name", "")),
            words=str(gate.get("words") or gate.get("name", "")),
            group=str(gate.get("group") or ""),
            passed=bool(gate.get("passed")),
            value=gate.get("value"),
            limit=gate.get("limit"),
            op=str(gate.get("op") or ""),
        )

    @property
    def distance(self) -> float | None:
        """Share of the limit by which the value is on the passing side."""
        if self.value is None or self.limit is None or self.limit == 0:
            return None
        away = (self.value - self.limit) / abs(self.limit)
        return -away if self.op.startswith("<") else away

    @property
    def state(self) -> str:
        """passed, near (passed within 2 % of the limit) or failed."""
        if not self.passed:
            return "failed"
        away = self.distance
        return "near" if away is not None and abs(away) <= NEAR else "passed"


@dataclass(frozen=True)
class Row:
    """One ticker of a list, with what the list before said of it."""

    signal: Signal
    before: int | None = None
    days: int = 1
    first_seen: date | None = None

    @property
    def climbed(self) -> int | None:
        """Places climbed since the list before; None if it was not in it."""
        return None if self.before is None else self.before - self.signal.rank

    @cached_property
    def gates(self) -> list[GateDot]:
        """The gates as dots, in the model's order."""
        return [GateDot.of(gate) for gate in self.signal.gates]


@dataclass(frozen=True)
class Listing:
    """One list, the list before it, and how they differ."""

    lists: Held
    session: date
    run: Run
    rows: list[Row]
    #: the session of the list before; None if this is the first
    previous: date | None = None
    #: the rows of the list before that are not in this one
    left: list[Row] = field(default_factory=list)

    @property
    def summary(self) -> dict[str, Any]:
        """What the run said of itself."""
        return dict(self.run.summary)

    @cached_property
    def near(self) -> list[dict[str, Any]]:
        """Near misses, nearest first."""
        misses = self.summary.get("near_misses") or []
        return [{**miss, "dot": GateDot.of(miss)} for miss in misses]

    @cached_property
    def new(self) -> list[Row]:
        """Rows that were not in the list before; none if there is no list before."""
        if self.previous is None:
            return []
        return [row for row in self.rows if row.before is None]

    @cached_property
    def named(self) -> bool:
        """Whether any of its tickers has a name; without reference data none has."""
        return any(row.signal.name for row in (*self.rows, *self.left)) or any(
            miss.get("name") for miss in self.near
        )

    @cached_property
    def moved(self) -> list[Row]:
        """Rows whose rank changed."""
        return [row for row in self.rows if row.climbed]

    @cached_property
    def blocked(self) -> list[Row]:
        """Rows that a limit of the policy stops."""
        return [row for row in self.rows if not row.signal.tradeable]

    def tab(self, name: str) -> Sequence[Row]:
        """The rows of a tab; near misses are no rows, see `near`."""
        return {
            "new": self.new,
            "left": self.left,
            "blocked": self.blocked,
            "near": [],
        }.get(name, self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """How many each tab holds."""
        return {
            "all": len(self.rows),
            "new": len(self.new),
            "left": len(self.left),
            "blocked": len(self.blocked),
            "near": len(self.near),
        }


def run_of(lists: Held, session: date) -> Run | None:
    """The run whose list is current for a session; one query."""
    found = SignalList.objects.filter(session=session, **lists.key)
    return Run.objects.filter(pk__in=found.values("run")).defer("log", "steps").first()


def read_list(lists: Held, session: date, sessions: Iterable[date]) -> Listing | None:
    """One list beside the list before it; four queries, None if there is no list."""
    run = run_of(lists, session)
    if run is None:
        return None
    earlier = [day for day in sessions if day < session][:LOOK_BACK]
    previous = earlier[0] if earlier else None
    seen = _ranks(lists, [session, *earlier])
    now = list(_signals(lists, session))
    rows = [_row(signal, [session, *earlier], seen) for signal in now]
    held_now = {signal.ticker for signal in now}
    left = [
        _row(signal, earlier, seen)
        for signal in (_signals(lists, previous) if previous else ())
        if signal.ticker not in held_now
    ]
    return Listing(lists, session, run, rows, previous, left)


def _signals(lists: Held, session: date) -> Iterable[Signal]:
    return (
        Signal.objects.current().filter(session=session, **lists.key).order_by("rank")
    )


def _ranks(lists: Held, sessions: Sequence[date]) -> dict[str, dict[date, int]]:
    """Rank by ticker and session over the sessions; one query."""
    ranks: dict[str, dict[date, int]] = defaultdict(dict)
    found = (
        Signal.objects.current()
        .filter(session__gte=min(sessions), session__lte=max(sessions), **lists.key)
        .order_by()
        .values_list("ticker", "session", "rank")
    )
    for ticker, day, rank in found:
        ranks[ticker][day] = rank
    return ranks


def _row(
    signal: Signal, sessions: Sequence[date], seen: dict[str, dict[date, int]]
) -> Row:
    """`sessions` starts with the signal's own and goes back list by list."""
    mine = seen[signal.ticker]
    days = 0
    for day in sessions:
        if day not in mine:
            break
        days += 1
    before = mine.get(sessions[1]) if len(sessions) > 1 else None
    first = sessions[days - 1] if days else signal.session
    return Row(signal=signal, before=before, days=max(days, 1), first_seen=first)


def sort_rows(rows: Sequence[Row], key: str) -> list[Row]:
    """Rows by one key, "-key" turned round; rows without a value come last."""
    name = key.removeprefix("-")
    known = [row for row in rows if _value(row, name) is not None]
    unknown = [row for row in rows if _value(row, name) is None]
    known.sort(key=lambda row: _value(row, name), reverse=key.startswith("-"))
    return [*known, *unknown]


def _value(row: Row, key: str) -> Any:  # Any: numbers or text, by the key
    if key == "delta":
        return row.climbed
    if key == "days":
        return row.days
    if key == "score":
        return row.signal.score_total
    return getattr(row.signal, key)


def history(
    lists: Held, ticker: str, until: date, *, most: int = 8
) -> list[tuple[date, int]]:
    """(session, rank) of a ticker in the last lists of a model, oldest first."""
    found = (
        Signal.objects.current()
        .filter(ticker=ticker, session__lte=until, **lists.key)
        .order_by("-session")
        .values_list("session", "rank")[:most]
    )
    return list(reversed(found))
