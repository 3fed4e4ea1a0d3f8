"""Does a tree make sense: names, arguments, lags, units; and what it needs to run.

Each node gets a `Kind`: number or condition, and the degree of its unit (+1 a price,
−1 a share volume, 0 a pure number; None where units are mixed, as in `close + 1`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sigma_core.errors import ExpressionError, did_you_mean
from sigma_core.expressions.parse import fault
from sigma_core.expressions.tree import (
    Arithmetic,
    Call,
    Comparison,
    Logic,
    Name,
    Negative,
    Node,
    Not,
    Number,
    children,
)

#: The bar's own fields, known in every expression, with the degree of their unit.
FIELD_DEGREES = {"open": 1, "high": 1, "low": 1, "close": 1, "volume": -1}
#: Own bars a single lag, and all lags of an expression together, may reach back.
MAX_LAG = 252
MAX_LOOKBACK = 504
#: Node evaluations; only nested `any_in_last` can come near.
MAX_COST = 20_000

#: Function → its arguments: x a number, c a condition, ? either, n a count.
FUNCTIONS: Mapping[str, str] = {
    "abs": "x",
    "min": "xx+",
    "max": "xx+",
    "clip": "xxx",
    "clip01": "x",
    "log": "x",
    "sqrt": "x",
    "where": "cxx",
    "prev": "?n",
    "crosses_above": "xx",
    "crosses_below": "xx",
    "any_in_last": "cn",
    "zscore": "x",
    "robust_zscore": "x",
    "rank": "x",
    "pct_rank": "x",
    "winsorize": "x",
}
CROSS_SECTIONAL = frozenset(
    {"zscore", "robust_zscore", "rank", "pct_rank", "winsorize"}
)
_CONDITIONS = frozenset({"crosses_above", "crosses_below", "any_in_last"})
_KEEP_UNIT = frozenset({"abs", "min", "max", "clip", "winsorize"})


@dataclass(frozen=True)
class Kind:
    """What a node yields."""

    is_condition: bool
    degree: int | None = 0


_CONDITION = Kind(is_condition=True)


@dataclass(frozen=True)
class Vocabulary:
    """The names an expression may use: columns with their degree, and parameters."""

    columns: Mapping[str, int]
    params: Mapping[str, float]
    where: str

    def check(self, node: Node) -> Kind:
        """The kind of a node; raises ExpressionError at the first thing wrong in it."""
        match node:
            case Number():
                return Kind(is_condition=False)
            case Name():
                return Kind(is_condition=False, degree=self._degree(node))
            case Negative():
                return Kind(is_condition=False, degree=self._number(node.operand))
            case Arithmetic():
                left, right = self._number(node.left), self._number(node.right)
                return Kind(is_condition=False, degree=_joined(node.sign, left, right))
            case Comparison():
                for operand in node.operands:
                    self._number(operand)
                return _CONDITION
            case Not():
                self._condition(node.operand, "not")
                return _CONDITION
            case Logic():
                for operand in node.operands:
                    self._condition(operand, node.word)
                return _CONDITION
            case Call():
                return self._call(node)

    def count(self, node: Node) -> int:
        """The bars meant by the second argument of a lag: a number or a parameter."""
        value = _negated(node, self.params)
        if value is None:
            hint = "Write a whole number or the name of a parameter."
            raise self._error("count", node, "a lag must be fixed.", hint)
        if value < 0:
            hint = "Lags count backwards: prev(x, 1) is the bar before."
            raise self._error("lag", node, "a negative lag reads the future.", hint)
        if value != int(value) or value > MAX_LAG:
            message = f"a lag of {value:g}; it must be whole and at most {MAX_LAG}."
            raise self._error("lag", node, message)
        return int(value)

    def lookback(self, node: Node) -> int:
        """Own bars before t that the node reads."""
        inner = max((self.lookback(child) for child in children(node)), default=0)
        if not isinstance(node, Call):
            return inner
        if node.function == "prev":
            return inner + self.count(node.arguments[1])
        if node.function == "any_in_last":
            return inner + self.count(node.arguments[1]) - 1
        return inner + (node.function in ("crosses_above", "crosses_below"))

    def cost(self, node: Node) -> int:
        """How many node evaluations one evaluation takes."""
        inner = sum(self.cost(child) for child in children(node))
        if isinstance(node, Call) and node.function == "any_in_last":
            inner *= self.count(node.arguments[1])
        if isinstance(node, Call) and node.function.startswith("crosses_"):
            inner *= 2
        return inner + 1

    def _degree(self, node: Name) -> int:
        if node.name in self.params:
            return 0
        if node.name in self.columns:
            return self.columns[node.name]
        known = [*self.columns, *self.params]
        if node.name in FUNCTIONS:
            message = f"{node.name!r} is a function."
            raise self._error(
                "syntax", node, message, f"Write {node.name}(…) with its arguments."
            )
        message = f"unknown column {node.name[:64]!r}."
        raise self._error(
            "unknown_column", node, message, did_you_mean(node.name, known)
        )

    def _number(self, node: Node) -> int | None:
        kind = self.check(node)
        if kind.is_condition:
            hint = "Write where(condition, 1, 0) to count with it."
            raise self._error("kind", node, "a condition stands for a number.", hint)
        return kind.degree

    def _condition(self, node: Node, word: str) -> None:
        if not self.check(node).is_condition:
            message = f"{word!r} takes conditions; here is a number."
            raise self._error("kind", node, message, "Compare it with something.")

    def _call(self, node: Call) -> Kind:
        form = self._form(node)
        degrees: list[int | None] = []
        kind = Kind(is_condition=False)
        for letter, argument in zip(form, node.arguments, strict=True):
            if letter == "x":
                degrees.append(self._number(argument))
            elif letter == "c":
                self._condition(argument, node.function)
            elif letter == "?":
                kind = self.check(argument)
            elif self.count(argument) == 0 and node.function == "any_in_last":
                raise self._error("lag", argument, "a window needs at least one bar.")
        if node.function in _CONDITIONS:
            return _CONDITION
        if node.function in _KEEP_UNIT or node.function == "where":
            same = degrees[0] if len(set(degrees)) == 1 else None
            return Kind(is_condition=False, degree=same)
        return kind

    def _form(self, node: Call) -> str:
        """One letter an argument; raises on an unknown function or a wrong number."""
        if node.function not in FUNCTIONS:
            message = f"unknown function {node.function[:64]!r}."
            hint = did_you_mean(node.function, FUNCTIONS, most=len(FUNCTIONS))
            raise self._error("unknown_function", node, message, hint)
        form, came = FUNCTIONS[node.function], len(node.arguments)
        if form.endswith("+"):
            form = form[:-1] + "x" * max(0, came - len(form) + 1)
        if len(form) != came:
            least = "at least " if FUNCTIONS[node.function].endswith("+") else ""
            message = (
                f"{node.function} takes {least}{len(form)} argument(s), not {came}."
            )
            raise self._error("arguments", node, message)
        if node.by and node.function not in CROSS_SECTIONAL:
            message = f"{node.function} compares no tickers, so it takes no `by=`."
            raise self._error("arguments", node, message)
        return form

    def _error(
        self, code: str, node: Node, message: str, hint: str = ""
    ) -> ExpressionError:
        return ExpressionError(fault(code, self.where, node.at, message, hint))


def _negated(node: Node, params: Mapping[str, float]) -> float | None:
    """The value of a literal, a parameter, or either with a minus; else None."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return params.get(node.name)
    if isinstance(node, Negative):
        inner = _negated(node.operand, params)
        return None if inner is None else -inner
    return None


def _joined(sign: str, left: int | None, right: int | None) -> int | None:
    """The degree of `left sign right`."""
    if left is None or right is None:
        return None
    if sign == "*":
        return left + right
    if sign == "/":
        return left - right
    return left if left == right else None
