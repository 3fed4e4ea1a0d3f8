"""The rules printed on a report: each that a policy sets is said, others are not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from sigma_core.backtest import Terms
from sigma_core.backtests.rules import sentences
from sigma_core.fill_words import STANDING
from sigma_core.specs.policies import Policy

SAID: list[tuple[dict[str, Any], str]] = [
    ({"selection": {"min_score": 50}}, "A signal has a score of at least 50."),
    (
        {"selection": {"sector_cap": 0.3}},
        "At most 30 % of the equity goes into one sector",
    ),
    (
        {"execution": {"size_by_conf": True, "conf_cap": 0.95}},
        "A part is as large as the score is of 100, at most 95 % of it.",
    ),
    (
        {"execution": {"momentum_gate": True, "momentum_min": 0.1}},
        "Nothing is bought whose score_total is below 0.1.",
    ),
    (
        {"execution": {"brackets": {"enabled": True, "min_rr": 1.5}}},
        "the target is not at least 1.5 times as far as the stop",
    ),
]


def printed(rules: dict[str, Any], terms: Terms | None = None) -> str:
    policy = Policy.model_validate({"name": "one", "policy": rules})
    return " ".join(sentences(policy, terms or Terms(), price_only=True))


@pytest.mark.parametrize(("rules", "words"), SAID, ids=lambda one: str(one)[:40])
def test_what_a_policy_sets_is_said_and_nothing_else(
    rules: dict[str, Any], words: str
) -> None:
    assert words in printed(rules)
    assert words not in printed({})


def test_the_terms_are_said() -> None:
    terms = Terms(participation=0.05, delisting_return=-0.5)
    assert "at most 5 % of the average volume" in printed({}, terms)
    assert "is delisted is closed 50 % below its last price." in printed({}, terms)
    above = Terms(delisting_return=0.025)
    assert "closed 2.5 % above its last price." in printed({}, above)
    assert "closed at its last price." in printed({})


def test_the_standing_terms_are_those_of_a_backtest() -> None:
    assert asdict(Terms()) == STANDING
