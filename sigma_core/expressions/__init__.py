"""The gate and score language: text in, column operations out, never `eval`.

    adx = compile("adx_14 >= adx_min", names={"adx_14": 0}, params={"adx_min": 18})
    adx.evaluate(Context(matrix))    # [ticker, time]: 1.0 true, 0.0 false, NaN unknown

1. `parse`          text → tree, over a whitelist, with hard limits
2. `check`          names, arguments, lags and units make sense
3. `evaluate`       tree → values, three-valued, in each session's own units
4. `cross_section`  z-score, ranks and winsorizing over the universe
5. `words`          tree → plain words
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from sigma_core.errors import ExpressionError
from sigma_core.expressions.check import (
    CROSS_SECTIONAL,
    FIELD_DEGREES,
    FUNCTIONS,
    MAX_COST,
    MAX_LOOKBACK,
    Kind,
    Vocabulary,
)
from sigma_core.expressions.evaluate import Context, Evaluator, both, either
from sigma_core.expressions.parse import fault, parse
from sigma_core.expressions.tree import Call, Comparison, Logic, Name, Node, walk
from sigma_core.expressions.words import say
from sigma_core.frames import Floats

__all__ = [
    "FIELD_DEGREES",
    "FUNCTIONS",
    "Compiled",
    "Context",
    "both",
    "compile",
    "either",
]


@dataclass(frozen=True)
class Compiled:
    """A checked expression, ready to evaluate.

    `names` are the columns and parameters it uses, `lookback` the own bars before t,
    `is_condition` whether it yields true, false or unknown, `degree` the unit of a
    number (None where units are mixed), `cross_sectional` whether it looks at other
    tickers.
    """

    text: str
    tree: Node
    params: Mapping[str, float]
    names: frozenset[str]
    lookback: int
    is_condition: bool
    degree: int | None
    cross_sectional: bool
    vocabulary: Vocabulary = field(repr=False)

    @property
    def needs(self) -> frozenset[str]:
        """The columns it reads."""
        return self.names - set(self.params)

    @property
    def comparison(self) -> tuple[Node, str, Node] | None:
        """(left, sign, right) if it is one plain comparison, else None."""
        if isinstance(self.tree, Comparison) and len(self.tree.signs) == 1:
            return self.tree.operands[0], self.tree.signs[0], self.tree.operands[1]
        return None

    def evaluate(self, context: Context) -> Floats:
        """Values `[ticker, time]`; of a condition 1.0, 0.0 or NaN for unknown."""
        return self._value(self.tree, context)

    def sides(self, context: Context) -> tuple[Floats, Floats]:
        """(value, limit) of a plain comparison, each `[ticker, time]`; else NaN."""
        if self.comparison is None:
            nothing = np.full(context.matrix.members.shape, np.nan)
            return nothing, nothing
        left, _, right = self.comparison
        return self._value(left, context), self._value(right, context)

    def shortfall(self, context: Context) -> Floats:
        """How far a condition is from holding, as a share of its limit; 0 if it holds.

        `rsi >= 55` at 54.45 is 0.01 short. Of an `and` the worst part counts, of an
        `or` the best; NaN where unknown, where the limit is 0, and for conditions
        without a limit (`==`, `not`, crossings).
        """
        shape = context.matrix.members.shape
        with np.errstate(all="ignore"):
            short = self._short(self.tree, self._evaluator(context))
        return np.array(np.broadcast_to(short, shape))

    def words(self, phrases: Mapping[str, str] | None = None) -> str:
        """In plain words; `phrases` says what each column is."""
        return say(self.tree, phrases or {}, self.params, top=True)

    def _evaluator(self, context: Context) -> Evaluator:
        degree_of = partial(_known_degree, self.vocabulary)
        lag_of = self.vocabulary.count
        return Evaluator(context, self.params, lag_of=lag_of, degree_of=degree_of)

    def _value(self, node: Node, context: Context) -> Floats:
        shape = context.matrix.members.shape
        with np.errstate(all="ignore"):
            value = self._evaluator(context).value(node)
        return np.array(np.broadcast_to(value, shape))

    def _short(self, node: Node, run: Evaluator) -> Floats:
        if isinstance(node, Logic):
            parts = [self._short(one, run) for one in node.operands]
            join = np.maximum if node.word == "and" else np.fmin
            short: Floats = join.reduce(np.broadcast_arrays(*parts))
            return short
        holds = run.value(node)
        if not isinstance(node, Comparison):
            return np.where(holds == 1, 0.0, np.nan)
        found = np.where(np.isnan(holds), np.nan, 0.0)
        links = zip(node.signs, node.operands[:-1], node.operands[1:], strict=True)
        for sign, left, right in links:
            value, limit = run.value(left), run.value(right)
            gap = _SHORT.get(sign, np.nan) * (limit - value) / np.abs(limit)
            link = np.where(gap <= 0, 0.0, gap)
            found = np.maximum(found, np.where(np.isfinite(link), link, np.nan))
        return np.where(holds == 1, 0.0, found)


#: Which way a value is short of its limit.
_SHORT = {">": 1.0, ">=": 1.0, "<": -1.0, "<=": -1.0}


def _known_degree(vocabulary: Vocabulary, node: Node) -> int:
    """The unit of a node that the compiler has found to have one."""
    return vocabulary.check(node).degree or 0


def compile(
    text: str,
    *,
    names: Mapping[str, int],
    params: Mapping[str, float] | None = None,
    where: str = "expression",
) -> Compiled:
    """Parse and check an expression.

    `names` are the columns it may use with the degree of their unit (the bar's fields
    are always known), `params` the model's parameters. Raises ExpressionError with the
    column offset and a did-you-mean.
    """
    given = dict(params or {})
    vocabulary = Vocabulary({**FIELD_DEGREES, **names}, given, where)
    tree = parse(text, where=where)
    kind = vocabulary.check(tree)
    _check_reach(vocabulary, tree)
    nodes = list(walk(tree))
    return Compiled(
        text=text,
        tree=tree,
        params=given,
        names=frozenset(node.name for node in nodes if isinstance(node, Name)),
        lookback=vocabulary.lookback(tree),
        is_condition=kind.is_condition,
        degree=kind.degree,
        cross_sectional=any(
            isinstance(node, Call) and node.function in CROSS_SECTIONAL
            for node in nodes
        ),
        vocabulary=vocabulary,
    )


def _check_reach(vocabulary: Vocabulary, tree: Node) -> None:
    """Bounds on lags and work, and units that a lag could not convert."""
    where, back = vocabulary.where, vocabulary.lookback(tree)
    if back > MAX_LOOKBACK:
        message = f"reaches {back} bars back; at most {MAX_LOOKBACK}."
        raise ExpressionError(fault("lookback", where, tree.at, message))
    if vocabulary.cost(tree) > MAX_COST:
        message = "nested windows make too much work."
        hint = "Use one any_in_last, or shorter windows."
        raise ExpressionError(fault("cost", where, tree.at, message, hint))
    if back == 0:
        return
    for node in walk(tree):
        if isinstance(node, Call) and node.function == "winsorize":
            _check_unit(vocabulary, node)


def _check_unit(vocabulary: Vocabulary, node: Call) -> None:
    kind: Kind = vocabulary.check(node)
    if kind.degree is None:
        message = "winsorize of mixed units can't be lagged across a split."
        hint = "Make it a pure number first, such as close / ema_50."
        raise ExpressionError(fault("unit", vocabulary.where, node.at, message, hint))
