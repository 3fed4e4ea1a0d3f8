"""Sentences about lists, signals and runs, as a person would say them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime

from sigma_core.numerals import numeral
from sigma_core.specs.naming import UNIVERSE
from signals import metric_words
from signals.models import Run
from signals.queries.lists import At, GateDot, Listing, Row

NEW_YORK = ZoneInfo("America/New_York")
#: a list whose session is older than this is spoken of with its year
RECENT = timedelta(days=300)

#: kinds of runs that work on a model
OF_MODELS = (
    *(Run.Kind.SCAN, Run.Kind.BUILD_MATRIX),
    *(Run.Kind.TRAIN, Run.Kind.BACKTEST),
)

#: (short, whole) words for the limits of a policy, by code
LIMITS = {
    "policy.max_trades": (
        "over {limit:g} a day",
        "{value:g} of {limit:g} entries a day are taken by better ranks",
    ),
    "policy.cooldown": (
        "cooling down",
        "{value:g} of {limit:g} minutes since its last entry",
    ),
    "policy.exposure": (
        "over exposure",
        "exposure would be {value:,.0f}, the limit is {limit:,.0f}",
    ),
    "policy.drawdown_halt": (
        "halted",
        "drawdown {value:.1%} at the limit of {limit:.1%}",
    ),
    "policy.cash": ("no cash", "{value:,.0f} needed, {limit:,.0f} left"),
    "policy.too_small": (
        "under one share",
        "one share costs {value:,.2f}, its weight buys {limit:,.2f}",
    ),
    "policy.sector_cap": (
        "sector full",
        "its sector would be {value:.0%}, the cap is {limit:.0%}",
    ),
    "policy.momentum_gate": (
        "momentum low",
        "momentum {value:.2f} under {limit:.2f}",
    ),
    "policy.no_slot": ("no slot", "{value:g} slots left of {limit:g}"),
    "policy.held": ("held", "held for {value:g} of {limit:g} sessions"),
}


def day_words(day: date, today: date | None = None) -> str:
    """Friday 30 June, with the year when it is not a recent one."""
    said = f"{day:%A} {day.day} {day:%B}"
    return said if today and abs(today - day) < RECENT else f"{said} {day.year}"


def at_words(at: At | None, form: str = "long") -> str:
    """Fri 30 Jun 2017, of a part of a session with when it closed: …, 14:40; with
    "short" 30 Jun, 14:40."""
    if at is None:
        return "–"
    day = at.session
    said = f"{day.day} {day:%b}"
    if form == "long":
        said = f"{day:%a} {said} {day.year}"
    return f"{said}, {clock(at.ts)}" if at.intraday else said


def clock(moment: datetime) -> str:
    """14:40, on New York's clocks."""
    return f"{moment.astimezone(NEW_YORK):%H:%M}"


def bar_words(found: Listing) -> str:
    """The bar of a list that is a part of its session: 14:35–14:40 New York."""
    if not found.at.intraday:
        return ""
    bar = found.summary.get("bar") or {}
    opens_at = parse_datetime(str(bar.get("opens_at", "")))
    begun = f"{clock(opens_at)}–" if opens_at else "to "
    return f"{begun}{clock(found.at.ts)} New York"


def count_words(count: int, one: str, many: str = "") -> str:
    """1 signal, 2 signals, no signals."""
    if count == 1:
        return f"1 {one}"
    return f"{count or 'no'} {many or one + 's'}"


def carried(*runs: Run) -> list[str]:
    """The marks of several runs, each once."""
    found = dict.fromkeys(mark for run in runs for mark in run.marks)
    # made up is said first, whichever run it is said of
    return sorted(found, key=lambda mark: mark != "synthetic")


def marks_of(run: Run) -> dict[str, Any]:
    """What the head of a page says of the bars a run has read."""
    return {
        "marks": run.marks,
        "stale": bool(run.summary.get("stale", False)),
        "freshness": run.summary.get("freshness", []),
    }


def first_sentence(found: Listing, now: datetime) -> str:
    """What Today says first of a list."""
    summary, here = found.summary, now.astimezone(NEW_YORK)
    market = "Synthetic market, " if found.run.is_synthetic else ""
    bar = f", {bar_words(found)}" if found.at.intraday else ""
    day = f"{day_words(found.session, here.date())}{bar}"
    start = f"{market}{day}. {due_words(found, now)}"
    if not found.rows:
        return f"{start}{nothing_words(summary)}"
    members = summary.get("members") or summary.get("tickers") or len(found.rows)
    passed = summary.get("passed", len(found.rows))
    best = (
        ""
        if passed == len(found.rows)
        else f" The policy took the best {len(found.rows)}."
    )
    said = f"{start}{passed} of {members} {passed_words(summary)}"
    if is_trained(summary):
        return f"{said}; here they are in order of it.{best}"
    return (
        f"{said}; here they are in order of "
        f"score.{best} Gates decide who may enter; score only decides the order."
    )


def is_trained(summary: dict[str, Any]) -> bool:
    """Whether a list is of a trained model, which has no gates."""
    return summary.get("kind") == "gbm"


def passed_words(summary: dict[str, Any]) -> str:
    """What those of a list have in common: they passed, or they are predicted."""
    return "have a prediction" if is_trained(summary) else "passed all gates"


def due_words(found: Listing, now: datetime) -> str:
    """When the list is due, if its session was the last one; else nothing.

    “Market closed; signals of Friday, due at Monday's open, 09:30 New York.”
    """
    opens_at = parse_datetime(str(_due(found).get("opens_at", "")))
    if opens_at is None or now - opens_at > timedelta(days=1):
        return ""
    here, opens = now.astimezone(NEW_YORK), opens_at.astimezone(NEW_YORK)
    if now >= opens_at and found.at.intraday:
        return f"These were due at the next bar's open, {opens:%H:%M} New York. "
    if now >= opens_at:
        return f"These were due at the open, {opens:%H:%M} New York. "
    when = "today's" if opens.date() == here.date() else f"{opens:%A}'s"
    return (
        f"Market closed; signals of {found.session:%A}, "
        f"due at {when} open, {opens:%H:%M} New York. "
    )


def nothing_words(summary: dict[str, Any]) -> str:
    """Why a list is empty: the gate that took the last symbols, and the nearest."""
    steps = summary.get("funnel") or []
    members = summary.get("members", 0)
    last = next((s for s in steps if not s.get("survivors")), None)
    if last is None:
        said = f"None of {members} {passed_words(summary)}."
    else:
        at = steps.index(last)
        left = steps[at - 1]["survivors"] if at else 0
        label = last.get("label") or last.get("name")
        said = f"No signal: the last {left} of {members} fell at {label}."
    nearest = summary.get("nearest") or nearest_words(summary)
    return f"{said} {nearest}".strip()


def nearest_words(summary: dict[str, Any]) -> str:
    """The nearest miss: “Nearest: MSFT, 0.3 % short of close > 20-day high.”"""
    misses = summary.get("near_misses") or []
    if not misses:
        return ""
    dot = GateDot.of(misses[0])
    away = "" if dot.distance is None else f", {abs(dot.distance):.1%} short"
    return f"Nearest: {misses[0]['ticker']}{away.replace('%', ' %')} of {dot.words}."


def list_sentence(found: Listing) -> str:
    """What Signals says first: how many, and how they differ from the list before."""
    summary, counts = found.summary, found.counts
    if not found.rows:
        return nothing_words(summary)
    members = summary.get("members") or summary.get("tickers") or len(found.rows)
    passed = summary.get("passed", len(found.rows))
    said = [f"{passed} of {members} {passed_words(summary)}."]
    if found.previous:
        said.append(
            f"{counts['new']} new, {counts['left']} left, {len(found.moved)} moved "
            f"since {since_words(found.previous, found.at)}."
        )
    stopped = counts["blocked"]
    said.append(
        f"{stopped} stopped by a limit of the policy."
        if stopped
        else "Nobody was stopped by a limit."
    )
    if counts["near"]:
        said.append(f"{counts['near']} missed by one gate.")
    return " ".join(said)


def since_words(before: At, at: At) -> str:
    """Thursday, or the whole date when it is more than six days ago; of a part of a
    session its time, 14:35 or Thursday, 16:00."""
    day = before.session
    if before.intraday and day == at.session:
        return clock(before.ts)
    said = f"{day:%A}" if (at.session - day).days < 7 else day_words(day)
    return f"{said}, {clock(before.ts)}" if before.intraday else said


def signal_sentence(row: Row, found: Listing) -> str:
    """What the drawer says of one signal."""
    signal, said = row.signal, []
    change = ""
    if signal.change is not None:
        way = "up" if signal.change >= 0 else "down"
        change = f", {way} {abs(signal.change) * 100:.2f} %"
    volume = ""
    if signal.volume_ratio is not None:
        volume = f" on {signal.volume_ratio:.1f}× its usual volume"
    said.append(f"Closed at {signal.close:,.2f}{change}{volume}.")
    said.append(f"Rank {signal.rank} of {len(found.rows)}, {_moved_words(row, found)}.")
    return " ".join(said)


def _moved_words(row: Row, found: Listing) -> str:
    if found.previous is None:
        return "the first list of this model"
    since = since_words(found.previous, found.at)
    if row.climbed is None:
        return f"new since {since}"
    if row.climbed == 0:
        on = "at" if found.previous.intraday else "on"
        return f"where it was {on} {since}"
    places = count_words(abs(row.climbed), "place")
    return f"{places} {'up' if row.climbed > 0 else 'down'} since {since}"


def verdict_words(code: str, limit: float | None = None) -> str:
    """A verdict in two or three words: tradeable, or the limit that stops it."""
    if code in ("tradeable", "ok", ""):
        return "tradeable"
    short, _ = LIMITS.get(code, (_plain(code), ""))
    if limit is None and "{" in short:
        return _plain(code)
    return short.format(limit=limit)


def verdict_why(code: str, value: float | None, limit: float | None) -> str:
    """A verdict with its numbers: “entry 11 of 10 a day”."""
    _, whole = LIMITS.get(code, ("", ""))
    if whole and value is not None and limit is not None:
        return whole.format(value=value, limit=limit)
    return verdict_words(code, limit)


def _plain(code: str) -> str:
    return code.rsplit(".", 1)[-1].replace("_", " ")


#: kinds of runs that are of one model
OF_MODELS = (
    Run.Kind.SCAN,
    Run.Kind.BUILD_MATRIX,
    Run.Kind.BACKTEST,
    Run.Kind.CALIBRATE,
)


def subject_words(run: Run) -> str:
    """What a run works on."""
    if run.kind in OF_MODELS:
        pack = run.pack or run.params.get("pack", "")
        return f"{pack} / {short_model(run.model_id or run.params.get('model_id', ''))}"
    if run.kind == Run.Kind.PROVE:
        return str(run.params.get("name") or "everything, and the canaries")
    if run.kind == Run.Kind.CHECK_BARS:
        return f"{run.dataset} against {run.params.get('against', '')}"
    if run.kind == Run.Kind.ACKNOWLEDGE:
        asked = run.params
        return f"{asked.get('ticker')} {asked.get('session')} {asked.get('rule')}"
    if run.kind == Run.Kind.INBOX:
        return "the inbox"
    names = run.params.get("names") or run.params.get("paths") or []
    # a path may be a server path; its last part is what a person knows it by
    shown = ", ".join(str(name).rsplit("/", 1)[-1] for name in names[:2])
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{shown}{more}" or run.dataset


def short_model(model_id: str) -> str:
    """The part of a model's name that tells it from its siblings: what it looks for,
    after its ticker if it is of one."""
    ticker, *parts = model_id.split("_")
    if len(parts) < 4:
        return model_id.replace("_", " ")
    variant = " ".join(parts[3:])
    return variant if ticker == UNIVERSE else f"{ticker.upper()} {variant}"


def result_words(run: Run) -> str:
    """What a run gave, in a few words."""
    summary = run.summary
    if run.status == Run.Status.FAILED:
        return run.reason.split("\n")[0] or "failed without a reason"
    if run.status != Run.Status.SUCCEEDED:
        return run.doing
    if run.kind == Run.Kind.SCAN:
        return count_words(int(summary.get("selected") or 0), "signal")
    if run.kind == Run.Kind.BUILD_MATRIX:
        again = ", as built before" if summary.get("reused") else ""
        columns = len(summary.get("columns") or [])
        return f"{summary.get('rows', 0):,} rows × {columns} columns{again}"
    if run.kind == Run.Kind.BACKTEST:
        return backtest_words(summary)
    if run.kind == Run.Kind.CALIBRATE:
        return calibration_words(summary)
    if run.kind == Run.Kind.TRAIN:
        return training_words(summary)
    if run.kind == Run.Kind.PROVE:
        return proof_words(summary)
    if run.kind == Run.Kind.ACKNOWLEDGE:
        taken_back = run.params.get("undo")
        return "taken back" if taken_back else str(run.params.get("answer"))
    if run.kind == Run.Kind.CHECK_BARS:
        blocked, warned = summary.get("blocked", 0), summary.get("warned", 0)
        return f"{blocked:,} blocks, {warned:,} warnings"
    if run.kind == Run.Kind.INBOX:
        files = summary.get("files") or []
        taken = sum(bool(one.get("taken")) for one in files)
        return f"{taken} of {count_words(len(files), 'file')} taken"
    if run.params.get("dry_run"):
        return f"dry run: {summary.get('rows_in', 0):,} rows read, nothing written"
    what = "bars" if run.params.get("kind", "bars") == "bars" else "rows"
    return f"{summary.get('rows_new', 0):,} new {what} of {summary.get('rows_in', 0):,}"


def backtest_words(report: dict[str, Any]) -> str:
    """Return, Sharpe and number of trades: “+12.4 %, Sharpe 0.91, 214 trades”."""
    metrics = report.get("metrics") or {}
    names = ("total_return", "sharpe")
    grown, sharpe = (metric_words.said(name, metrics.get(name)) for name in names)
    trades = int(metrics.get("trades") or 0)
    return f"{grown}, Sharpe {sharpe}, {trades:,} trade{'s' * (trades != 1)}"


def calibration_words(summary: dict[str, Any]) -> str:
    """Number of cells and the winner: “12 cells, winner adx_min 24, rsi_min 60”."""
    won = summary.get("winner_params")
    cells = count_words(int(summary.get("cells") or 0), "cell")
    if not won:
        return f"{cells}, no winner"
    return f"{cells}, winner {', '.join(f'{k} {v:g}' for k, v in won.items())}"


def regime_words(regime: str) -> str:
    """`above high` of a market regime as “above its mean, volatility high”."""
    trend, _, volatility = regime.partition(" ")
    if not volatility:
        return regime
    return f"{trend} its mean, volatility {volatility}"


def training_words(summary: dict[str, Any]) -> str:
    """Rank IC and how many models: “rank IC +0.031, 12 models, to 14 Nov 2026”."""
    pooled = (summary.get("report") or {}).get("pooled") or {}
    found = pooled.get("rank_ic")
    said = "–" if found is None else numeral(found, "+.3f")
    count = count_words(int(summary.get("models") or 0), "model")
    last = parse_date(str(summary.get("train_last") or ""))
    until = f", trained to {last.day} {last:%b} {last.year}" if last else ""
    return f"rank IC {said}, {count}{until}"


def proof_words(summary: dict[str, Any]) -> str:
    """How many were certified, and how many canaries were caught."""
    rows = [
        row
        for kind in ("indicators", "sets", "models")
        for row in summary.get(kind, ())
    ]
    held = sum(bool(row.get("certified")) for row in rows)
    flown = summary.get("canaries") or []
    caught = sum(bool(row.get("caught")) for row in flown)
    canaries = f", {caught} of {len(flown)} canaries caught" if flown else ""
    return f"{held} of {len(rows)} certified{canaries}"


def state_sentence(run: Run) -> str:
    """How a run stands, in one sentence."""
    subject = subject_words(run)
    kind = run.get_kind_display().lower()
    if run.status == Run.Status.QUEUED:
        return f"Waiting for a worker to take up this {kind} of {subject}."
    if run.status == Run.Status.RUNNING:
        doing = f": {run.doing}" if run.doing else ""
        again = f" (attempt {run.attempt})" if run.attempt > 1 else ""
        asked = " Asked to stop." if run.cancel_requested else ""
        return f"{run.percent} % done{doing}{again}.{asked}"
    took = f" in {duration_words(run.took)}" if run.took is not None else ""
    if run.status == Run.Status.SUCCEEDED and run.params.get("dry_run"):
        read = run.summary.get("rows_in", 0)
        return f"Read {read:,} rows of {subject}{took}. Nothing was written yet."
    if run.status == Run.Status.SUCCEEDED and run.kind == Run.Kind.PROVE:
        return f"Done{took}: {result_words(run)}."
    if run.status == Run.Status.SUCCEEDED:
        return f"Done{took}: {result_words(run)} from {subject}."
    if run.status == Run.Status.CANCELLED:
        return f"Cancelled{took}; nothing was written."
    return run.reason.split("\n")[0] or "It failed and gave no reason."


def duration_words(took: timedelta | None) -> str:
    """20 ms, 1.4 s, 12 s, 3 min 05 s, 2 h 10 min; – for None."""
    if took is None:
        return "–"
    seconds = took.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _due(found: Listing) -> dict[str, Any]:
    due = found.summary.get("due")
    return due if isinstance(due, dict) else {}


def due_session(found: Listing) -> date | None:
    """The session at whose open the list is due."""
    return parse_date(str(_due(found).get("session", "")))
