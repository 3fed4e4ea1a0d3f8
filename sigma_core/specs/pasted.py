"""A pasted list of symbols → tickers, or every fault in it with its line."""

from __future__ import annotations

import re

from sigma_core.errors import Problem

#: so many fit into one definition file
MOST = 4_000
_BETWEEN = re.compile(r"[\s,;|]+")
_TICKER = re.compile(r"[A-Z0-9.\-^=/]{1,20}")
_HEADS = frozenset({"TICKER", "TICKERS", "SYMBOL", "SYMBOLS"})
_SHOWN = 10


def tickers_of(text: str, *, where: str) -> tuple[list[str], list[Problem]]:
    """The tickers in a text, in its order, each once and in capitals; its faults.

    Symbols stand on lines of their own or between spaces, commas, semicolons or bars;
    quotes and a `$` in front are taken off, and so is a column's head.
    """
    found: dict[str, None] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        for word in filter(None, _BETWEEN.split(line)):
            ticker = word.strip("'\"").removeprefix("$").upper()
            if ticker in _HEADS and not found:
                continue
            if _TICKER.fullmatch(ticker):
                found[ticker] = None
            else:
                problems.append(_odd(where, number, word))
    if len(found) > MOST:
        message = f"{len(found):,} symbols; a list holds at most {MOST:,}."
        hint = "Use a membership file for more (manage.py ingest membership)."
        problems.append(Problem("paste.too_many", where, message, hint))
    if not found and not problems:
        hint = "Paste symbols such as AAPL, MSFT."
        problems.append(Problem("paste.empty", where, "no symbol is in it.", hint))
    return list(found), problems[:_SHOWN]


def _odd(where: str, line: int, word: str) -> Problem:
    message = f"line {line}: {word[:40]!r} is no symbol."
    hint = "Letters, digits and . - ^ = / only, 20 at most."
    return Problem("paste.symbol", where, message, hint)
