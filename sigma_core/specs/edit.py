"""Changing what a definition file says without touching the rest of its text.

`merged` takes a file's text and the content it shall have: comments, quotes, order and
spacing of all that stays the same stay as they are. `written` is the text of a new
file. Both give back only what this project's own strict reader reads as that content.

ruamel.yaml knows where comments belong; it is given nothing that `yaml_events` has not
read before, so it never sees a tag, an anchor or a deep nest.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Mapping, Sequence
from typing import Any

from sigma_core.errors import Problem, SpecError
from sigma_core.specs.emit import is_plain
from sigma_core.specs.fingerprint import canonical
from sigma_core.specs.yaml_events import parse

#: a list or a group of keys up to so many characters stands on one line
_FLOW_WIDTH = 70
_WIDTH = 88
#: lines of a file that is there are never folded anew
_UNFOLDED = 1_000_000
Plain = Any  # Any: the values of a YAML file


def written(content: Mapping[str, Plain]) -> str:
    """A new file that says `content`, keys in the order given. Raises SpecError."""
    root = _node(content)
    root.fa.set_block_style()
    text = _dump(root, _WIDTH)
    if not _says(text, content):
        raise _unwritable()
    return text


def merged(text: str, content: Mapping[str, Plain]) -> str:
    """`text` so changed that it says `content`; the same text if it does already.

    Raises SpecError for a text that is not a definition file, or content that can't be
    written so that it reads back the same.
    """
    old = parse(text.encode(), where="").value
    if _same(old, content):
        return text
    root = _round_trip(_UNFOLDED).load(text)
    before = _dump(root)
    _change(root, old, content)
    after = _dump(root)
    for candidate in (_own_lines(text, before, after), after):
        if _says(candidate, content):
            return candidate
    return written(content)


def _round_trip(width: int) -> Any:  # Any: the library has no types
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = width
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dump(root: Any, width: int = _UNFOLDED) -> str:
    out = io.StringIO()
    _round_trip(width).dump(root, out)
    return out.getvalue()


def _change(node: Any, old: Plain, new: Plain) -> None:
    """Make a loaded mapping or list say `new`, part by part."""
    if isinstance(new, Mapping):
        for key in [key for key in old if key not in new]:
            del node[key]
        for key, value in new.items():
            if key not in old:
                # a version belongs under the name, not at the end of the file
                place = 1 if key == "version" else len(node)
                node.insert(place, key, _node(value))
            else:
                _replace(node, key, old[key], value)
        return
    matcher = difflib.SequenceMatcher(
        None, [canonical(v) for v in old], [canonical(v) for v in new], autojunk=False
    )
    for tag, i1, i2, j1, j2 in reversed(matcher.get_opcodes()):
        if tag == "equal":
            continue
        shared = min(i2 - i1, j2 - j1)
        for _ in range(i1 + shared, i2):
            del node[i1 + shared]
        for offset in range(shared, j2 - j1):
            node.insert(i1 + offset, _node(new[j1 + offset]))
        for offset in range(shared):
            _replace(node, i1 + offset, old[i1 + offset], new[j1 + offset])


def _replace(node: Any, key: Any, old: Plain, new: Plain) -> None:
    """Set one value of a mapping or list, going inside it where that is possible."""
    if _same(old, new):
        return
    both = (old, new)
    if all(isinstance(v, Mapping) for v in both) or all(
        isinstance(v, Sequence) and not isinstance(v, str) for v in both
    ):
        _change(node[key], old, new)
    else:
        node[key] = _node(new)


def _node(value: Plain) -> Any:
    """A plain value as ruamel writes it: short groups on one line, texts quoted where
    a reader could take them for something else."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Mapping):
        node: Any = CommentedMap((key, _node(one)) for key, one in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        node = CommentedSeq(_node(one) for one in value)
    elif isinstance(value, str):
        return value if is_plain(value) else DoubleQuotedScalarString(value)
    else:
        return value
    short = len(canonical(value)) <= _FLOW_WIDTH
    if _is_flat(value) and (short or not isinstance(value, Mapping)):
        node.fa.set_flow_style()
    return node


def _is_flat(value: Plain) -> bool:
    """Whether it holds no list of groups: those get a line for each."""
    inside = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping) and any(isinstance(v, Mapping) for v in inside):
        return False
    return all(_is_flat(v) for v in inside if isinstance(v, (Mapping, list, tuple)))


def _own_lines(text: str, before: str, after: str) -> str:
    """`after`, with all that did not change as it stands in `text`.

    ruamel sets spaces and line breaks its own way. Where `before` and `after` agree,
    the file's own lines stand; they are found by counting what is no space.
    """
    own, old, new = (one.splitlines(keepends=True) for one in (text, before, after))
    own_at, old_at = _offsets(own), _offsets(old)
    starts = {offset: line for line, offset in reversed(list(enumerate(own_at)))}
    lines: list[str] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            lines += new[j1:j2]
            continue
        if old_at[i1] not in starts or old_at[i2] not in starts:
            return after  # a change inside of what is one line here and several there
        lines += own[starts[old_at[i1]] : starts[old_at[i2]]]
        if i2 == len(old):
            lines += own[starts[old_at[i2]] :]
    return "".join(lines)


def _offsets(lines: list[str]) -> list[int]:
    """For each line, and the end, how many signs that are no space stand before it."""
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len("".join(line.split())))
    return offsets


def _same(one: Plain, other: Plain) -> bool:
    """Equal in value and type: 1, 1.0 and true are three things."""
    return canonical(one) == canonical(other)


def _says(text: str, content: Mapping[str, Plain]) -> bool:
    try:
        return _same(parse(text.encode(), where="").value, content)
    except SpecError:
        return False


def _unwritable() -> SpecError:
    message = "this can't be written so that it reads back the same."
    return SpecError(Problem("definition.unwritable", "", message))
