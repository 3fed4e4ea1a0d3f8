"""Promises of policy validation."""

from __future__ import annotations

import pytest

from sigma_core.specs.policies import Policy, validate, validate_document
from sigma_core.specs.yaml_events import parse

MINIMAL = b"""
name: pack_default_v1
version: 1
policy:
  risk: { max_drawdown: 0.10, max_exposure: 100000 }
  execution:
    slippage_bps: 1.0
    size_by_conf: false
    conf_cap: 1.0
    momentum_gate: false
    momentum_min: 0.0
    momentum_column: score_total
  alerting: { cooldown_minutes: 5, max_trades_per_day: 10 }
"""


def codes(rules: dict[str, object]) -> list[str]:
    return [problem.code for problem in validate({"name": "p", "policy": rules})[1]]


def test_the_minimal_policy_is_valid_as_it_stands() -> None:
    policy, problems = validate_document(parse(MINIMAL, where="p.yaml"))
    assert problems == []
    assert policy is not None
    assert policy.rules.selection.top_n == 50
    assert policy.rules.risk.capital == 100_000


def test_a_name_is_enough() -> None:
    assert validate({"name": "p"}) == (Policy(name="p"), [])


def test_it_reports_all_problems_at_once_with_path_value_and_limit() -> None:
    rules = {
        "risk": {"max_drawdown": 1.5, "capital": -1},
        "selection": {"top_n": 0, "weigthing": "equal"},
        "alerting": {"cooldown_minutes": "5"},
    }
    policy, problems = validate({"name": "p", "policy": rules})
    assert policy is None
    text = "\n".join(map(str, problems))
    assert "policy.risk.max_drawdown is 1.5; it must be at most 1.0." in text
    assert "policy.risk.capital is -1; it must be more than 0.0." in text
    assert "policy.selection.top_n is 0; it must be at least 1." in text
    assert "'policy.selection.weigthing'. Did you mean 'weighting'?" in text
    assert "policy.alerting.cooldown_minutes takes a whole number; 5 is not." in text
    assert len(problems) == 5


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (
            {"execution": {"brackets": {"enabled": True, "target_atr": 1.5}}},
            "policy.execution.brackets.target_atr",
        ),
        (
            {"execution": {"brackets": {"enabled": True, "min_rr": 2.5}}},
            "policy.execution.brackets.min_rr",
        ),
        ({"selection": {"top_n": 3}}, "policy.selection.dropout"),
        ({"risk": {"capital": 50_000}}, "policy.risk.max_exposure"),
        ({"selection": {"sector_cap": 0.01}}, "policy.selection.sector_cap"),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(rules: object, code: str) -> None:
    policy, problems = validate({"name": "p", "policy": rules})
    assert policy is not None
    assert code in [problem.code for problem in problems]
    assert {problem.severity for problem in problems} == {"warning"}


def test_the_shipped_defaults_warn_of_nothing() -> None:
    assert codes({"execution": {"brackets": {"enabled": True}}}) == []
