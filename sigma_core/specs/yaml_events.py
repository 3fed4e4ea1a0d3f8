"""Hostile YAML text → plain values with their lines, in one pass over parser events.

PyYAML's own composer recurses in C and takes the process down on a deeply nested file
of 60 KB, passes duplicate keys silently and reads `NO` as false and `5:30` as 330. So
only its event parser is used (libyaml's, no recursion), and values are built here,
with every limit checked as the events arrive: 64 KB, depth 20, 5,000 nodes; no
anchors, aliases, tags, directives or second documents. Scalars follow the core schema
of YAML 1.2. Keys are always text, and a key that comes twice is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

from sigma_core.errors import Problem, SpecError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 5_000
#: More digits than any number in a definition needs.
MAX_NUMBER = 40

#: Where a value stands: keys and list positions from the root.
Place = tuple[str | int, ...]
Value = object

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
#: 12 to YAML 1.2, ten to YAML 1.1, a text to some of its readers
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: Mapping[str, Value] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}


@dataclass(frozen=True)
class Document:
    """One parsed file: its content, and for each place its line and written text."""

    where: str
    value: dict[str, Value]
    lines: Mapping[Place, int] = field(default_factory=dict)
    texts: Mapping[Place, str] = field(default_factory=dict)

    def at(self, place: Place) -> str:
        """`file:line` of a place, or of the nearest thing around it."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return f"{self.where}:{self.lines[place[:length]]}"
        return self.where


def parse(content: bytes, *, where: str) -> Document:
    """The document in `content` (UTF-8). Raises SpecError with file and line."""
    if len(content) > MAX_BYTES:
        raise _refuse(
            where, 1, "yaml.too_large", f"{len(content):,} bytes; at most {MAX_BYTES:,}"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refuse(where, line, "yaml.encoding", "not UTF-8 text") from error
    builder = _Builder(where)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise _syntax_error(where, error, text) from error
    return builder.document()


def resolve(text: str) -> Value:
    """A plain scalar by YAML 1.2's core schema: null, bool, int, float, else text.

    Raises ValueError for a number of more than `MAX_NUMBER` characters, and for one
    such as 012, which other readers take for another number.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_NUMBER:
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            raise ValueError(text)
        return text
    if _LEADING_ZERO.fullmatch(text):
        raise ValueError(text)
    if _INT.fullmatch(text):
        octal_or_hex = text[:2] in ("0o", "0x")
        return int(text, 0) if octal_or_hex else int(text, 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.lower().replace(".", "", 1))
    return text


class _Builder:
    """Turns events into values; holds the open containers on a stack of its own."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.root: Value = None
        self.open: list[tuple[dict[str, Value] | list[Value], Place]] = []
        self.key: list[str | None] = []
        self.lines: dict[Place, int] = {}
        self.texts: dict[Place, str] = {}
        self.problems: list[Problem] = []
        self.nodes = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event; raises SpecError on what is not allowed."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.key.pop()
        elif isinstance(event, yaml.NodeEvent):
            self._check_node(event, line)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            else:
                self._container(
                    {} if isinstance(event, yaml.MappingStartEvent) else [], line
                )

    def document(self) -> Document:
        """What was built; raises SpecError if anything was wrong."""
        if self.problems:
            raise SpecError(self.problems)
        if not isinstance(self.root, dict):
            raise _refuse(
                self.where, 1, "yaml.not_a_mapping", "no keys with values at the top"
            )
        return Document(self.where, self.root, self.lines, self.texts)

    def _start_document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _refuse(self.where, line, "yaml.documents", "a second document")
        if event.version or event.tags:
            raise _refuse(self.where, line, "yaml.directive", "a % directive")

    def _check_node(self, event: yaml.NodeEvent, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise _refuse(
                self.where, line, "yaml.nodes", f"more than {MAX_NODES:,} nodes"
            )
        if len(self.open) >= MAX_DEPTH:
            raise _refuse(
                self.where, line, "yaml.depth", f"nesting of over {MAX_DEPTH} levels"
            )
        if event.anchor is not None:
            raise _refuse(self.where, line, "yaml.anchor", "an anchor or alias (& *)")
        if getattr(event, "tag", None) is not None:
            raise _refuse(self.where, line, "yaml.tag", "a tag (!)")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._expects_key():
            self._name_key(event.value, line)
            return
        value: Value = event.value
        if event.implicit[0]:  # plain, so its meaning depends on its spelling
            try:
                value = resolve(event.value)
            except ValueError:
                raise self._bad_number(event.value, line) from None
        self.texts[self._put(value, line)] = event.value

    def _bad_number(self, text: str, line: int) -> SpecError:
        if len(text) > MAX_NUMBER:
            what = "a number of too many digits"
            return _refuse(self.where, line, "yaml.number", what)
        bare = text.lstrip("+-").lstrip("0") or "0"
        sign = "-" if text.startswith("-") else ""
        message = f"{text} is one number to some readers of YAML and another to others."
        hint = f'Write {sign}{bare}, or "{text}" in quotes if it is text.'
        return SpecError(
            Problem("yaml.leading_zero", f"{self.where}:{line}", message, hint)
        )

    def _container(self, value: dict[str, Value] | list[Value], line: int) -> None:
        if self._expects_key():
            raise _refuse(self.where, line, "yaml.key", "a key that is not a word")
        place = self._put(value, line)
        self.open.append((value, place))
        self.key.append(None)

    def _expects_key(self) -> bool:
        return (
            bool(self.open)
            and isinstance(self.open[-1][0], dict)
            and self.key[-1] is None
        )

    def _name_key(self, key: str, line: int) -> None:
        container, place = self.open[-1]
        if isinstance(container, dict) and key in container:
            message = (
                f"key {key[:64]!r} stands here and on line {self.lines[(*place, key)]}."
            )
            self.problems.append(
                Problem(
                    "yaml.duplicate_key",
                    f"{self.where}:{line}",
                    message,
                    "Keep one of them.",
                )
            )
        self.key[-1] = key
        self.lines.setdefault((*place, key), line)

    def _put(self, value: Value, line: int) -> Place:
        """Hang a value into the open container; where it now stands."""
        if not self.open:
            self.root = value
            self.lines[()] = line
            return ()
        container, place = self.open[-1]
        key = self.key[-1]
        if isinstance(container, list):
            here: Place = (*place, len(container))
            container.append(value)
        else:
            here = (*place, str(key))
            container[str(key)] = value
            self.key[-1] = None
        self.lines.setdefault(here, line)
        return here


def _refuse(where: str, line: int, code: str, what: str) -> SpecError:
    message = f"a definition file may not hold {what}."
    if code == "yaml.not_a_mapping":
        message = f"a definition file starts with `key: value` lines; here are {what}."
    if code in ("yaml.too_large", "yaml.encoding"):
        message = f"the file is {what}."
    return SpecError(Problem(code, f"{where}:{line}", message, _HINTS.get(code, "")))


_HINTS = {
    "yaml.too_large": "Split it or shorten its texts.",
    "yaml.encoding": "Save it as UTF-8.",
    "yaml.not_a_mapping": "Begin with its name, such as `name: my_set`.",
    "yaml.documents": "Remove everything from the second `---` on.",
    "yaml.directive": "Remove the line that starts with %.",
    "yaml.anchor": "Write the value out where it is used.",
    "yaml.tag": "Remove the tag; put the text in quotes if it starts with '!'.",
    "yaml.key": "Write keys as plain words.",
    "yaml.depth": "Nest less.",
    "yaml.nodes": "Split the file.",
    "yaml.number": "Put it in quotes if it is text.",
}


def _syntax_error(where: str, error: yaml.YAMLError, text: str) -> SpecError:
    """A SpecError that says in the parser's words what it stumbled on, and where."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    last = text.rstrip("\n").count("\n") + 1  # what lacks an end is found past it
    line = min(mark.line + 1, last) if mark else 1
    said = getattr(error, "problem", None) or getattr(error, "reason", None)
    message = f"this is not YAML: {said or 'it can not be read'}."
    hint = "Check indentation, brackets, colons and quotes on and above this line."
    return SpecError(Problem("yaml.syntax", f"{where}:{line}", message, hint))
