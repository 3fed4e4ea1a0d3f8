"""The figures of a backtest: what is drawn, in which colours, with which unit.

One description serves both ways of drawing: inline SVG by the server, and plotly in the
browser, which reads it as JSON (`as_json`). Colours are names of the style sheet's
properties, so that both themes fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Values = list[float | None]


@dataclass(frozen=True)
class Line:
    """One curve; `colour` is a property of the style sheet."""

    name: str
    colour: str
    values: Values
    dashed: bool = False
    filled: bool = False


@dataclass(frozen=True)
class Figure:
    """Lines over the same sessions; `unit` is money or share.

    `shades` are stretches of sessions, first and last, called `shade_name`.
    """

    key: str
    title: str
    unit: str
    lines: tuple[Line, ...]
    shades: tuple[tuple[str, str], ...] = ()
    shade_name: str = ""


def figures(
    series: Mapping[str, list[Any]], report: Mapping[str, Any]
) -> tuple[Figure, ...]:
    """Equity, drawdown, exposure and turnover of a backtest.

    `series` as `queries.backtests.series` gives them.
    """
    halts = tuple((one["session"], one["until"]) for one in report["halts"])
    return (
        Figure("equity", "Equity", "money", _equity(series, report), halts, "halted"),
        Figure(
            "drawdown",
            "Drawdown",
            "share",
            (Line("drawdown", "down", _below(series["drawdown"]), filled=True),),
            halts,
            "halted",
        ),
        Figure(
            "exposure",
            "Exposure",
            "share",
            (Line("invested ÷ equity", "accent", series["exposure"], filled=True),),
            halts,
            "halted",
        ),
        Figure(
            "turnover",
            "Traded",
            "share",
            (Line("traded ÷ equity", "p5", series["turnover"]),),
            halts,
            "halted",
        ),
    )


def as_json(sessions: Sequence[str], drawn: Sequence[Figure]) -> dict[str, Any]:
    """Sessions and figures, numbers rounded to what a picture can show."""
    found = {figure.key: asdict(figure) for figure in drawn}
    for figure in found.values():
        digits = 2 if figure["unit"] == "money" else 5
        for line in figure["lines"]:
            line["values"] = [
                None if value is None else round(value, digits)
                for value in line["values"]
            ]
    return {"sessions": list(sessions), "figures": found}


def _equity(
    series: Mapping[str, list[Any]], report: Mapping[str, Any]
) -> tuple[Line, ...]:
    named = {curve["kind"]: curve["name"] for curve in report["curves"]}
    lines = [
        Line("net", "accent", series["equity"]),
        Line("gross", "accent", series["gross"], dashed=True),
        Line(f"universe {named['universe']}", "muted", series["universe"]),
    ]
    if "benchmark" in named:
        lines.append(Line(named["benchmark"], "amber", series["benchmark"]))
    return tuple(lines)


def _below(values: Values) -> Values:
    return [None if value is None else -value for value in values]
