"""Strict JSON: what two readers could understand in two ways is refused.

Refused are: more than 1 MB, anything but UTF-8, depth over 20, a key twice in one
object, NaN and Infinity, numbers too large for a float or over 40 digits, and text
with NUL or half a surrogate pair.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import IO, Any, NoReturn

from rest_framework.parsers import BaseParser

from sigma_api.problems import Refused, malformed

MOST_BYTES = 1_000_000
MOST_DEPTH = 20
MOST_DIGITS = 40


class StrictJSONParser(BaseParser):
    """`application/json` into dicts and lists, or 400 with the reason."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """The body's content; raises `Refused`."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        return loads(body)


class YamlTextParser(BaseParser):
    """`application/yaml`: the text as it came, under the key `yaml`; read elsewhere."""

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """`{"yaml": text}`; raises `Refused` for bytes that are no UTF-8."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise too_large(MOST_BYTES)
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = body[: error.start].count(b"\n") + 1
            raise malformed("", "yaml.encoding", f"Line {line} is not UTF-8.") from None
        _check_text(text)
        return {"yaml": text}


def too_large(most: int) -> Refused:
    """413, naming the limit."""
    refused = malformed("", "http.too_large", f"The body is over {most:,} bytes.")
    refused.status_code = 413
    return refused


def loads(body: bytes) -> Any:
    """The content of strict JSON; raises `Refused`."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("encoding", f"Byte {error.start} is not UTF-8.")
    if depth_of(text) > MOST_DEPTH:
        _refuse("depth", f"The document is nested deeper than {MOST_DEPTH} levels.")
    try:
        content = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        _refuse("syntax", f"This is not JSON: {error.msg} at {place}.")
    for value in _texts(content):
        _check_text(value)
    return content


def depth_of(text: str) -> int:
    """Levels of brackets, strings left out; read without recursion."""
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        _refuse("duplicate_key", f"The key {twice!r} stands twice in one object.")
    return content


def _constant(name: str) -> NoReturn:
    _refuse("number", f"{name} is not a number in JSON.")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        _refuse("number", f"{digits[:20]} is too large for a number.")
    return value


def _int(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        _refuse("number", f"A number has {len(digits)} digits, over {MOST_DIGITS}.")
    return int(digits)


def _texts(content: Any) -> Iterable[str]:
    """All keys and texts; the depth is known to be small."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from _texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value)


def _check_text(value: str) -> None:
    if "\0" in value:
        _refuse("nul", "A text holds the character NUL.")
    if any("\ud800" <= char <= "\udfff" for char in value):
        _refuse("surrogate", "A text holds half of a surrogate pair.")


def _refuse(code: str, message: str) -> NoReturn:
    raise malformed("", f"json.{code}", message)
