"""What the quality rules found in a dataset, with the bars behind it and the answers.

Read from the newest build of arrays (`queries.bars`): the finds lie beside it, each
with the raw numbers of its bar, and the bars around it are in the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import numpy as np

from signals.models import DataIssue
from signals.queries import bars, silence
from signals.svg import Candle

AROUND = 12
FIELDS = ("open", "high", "low", "close", "volume")
_HARDNESS = {"block": 0, "quarantine": 1, "warn": 2}


@dataclass(frozen=True)
class Issue:
    """One find: where, what, the bar as it was printed, and who answered."""

    dataset: str
    cadence: str
    rule: str
    action: str
    ticker: str
    ts: datetime
    known: datetime
    message: str
    bar: dict[str, float | None]
    answered: DataIssue | None = None
    #: it was answered, and the rule finds it no more
    settled: bool = False

    @property
    def key(self) -> list[str]:
        """What a list of issues is ordered by."""
        where = [str(_HARDNESS[self.action]), self.rule, self.ticker]
        return [*where, self.ts.isoformat(), self.message]

    def document(self) -> dict[str, Any]:  # Any: JSON
        """The issue for API and command."""
        answer = self.answered
        return {
            "dataset": self.dataset,
            "cadence": self.cadence,
            "rule": self.rule,
            "code": f"quality.{self.rule}",
            "action": self.action,
            "ticker": self.ticker,
            "ts": self.ts.isoformat(),
            "known": self.known.isoformat(),
            "message": self.message,
            "bar": self.bar,
            "settled": self.settled,
            "answer": answer.answer if answer else None,
            "note": answer.note if answer else None,
            "by": str(answer.user) if answer and answer.user else None,
        }

    @property
    def kept(self) -> dict[str, Any]:  # Any: JSON
        """What an answer keeps of it: the rule may find it no more."""
        return {
            "action": self.action,
            "ts": self.ts.isoformat(),
            "known": self.known.isoformat(),
            "message": self.message,
            "bar": self.bar,
        }


def issues(
    dataset: str, cadence: str = "daily", *, rule: str = "", ticker: str = ""
) -> list[Issue]:
    """Finds on the newest build, hardest first; none where there is no build."""
    build = bars.newest_build(dataset, cadence)
    if build is None:
        return []
    answers = {
        (each.rule, each.ticker, each.session): each
        for each in DataIssue.objects.standing()
        .filter(dataset=dataset, cadence=cadence)
        .select_related("user")
    }
    found = []
    for row in [*_rows(build), *_compared(dataset, cadence)]:
        if (rule and row["rule"] != rule) or (ticker and row["ticker"] != ticker):
            continue
        bar = {name: _number(row.pop(name, None)) for name in FIELDS}
        answered = answers.get((row["rule"], row["ticker"], row["ts"].date()))
        found.append(Issue(dataset, cadence, bar=bar, answered=answered, **row))
    return sorted(found, key=lambda issue: issue.key)


def with_settled(
    dataset: str,
    cadence: str = "daily",
    *,
    rule: str = "",
    ticker: str = "",
    state: str = "all",
) -> list[Issue]:
    """Finds, and what answers have settled: "open" ones, "answered" ones, or "all"."""
    found = issues(dataset, cadence, rule=rule, ticker=ticker)
    seen = {issue.answered.pk for issue in found if issue.answered}
    standing = DataIssue.objects.standing().filter(dataset=dataset, cadence=cadence)
    for each in standing.exclude(pk__in=seen).select_related("user"):
        if rule in ("", each.rule) and ticker in ("", each.ticker):
            found.append(_settled(each))
    if state != "all":
        wanted = state == "answered"
        found = [issue for issue in found if (issue.answered is not None) == wanted]
    return sorted(found, key=lambda issue: issue.key)


def _settled(answer: DataIssue) -> Issue:
    """What an answer kept of its find; of one that kept nothing, the day alone."""
    day = datetime.combine(answer.session, time(), UTC).isoformat()
    kept = {"action": "warn", "ts": day, "known": day, "message": ""} | answer.found
    return Issue(
        dataset=answer.dataset,
        cadence=answer.cadence,
        rule=answer.rule,
        action=kept["action"],
        ticker=answer.ticker,
        ts=datetime.fromisoformat(kept["ts"]),
        known=datetime.fromisoformat(kept["known"]),
        message=kept["message"],
        bar=kept.get("bar", dict.fromkeys(FIELDS)),
        answered=answer,
        settled=True,
    )


def find(
    dataset: str, cadence: str, *, rule: str, ticker: str, session: date
) -> Issue | None:
    """The find that somebody speaks of, standing or settled by an answer; None where
    there is none. A silent ticker (D11) is found from the day after its last bar on."""
    if rule == silence.RULE:
        return _silent(dataset, cadence, ticker, session)
    found = with_settled(dataset, cadence, rule=rule, ticker=ticker)
    return next((issue for issue in found if issue.ts.date() == session), None)


def _silent(dataset: str, cadence: str, ticker: str, session: date) -> Issue | None:
    for one in silence.silent(dataset):
        if cadence == "daily" and one.ticker == ticker and one.since <= session:
            day = datetime.combine(one.since, time(), UTC)
            return Issue(
                *(dataset, cadence, silence.RULE, "warn", ticker, day, day),
                f"no bar since {one.last}, when it closed at {one.close:,.10g}.",
                dict.fromkeys(FIELDS),
                answered=one.answered,
            )
    return None


def _rows(build: bars.Build, name: str = "marks") -> list[dict[str, Any]]:
    # here, not above: a page without finds to show needs no Arrow
    import pyarrow.parquet as parquet

    path = build.folder / f"{name}.parquet"
    rows: list[dict[str, Any]] = []
    if path.is_file():
        rows = parquet.read_table(path).to_pylist()
    return rows


def _compared(dataset: str, cadence: str) -> list[dict[str, Any]]:
    """What comparing two stores of bars has found (`Dataset.keep_finds`)."""
    import pyarrow.parquet as parquet  # as above

    folder = bars.datasets_root() / dataset / "finds" / cadence
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")) if folder.is_dir() else ():
        rows += parquet.read_table(path).to_pylist()
    return rows


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def around(issue: Issue) -> tuple[list[Candle], int]:
    """The bars beside an issue's, in the units of its day, and the place of its own.

    Its own bar stands among them as it was printed, used or not; a bar that can't be
    drawn (a missing field) is left out, then the place is −1.
    """
    build = bars.newest_build(issue.dataset, issue.cadence)
    if build is None or issue.ticker not in build.tickers:
        return [], -1
    if issue.action == "block":
        return _evidence(build, issue)
    row = build.tickers.index(issue.ticker)
    ts = np.datetime64(issue.ts.replace(tzinfo=None)).astype(build.times.dtype)
    at = int(np.searchsorted(build.times, ts))
    own = np.flatnonzero(build.held[row])
    here = int(np.searchsorted(own, at))
    before = own[max(0, here - AROUND) : here]
    after = own[here:][build.times[own[here:]] != ts][:AROUND]
    scale = _factor(build, row, min(at, len(build.times) - 1))
    marked = _marked(issue)
    drawn = [_candles(build, row, part, scale) for part in (before, after)]
    return [*drawn[0], *marked, *drawn[1]], len(drawn[0]) if marked else -1


def _evidence(build: bars.Build, issue: Issue) -> tuple[list[Candle], int]:
    """The printed bars around a block: the arrays hold none from it on."""
    kept = [row for row in _rows(build, "evidence") if row["ticker"] == issue.ticker]
    whole = [row for row in kept if all(_number(row[n]) is not None for n in FIELDS)]
    places = [n for n, row in enumerate(whole) if row["ts"] == issue.ts]
    drawn = [
        Candle(row["ts"].date(), *(float(row[name]) for name in FIELDS))
        for row in whole
    ]
    return drawn, places[0] if places else -1


def _marked(issue: Issue) -> list[Candle]:
    values = [issue.bar[name] for name in FIELDS]
    prices = [value for value in values[:4] if value is not None]
    if len(prices) < 4:
        return []
    return [Candle(issue.ts.date(), *prices, max(values[4] or 0.0, 0.0))]


def _factor(build: bars.Build, row: int, column: int) -> float:
    return 1.0 if build.factor is None else float(build.factor[row, column])


def _candles(
    build: bars.Build, row: int, columns: Sequence[int], scale: float
) -> list[Candle]:
    found = []
    for column in columns:
        prices = [float(build.field(n)[row, column]) / scale for n in FIELDS[:4]]
        volume = float(build.field("volume")[row, column]) * scale
        day = build.times[column].astype("datetime64[D]").item()
        found.append(Candle(day, *prices, volume))
    return found
