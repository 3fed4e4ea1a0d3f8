"""Promises of scanners: gates, score, funnel, near misses, and what `check` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sigma_core.errors import BadInput, ExpressionError
from sigma_core.frames import Matrix
from sigma_core.signal_models.base import Scores
from sigma_core.signal_models.funnel import funnel, near_misses, ranked
from sigma_core.signal_models.rules import Scanner, check, scanner_of
from sigma_core.specs.bundle import Bundle, load_bundle
from sigma_core.specs.files import parse_spec
from sigma_core.specs.schema import GbmConfig, ModelConfig, ScannerConfig
from tests.core.matrices import matrix, session
from tests.definitions import examples, number, tolerance

PACKS = Path(__file__).resolve().parents[3] / "packs"
MODEL = "universe_eq_swing_daily_breakout_scanner"
PRICES = ("close", "donchian_high_20", "ema_20", "ema_50")
FEATURES = ("bos_20", "adx_14", "rsi_14", "ret_20", "ret_63")
COLUMNS = {**dict.fromkeys(PRICES, 1), **dict.fromkeys(FEATURES, 0)}
(EXAMPLE,) = examples("score")


@pytest.fixture
def bundle() -> Bundle:
    return load_bundle(PACKS, "swingsigma", MODEL)


@pytest.fixture
def market() -> Matrix:
    """The ten tickers of the worked example."""
    columns = {
        name: [number(row[name]) for row in EXAMPLE.rows]
        for name in EXAMPLE.header
        if name in COLUMNS
    }
    columns |= {"close": [10.0] * 10, "ret_63": [0.10] * 10}
    return session(
        columns,
        tickers=[row["ticker"] for row in EXAMPLE.rows],
        members=[row["member"] == "1" for row in EXAMPLE.rows],
    )


@pytest.fixture
def scores(bundle: Bundle, market: Matrix) -> Scores:
    return scanner_of(bundle, COLUMNS).fit(market, None).transform(market)


def scanner(rules: str, columns: Mapping[str, int] | None = None) -> Scanner:
    """A scanner with these gates and score, on the columns x and y."""
    head = f"model_id: {MODEL}\nkind: scanner\nindicator_set: some\n"
    config = parse_spec(head + rules, ModelConfig, where="m.yaml")
    assert isinstance(config, ScannerConfig)
    return Scanner(config, columns or {"x": 0, "y": 0}, where="m.yaml")


def with_model(bundle: Bundle, **changes: object) -> Bundle:
    return replace(bundle, model=bundle.model.model_copy(update=changes))


def test_it_scores_the_worked_example(scores: Scores) -> None:
    order = list(ranked(scores))
    for at, row in enumerate(EXAMPLE.rows):
        for name, part in scores.parts.items():
            wanted = pytest.approx(
                number(row[name]), abs=tolerance(row[name]), nan_ok=True
            )
            assert part[at, 0] == wanted, (row["ticker"], name)
        total = pytest.approx(number(row["score_total"]), abs=1e-9, nan_ok=True)
        assert scores.score_total[at, 0] == total, row["ticker"]
        assert scores.eligible[at, 0] == (row["eligible"] == "1"), row["ticker"]
        rank = order.index(at) + 1 if at in order else np.nan
        assert rank == pytest.approx(number(row["rank"]), nan_ok=True)


@pytest.mark.parametrize("example", examples("funnel"), ids=str)
def test_it_counts_the_funnel_of_the_worked_example(example, scores: Scores) -> None:
    found = [(s.name, s.survivors, s.alone, s.unknown) for s in funnel(scores)]
    wanted = [
        (row["step"], *(int(row[name]) for name in ("survivors", "alone", "unknown")))
        for row in example.rows
    ]
    assert found == wanted


@pytest.mark.parametrize("example", examples("nearmiss"), ids=str)
def test_it_finds_the_near_misses_of_the_worked_example(example, scores) -> None:
    found = near_misses(scores)
    assert [(m.ticker, m.gate) for m in found] == [
        (row["ticker"], row["gate"]) for row in example.rows
    ]
    for miss, row in zip(found, example.rows, strict=True):
        for name in ("value", "limit", "shortfall"):
            wanted = pytest.approx(number(row[name]), abs=tolerance(row[name]))
            assert getattr(miss, name) == wanted


def test_it_says_what_stopped_each_ticker(scores: Scores, market: Matrix) -> None:
    row = market.axis.row
    assert scores.why_not(row("HHH"))[0] == ""
    assert scores.why_not(row("CCC")) == ("gate.rsi", 54.9, 55)
    assert scores.why_not(row("EEE"))[0] == "gate.donchian_or_bos"
    assert scores.why_not(row("III"))[0] == "data.missing"
    assert scores.missing(row("III")) == ["momentum"]
    assert scores.missing(row("GGG")) == ["alignment"]
    assert scores.why_not(row("JJJ"))[0] == "universe"


def test_each_gate_shows_value_sign_and_limit(scores: Scores) -> None:
    gates = {gate.name: gate for gate in scores.gates}
    assert list(gates) == ["donchian", "bos", "adx", "rsi"]
    assert gates["donchian"].group == "donchian_or_bos"
    assert gates["donchian"].sign == ">"
    assert gates["donchian"].limit[0, 0] == pytest.approx(9.9 * 1.002)
    assert gates["rsi"].value[0, 0] == 60


def test_it_says_its_gates_in_words(bundle: Bundle) -> None:
    words = scanner_of(
        bundle, COLUMNS, phrases={"donchian_high_20": "the high"}
    ).words()
    assert words[0] == "close above the high by 0.2 %, or bos 20 at least 0.25"


def test_an_unknown_condition_passes_neither_itself_nor_none() -> None:
    rules = "gates: {none: [{name: a, when: x > 0}]}\nscore: {s: {weight: 1, value: y}}"
    found = scanner(rules).transform(session({"x": [1, -1, np.nan], "y": [1, 1, 1]}))
    assert found.eligible.ravel().tolist() == [False, True, False]
    assert found.top[0].name == "not_a"
    assert found.why_not(2)[0] == "data.missing"


def test_groups_nest() -> None:
    rules = """
gates:
  all:
    - any:
        - all:
            - {name: a, when: x > 0}
            - {name: b, when: y > 0}
        - {name: c, when: x > 5}
  none:
    - {name: d, when: y > 9}
    - {name: e, when: y < -9}
score: {s: {weight: 1, value: x > 0}}
"""
    data = session({"x": [1, 1, 6, 6], "y": [1, -1, -1, 10]})
    found = scanner(rules).transform(data)
    assert found.eligible.ravel().tolist() == [True, False, True, False]
    assert [gate.name for gate in found.top] == ["a_and_b_or_c", "d_nor_e"]


def test_weights_are_scaled_to_a_hundred_points() -> None:
    rules = "score: {a: {weight: 3, value: x}, b: {weight: 1, value: y > 0}}"
    found = scanner(rules).transform(session({"x": [0.5], "y": [1.0]}))
    assert found.weights == {"a": 75, "b": 25}
    assert found.score_total[0, 0] == 62.5


def test_the_order_of_parts_in_the_file_touches_no_bit() -> None:
    x = np.random.default_rng(5).random(200)
    parts = [f"p{n}: {{weight: {n + 1}, value: x / {n + 1}}}" for n in range(7)]
    one = scanner("score: {" + ", ".join(parts) + "}")
    other = scanner("score: {" + ", ".join(reversed(parts)) + "}")
    data = session({"x": x, "y": x})
    a, b = one.transform(data).score_total, other.transform(data).score_total
    assert np.array_equal(a, b)


def test_one_session_alone_scores_the_same_bits_as_many(bundle: Bundle) -> None:
    rng = np.random.default_rng(6)
    columns = {name: rng.normal(30, 9, (211, 25)) for name in COLUMNS}
    rules = scanner_of(bundle, COLUMNS)
    together = rules.transform(matrix(columns))
    alone = rules.transform(matrix({name: x[:, -1:] for name, x in columns.items()}))
    assert np.array_equal(together.score_total[:, -1:], alone.score_total)
    assert np.array_equal(together.eligible[:, -1:], alone.eligible)


def test_it_knows_what_it_reads(bundle: Bundle) -> None:
    rules = scanner_of(bundle, COLUMNS)
    assert rules.needs == set(COLUMNS)
    assert rules.lookback == 0


def test_check_finds_nothing_in_the_shipped_scanner(bundle: Bundle) -> None:
    assert check(bundle, COLUMNS) == []


def test_check_names_file_gate_and_column_of_an_unknown_name(bundle: Bundle) -> None:
    lacking = {name: COLUMNS[name] for name in COLUMNS if name != "donchian_high_20"}
    known = {**lacking, "donchian_high_50": 1}
    (problem,) = check(bundle, known)
    file = f"swingsigma/model_configs/{MODEL}.yaml"
    assert problem.where == f"{file}:13: gate 'donchian', column 9"
    assert problem.hint == "Did you mean 'donchian_high_50'?"
    with pytest.raises(ExpressionError):
        scanner_of(bundle, known)


def test_check_lists_all_problems_at_once(bundle: Bundle) -> None:
    codes = [problem.code for problem in check(bundle, {"rsi_min": 0})]
    assert codes.count("expression.unknown_column") == 8
    assert "model.param_hides_column" in codes


def test_check_finds_a_gate_that_is_a_number_and_a_name_twice(bundle: Bundle) -> None:
    rules = """
gates:
  all:
    - {name: a, when: x}
    - {name: a, when: y > 0}
score: {s: {weight: 40, value: x}}
params: {unused: 1}
"""
    head = f"model_id: {MODEL}\nkind: scanner\nindicator_set: some\n"
    config = parse_spec(head + rules, ModelConfig, where="m.yaml")
    codes = {p.code for p in check(replace(bundle, model=config), {"x": 0, "y": 0})}
    assert codes == {"model.gate_twice", "expression.kind", "model.weights"}


def test_check_warns_of_a_parameter_that_nothing_uses(bundle: Bundle) -> None:
    params = {**bundle.model.params, "spare": 1.0}
    (problem,) = check(with_model(bundle, params=params), COLUMNS)
    assert (problem.code, problem.severity) == ("model.param_unused", "warning")


def test_a_trainable_model_is_no_scanner(bundle: Bundle) -> None:
    text = "model_id: universe_eq_swing_daily_gbm\nkind: gbm\nindicator_set: a\n"
    config = parse_spec(
        text + "label: {kind: fwd_ret, horizon: 10}", ModelConfig, where=""
    )
    assert isinstance(config, GbmConfig)
    with pytest.raises(BadInput, match="of kind 'gbm'"):
        scanner_of(replace(bundle, model=config), COLUMNS)
