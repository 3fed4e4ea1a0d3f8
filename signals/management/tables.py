"""Results set in type for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sigma_core.numerals import numeral
from signals.models import Run, Signal
from signals.words import clock, passed_words

WIDTH = 100
NAME_WIDTH = 24
NEAR_MISSES = 5


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: set[int]) -> str:
    """Columns as wide as their widest cell, numbers (`right`) set to the right.

    A column with nothing in it is left out.
    """
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(_width(row[at]) for row in cells) for at in range(len(head))]
    shown = [at for at in range(len(head)) if any(row[at] for row in cells[1:])]
    rule = ["─" * width for width in widths]
    lines = (
        "  ".join(_set(row[at], widths[at], at in right) for at in shown).rstrip()
        for row in [cells[0], rule, *cells[1:]]
    )
    return "\n".join(lines)


def scan_text(run: Run) -> str:
    """A scan that has ended: its list, the way to it, and what names it."""
    signals = list(run.signals.order_by("rank"))
    parts = [_head(run, signals)]
    if signals:
        parts += [_signals(signals), _legend(signals[0])]
    elif nearest := run.summary.get("nearest"):
        parts.append(str(nearest))
    parts += [_funnel(run), _near_misses(run), _names(run)]
    return "\n\n".join(part for part in parts if part)


def ingest_text(run: Run) -> str:
    """What an ingest did, in a few lines."""
    report = run.summary
    if "kind" in report:
        return _records_text(report)
    verb = "would be stored" if report["dry_run"] else "stored"
    lines = [
        f"{report['rows_in']:,} rows of {report['tickers']:,} tickers, "
        f"{report['first_session']} to {report['last_session']}: "
        f"{report['rows_new']:,} new, {report['rows_revised']:,} revised, "
        f"{report['rows_same']:,} the same {verb} in {report['dataset']}.",
        _counts("duplicates", {"rows": report["duplicates"]}),
        _counts("quarantined", report["quarantined"]),
        _counts("warned", report["warned"]),
    ]
    for refused in report["refused_tickers"]:
        problem = refused["problem"]
        where = ", ".join(filter(None, [refused["first_line"], problem["where"]]))
        lines.append(
            f"refused {refused['ticker']} ({where}): {problem['message']}"
            f" {problem['hint']}"
        )
    for blocked in report["blocked"]:
        lines.append(
            f"blocked {blocked['ticker']} from {blocked['since']}: {blocked['message']}"
        )
    lines += [
        f"note: {p['where']}: {p['message']} {p['hint']}" for p in report["problems"]
    ]
    return "\n".join(filter(None, lines))


def _records_text(report: Mapping[str, Any]) -> str:
    """What an ingest of a small table did."""
    verb = "would be stored" if report["dry_run"] else "stored"
    head = (
        f"{report['rows_in']:,} rows of {report['kind']}: {report['rows_new']:,} new, "
        f"{report['rows_changed']:,} changed, {report['rows_same']:,} the same {verb} "
        f"in {report['dataset']}."
    )
    gone = f"{report['rows_gone']:,} rows gone" if report["rows_gone"] else ""
    bad = f"{report['quarantined']:,} refused by D13" if report["quarantined"] else ""
    return "\n".join(filter(None, [head, gone, bad, *report["examples"]]))


def inbox_text(run: Run) -> str:
    """What became of each file of the inbox."""
    files = run.summary["files"]
    lines = [
        f"{'taken' if one['taken'] else 'REFUSED'}  {one['dataset']}/{one['cadence']}/"
        f"{one['file']}: {one['words']}"
        for one in files
    ]
    return "\n".join(lines or ["Nothing waits in the inbox."])


def check_text(run: Run) -> str:
    """What comparing two datasets has found."""
    found = run.summary
    lines = [
        f"{found['dataset']} against {found['against']}: {found['tickers']:,} tickers, "
        f"{found['blocked']:,} blocks, {found['warned']:,} warnings of D10."
    ]
    lines += [
        f"  {one['ticker']} {one['day']} {one['action']}: {one['message']}"
        for one in found["finds"]
    ]
    if found["left_out"]:
        lines.append(f"  left out, adjustment unknown: {', '.join(found['left_out'])}")
    return "\n".join(lines)


def answer_text(run: Run) -> str:
    """What was answered, or taken back."""
    said = run.summary
    what = "taken back" if said["undo"] else said["answer"]
    return f"{said['rule']} {said['ticker']} {said['session']}: {what}. {said['note']}"


def universe_text(found: Mapping[str, Any]) -> str:
    """A day's list of a universe: the way to it, its members, what changed."""
    head = (
        f"{found['universe']} on {found['session']}, dataset {found['dataset']}, "
        f"judged on {found['judged_on']}: {len(found['members']):,} members."
    )
    way = " → ".join(f"{s['survivors']:,} {s['label']}" for s in found["steps"])
    names = (
        f"revision {found['revision']} ({found['reason']}) · universe "
        f"{found['universe_sha'][:8]} · list {found['list_sha'][:8]}"
    )
    head += standing_lines(found)
    parts = [head, textwrap.fill(way, WIDTH), _members(found["members"])]
    if changes := found["changes"]:
        since = f"since {changes['against']}"
        parts += [_moved("entered", changes, since), _moved("left", changes, since)]
    if today := found["today"]:
        parts.append(
            f"Kept as it was found, known by {found['known_by']}. Computed again today "
            f"it has {len(today['members']):,} members (list {today['list_sha'][:8]}): "
            f"{today['reason']}."
        )
        parts += [
            _moved(way, today, "if computed today") for way in ("entered", "left")
        ]
    return "\n\n".join(filter(None, [*parts, names]))


def _members(tickers: Sequence[str]) -> str:
    return textwrap.fill(" ".join(tickers), WIDTH, break_on_hyphens=False)


def _moved(way: str, changes: Mapping[str, Any], since: str) -> str:
    """Entrants or leavers with the step that changed."""
    rows = [
        [one["ticker"], one["words"], _failed_by(one["value"])] for one in changes[way]
    ]
    said = f"{len(rows):,} {way} {since}"
    return f"{said}\n{table([way, 'step', 'by'], rows, {2})}" if rows else f"{said}."


def _failed_by(value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else f"{value:,.6g}"


def _counts(what: str, by_rule: dict[str, int]) -> str:
    found = ", ".join(f"{rule} {count:,}" for rule, count in by_rule.items() if count)
    return f"{what}: {found}" if found else ""


def _head(run: Run, signals: Sequence[Signal]) -> str:
    synthetic = "Synthetic market, " if run.summary.get("synthetic") else ""
    day = f"{run.session:%A %d %B %Y}{_bar(run)}" if run.session else ""
    passed, members = run.summary.get("passed"), run.summary.get("members")
    way = f" {passed} of {members} {passed_words(run.summary)}." if members else ""
    return (
        f"{run.pack}/{run.model_id}\n"
        f"{synthetic}{day}, dataset {run.dataset}.{way} {len(signals)} selected."
        f"{standing_lines(run.summary)}"
    )


def _bar(run: Run) -> str:
    """From when to when, of a part of a session."""
    bar = run.summary.get("bar")
    if not bar or run.summary.get("cadence") == "daily":
        return ""
    ends = (datetime.fromisoformat(bar[name]) for name in ("opens_at", "closes_at"))
    return f", {'–'.join(clock(end) for end in ends)} New York"


def standing_lines(summary: Mapping[str, Any]) -> str:
    """What the bars can't know, and whether they are whole: a line each, if any."""
    lines = []
    if marks := summary.get("marks"):
        lines.append(f"Mind: {', '.join(marks)}.")
    for problem in summary.get("freshness", ()):
        word = "STALE" if problem["severity"] == "error" else "Coverage"
        lines.append(f"{word}: {problem['message']} {problem['hint']}")
    return "".join(f"\n{line}" for line in lines)


def _signals(signals: Sequence[Signal]) -> str:
    parts = [part["name"] for part in signals[0].parts]
    head = ["#", "ticker", "name", "score", *parts, "gates", "weight", "verdict"]
    rows = [
        [
            str(signal.rank),
            signal.ticker,
            _short(signal.name, NAME_WIDTH),
            f"{signal.score_total:.1f}",
            *(_points(part["points"]) for part in signal.parts),
            "".join(_mark(gate["passed"]) for gate in signal.gates),
            numeral(signal.weight, ".2%"),
            signal.verdict,
        ]
        for signal in signals
    ]
    return table(head, rows, {0, 3, *range(4, 4 + len(parts)), 5 + len(parts)})


def _legend(signal: Signal) -> str:
    if not signal.gates:
        return ""
    return "gates: " + ", ".join(gate["name"] for gate in signal.gates)


def _mark(passed: bool | None) -> str:
    return {True: "✓", False: "✗", None: "·"}[passed]


def _funnel(run: Run) -> str:
    steps = run.summary.get("funnel", [])
    way = " → ".join(f"{step['survivors']:,} {step['label']}" for step in steps)
    return textwrap.fill(way, WIDTH)


def _near_misses(run: Run) -> str:
    misses = run.summary.get("near_misses", [])[:NEAR_MISSES]
    if not misses:
        return ""
    rows = [
        [
            miss["ticker"],
            _points(miss["score_total"]),
            _number(miss["value"]),
            f"{miss['op'] or ''} {_number(miss['limit'])}".strip(),
            _share(miss["distance"]),
            miss["words"],
        ]
        for miss in misses
    ]
    head = ["near miss", "score", "value", "wanted", "short by", "all passes but"]
    return table(head, rows, {1, 2, 3, 4})


def _names(run: Run) -> str:
    shas = {
        key.removesuffix("_sha"): value[:8]
        for key, value in run.fingerprint.items()
        if key.endswith("_sha") and isinstance(value, str)
    }
    chips = " · ".join(f"{key} {sha}" for key, sha in shas.items() if key != "output")
    output = run.fingerprint.get("output_sha", "")
    return f"run {run.pk} · {chips}\noutput_sha {output}"


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    """A distance below a limit, in percent of it."""
    return "–" if value is None else numeral(abs(value), ".2%")


def _number(value: Any) -> str:  # Any: JSON, a number or null
    return "–" if value is None else f"{value:,.4g}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _width(text: str) -> int:
    """Cells a text takes: wide East Asian characters take two."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def _set(text: str, width: int, right: bool) -> str:
    pad = " " * (width - _width(text))
    return pad + text if right else text + pad
