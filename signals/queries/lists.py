"""One list of signals: the rows of a bar beside the list before it.

A *list* is what the current scan of (dataset, pack, model, bar) gave, with no rows
if nothing passed. `held` says which lists there are, `read_list` gives one. The bar is
a session, or of a model that decides more often a part of one: `At`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Max

from signals.models import Run, Signal, SignalList, ts_of

#: how far back "days in list" looks
LOOK_BACK = 60
#: a gate is near when its value is within this share of its limit
NEAR = 0.02


@dataclass(frozen=True, order=True)
class At:
    """The bar of a list: its `ts` names it, see `SignalList`."""

    ts: datetime
    session: date

    @property
    def intraday(self) -> bool:
        """Whether it is a part of its session; then `ts` is when it closed."""
        return self.ts != ts_of(self.session)


@dataclass(frozen=True)
class Held:
    """A model's lists over one dataset."""

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


def bars_of(lists: Held) -> list[At]:
    """The bars with a list, the newest first; one query."""
    found = SignalList.objects.filter(**lists.key).order_by("-ts")
    return [At(*row) for row in found.values_list("ts", "session")]


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
    first_seen: At | None = None

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
    at: At
    run: Run
    rows: list[Row]
    #: the bar of the list before; None if this is the first
    previous: At | None = None
    #: the rows of the list before that are not in this one
    left: list[Row] = field(default_factory=list)

    @property
    def session(self) -> date:
        """The session of its bar."""
        return self.at.session

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


def run_of(lists: Held, at: At) -> Run | None:
    """The run whose list is current for a bar; one query."""
    found = SignalList.objects.filter(ts=at.ts, **lists.key)
    return Run.objects.filter(pk__in=found.values("run")).defer("log", "steps").first()


def read_list(lists: Held, at: At, bars: Iterable[At]) -> Listing | None:
    """One list beside the list before it; four queries, None if there is no list."""
    run = run_of(lists, at)
    if run is None:
        return None
    earlier = [one for one in bars if one < at][:LOOK_BACK]
    previous = earlier[0] if earlier else None
    seen = _ranks(lists, [at, *earlier])
    now = list(_signals(lists, at))
    rows = [_row(signal, [at, *earlier], seen) for signal in now]
    held_now = {signal.ticker for signal in now}
    left = [
        _row(signal, earlier, seen)
        for signal in (_signals(lists, previous) if previous else ())
        if signal.ticker not in held_now
    ]
    return Listing(lists, at, run, rows, previous, left)


def newest(lists: Held) -> Listing | None:
    """The newest list of a model; five queries, None if there is none."""
    bars = bars_of(lists)
    return read_list(lists, bars[0], bars) if bars else None


def _signals(lists: Held, at: At) -> Iterable[Signal]:
    return Signal.objects.current().filter(ts=at.ts, **lists.key).order_by("rank")


def _ranks(lists: Held, bars: Sequence[At]) -> dict[str, dict[datetime, int]]:
    """Rank by ticker and ts over the bars; one query."""
    ranks: dict[str, dict[datetime, int]] = defaultdict(dict)
    found = (
        Signal.objects.current()
        .filter(ts__gte=min(bars).ts, ts__lte=max(bars).ts, **lists.key)
        .order_by()
        .values_list("ticker", "ts", "rank")
    )
    for ticker, ts, rank in found:
        ranks[ticker][ts] = rank
    return ranks


def _row(
    signal: Signal, bars: Sequence[At], seen: dict[str, dict[datetime, int]]
) -> Row:
    """`bars` starts with the signal's own and goes back list by list."""
    mine = seen[signal.ticker]
    days = 0
    for one in bars:
        if one.ts not in mine:
            break
        days += 1
    before = mine.get(bars[1].ts) if len(bars) > 1 else None
    first = bars[days - 1] if days else At(signal.ts, signal.session)
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
    lists: Held, ticker: str, until: At, *, most: int = 8
) -> list[tuple[At, int]]:
    """(bar, rank) of a ticker in the last lists of a model, oldest first."""
    found = (
        Signal.objects.current()
        .filter(ticker=ticker, ts__lte=until.ts, **lists.key)
        .order_by("-ts")
        .values_list("ts", "session", "rank")[:most]
    )
    return [(At(ts, session), rank) for ts, session, rank in reversed(found)]
