"""An expression in plain words: "close above the prior 20-day high by 0.2 %, or …"."""

from __future__ import annotations

from collections.abc import Mapping

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
)
from sigma_core.numerals import numeral

_SIGNS = {
    ">": "above",
    ">=": "at least",
    "<": "below",
    "<=": "at most",
    "==": "equal to",
    "!=": "not equal to",
}
_CALLS = {
    "abs": "the size of {0}",
    "clip": "{0} kept within {1} and {2}",
    "clip01": "{0} kept within 0 and 1",
    "log": "the logarithm of {0}",
    "sqrt": "the square root of {0}",
    "where": "{1} if {0}, else {2}",
    "crosses_above": "{0} crosses above {1}",
    "crosses_below": "{0} crosses below {1}",
    "any_in_last": "{0}, on any of the last {1} bars",
    "zscore": "the z-score of {0}",
    "robust_zscore": "the robust z-score of {0}",
    "rank": "the rank of {0}",
    "pct_rank": "the percentile of {0}",
    "winsorize": "{0} without its extremes",
}
#: Their words run on: what follows in a calculation would read as part of them.
_SPRAWLING = frozenset({"min", "max", "clip", "clip01", "where", "prev", "winsorize"})


def say(
    node: Node, phrases: Mapping[str, str], params: Mapping[str, float], *, top: bool
) -> str:
    """A node in words.

    `phrases` says what a column is ("the highest high of the prior 20 days"); one that
    is not in it reads as its name with spaces. Parameters read as their values.
    """
    return _Speaker(phrases, params).say(node, top=top)


class _Speaker:
    def __init__(self, phrases: Mapping[str, str], params: Mapping[str, float]) -> None:
        self.phrases = phrases
        self.params = params

    def say(self, node: Node, *, top: bool = False) -> str:
        """`top`: stands alone, so its parts need no brackets."""
        match node:
            case Number():
                return _figure(node.value)
            case Name():
                return self._name(node.name)
            case Negative():
                return f"−{self.say(node.operand)}"
            case Arithmetic():
                return self._arithmetic(node, top=top)
            case Comparison():
                text = self._comparison(node)
                return text if top else f"({text})"
            case Not():
                return f"not {self.say(node.operand)}"
            case Logic():
                return self._logic(node, top=top)
            case Call():
                return self._call(node)

    def _name(self, name: str) -> str:
        if name in self.params:
            return _figure(self.params[name])
        return self.phrases.get(name, name.replace("_", " "))

    def _arithmetic(self, node: Arithmetic, *, top: bool) -> str:
        sign = {"*": "×", "-": "−"}.get(node.sign, node.sign)  # typeset
        text = f"{self._operand(node.left)} {sign} {self._operand(node.right)}"
        return text if top else f"({text})"

    def _operand(self, node: Node) -> str:
        """A part of a calculation; wording that would swallow the rest in brackets."""
        text = self.say(node)
        sprawls = isinstance(node, Call) and node.function in _SPRAWLING
        return f"({text})" if sprawls else text

    def _comparison(self, node: Comparison) -> str:
        parts = [self.say(node.operands[0], top=True)]
        for sign, right in zip(node.signs, node.operands[1:], strict=True):
            parts.append(self._side(sign, right))
        return " ".join(parts)

    def _side(self, sign: str, right: Node) -> str:
        """`> x * (1 + 0.002)` reads "above x by 0.2 %"."""
        margin = _margin(right, self.params)
        if margin is None:
            return f"{_SIGNS[sign]} {self.say(right, top=True)}"
        base, share = margin
        direction = "" if (share >= 0) == sign.startswith(">") else "less "
        by = f"by {direction}{_figure(abs(share) * 100)} %"
        return f"{_SIGNS[sign]} {self.say(base)} {by}"

    def _logic(self, node: Logic, *, top: bool) -> str:
        parts = [self.say(one, top=top) for one in node.operands]
        text = f", {node.word} ".join(parts) if top else f" {node.word} ".join(parts)
        return text if top else f"({text})"

    def _call(self, node: Call) -> str:
        said = [self.say(one, top=True) for one in node.arguments]
        if node.function in ("min", "max"):
            which = "smallest" if node.function == "min" else "largest"
            return f"the {which} of {', '.join(said[:-1])} and {said[-1]}"
        if node.function == "prev":
            return f"{said[0]} {said[1]} {'bar' if said[1] == '1' else 'bars'} before"
        within = " within its sector" if node.by else ""
        return _CALLS[node.function].format(*said) + within


def _margin(node: Node, params: Mapping[str, float]) -> tuple[Node, float] | None:
    """(x, share) of `x * (1 + share)` or `x * (1 - share)`, else None."""
    match node:
        case Arithmetic("*", base, Arithmetic(("+" | "-") as sign, Number(1.0), share)):
            value = _constant(share, params)
            if value is not None:
                return base, value if sign == "+" else -value
    return None


def _constant(node: Node, params: Mapping[str, float]) -> float | None:
    if isinstance(node, Number):
        return node.value
    return params.get(node.name) if isinstance(node, Name) else None


def _figure(value: float) -> str:
    return numeral(value, "g")
