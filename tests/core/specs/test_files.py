"""Promises of definition files: every fault named with line, reason and fix."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sigma_core.errors import SpecError
from sigma_core.specs.files import parse_spec, read_spec
from sigma_core.specs.policies import Policy
from sigma_core.specs.schema import (
    GbmConfig,
    IndicatorSet,
    ModelConfig,
    PackManifest,
    ScannerConfig,
    Spec,
    UniverseSpec,
)

MODEL = "model_id: spy_eq_swing_daily\nindicator_set: a\nticker: SPY\n"
SCANNER = MODEL + "kind: scanner\nscore: {s: {weight: 1, value: x}}\n"


def lines(text: str, kind: type[Spec]) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, kind, where="a.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (
            UniverseSpec,
            "name: a\nmin_prise: 5",
            "a.yaml:2: unknown key 'min_prise'. Did you mean 'min_price'?",
        ),
        (UniverseSpec, "name: 12", "a.yaml:1: name takes text; 12 is not. Write it"),
        (UniverseSpec, "name: true", 'Write it in quotes: "true". [spec.type]'),
        (UniverseSpec, "name: NO", "a.yaml:1: name is NO: it must be 1–64 characters"),
        (UniverseSpec, "base: all", "a.yaml:1: key 'name' is missing. Add it."),
        (UniverseSpec, "name: a\nbase: {}", "it must be all, a list, or a membership"),
        (UniverseSpec, "name: a\nbase: everything", "a.yaml:2: base is everything"),
        (
            UniverseSpec,
            "name: a\nbase: {list: [A], membership: b}",
            "it takes a list or a membership, not both",
        ),
        (
            UniverseSpec,
            "name: a\nbase: {list: [AAPL, TRUE]}",
            'base.list[1] takes text; TRUE is not. Write it in quotes: "TRUE".',
        ),
        (UniverseSpec, "name: a\nwindow: 1.5", "window takes a whole number; 1.5 is"),
        (UniverseSpec, "name: a\nwindow: 0", "window is 0; it must be at least 1."),
        (
            UniverseSpec,
            "name: a\nmin_price: .inf",
            "takes a finite number; .inf is not",
        ),
        (
            UniverseSpec,
            "name: a\nmin_price: '5'",
            "min_price takes a number; 5 is not.",
        ),
        (
            UniverseSpec,
            "name: a\nblock:\n  - {ticker: A, form: 2024-01-01, reason: r}",
            "a.yaml:3: unknown key 'block[0].form'. Did you mean 'from'?",
        ),
        (
            UniverseSpec,
            "name: a\nblock: [{ticker: A, until: 2024-02-30, reason: r}]",
            "block[0].until is 2024-02-30: it must be a date: YYYY-MM-DD.",
        ),
        (
            IndicatorSet,
            "name: a\nindicators:\n  - {expr: x}",
            "a.yaml:3: indicators[0] is a group of keys: an expr needs 'as'",
        ),
        (IndicatorSet, "name: a\nindicators: []", "it must be of length at least 1"),
        (IndicatorSet, "name: a\nindicators: rsi", "indicators takes a list in [ ]"),
        (
            IndicatorSet,
            "name: a\nindicators: [{name: rsi, window: [1]}]",
            "indicators[0].window is a list of 1: it must be a number or a word.",
        ),
        (
            IndicatorSet,
            "name: a\nindicators: [{name: a}]\npreview: {warn_nan: 0.5}",
            "warn_nan must not exceed fail_nan",
        ),
        (
            ModelConfig,
            "model_id: a\nkind: scaner",
            "a.yaml:2: kind is 'scaner'; it must be one of scanner, gbm. Did you mean",
        ),
        (ModelConfig, "model_id: a", "[spec.missing_key]"),
        (
            ModelConfig,
            SCANNER.replace("daily", "dayly"),
            "a.yaml:1: model_id is spy_eq_swing_dayly: the model name",
        ),
        (
            ModelConfig,
            SCANNER + "gates: {all: [{any: [{name: x, wen: y}]}]}",
            "a.yaml:6: unknown key 'gates.all[0].any[0].wen'. Did you mean 'when'?",
        ),
        (
            ModelConfig,
            SCANNER + "gates: {all: [{when: x > 1}]}",
            "a condition needs a name",
        ),
        (
            ModelConfig,
            SCANNER + "gates: {all: [{name: x}]}",
            "it needs exactly one of when, all, any, none",
        ),
        (
            ModelConfig,
            MODEL + "kind: scanner\nscore: {s: {weight: -1, value: x}}",
            "a.yaml:5: score.s.weight is -1; it must be more than 0.0.",
        ),
        (
            Policy,
            "name: p\npolicy: {selection: {side: short}}",
            "policy.selection.side is short; it must be one of long.",
        ),
        (Policy, "name: p\npolicy: {risk: 3}", "policy.risk takes keys with values; 3"),
        (
            PackManifest,
            "id: a\nname: A\nversion: 1.0",
            "version takes text; 1.0 is not",
        ),
        (PackManifest, "id: a\nname: A\nversion: v1", "it must be three numbers, such"),
    ],
)
def test_it_names_the_fault(kind: type[Spec], text: str, message: str) -> None:
    found = lines(text, kind)
    assert any(message in line for line in found), found


def test_it_lists_all_problems_at_once_in_the_order_of_lines() -> None:
    text = "name: 1\nwindow: x\nmin_age: -1\nspare: 2"
    assert [line[:8] for line in lines(text, UniverseSpec)] == [
        "a.yaml:1",
        "a.yaml:2",
        "a.yaml:3",
        "a.yaml:4",
    ]


def test_text_that_looks_like_something_else_stays_text_in_quotes() -> None:
    text = "name: a\nbase: {list: ['TRUE', '007', NA, NO]}"
    found = parse_spec(text, UniverseSpec, where="a.yaml")
    assert found.base.tickers == ("TRUE", "007", "NA", "NO")


def test_it_reads_dates_and_aliases() -> None:
    text = "name: a\nblock: [{ticker: A, from: 2024-01-02, reason: merger}]"
    found = parse_spec(text, UniverseSpec, where="a.yaml")
    assert found.block[0].since == date(2024, 1, 2)


def test_it_gathers_the_parameters_of_an_indicator() -> None:
    text = """
name: a
indicators:
  - {name: macd, fast: 12, slow: 26, as: quick}
  - {expr: "close / ema_50 - 1", as: dist_50}
"""
    macd, dist = parse_spec(text, IndicatorSet, where="a.yaml").indicators
    assert (macd.name, macd.alias, macd.params) == (
        "macd",
        "quick",
        {"fast": 12, "slow": 26},
    )
    assert (dist.expr, dist.alias) == ("close / ema_50 - 1", "dist_50")


def test_the_word_in_kind_chooses_the_model() -> None:
    gbm = MODEL + "kind: gbm\nlabel: {kind: fwd_ret, horizon: 10}\n"
    assert isinstance(parse_spec(SCANNER, ModelConfig, where=""), ScannerConfig)
    assert isinstance(parse_spec(gbm, ModelConfig, where=""), GbmConfig)


def test_a_model_cannot_be_changed() -> None:
    found = parse_spec(SCANNER, ModelConfig, where="")
    with pytest.raises(ValueError, match="frozen"):
        found.policy = "other"


def test_it_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffname: a  # with a mark and Windows lines\r\n".encode())
    assert read_spec(path, UniverseSpec).name == "a"
