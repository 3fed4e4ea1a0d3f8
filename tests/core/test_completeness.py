"""An indicator comes whole: card, page, worked example, oracle, a place on the list.

`lacking` lists what is not there. A planted indicator that lacks everything shows that
each part is missed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sigma_core.indicators
from sigma_core.frames import FIELDS, MARKET
from sigma_core.indicators import Card, cards, resolve
from sigma_core.indicators.registry import GROUPS, SHARED, Output, Param
from tests.core.indicators.test_oracles import ORACLES
from tests.core.test_definitions import call_of
from tests.definitions import FOLDER, Example, examples, number

CARDS = cards()
CODE = Path(sigma_core.indicators.__file__).parent
LEAST_ROWS = 5


def lacking(card: Card) -> list[str]:
    """All parts that an indicator does not have."""
    return [*of_card(card), *of_page(card), *of_oracle(card)]


def of_card(card: Card) -> list[str]:
    defaults = card.defaults
    first = card.warmup(defaults)
    held = {
        "title": card.title,
        "source": card.source,
        "formula": card.formula,
        "group": card.group in GROUPS,
        "NaN in the docstring": "NaN" in card.docs,
        "known inputs": set(card.inputs) <= {*FIELDS, *SHARED},
        "provider": (card.provider == "index") is (MARKET in card.inputs),
        "defaults that go together": card.check(defaults) == "",
        "warmup": first >= 1,
        "stable": card.anchored or card.stable(defaults) >= first,
        "parameters with meaning and range": all(map(sound, card.params)),
        "outputs": card.outputs and all(map(told, card.outputs)),
        "parts of a mean are 0 or 1": not card.across or counted(card),
    }
    return [name for name, there in held.items() if not there]


def sound(param: Param) -> bool:
    return bool(param.meaning) and param.low <= param.default <= param.high


def told(output: Output) -> bool:
    return bool(output.meaning and output.words and output.key)


def counted(card: Card) -> bool:
    return all((one.low, one.high) == (0, 1) for one in card.outputs)


def of_page(card: Card) -> list[str]:
    page = FOLDER / f"{card.name}.md"
    if not page.is_file():
        return ["page"]
    text = page.read_text(encoding="utf-8")
    parts = (f"# {card.name}: ", "```text", "Source: ", "## By hand")
    found = [part for part in parts if part not in text]
    own = [e for e in examples("indicator") if e.args["indicator"] == card.name]
    own = [example for example in own if example.path == page]
    if max(map(filled, own), default=0) < LEAST_ROWS:
        found.append("calculated rows")
    shown = {name for example in own for name in example.header}
    return found + [o.key for o in card.outputs if not is_shown(o.template, shown)]


def filled(example: Example) -> int:
    """Rows with an expected value."""
    names = {spec.name for spec in call_of(example).columns} & set(example.header)
    return sum(
        any(not np.isnan(number(row[name])) for name in names) for row in example.rows
    )


def is_shown(template: str, header: set[str]) -> bool:
    pattern = re.compile(re.sub(r"\{\w+\}", "[0-9p]+", template))
    return any(pattern.fullmatch(name) for name in header)


def of_oracle(card: Card) -> list[str]:
    return [] if card.name in ORACLES else ["oracle"]


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_every_indicator_is_whole(card: Card) -> None:
    assert lacking(card) == []


def test_an_indicator_that_has_nothing_is_told_everything() -> None:
    bare = replace(
        CARDS["sma"],
        name="nothing", group="none", title="", source="", formula="", docs="",
        inputs=("moon",), outputs=(), warmup=lambda _: 0, provider="index",
    )  # fmt: skip
    assert lacking(bare) == [
        *("title", "source", "formula", "group", "NaN in the docstring"),
        *("known inputs", "provider", "warmup", "outputs", "page", "oracle"),
    ]


def test_an_output_that_no_example_calculates_is_missed() -> None:
    card = CARDS["macd"]
    new = Output("angle", "macd_angle_{fast}", "degrees", "the angle")
    assert lacking(replace(card, outputs=(*card.outputs, new))) == ["angle"]


def test_a_page_without_its_parts_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sma.md").write_text("# sma: something\n")
    monkeypatch.setattr("tests.core.test_completeness.FOLDER", tmp_path)
    found = lacking(CARDS["sma"])
    assert found == ["```text", "Source: ", "## By hand", "calculated rows", "sma"]


def test_no_core_lies_in_a_file_that_the_catalogue_does_not_read() -> None:
    written = {
        name
        for path in CODE.glob("*.py")
        for name in re.findall(r'^    name="(\w+)",$', path.read_text(), re.MULTILINE)
    }
    assert written == set(CARDS)


def test_no_oracle_and_no_example_speaks_of_what_is_not_there() -> None:
    assert set(ORACLES) == set(CARDS)
    assert {e.args["indicator"] for e in examples("indicator")} == set(CARDS)


def test_what_the_parameters_say_is_what_the_columns_are_called() -> None:
    for name in CARDS:
        assert len(resolve(name).columns) == len(CARDS[name].outputs)


def test_no_two_indicators_call_a_column_the_same() -> None:
    templates = [output.template for card in CARDS.values() for output in card.outputs]
    assert sorted(templates) == sorted(set(templates))
