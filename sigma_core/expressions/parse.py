"""Text → tree: a tokenizer and a Pratt parser over a whitelist, with hard limits.

    or < and < not < comparison (chained) < + - < * / < unary - < call, name, number

At most 2,000 characters, 200 nodes and 20 levels of parentheses, calls, `not` and
signs; `a + b + c + …` is a chain, not a depth. Anything outside the grammar is an
ExpressionError with the column (from 1) at which it stands. Nothing is ever evaluated
by Python.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from sigma_core.errors import ExpressionError, Problem
from sigma_core.expressions.tree import (
    COMPARISONS,
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

MAX_LENGTH = 2_000
MAX_DEPTH = 20
MAX_NODES = 200

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|==|!=|[-+*/<>(),=])"
)
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN = range(1, 8)
_STRENGTH = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(COMPARISONS, _COMPARE),
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
}
_HINTS = {
    "=": "Write == to compare.",
    "&": "Write `and`.",
    "|": "Write `or`.",
    "!": "Write `not` or !=.",
    "%": "Write a share as a number: 0.02 for 2 %.",
    "^": "There are no powers; multiply.",
    "[": "Earlier values are prev(x, n).",
    ".": "Names have no dots.",
}


class Token(NamedTuple):
    """A piece of text: `number`, `word`, `sign` or `end`; `at` counts from 1."""

    kind: str
    text: str
    at: int


def fault(code: str, where: str, at: int, message: str, hint: str = "") -> Problem:
    """A Problem that says at which column of which expression."""
    return Problem(f"expression.{code}", f"{where}, column {at}", message, hint)


def parse(text: str, *, where: str = "expression") -> Node:
    """The tree of an expression. Raises ExpressionError naming the column."""
    if len(text) > MAX_LENGTH:
        message = f"{len(text):,} characters; at most {MAX_LENGTH:,}."
        raise ExpressionError(fault("too_long", where, MAX_LENGTH + 1, message))
    return _Parser(_tokens(text, where), where).whole()


def _tokens(text: str, where: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            sign = text[position]
            message = f"{sign!r} is not part of the language."
            hint = _HINTS.get(sign, "")
            raise ExpressionError(fault("sign", where, position + 1, message, hint))
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(Token(kind, match.group(), position + 1))
        position = match.end()
    return [*tokens, Token("end", "", len(text) + 1)]


class _Parser:
    def __init__(self, tokens: list[Token], where: str) -> None:
        self.tokens = tokens
        self.where = where
        self.position = 0
        self.depth = 0
        self.nodes = 0

    def whole(self) -> Node:
        """All of the text as one expression."""
        node = self._expression(0)
        if self._next.kind != "end":
            raise self._unexpected("an operator such as + or and")
        return node

    @property
    def _next(self) -> Token:
        return self.tokens[self.position]

    def _take(self) -> Token:
        token = self._next
        self.position += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._next.text != sign:
            raise self._unexpected(repr(sign))
        self._take()

    def _count(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"more than {MAX_NODES} names, numbers and operations."
            raise ExpressionError(fault("too_big", self.where, node.at, message))
        return node

    def _expression(self, strength: int) -> Node:
        """An expression of operators that bind stronger than `strength`."""
        left = self._prefix()
        while strength < _STRENGTH.get(self._next.text, 0):
            left = self._infix(left)
        return left

    def _inside(self, strength: int) -> Node:
        """The same, one level deeper: in parentheses, a call, or after a sign."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels."
            raise ExpressionError(fault("too_deep", self.where, self._next.at, message))
        node = self._expression(strength)
        self.depth -= 1
        return node

    def _prefix(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return self._count(Number(self._finite(token), token.at))
        if token.text == "(":
            inner = self._inside(0)
            self._expect(")")
            return inner
        if token.text == "-":
            return self._count(Negative(self._inside(_SIGN), token.at))
        if token.text == "not":
            return self._count(Not(self._inside(_NOT), token.at))
        if token.kind == "word" and token.text not in ("and", "or"):
            if self._next.text == "(":
                return self._call(token)
            return self._count(Name(token.text, token.at))
        self.position -= 1
        raise self._unexpected("a name, a number or '('")

    def _infix(self, left: Node) -> Node:
        sign = self._next.text
        if sign in ("and", "or"):
            return self._logic(left, sign)
        if sign in COMPARISONS:
            return self._comparison(left)
        at = self._take().at
        right = self._expression(_STRENGTH[sign])
        return self._count(Arithmetic(sign, left, right, at))

    def _logic(self, left: Node, word: str) -> Node:
        operands, at = [left], self._next.at
        while self._next.text == word:
            self._take()
            operands.append(self._expression(_STRENGTH[word]))
        return self._count(Logic(word, tuple(operands), at))

    def _comparison(self, left: Node) -> Node:
        operands, signs, at = [left], [], self._next.at
        while self._next.text in COMPARISONS:
            signs.append(self._take().text)
            operands.append(self._expression(_COMPARE))
        return self._count(Comparison(tuple(operands), tuple(signs), at))

    def _call(self, function: Token) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        by = ""
        while self._next.text != ")":
            if arguments or by:
                self._expect(",")
            if self._next.text == "by" and self.tokens[self.position + 1].text == "=":
                by = self._group()
            elif by:
                raise self._unexpected("')', since `by=` comes last,")
            else:
                arguments.append(self._inside(0))
        self._expect(")")
        return self._count(Call(function.text, tuple(arguments), by, function.at))

    def _group(self) -> str:
        self._take()
        self._expect("=")
        if self._next.text != "sector":
            raise self._unexpected("`sector`, the only group there is,")
        return self._take().text

    def _finite(self, token: Token) -> float:
        value = float(token.text)
        if math.isinf(value):
            message = f"{token.text[:40]} is too large a number."
            raise ExpressionError(fault("number", self.where, token.at, message))
        return value

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._next
        came = "the text ends" if token.kind == "end" else f"{token.text[:40]!r} stands"
        message = f"{came} where {wanted} was expected."
        hint = _HINTS.get(token.text, "")
        return ExpressionError(fault("syntax", self.where, token.at, message, hint))
