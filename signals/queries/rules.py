"""A model's rules, for reading: groups, gates and score parts, or what it learns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GROUPS = {
    "all": "all of",
    "any": "any of",
    "none": "none of",
}
#: signs as people write them
SIGNS = ((">=", "≥"), ("<=", "≤"), ("!=", "≠"), ("*", "×"), ("/", "÷"), ("-", "−"))


@dataclass(frozen=True)
class Block:
    """A group of rules, or one rule with its name and expression."""

    label: str
    expression: str = ""
    numbers: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Part:
    """One part of the score."""

    name: str
    weight: float
    expression: str
    points: float

    @property
    def as_bar(self) -> dict[str, Any]:
        """As the score bar takes it: all its points."""
        return {"name": self.name, "weight": self.weight, "points": self.points}


def gates(config: Mapping[str, Any]) -> list[Block]:
    """The gates of a model's config, groups nested as written."""
    found = config.get("gates") or {}
    return [_group(word, found[word], config) for word in GROUPS if word in found]


def parts(config: Mapping[str, Any]) -> list[Part]:
    """The score parts of a model's config, in order; empty for other kinds."""
    score = config.get("score") or {}
    return [
        Part(name, float(part["weight"]), pretty(part["value"]), float(part["weight"]))
        for name, part in score.items()
    ]


def learns(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of what a model to be trained learns, how, and its parameters."""
    label, train = config.get("label") or {}, config.get("train") or {}
    found = [("label", " ".join(str(value) for value in label.values()))]
    found += [(f"train {name}", str(value)) for name, value in train.items()]
    found.append(("max_age_days", str(config.get("max_age_days", ""))))
    found += [
        (name, str(value)) for name, value in (config.get("params") or {}).items()
    ]
    return [(name, value) for name, value in found if value]


def pretty(expression: str) -> str:
    """An expression with the signs people write."""
    said = " ".join(str(expression).split())
    for code, sign in SIGNS:
        said = said.replace(code, sign)
    return said


def _group(word: str, rules: Sequence[Any], config: Mapping[str, Any]) -> Block:
    return Block(GROUPS[word], blocks=[_rule(rule, config) for rule in rules])


def _rule(rule: Mapping[str, Any], config: Mapping[str, Any]) -> Block:
    for word in GROUPS:
        if word in rule:
            return _group(word, rule[word], config)
    when = str(rule.get("when", ""))
    return Block(str(rule.get("name", "")), pretty(when), _numbers(when, config))


def _numbers(when: str, config: Mapping[str, Any]) -> str:
    """What the parameters of an expression stand at: “epsilon 0.002”."""
    params = config.get("params") or {}
    used = [name for name in params if re.search(rf"\b{re.escape(name)}\b", when)]
    return ", ".join(f"{name} {params[name]}" for name in used)
