"""Every worked example of an indicator, run; every indicator has what it must have.

The examples run over the product's own path, compiled and through the spans, and once
more as plain Python: the two agree to the last bit.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from sigma_core.frames import FIELDS
from sigma_core.indicators import Call, Card, cards, kernels, resolve
from sigma_core.indicators.registry import OneTicker
from tests.definitions import FOLDER, Example, examples, number, tolerance
from tests.market import arrays

EXAMPLES = examples("indicator")
_CARDS = list(cards().values())


def call_of(example: Example) -> Call:
    params = {k: v for k, v in example.args.items() if k != "indicator"}
    numbers = {k: float(v) if "." in v else int(v) for k, v in params.items()}
    return resolve(example.args["indicator"], numbers)


def column(example: Example, name: str) -> np.ndarray:
    return np.array([number(row[name]) for row in example.rows])


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_it_gives_what_was_calculated_by_hand(example: Example) -> None:
    call = call_of(example)
    bars = arrays({n: column(example, n) for n in FIELDS if n in example.header})
    values = kernels.compute(bars, [call], first=0, last=len(example.rows) - 1)
    names = [spec.name for spec in call.columns]
    for name in (cell for cell in example.header if cell in names):
        found = values[names.index(name), 0]
        for row, wanted in enumerate(column(example, name)):
            error = tolerance(example.rows[row][name])
            where = f"{name}, row {row + 1}"
            assert found[row] == pytest.approx(wanted, abs=error, nan_ok=True), where


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_has_only_columns_it_can_have(example: Example) -> None:
    outputs = {spec.name for spec in call_of(example).columns}
    assert set(example.header) <= {"row", *FIELDS, *outputs}
    assert outputs & set(example.header)
    assert set(call_of(example).card.inputs) <= set(example.header)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_plain_python_and_machine_code_agree_to_the_bit(example: Example) -> None:
    call = call_of(example)
    fields = {n: column(example, n) for n in FIELDS if n in example.header}
    held = ~np.isnan(next(iter(fields.values())))
    if not held.all():
        pytest.skip("a core reads no gaps: the driver takes them out")
    ones = np.ones(len(held))
    out = np.empty((len(call.columns), len(held)))
    ticker = OneTicker(*(fields.get(name, ones) for name in FIELDS))
    call.card.core(ticker, np.array(call.values), out)
    machine = kernels.compute(arrays(fields), [call], first=0, last=len(held) - 1)
    np.testing.assert_array_equal(machine[:, 0], out)


@pytest.mark.parametrize("card", _CARDS, ids=lambda card: card.name)
def test_every_indicator_has_page_and_example(card: Card) -> None:
    page = FOLDER / f"{card.name}.md"
    assert page.is_file(), f"write docs/definitions/{card.name}.md"
    text = page.read_text(encoding="utf-8")
    for part in (f"# {card.name}: ", "```text", "Source: ", "## By hand"):
        assert part in text, f"{page.name} lacks {part!r}"
    own = [e for e in EXAMPLES if e.args["indicator"] == card.name and e.path == page]
    shown = {name for example in own for name in example.header}
    filled = max((_filled(example) for example in own), default=0)
    assert filled >= 5, f"{page.name} needs 5 calculated rows, has {filled}"
    missing = [o.key for o in card.outputs if not _is_shown(o.template, shown)]
    assert not missing, f"{page.name} calculates no {missing}"


def _filled(example: Example) -> int:
    """Rows with an expected value."""
    names = [spec.name for spec in call_of(example).columns]
    wanted = [name for name in names if name in example.header]
    return sum(
        any(not np.isnan(number(row[n])) for n in wanted) for row in example.rows
    )


def _is_shown(template: str, header: set[str]) -> bool:
    pattern = re.compile(re.sub(r"\{\w+\}", "[0-9p]+", template))
    return any(pattern.fullmatch(name) for name in header)


@pytest.mark.parametrize("card", _CARDS, ids=lambda card: card.name)
def test_every_card_is_complete(card: Card) -> None:
    assert card.title
    assert card.source
    assert card.formula
    assert "NaN" in card.docs, "the docstring says when there is no value"
    assert set(card.inputs) <= set(FIELDS)
    assert card.outputs
    assert all(output.meaning for output in card.outputs)
    for param in card.params:
        assert param.meaning
        assert param.low <= param.default <= param.high
    assert card.check(card.defaults) == ""
    assert card.warmup(card.defaults) >= 1
    assert card.anchored or card.stable(card.defaults) >= card.warmup(card.defaults)
