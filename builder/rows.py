"""A definition as the rows of a form, and back; whatever was typed stays as typed.

    rows_of(model, indicator_set)     plain content → rows
    read(posted)                      what the form sent → rows
    Rows.indicators(), .gates(), …    rows → plain content

In a request each row has an id; its fields are called `<kind>.<id>.<field>` and the
order of rows is that of their `<kind>` keys. A text that is no number where one is
wanted stays a text: the definition's own check then names it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from sigma_core.errors import Problem, SpecError
from sigma_core.expressions.sides import join, split
from sigma_core.specs.yaml_events import resolve

Content = Mapping[str, Any]  # Any: the plain values of a YAML file
SHAPES = ("all", "any", "none")
_ID = re.compile(r"[a-z0-9]{1,16}")
#: fields whose blanks are kept: an expression comes back to the letter
_AS_TYPED = (".when", ".words", ".expr", ".value")
#: levels of groups; a file may not nest deeper either
MAX_DEPTH = 16


@dataclass
class IndicatorRow:
    """An entry of the set; `expr` for a column of one's own, else `name`, `params`."""

    id: str
    name: str = ""
    params: dict[str, str] = field(default_factory=dict)
    alias: str = ""
    cadence: str = ""
    expr: str = ""
    own: bool = False

    def content(self) -> dict[str, Any]:
        """As it stands in a file."""
        head: dict[str, Any] = {"expr": self.expr} if self.own else {"name": self.name}
        given = {key: number(text) for key, text in self.params.items() if text}
        rest = {"as": self.alias, "cadence": self.cadence}
        return head | given | {key: text for key, text in rest.items() if text}


@dataclass
class GateRow:
    """A condition (shape `when`) or a group; `parent` is a row's id, or a root group.

    A condition is `left sign right`, or `when` where it is `free`.
    """

    id: str
    parent: str
    shape: str = "when"
    name: str = ""
    free: bool = False
    left: str = ""
    sign: str = ">"
    right: str = ""
    when: str = ""
    words: str = ""

    @property
    def text(self) -> str:
        """The condition as one expression."""
        return self.when if self.free else join(self.left, self.sign, self.right)

    @property
    def in_pieces(self) -> bool:
        """Whether the sides typed are two numbers compared, and nothing else."""
        return self.free or split(self.text) == (self.left, self.sign, self.right)


@dataclass
class NamedRow:
    """A parameter (name, value) or a part of the score (name, weight, value)."""

    id: str
    name: str = ""
    value: str = ""
    weight: str = ""


@dataclass
class Rows:
    """All rows of a model, in order."""

    indicator: list[IndicatorRow] = field(default_factory=list)
    gate: list[GateRow] = field(default_factory=list)
    param: list[NamedRow] = field(default_factory=list)
    part: list[NamedRow] = field(default_factory=list)

    def indicators(self) -> list[dict[str, Any]]:
        """The entries of the indicator set."""
        return [row.content() for row in self.indicator]

    def params(self) -> dict[str, Any]:
        """The parameters by name."""
        return {row.name: number(row.value) for row in self.param}

    def score(self) -> dict[str, Any]:
        """The parts of the score by name."""
        return {
            row.name: {"weight": number(row.weight), "value": row.value}
            for row in self.part
        }

    def twice(self) -> list[Problem]:
        """The names that two parameters, or two parts of the score, share."""
        found = []
        for key, rows in (("params", self.param), ("score", self.part)):
            names = [row.name for row in rows]
            for name in dict.fromkeys(one for one in names if names.count(one) > 1):
                message = f"two of the {key} are called {name[:64]!r}."
                place, hint = f"/model_config/{key}", "Give one of them another name."
                found.append(Problem("draft.twice", place, message, hint))
        return found

    def gates(self) -> dict[str, Any]:
        """The tree of gates; root groups without a row are left out. SpecError."""
        found = {shape: self._below(shape) for shape in SHAPES}
        return {shape: rows for shape, rows in found.items() if rows}

    def children(self, parent: str) -> list[GateRow]:
        """The rows directly below a group."""
        return [row for row in self.gate if row.parent == parent]

    def _below(self, parent: str, depth: int = 0) -> list[dict[str, Any]]:
        if depth > MAX_DEPTH:
            message = f"groups are nested deeper than {MAX_DEPTH} levels."
            raise SpecError(Problem("draft.too_deep", "draft: gates", message))
        return [self._gate(row, depth + 1) for row in self.children(parent)]

    def _gate(self, row: GateRow, depth: int) -> dict[str, Any]:
        said: dict[str, Any] = {"name": row.name} if row.name else {}
        if row.shape in SHAPES:
            return said | {row.shape: self._below(row.id, depth)}
        return said | {"when": row.text} | ({"words": row.words} if row.words else {})


def number(text: str) -> int | float | str:
    """What a YAML file would make of it: a whole number, a number, or the text."""
    text = text.strip()
    try:
        value = resolve(text)
    except ValueError:  # 012, or digits without end: the check names it
        return text
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text
    return value if math.isfinite(value) else text


def shown(value: object) -> str:
    """A value as a field shows it."""
    return "" if value is None else f"{value}"


# --- content → rows ----------------------------------------------------------------


def rows_of(model: Content, indicator_set: Content) -> Rows:
    """The rows of checked content."""
    score: Content = model.get("score") or {}
    return Rows(
        [_entry(f"i{at}", one) for at, one in enumerate(indicator_set["indicators"])],
        list(_gate_rows(model.get("gates") or {})),
        [
            NamedRow(f"p{at}", name, shown(value))
            for at, (name, value) in enumerate((model.get("params") or {}).items())
        ],
        [
            NamedRow(f"s{at}", name, str(part["value"]), shown(part["weight"]))
            for at, (name, part) in enumerate(score.items())
        ],
    )


def _entry(row_id: str, entry: Content) -> IndicatorRow:
    own = {"name", "expr", "as", "cadence"}
    return IndicatorRow(
        id=row_id,
        name=entry.get("name", ""),
        params={key: shown(value) for key, value in entry.items() if key not in own},
        alias=entry.get("as") or "",
        cadence=entry.get("cadence") or "",
        expr=entry.get("expr", ""),
        own="expr" in entry,
    )


def _gate_rows(gates: Content) -> Iterator[GateRow]:
    """The tree from the top, each group before what is in it."""
    waiting = [
        (shape, gate)
        for shape in reversed(SHAPES)
        for gate in _last_first(gates, shape)
    ]
    at = 0
    while waiting:
        parent, gate = waiting.pop()
        at += 1
        shape = next((one for one in SHAPES if gate.get(one) is not None), "when")
        yield _gate_row(f"g{at}", parent, shape, gate)
        waiting += [(f"g{at}", one) for one in _last_first(gate, shape)]


def _last_first(gate: Content, shape: str) -> list[Content]:
    return list(reversed(gate.get(shape) or [])) if shape in SHAPES else []


def _gate_row(row_id: str, parent: str, shape: str, gate: Content) -> GateRow:
    row = GateRow(row_id, parent, shape, name=gate.get("name") or "")
    row.words, row.when = gate.get("words") or "", gate.get("when") or ""
    pieces = split(row.when)
    if pieces is None:
        row.free = True
    else:
        row.left, row.sign, row.right = pieces
    return row


# --- request → rows ----------------------------------------------------------------


def read(posted: QueryDict) -> Rows:
    """The rows a form sent; rows with an id that is none are passed over."""
    return Rows(
        [_posted_entry(posted, one) for one in _ids(posted, "indicator")],
        [_posted_gate(posted, one) for one in _ids(posted, "gate")],
        [_posted_named(posted, "param", one) for one in _ids(posted, "param")],
        [_posted_named(posted, "part", one) for one in _ids(posted, "part")],
    )


def _ids(posted: QueryDict, kind: str) -> Sequence[str]:
    return [one for one in dict.fromkeys(posted.getlist(kind)) if _ID.fullmatch(one)]


def _posted_entry(posted: QueryDict, row_id: str) -> IndicatorRow:
    head = f"indicator.{row_id}."
    params = {
        key.removeprefix(f"{head}p."): posted[key].strip()
        for key in posted
        if key.startswith(f"{head}p.")
    }
    return IndicatorRow(
        id=row_id,
        name=_text(posted, f"{head}name"),
        params=params,
        alias=_text(posted, f"{head}as"),
        cadence=_text(posted, f"{head}cadence"),
        expr=_text(posted, f"{head}expr"),
        own=f"{head}expr" in posted,
    )


def _posted_gate(posted: QueryDict, row_id: str) -> GateRow:
    fields = ("parent", "shape", "name", "left", "sign", "right", "when", "words")
    said = {name: _text(posted, f"gate.{row_id}.{name}") for name in fields}
    free = posted.get(f"gate.{row_id}.form") == "free"
    return GateRow(id=row_id, free=free, **said)


def _posted_named(posted: QueryDict, kind: str, row_id: str) -> NamedRow:
    head = f"{kind}.{row_id}."
    said = [_text(posted, f"{head}{name}") for name in ("name", "value", "weight")]
    return NamedRow(row_id, *said)


def _text(posted: QueryDict, key: str) -> str:
    """One field; a browser sends the line ends of a text as two characters."""
    said = posted.get(key, "").replace("\r\n", "\n")
    return said if key.endswith(_AS_TYPED) else said.strip()
