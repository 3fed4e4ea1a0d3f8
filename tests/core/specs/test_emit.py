"""Definitions that are written read back as what was meant; pasted lists too."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from sigma_core.specs.emit import to_yaml
from sigma_core.specs.pasted import MOST, tickers_of
from sigma_core.specs.yaml_events import parse

ODD = [
    "NO",
    "ON",
    "Y",
    "TRUE",
    "null",
    "1E5",
    "007",
    "0x1",
    "-A",
    "^GSPC",
    "BRK.B",
    "~",
]
TEXTS = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60
)
NUMBERS = some.integers(-(10**9), 10**9) | some.floats(
    allow_nan=False, allow_infinity=False
)
SCALARS = TEXTS | NUMBERS | some.booleans() | some.none() | some.sampled_from(ODD)
ROWS = some.dictionaries(some.sampled_from(["ticker", "from", "reason"]), SCALARS)
VALUES = SCALARS | some.lists(SCALARS, max_size=40) | some.lists(ROWS, max_size=4)
CONTENTS = some.dictionaries(some.from_regex(r"[a-z_]{1,12}", fullmatch=True), VALUES)


@settings(max_examples=150, deadline=None)
@given(CONTENTS.filter(bool))
def test_what_is_written_reads_back_the_same(content) -> None:
    assert parse(to_yaml(content).encode(), where="x").value == content


def test_other_readers_of_yaml_understand_it_too() -> None:
    content = {"name": "no", "base": {"list": ODD * 20}, "min_price": 5.0, "on": None}
    assert yaml.safe_load(to_yaml(content)) == content


def test_long_lists_are_folded_and_texts_are_not() -> None:
    tickers = [f"T{n:03}" for n in range(100)]
    lines = to_yaml({"base": {"list": tickers}, "description": "x, " * 80}).splitlines()
    assert max(map(len, lines[:-1])) <= 88
    assert len(lines) > 5


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError):
        to_yaml({"day": object()})


@pytest.mark.parametrize(
    "text",
    [
        "AAPL,MSFT;BRK.B",
        "aapl\r\nmsft\r\nbrk.b\r\n",
        "\ufeffticker\nAAPL\nMSFT\nBRK.B\nAAPL",
        "Symbol | $AAPL | 'MSFT' | \"BRK.B\"",
        "  AAPL\t\tMSFT \n\n BRK.B,",
    ],
)
def test_lists_are_read_as_people_paste_them(text) -> None:
    assert tickers_of(text, where="x") == (["AAPL", "MSFT", "BRK.B"], [])


def test_a_share_called_like_the_head_of_a_column_counts_after_the_first() -> None:
    assert tickers_of("AAPL SYMBOL", where="x")[0] == ["AAPL", "SYMBOL"]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("", "paste.empty", "no symbol"),
        (" , ;\n", "paste.empty", "no symbol"),
        ("AAPL\nMS<FT", "paste.symbol", "line 2: 'MS<FT'"),
        ("ÄPFEL", "paste.symbol", "line 1"),
        ("A" * 21, "paste.symbol", "line 1"),
        (" ".join(f"T{n}" for n in range(MOST + 1)), "paste.too_many", "4,001"),
    ],
)
def test_what_is_wrong_with_a_pasted_list_is_said(text, code, says) -> None:
    _, problems = tickers_of(text, where="pasted")
    assert problems[0].code == code
    assert says in problems[0].message
