"""What stands under each row while it is typed: its columns, its words, or its fault.

Each row is judged by itself, so that one that is half typed does not hide what the
others say. Nothing is computed: no bars are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.draft import Form
from builder.rows import GateRow, IndicatorRow, NamedRow
from sigma_core.boosting.params import problems
from sigma_core.errors import BadInput
from sigma_core.expressions import FIELD_DEGREES, FUNCTIONS, compile
from sigma_core.specs.files import to_spec
from sigma_core.specs.naming import CADENCES
from sigma_core.specs.schema import IndicatorSet
from sigma_core.specs.yaml_events import Document


@dataclass(frozen=True)
class Note:
    """A sentence about one row; `fault` if something is wrong with it."""

    text: str
    fault: bool = False


@dataclass
class Notes:
    """The notes by row id, and the names an expression may use."""

    rows: dict[str, Note] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    phrases: dict[str, str] = field(default_factory=dict)
    params: dict[str, float] = field(default_factory=dict)
    #: of the bars that the columns stand on
    cadence: str = "daily"

    @property
    def names(self) -> list[str]:
        """Columns, fields of the bar, and parameters, to choose from."""
        return [*self.params, *self.columns, *FIELD_DEGREES]

    @property
    def functions(self) -> list[str]:
        """The functions of the language."""
        return list(FUNCTIONS)


def notes_of(form: Form) -> Notes:
    """What there is to say about each row of a form."""
    notes = Notes(
        params={
            name: float(value)
            for name, value in form.rows.params().items()
            if isinstance(value, int | float)
        }
    )
    if form.name.cadence in CADENCES:
        notes.cadence = form.name.cadence
    for row in form.rows.indicator:
        _note_indicator(notes, row)
    _note_params(notes, form)
    for gate in form.rows.gate:
        if gate.shape == "when":
            notes.rows[gate.id] = _of_gate(notes, gate)
    for part in form.rows.part:
        notes.rows[part.id] = _of_expression(notes, part.value, condition=None)
    for rows in (form.rows.param, form.rows.part):
        _note_twice(notes, rows)
    return notes


def _note_twice(notes: Notes, rows: Sequence[NamedRow]) -> None:
    """Rows that are called as one before them."""
    known: set[str] = set()
    for row in rows:
        if row.name in known:
            notes.rows[row.id] = Note(f"{row.name}: another row has this name", True)
        known.add(row.name)


def _note_params(notes: Notes, form: Form) -> None:
    """Parameters that no rule uses; of trees those that they do not take."""
    if form.kind == "gbm":
        wrong = {name: found.message for name, found in problems(notes.params)}
        said = {row.id: wrong.get(row.name, "") for row in form.rows.param}
    else:
        gates, parts = form.rows.gate, form.rows.part
        used = " ".join([*(row.text for row in gates), *(row.value for row in parts)])
        unused = [row for row in form.rows.param if row.name and row.name not in used]
        said = {row.id: "no rule uses it" for row in unused}
    fault = form.kind == "gbm"
    notes.rows |= {row: Note(words, fault) for row, words in said.items() if words}


def _note_indicator(notes: Notes, row: IndicatorRow) -> None:
    """Its columns, which the rows below may then use; or what is wrong with it."""
    from sigma_core.matrix import plan  # pandas comes with it

    try:
        spec = to_spec(_alone(row, notes), IndicatorSet)
        if row.own:
            found = compile(row.expr, names=notes.columns)
            added = {row.alias: found.degree or 0}
        else:
            steps = plan(spec, cadence=notes.cadence)
            added = {column.name: column.degree for column in steps.columns}
            notes.phrases |= steps.phrases()
    except BadInput as error:
        notes.rows[row.id] = _fault(error)
        return
    twice = sorted(set(added) & set(notes.columns))
    notes.columns |= added
    notes.rows[row.id] = (
        Note(f"{', '.join(twice)}: another row gives this column too", fault=True)
        if twice
        else Note(", ".join(added))
    )


def _alone(row: IndicatorRow, notes: Notes) -> Document:
    """A set of this row alone."""
    content: dict[str, Any] = {"name": "row", "indicators": [row.content()]}
    return Document("", content)


def _of_gate(notes: Notes, gate: GateRow) -> Note:
    if not (gate.when if gate.free else gate.left and gate.right):
        return Note("say what is compared", fault=True)
    if not gate.in_pieces:
        said = "the sides of a comparison are two numbers; take a free expression"
        return Note(said, fault=True)
    return _of_expression(notes, gate.text, condition=True)


def _of_expression(notes: Notes, text: str, *, condition: bool | None) -> Note:
    """An expression in words; `condition` says what it must be."""
    try:
        found = compile(text, names=notes.columns, params=notes.params)
    except BadInput as error:
        return _fault(error)
    if condition and not found.is_condition:
        return Note("a gate is a condition; here is a number", fault=True)
    return Note(found.words(notes.phrases))


def _fault(error: BadInput) -> Note:
    """The first thing that is wrong, with its column where it has one."""
    problem = error.problems[0]
    _, _, column = problem.where.rpartition(", ")
    at = f"{column}: " if column.startswith("column ") else ""
    return Note(f"{at}{problem.message} {problem.hint}".strip(), fault=True)


def weight_sum(form: Form) -> float:
    """The weights of the score's parts, those that are numbers."""
    score: Mapping[str, Any] = form.rows.score()
    weights = [part["weight"] for part in score.values()]
    return float(sum(one for one in weights if isinstance(one, int | float)))
