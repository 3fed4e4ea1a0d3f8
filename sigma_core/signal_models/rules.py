"""Scanners: rules on columns. Gates decide who may enter, the score decides the order.

`score_total` is 100 · Σ weight · part / Σ weight, each part clipped to [0, 1]; a
condition as a part counts 1 or 0. A part without a value makes the ticker ineligible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

import numpy as np

from sigma_core.errors import BadInput, ExpressionError, Problem, SpecError
from sigma_core.expressions import FIELD_DEGREES, Compiled, Context
from sigma_core.expressions import compile as compile_expression
from sigma_core.frames import Floats, Ints, Matrix, Wide
from sigma_core.signal_models import gates
from sigma_core.signal_models.base import Scores
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.schema import ScannerConfig
from sigma_core.specs.yaml_events import Place


class Scanner:
    """A scanner's config, compiled against the columns there are.

    `columns` maps each feature column to the degree of its unit; `sector` gives a
    sector id for each ticker of the matrix, needed only where a rule compares within
    sectors; `phrases` says columns in words; `where` names the file in messages, and
    `at` the line of a place in it, where lines are known.
    Raises ExpressionError with all the rules that can't be understood.
    """

    def __init__(
        self,
        config: ScannerConfig,
        columns: Mapping[str, int],
        *,
        sector: Ints | None = None,
        phrases: Mapping[str, str] | None = None,
        where: str = "",
        at: Callable[[Place], str] | None = None,
    ) -> None:
        self.config = config
        self.columns = columns
        self.sector = sector
        self.phrases = phrases or {}
        self.where = where or config.model_id
        self.at = at or (lambda place: self.where)
        self.top, self.parts = self._compiled()

    @property
    def needs(self) -> frozenset[str]:
        """The columns its rules read."""
        return frozenset().union(*(one.needs for one in self.expressions))

    @property
    def lookback(self) -> int:
        """Own bars before a session that its rules read."""
        return max(one.lookback for one in self.expressions)

    def fit(self, matrix: Matrix, labels: Wide | None) -> Self:
        """Nothing to learn."""
        return self

    def transform(self, matrix: Matrix) -> Scores:
        """Gates, parts and total of every ticker on every session of the matrix."""
        context = Context(matrix, sector=self.sector)
        top = tuple(gate.result(context, gate.name, self.phrases) for gate in self.top)
        single = tuple(
            leaf.result(context, gate.name, self.phrases)
            for gate in self.top
            for leaf in gate.leaves()
        )
        parts = self._evaluated(context)
        weights = self._weights()
        total = _total(parts, weights)
        eligible = matrix.members & ~np.isnan(total)
        for gate in top:
            eligible = eligible & (gate.passed == 1)
        return Scores(
            axis=matrix.axis,
            score_total=total,
            parts=parts,
            weights=weights,
            gates=single,
            top=top,
            members=matrix.members,
            eligible=eligible,
        )

    def total(self, matrix: Matrix) -> Floats:
        """The score alone, `[ticker, time]`, as `transform` gives it; no gates."""
        context = Context(matrix, sector=self.sector)
        return _total(self._evaluated(context), self._weights())

    def _evaluated(self, context: Context) -> dict[str, Floats]:
        return {
            name: np.clip(part.evaluate(context), 0.0, 1.0)
            for name, part in self.parts.items()
        }

    def words(self) -> list[str]:
        """What must hold, one sentence part for each top-level gate."""
        return [gate.words(self.phrases) for gate in self.top]

    def score_words(self) -> dict[str, str]:
        """What each part of the score measures."""
        return {name: part.words(self.phrases) for name, part in self.parts.items()}

    def _weights(self) -> dict[str, float]:
        """The weights as points of 100."""
        given = {name: part.weight for name, part in self.config.score.items()}
        scale = 100.0 / sum(given[name] for name in sorted(given))
        return {name: weight * scale for name, weight in given.items()}

    @property
    def expressions(self) -> list[Compiled]:
        """All conditions of gates, then all parts of the score."""
        leaves = [leaf for gate in self.top for leaf in gate.leaves()]
        found = [leaf.compiled for leaf in leaves if leaf.compiled is not None]
        return [*found, *self.parts.values()]

    def _compiled(self) -> tuple[tuple[gates.Node, ...], dict[str, Compiled]]:
        problems: list[Problem] = []
        top: tuple[gates.Node, ...] = ()
        try:
            top = gates.build(self.config.gates, self._gate)
        except ExpressionError as error:
            problems += error.problems
        parts: dict[str, Compiled] = {}
        for name, part in self.config.score.items():
            try:
                what = f"{self.at(('score', name, 'value'))}: score part {name!r}"
                parts[name] = self._expression(what, part.value)
            except ExpressionError as error:
                problems += error.problems
        if problems:
            raise ExpressionError(problems)
        return top, parts

    def _gate(self, name: str, text: str, place: Place) -> Compiled:
        what = f"{self.at(place)}: gate {name!r}"
        compiled = self._expression(what, text)
        if not compiled.is_condition:
            where = f"{what}, column 1"
            message = "a gate is a condition; here is a number."
            hint = "Compare it with a limit, such as `>= 0`."
            raise ExpressionError(Problem("expression.kind", where, message, hint))
        return compiled

    def _expression(self, where: str, text: str) -> Compiled:
        params = self.config.params
        return compile_expression(text, names=self.columns, params=params, where=where)


def scanner_of(
    bundle: Bundle,
    columns: Mapping[str, int],
    *,
    sector: Ints | None = None,
    phrases: Mapping[str, str] | None = None,
) -> Scanner:
    """The scanner of a bundle, checked against the columns of its indicator set.

    Raises SpecError or ExpressionError with everything `check` finds wrong.
    """
    if not isinstance(bundle.model, ScannerConfig):
        message = f"{bundle.model_id!r} is of kind {bundle.model.kind!r}, not scanner."
        hint = "Choose a model with `kind: scanner`."
        where = bundle.files["model_config"]
        raise BadInput(Problem("model.kind", where, message, hint))
    problems = [one for one in check(bundle, columns) if one.severity == "error"]
    if problems:
        rules = all(one.code.startswith("expression.") for one in problems)
        raise (ExpressionError if rules else SpecError)(problems)
    return Scanner(
        bundle.model,
        columns,
        sector=sector,
        phrases=phrases,
        where=bundle.files["model_config"],
        at=lambda place: bundle.at("model_config", place),
    )


def check(bundle: Bundle, known_columns: Mapping[str, int]) -> list[Problem]:
    """What is wrong with a scanner's rules, given the columns there are.

    Unknown columns and functions with file, line, gate and column; names used twice;
    parameters that hide a column or are never used; weights that don't sum to 100.
    Empty for models that have no rules.
    """
    if not isinstance(bundle.model, ScannerConfig):
        return []
    return check_rules(
        bundle.model,
        known_columns,
        at=lambda place: bundle.at("model_config", place),
    )


def check_rules(
    config: ScannerConfig,
    known_columns: Mapping[str, int],
    *,
    at: Callable[[Place], str],
) -> list[Problem]:
    """`check` for a config alone; `at` says the line of a place in its file."""
    problems = [*_name_problems(config, known_columns, at)]
    used: frozenset[str] | None = None
    try:
        used = _names_used(Scanner(config, known_columns, at=at))
    except ExpressionError as error:
        problems += error.problems
    return [*problems, *_warnings(config, used, at)]


def _names_used(scanner: Scanner) -> frozenset[str]:
    return frozenset().union(*(one.names for one in scanner.expressions))


def _name_problems(
    config: ScannerConfig, known_columns: Mapping[str, int], at: Callable[[Place], str]
) -> list[Problem]:
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for name, place in gates.named(config.gates):
        where = at(place)
        if name in first:
            message = f"two gates have this name; the other: {first[name]}."
            place_words = f"{where}: gate {name!r}"
            problems.append(
                Problem("model.gate_twice", place_words, message, "Rename one of them.")
            )
        first.setdefault(name, where)
    for name in sorted({*known_columns, *FIELD_DEGREES} & set(config.params)):
        where = f"{at(('params', name))}: params.{name}"
        message = f"the parameter {name!r} has the name of a column."
        problems.append(
            Problem("model.param_hides_column", where, message, "Rename the parameter.")
        )
    return problems


def _warnings(
    config: ScannerConfig, used: frozenset[str] | None, at: Callable[[Place], str]
) -> list[Problem]:
    total = sum(part.weight for part in config.score.values())
    problems = []
    if not np.isclose(total, 100.0, rtol=0, atol=1e-9):
        where = f"{at(('score',))}: score"
        message = f"the weights sum to {total:g}; they are scaled to 100."
        hint = "Make them sum to 100, so that each reads as points."
        problems.append(Problem("model.weights", where, message, hint, "warning"))
    unused = [name for name in config.params if used is not None and name not in used]
    for name in unused:
        where = f"{at(('params', name))}: params.{name}"
        message = f"no gate and no score part uses the parameter {name!r}."
        problems.append(
            Problem("model.param_unused", where, message, "Remove it.", "warning")
        )
    return problems


def _total(parts: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The weighted sum, NaN where a part is.

    Summed in the order of the names: the order of keys in the file is not part of the
    fingerprint, so it must not touch the last bit.
    """
    names = sorted(parts)
    total = weights[names[0]] * parts[names[0]]
    for name in names[1:]:
        total = total + weights[name] * parts[name]
    return total
