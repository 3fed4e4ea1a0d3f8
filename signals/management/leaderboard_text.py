"""The leaderboard and a comparison set in type for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from sigma_core.numerals import numeral
from signals.leaderboard_words import check_words
from signals.management.tables import WIDTH, table
from signals.metric_words import NOTHING, lines, said
from signals.queries.comparing import Compared, Comparison
from signals.queries.leaderboard import Entry
from signals.services.leaderboard_documents import Board

HEAD = (
    *("#", "run", "gate", "Sharpe", "return", "drawdown", "turnover", "trades"),
    *("rank IC", "q", "model", "kind", "marks"),
)
FIGURES = {0, 1, 3, 4, 5, 6, 7, 8, 9}


def board_text(board: Board) -> str:
    """A page of the board: its rows, the luck of each, what can't be compared."""
    if not board.entries:
        return "No backtest like that."
    rows = [_row(one) for one in board.entries]
    parts = [
        table(HEAD, rows, FIGURES),
        "\n".join(filter(None, map(_said, board.entries))),
        "There are more: --limit up to 500, --cursor from `next` of --json."
        if board.next
        else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _row(entry: Entry) -> list[str]:
    row, luck = entry.backtest, entry.luck
    return [
        str(entry.rank),
        str(row.pk),
        "✓" if row.gate_passed else "✗",
        said("sharpe", row.sharpe),
        said("total_return", row.total_return),
        said("max_drawdown", row.max_drawdown),
        said("turnover", row.turnover),
        said("trades", row.trades),
        _figure(row.ic, 4),
        _figure(luck.q_value if luck else None, 3),
        f"{row.pack}/{row.model_id}",
        row.kind,
        ", ".join(row.marks),
    ]


def _said(entry: Entry) -> str:
    """A row's luck, and why it can't be held against the first."""
    parts = [entry.luck.line] if entry.luck else []
    parts += [f"{check_words(check)}: not held." for check in entry.fallen]
    if entry.differs:
        parts.append(f"≠ {'; '.join(entry.differs)}.")
    if not parts:
        return ""
    said_of = f"run {entry.backtest.pk}: {' '.join(parts)}"
    return textwrap.fill(said_of, WIDTH, subsequent_indent="  ")


def comparison_text(found: Comparison) -> str:
    """Runs side by side: who they are, metrics, what definitions say otherwise."""
    parts = [
        "\n".join(_who(one) for one in found.runs),
        _metrics(found),
        *(_changes(one, found.runs[0]) for one in found.runs[1:]),
        "\n".join(
            textwrap.fill(f"! No curve of {one.damaged}", WIDTH)
            for one in found.runs
            if one.damaged
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _who(one: Compared) -> str:
    row = one.entry.backtest
    marks = f", {', '.join(row.marks)}" if row.marks else ""
    head = (
        f"run {row.pk}: {row.pack}/{row.model_id}, {row.kind}, {row.first} to "
        f"{row.last}, dataset {row.dataset}{marks}; run gate "
        f"{'passed' if row.gate_passed else 'not passed'}"
    )
    differs = f". ≠ {'; '.join(one.entry.differs)}" if one.entry.differs else ""
    luck = f" {one.entry.luck.line}" if one.entry.luck else ""
    return textwrap.fill(f"{head}{differs}.{luck}", WIDTH, subsequent_indent="  ")


def _metrics(found: Comparison) -> str:
    runs = found.runs
    head = ["metric", *(f"run {one.entry.backtest.pk}" for one in runs)]
    shown = lines(*(one.metrics for one in runs))
    rows = [[line.term.name, *line.values] for line in shown]
    ranks = [_figure(one.entry.backtest.ic, 4) for one in runs]
    return table(head, [*rows, ["rank IC", *ranks]], set(range(1, len(head))))


def _changes(one: Compared, first: Compared) -> str:
    head = f"What run {one.entry.backtest.pk} says otherwise than run "
    return "\n".join([f"{head}{first.entry.backtest.pk}:", *_parts(one)])


def _parts(one: Compared) -> Iterator[str]:
    for part, some in one.changes.items():
        name = part.replace("_", " ")
        if some is None:
            yield f"  {name}: not kept with both runs"
        elif not some:
            yield f"  {name}: the same"
        else:
            yield f"  {name}:"
            yield from (f"    {change.words}" for change in some)


def _figure(value: float | None, digits: int) -> str:
    return NOTHING if value is None else numeral(value, f".{digits}f")
