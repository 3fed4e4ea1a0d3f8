"""Two contents of a definition → what changed, part by part, in words.

Entries of a list that carry a name (gates, indicators) are told apart by it, so that a
gate put in front of another is one new gate and not a list of changed ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigma_core.specs.fingerprint import canonical

Plain = Any  # Any: the values of a YAML file


@dataclass(frozen=True)
class Change:
    """One value that is another; `before` or `after` is None where there was nothing.

    `path` reads `params.adx_min`, or `gates.all.adx.when` for the gate called adx.
    """

    path: str
    before: Plain
    after: Plain
    kind: str = "changed"

    @property
    def words(self) -> str:
        """`adx_min 18 → 20`, `rsi_14 added`."""
        name = self.path.removeprefix("params.")
        if self.kind != "changed":
            shown = _shown(self.after if self.kind == "added" else self.before)
            return " ".join(filter(None, (name, shown, self.kind)))
        return f"{name} {_shown(self.before)} → {_shown(self.after)}"

    def as_dict(self) -> dict[str, Plain]:
        """The change as plain JSON values."""
        return {
            "path": self.path,
            "kind": self.kind,
            "before": self.before,
            "after": self.after,
            "words": self.words,
        }


def changes(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> list[Change]:
    """What `after` says otherwise, in the order of `before`; versions don't count."""
    return [
        change
        for change in _compare("", before, after)
        if change.path not in ("version",)
    ]


def _compare(path: str, before: Plain, after: Plain) -> Iterator[Change]:
    """None is of a key that is not there, or has no value: both mean the same."""
    if canonical(before) == canonical(after):
        return
    if before is None:
        yield Change(path, None, after, "added")
    elif after is None:
        yield Change(path, before, None, "removed")
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _keys(path, before, after)
    elif _is_named(before) and _is_named(after):
        yield from _keys(path, _by_name(before), _by_name(after))
    else:
        yield Change(path, before, after)


def _keys(
    path: str, before: Mapping[str, Plain], after: Mapping[str, Plain]
) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        below = f"{path}.{key}" if path else str(key)
        yield from _compare(below, before.get(key), after.get(key))


def _is_named(value: Plain) -> bool:
    """A list of groups of keys, as gates and indicators are."""
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(one, Mapping) for one in value)
    )


def _by_name(entries: Sequence[Mapping[str, Plain]]) -> dict[str, Plain]:
    """Entries by what they are called; of one name the second is `name (2)`."""
    found: dict[str, Plain] = {}
    for entry in entries:
        name, number = _called(entry), 1
        while (key := name if number == 1 else f"{name} ({number})") in found:
            number += 1
        found[key] = entry
    return found


def _called(entry: Mapping[str, Plain]) -> str:
    """A gate by its name, an indicator with its parameters, a group by its kind."""
    if "as" in entry:
        return str(entry["as"])
    if "name" in entry and "when" not in entry:
        params = [f"{v}" for k, v in entry.items() if k not in ("name", "cadence")]
        return "_".join([str(entry["name"]), *params])
    if "name" in entry:
        return str(entry["name"])
    return next((word for word in ("all", "any", "none") if word in entry), "entry")


def _shown(value: Plain) -> str:
    """A value short enough for a sentence."""
    if isinstance(value, Mapping):
        value = value.get("when") or value.get("value") or value.get("expr") or ""
    if _number(value):
        text = f"{value:g}"
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join(str(one) for one in value)
    else:
        text = "" if value is None else str(value)
    return text[:80] + ("…" if len(text) > 80 else "")


def _number(value: Plain) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
