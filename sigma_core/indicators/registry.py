"""Indicator cards: what each is, takes and gives, and how its columns are called.

    @indicator(name="rsi", group="momentum", ...)   registers a core with its card
    card("rsi"), cards()                            read cards
    resolve("rsi", {"window": 14})                  → Call: checked parameters, columns
    columns("rsi", {"window": 14})                  → [ColumnSpec("rsi_14", 0)]

Reading cards imports no compiler: a core stays a plain Python function
`core(bars, p, out)` on one ticker's clean bars. `p` holds the parameters in the card's
order, `out[n_outputs, n_bars]` is written in every cell, NaN during warm-up. `bars` is
an `InMarket` where the card's inputs name the benchmark or the calendar.

Column names: an output's template filled with the parameters (`rsi_14`,
`macd_line_12_26_9`; 2.5 reads `2p5`, so that every column can stand in an expression).
`as: fast` renames: the one output of an indicator becomes `fast`, several become
`fast_<output>`, as in `fast_line`, `fast_signal`, `fast_hist`.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, NamedTuple

from sigma_core.errors import BadInput, Problem, UnknownName
from sigma_core.frames import CLOCK, FIELDS, MARKET, Floats

Number = int | float
Params = Mapping[str, Number]
Provider = Literal["bars", "index", "options"]

#: in the order in which they are shown
GROUPS = (
    *("trend", "momentum", "volatility", "volume", "structure"),
    *("cross_section", "calendar"),
)
#: what a core can read besides bars: one array for all tickers, `[time]`
SHARED = (MARKET, *CLOCK)
_MODULES = (
    *("trend", "trend_averages", "trend_rates", "trend_stops", "direction"),
    *("momentum", "oscillators", "price_oscillators", "past_returns"),
    *("volatility", "realized_volatility", "volatility_regimes"),
    *("volume", "volume_flow", "liquidity"),
    *("kbar", "rolling_prices", "rolling_moves", "rolling_volumes"),
    *("structure", "highs", "bar_patterns", "swings"),
    *("session_prices", "cross_section", "calendar"),
)
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RESERVED = frozenset({"open", "high", "low", "close", "volume"})
_CARDS: dict[str, Card] = {}


class OneTicker(NamedTuple):
    """Bars of one ticker without a gap, oldest first: what a core reads."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats


class InMarket(NamedTuple):
    """The same bars with what all tickers share on their times.

    `market` is the benchmark's close, NaN where it has no bar; the others are rows of
    `sigma_core.clock`. Only those that the card's inputs name are filled.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    market: Floats
    weekday: Floats
    month_day: Floats
    month_left: Floats
    expiry_left: Floats
    half_day: Floats
    minute: Floats
    minutes: Floats
    session: Floats


# The first argument is a OneTicker, or an InMarket: the card's inputs say which.
Core = Callable[[Any, Floats, Floats], None]


@dataclass(frozen=True)
class Param:
    """One parameter: its default says its type, `low` and `high` are allowed values."""

    name: str
    default: Number
    low: Number
    high: Number
    meaning: str

    @property
    def type(self) -> str:
        """`int` or `float`."""
        return type(self.default).__name__


def window_param(default: int, low: int = 2, *, high: int = 1000) -> Param:
    """The parameter that most indicators have."""
    return Param("window", default, low, high, "bars in the window")


@dataclass(frozen=True)
class Output:
    """One output column. `degree`: +1 a price, −1 a share volume, 0 a pure number.

    `low` and `high` bound every value, None where there is no bound. `warmup` is set
    where an output is ready before the indicator's slowest one. `words` names the
    column in a sentence, with its parameters: "the {window}-{unit} average". `absent`
    says for how long a value may be missing although the bars are there and move.
    """

    key: str
    template: str
    meaning: str
    words: str
    degree: int = 0
    low: float | None = None
    high: float | None = None
    warmup: Callable[[Params], int] | None = None
    absent: str = ""


@dataclass(frozen=True)
class Card:
    """All that is known of an indicator without running it.

    `warmup(p)`: the first bar, counted from 1, on which every output has a value.
    `stable(p)`: bars of history after which a value differs by less than 1e-6 from
    that of the full history; None for an indicator that depends on its first bar for
    ever (`anchored`). `check(p)` says in words what is wrong with a pair of
    parameters, "" if nothing. `across`: what stands for all tickers of a session is the
    `mean` of the universe's members; the core gives each ticker's part of it, 0 or 1.
    `intraday`: it tells the bars of a session apart, and says nothing on daily ones.
    `several`: the core takes any number of calls at once, with their parameters one
    after the other and their outputs likewise, and computes what they share only once.
    `opening(p)`: minutes from a session's open on which it has no value, as it is made
    of the bars that begin in them.
    """

    name: str
    group: str
    title: str
    inputs: tuple[str, ...]
    params: tuple[Param, ...]
    outputs: tuple[Output, ...]
    warmup: Callable[[Params], int]
    stable: Callable[[Params], int] | None
    source: str
    formula: str
    docs: str
    core: Core = field(repr=False)
    provider: Provider = "bars"
    version: int = 1
    across: Literal["", "mean"] = ""
    intraday: bool = False
    several: bool = False
    opening: Callable[[Params], int] = field(default=lambda _: 0, repr=False)
    check: Callable[[Params], str] = field(default=lambda _: "", repr=False)

    @property
    def defaults(self) -> dict[str, Number]:
        """The parameters as they are when none is given."""
        return {param.name: param.default for param in self.params}

    @property
    def shared(self) -> tuple[str, ...]:
        """Its inputs that are no fields of bars: the benchmark, the calendar."""
        return tuple(name for name in self.inputs if name not in FIELDS)

    @property
    def anchored(self) -> bool:
        """True where a value depends on the first bar for ever."""
        return self.stable is None


@dataclass(frozen=True)
class ColumnSpec:
    """A column of a matrix: its name and its degree in price units."""

    name: str
    degree: int


@dataclass(frozen=True)
class Call:
    """An indicator with checked parameters and the names of its columns."""

    card: Card
    params: dict[str, Number]
    columns: tuple[ColumnSpec, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """The parameters as the core takes them."""
        return tuple(float(self.params[param.name]) for param in self.card.params)


def indicator(
    *,
    name: str,
    group: str,
    title: str,
    inputs: tuple[str, ...],
    outputs: tuple[Output, ...],
    warmup: Callable[[Params], int],
    stable: Callable[[Params], int] | None,
    source: str,
    formula: str,
    params: tuple[Param, ...] = (),
    **more: Any,  # Card's own defaults: provider, version, across, intraday, …
) -> Callable[[Core], Core]:
    """Register the decorated core under `name`; its docstring becomes the card's."""

    def register(core: Core) -> Core:
        if name in _CARDS or group not in GROUPS:
            raise ValueError(f"{name}: registered twice, or group {group!r} is unknown")
        _CARDS[name] = Card(
            name=name,
            group=group,
            title=title,
            inputs=inputs,
            params=params,
            outputs=outputs,
            warmup=warmup,
            stable=stable,
            source=source,
            formula=formula,
            docs=_docs(core),
            core=core,
            **more,
        )
        return core

    return register


@cache
def _load() -> None:
    """Import our modules and the installed packages that bring indicators."""
    for module in _MODULES:
        importlib.import_module(f"sigma_core.indicators.{module}")
    for entry in entry_points(group="sigma.indicators"):
        entry.load()


def cards() -> dict[str, Card]:
    """All cards by name, sorted."""
    _load()
    return dict(sorted(_CARDS.items()))


def card(name: str, *, where: str = "") -> Card:
    """The card of one indicator; UnknownName with the nearest name otherwise."""
    _load()
    if name not in _CARDS:
        raise UnknownName("indicator", name, _CARDS, where=where)
    return _CARDS[name]


def columns(
    name: str, params: Params | None = None, as_: str | None = None
) -> list[ColumnSpec]:
    """The columns an entry of an indicator set gives, in order."""
    return list(resolve(name, params, as_).columns)


def phrases(calls: Iterable[Call], *, unit: str = "day") -> dict[str, str]:
    """Column → what to call it in a sentence; `unit` is what one bar is called."""
    return {
        column.name: output.words.format(unit=unit, **_figures(call.params))
        for call in calls
        for column, output in zip(call.columns, call.card.outputs, strict=True)
    }


def _figures(params: Params) -> dict[str, str]:
    return {name: f"{value:g}" for name, value in params.items()}


def resolve(
    name: str,
    params: Params | None = None,
    as_: str | None = None,
    *,
    where: str = "",
) -> Call:
    """Check one entry of an indicator set: `where` names its file and place.

    Raises UnknownName (indicator or parameter) and BadInput with all problems of the
    parameters at once.
    """
    found = card(name, where=where)
    given = dict(params or {})
    place = where or name
    for wanted in given:
        if wanted not in found.defaults:
            raise UnknownName(
                "parameter", wanted, found.defaults, where=f"{place}: {name}"
            )
    problems = [
        problem
        for param in found.params
        if (problem := _fault(param, given.get(param.name, param.default), place, name))
    ]
    if problems:
        raise BadInput(problems)
    merged = {
        param.name: type(param.default)(given.get(param.name, param.default))
        for param in found.params
    }
    if clash := found.check(merged):
        raise BadInput(Problem("indicator.param_clash", f"{place}: {name}", clash))
    return Call(found, merged, _named(found, merged, as_, place))


def _fault(param: Param, value: Any, place: str, name: str) -> Problem | None:
    """What is wrong with a value, or None."""
    where = f"{place}: {name}.{param.name}"
    hint = f"Give a number from {param.low} to {param.high}: {param.meaning}."
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if not plain or not math.isfinite(value):
        message = f"{value!r} is not a number."
        return Problem("indicator.param_type", where, message, hint)
    if param.type == "int" and value % 1:
        message = f"{value!r} is not a whole number."
        return Problem("indicator.param_type", where, message, hint)
    if not param.low <= value <= param.high:
        message = f"{value!r} is out of range."
        return Problem("indicator.param_range", where, message, hint)
    return None


def _named(
    found: Card, params: Params, as_: str | None, place: str
) -> tuple[ColumnSpec, ...]:
    """The columns of a call, renamed if asked."""
    several = len(found.outputs) > 1
    parts = {key: _word(value) for key, value in params.items()}
    specs = []
    for output in found.outputs:
        name = output.template.format(**parts)
        if as_ is not None:
            name = f"{as_}_{output.key}" if several else as_
        if not _COLUMN.fullmatch(name) or name in _RESERVED:
            raise BadInput(_bad_column(name, f"{place}: {found.name}"))
        specs.append(ColumnSpec(name, output.degree))
    return tuple(specs)


def _bad_column(name: str, where: str) -> Problem:
    return Problem(
        "indicator.column_name",
        where,
        f"{name!r} can't be the name of a column.",
        "Use lower-case letters, digits and _, a letter first; not a bar's field.",
    )


def _word(value: Number) -> str:
    """A parameter in a column's name: 20, 2 for 2.0, 2p5 for 2.5."""
    return f"{value:g}".replace(".", "p")


def _docs(core: Core) -> str:
    text = core.__doc__ or ""
    return " ".join(line.strip() for line in text.strip().splitlines())
