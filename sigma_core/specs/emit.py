"""Plain values → YAML text that the one reader of this project reads back the same.

Short lists stand on one line, long ones are folded at 88 columns. A text is put in
quotes wherever a reader could take it for something else: `NO`, `1E5`, `true`, `007`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sigma_core.specs.yaml_events import resolve

_WIDTH = 88
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
#: what YAML 1.1 readers take for a truth value, beside the words `resolve` knows
_TRUTHS = frozenset({"y", "n", "yes", "no", "on", "off"})
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_yaml(content: Mapping[str, object]) -> str:
    """A mapping as a YAML document, keys in the order given.

    Values are mappings, lists, texts, numbers, truth values and None; TypeError for
    anything else.
    """
    return "".join(_entry(key, value) for key, value in content.items())


def _entry(key: str, value: object) -> str:
    """One key at the top with all that is below it."""
    if isinstance(value, (list, tuple)) and any(isinstance(v, Mapping) for v in value):
        items = (f"  - {_fold(_flow(item), '    ', 4)}\n" for item in value)
        return f"{_text(key)}:\n{''.join(items)}"
    head = f"{_text(key)}: "
    return f"{head}{_fold(_flow(value), '  ', len(head))}\n"


def _flow(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        inside = (f"{_text(str(k))}: {_flow(v)}" for k, v in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"{type(value).__name__} has no place in a definition")


def is_plain(value: str) -> bool:
    """Whether every reader takes a text without quotes for that text."""
    plain = len(value) < _WIDTH and _PLAIN.fullmatch(value)
    return bool(plain) and value.lower() not in _TRUTHS and resolve(value) == value


def _text(value: str) -> str:
    if is_plain(value):
        return value
    return '"' + "".join(_sign(sign) for sign in value) + '"'


def _sign(sign: str) -> str:
    if sign in _ESCAPED:
        return _ESCAPED[sign]
    if sign.isprintable():
        return sign
    code = ord(sign)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _fold(line: str, indent: str, taken: int) -> str:
    """The line broken after commas between items, where it is too long.

    `taken` is how much of its first line stands before it.
    """
    if taken + len(line) <= _WIDTH or line[0] not in "[{":
        return line
    lines, current = [], ""
    for piece in _pieces(line):
        if current and taken + len(current) + len(piece) > _WIDTH:
            lines.append(current.rstrip())
            current, taken = "", len(indent)
        current += piece
    return ("\n" + indent).join([*lines, current])


def _pieces(line: str) -> list[str]:
    """A flow line cut after each comma that stands outside of quotes."""
    return re.findall(r'(?:"(?:\\.|[^"\\])*"|[^,"])+(?:, )?', line)
