"""Promises of single conditions: histogram, line, what moves it, counts."""

from __future__ import annotations

import numpy as np
import pytest

from sigma_core.expressions.sides import join, split
from sigma_core.signal_models.conditions import Condition, Histogram, conditions
from sigma_core.signal_models.rules import Scanner, scanner_of
from sigma_core.specs.bundle import load_bundle
from sigma_core.specs.files import parse_spec
from sigma_core.specs.schema import ModelConfig, ScannerConfig
from tests.core.matrices import session
from tests.core.signal_models.test_scanner import COLUMNS, EXAMPLE, MODEL, PACKS
from tests.definitions import examples, number, tolerance

TABLES = {one.args["condition"]: one for one in examples("condition")}
SCORE = "score:\n  one: {weight: 100, value: x}\n"


@pytest.fixture
def found() -> dict[str, Condition]:
    """The conditions of the worked example, in four bins."""
    columns = {
        name: [number(row[name]) for row in EXAMPLE.rows]
        for name in EXAMPLE.header
        if name in COLUMNS
    } | {"close": [10.0] * 10, "ret_63": [0.10] * 10}
    market = session(
        columns,
        tickers=[row["ticker"] for row in EXAMPLE.rows],
        members=[row["member"] == "1" for row in EXAMPLE.rows],
    )
    scanner = scanner_of(load_bundle(PACKS, "swingsigma", MODEL), COLUMNS)
    looked = conditions(scanner, scanner.transform(market), bins=4)
    return {one.name: one for one in looked}


def looked_at(rules: str, x: list[float], y: list[float]) -> list[Condition]:
    """The conditions of a scanner with these rules, on columns x and y."""
    head = f"model_id: {MODEL}\nkind: scanner\nindicator_set: some\n"
    config = parse_spec(head + rules + SCORE, ModelConfig, where="m.yaml")
    assert isinstance(config, ScannerConfig)
    scanner = Scanner(config, {"x": 0, "y": 0})
    return conditions(scanner, scanner.transform(session({"x": x, "y": y})), bins=4)


def histogram_of(rules: str, x: list[float], y: list[float]) -> Histogram:
    found = looked_at(rules, x, y)[0].histogram
    assert found is not None
    return found


@pytest.mark.parametrize("row", TABLES["counts"].rows, ids=lambda row: row["name"])
def test_it_counts_the_worked_example(row, found) -> None:
    names = ("alone", "together", "if_removed", "unknown")
    counts = [getattr(found[row["name"]], name) for name in names]
    assert counts == [int(row[name]) for name in names]


@pytest.mark.parametrize("name", ["rsi", "bos", "donchian"])
def test_it_bins_the_worked_example(name, found) -> None:
    drawn, table = found[name].histogram, TABLES[name]
    assert (drawn.axis, drawn.line) == (table.args["axis"], float(table.args["line"]))
    assert list(drawn.counts) == [int(row["count"]) for row in table.rows]
    edges = np.linspace(drawn.low, drawn.high, 5)
    for at, row in enumerate(table.rows):
        for edge, cell in ((edges[at], row["low"]), (edges[at + 1], row["high"])):
            assert edge == pytest.approx(number(cell), abs=tolerance(cell))


@pytest.mark.parametrize(
    ("when", "moves", "line", "factor"),
    [
        ("x >= 2", "number", 2, 1),
        ("x >= -2", "number", -2, 1),
        ("x >= least", "least", 3, 1),
        ("x >= least + 1", "", 4, 1),
        ("least <= x", "least", 3, 1),
        ("x > y * (1 + 0.5)", "number", 0.5, 1),
        ("x < y * (1 - half)", "half", -0.5, -1),
        ("x > y", "", 0, 1),
        ("x > y * (1 + x)", "", 0, 1),
    ],
)
def test_it_says_where_the_line_is_and_what_moves_it(when, moves, line, factor) -> None:
    params = "params: {least: 3, half: 0.5}\n"
    gates = f'gates: {{all: [{{name: a, when: "{when}"}}]}}\n'
    drawn = histogram_of(params + gates, [1, 2, 3, 4], [1, 1, 1, 1])
    assert (drawn.moves, drawn.line, drawn.factor) == (moves, line, factor)


def test_a_fixed_left_side_is_read_the_other_way_round() -> None:
    gates = 'gates: {all: [{name: a, when: "2 < x"}]}\n'
    drawn = histogram_of(gates, [1, 2, 3, 5], [1, 1, 1, 1])
    assert (drawn.sign, drawn.line, drawn.mirrored) == (">", 2, True)
    assert sum(drawn.counts) == 4


def test_a_base_that_is_not_above_zero_is_not_drawn() -> None:
    gates = 'gates: {all: [{name: a, when: "x > y * (1 + 0.1)"}]}\n'
    drawn = histogram_of(gates, [1, 2, 3, 4], [1, 0, -1, np.nan])
    assert sum(drawn.counts) == 1


def test_values_that_are_all_the_same_have_room() -> None:
    gates = 'gates: {all: [{name: a, when: "x >= 2"}]}\n'
    drawn = histogram_of(gates, [2] * 4, [1] * 4)
    assert drawn.low < 2 < drawn.high
    assert sum(drawn.counts) == 4


def test_what_is_no_comparison_has_counts_and_no_histogram() -> None:
    rules = 'gates: {all: [{name: a, when: "x > 1 and y > 1"}]}\n'
    (one,) = looked_at(rules, [1, 2, 3, 4], [1, 1, 2, np.nan])
    assert one.histogram is None
    assert (one.alone, one.unknown, one.if_removed) == (1, 1, 4)


def test_none_without_its_only_member_is_no_gate() -> None:
    rules = 'gates: {none: [{name: a, when: "x > 1"}]}\n'
    (one,) = looked_at(rules, [1, 2, 3, 4], [1, 1, 1, 1])
    assert (one.together, one.if_removed) == (1, 4)


@pytest.mark.parametrize(
    "text", ["x > y", "close > high_20 * (1 + e)", "abs(x - y) <= 2"]
)
def test_a_comparison_comes_apart_and_together(text) -> None:
    parts = split(text)
    assert parts is not None
    assert join(*parts) == text


@pytest.mark.parametrize(
    "text",
    [
        "x>y",
        "a < b < c",
        "x > 1 and y > 1",
        "not x > 1",
        "any_in_last(x > 1, 2)",
        "x >",
    ],
)
def test_what_would_not_come_together_stays_whole(text) -> None:
    assert split(text) is None
