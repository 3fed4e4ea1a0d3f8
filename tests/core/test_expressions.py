"""Promises of the gate and score language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_core.errors import ExpressionError, MissingData
from sigma_core.expressions import FIELD_DEGREES, FUNCTIONS, Context, compile
from sigma_core.frames import Matrix
from tests.core.matrices import ids, matrix, session
from tests.definitions import Example, examples, number, tolerance

INPUTS = ("ticker", "member", "sector", "factor", "a", "b", "x", "y", "close", "volume")
COLUMNS = {"rsi_14": 0, "ema_20": 1, "ema_50": 1, "donchian_high_20": 1, "x": 0}


def value_of(text: str, data: Matrix, **params: float) -> np.ndarray:
    found = compile(text, names=data.degree, params=params)
    return found.evaluate(Context(data))


def problem_of(text: str, **params: float) -> str:
    with pytest.raises(ExpressionError) as caught:
        compile(text, names=COLUMNS, params=params, where="m.yaml: gate 'g'")
    return str(caught.value)


def cells(example: Example, name: str) -> list[float]:
    return [number(row[name]) for row in example.rows]


def as_matrix(example: Example) -> tuple[Matrix, np.ndarray | None]:
    """The rows are tickers of one session, or sessions of one ticker."""
    names = [name for name in example.header if name in INPUTS]
    figures = {
        name: cells(example, name)
        for name in names
        if name not in ("ticker", "member", "sector", "factor")
    }
    if example.args["expression"] == "bars":
        factor = cells(example, "factor") if "factor" in names else None
        return one_ticker(figures, factor), None
    members = [row.get("member", "1") == "1" for row in example.rows]
    sector = [row.get("sector", "").strip("–") for row in example.rows]
    return session(figures, members=members), ids(sector)


def one_ticker(figures: dict[str, list[float]], factor: list[float] | None) -> Matrix:
    """Printed figures as the forward-adjusted columns that a matrix holds."""
    splits = np.array(factor or np.ones(len(next(iter(figures.values())))))
    adjusted = {
        name: [np.array(values) * splits ** FIELD_DEGREES.get(name, 0)]
        for name, values in figures.items()
    }
    return matrix(adjusted, factor=None if factor is None else [splits])


@pytest.mark.parametrize("example", examples("expression"), ids=str)
def test_it_gives_the_hand_calculated_values(example: Example) -> None:
    data, sector = as_matrix(example)
    texts = [name for name in example.header if name not in INPUTS]
    assert texts
    for text in texts:
        compiled = compile(text, names=data.degree)
        found = compiled.evaluate(Context(data, sector=sector)).ravel()
        for row, got in zip(example.rows, found, strict=True):
            wanted, within = number(row[text]), tolerance(row[text])
            assert got == pytest.approx(wanted, abs=within, nan_ok=True), (text, row)


@pytest.mark.parametrize("missing", [5, 6])
def test_it_reads_across_five_missing_sessions_but_not_six(missing: int) -> None:
    data = matrix({"close": [[10.0, *[np.nan] * missing, 11.0]]})
    before = value_of("prev(close, 1)", data)[0, -1]
    assert before == 10 if missing == 5 else np.isnan(before)


def test_it_never_lags_from_one_ticker_into_the_next() -> None:
    data = matrix({"close": [[1.0, 2.0], [3.0, 4.0]]})
    np.testing.assert_array_equal(
        value_of("prev(close, 1)", data), [[np.nan, 1], [np.nan, 3]]
    )


def test_it_adds_up_nested_lags() -> None:
    data = matrix({"close": [[1.0, 2.0, 3.0, 4.0]]})
    assert value_of("prev(prev(close, 1) + close, 2)", data)[0, -1] == 3  # 1 + 2


def test_it_compares_on_its_own_session_before_it_lags() -> None:
    data = matrix({"x": [[1.0, 9.0], [2.0, 8.0]], "close": [[1.0, 1.0], [1.0, 1.0]]})
    np.testing.assert_array_equal(value_of("prev(rank(x), 1)", data)[:, 1], [2, 1])


def test_it_converts_a_lagged_cross_section_by_the_splits_between() -> None:
    printed = np.array([[100.0, 52.0], [100.0, 101.0]])
    factor = np.array([[1.0, 2.0], [1.0, 1.0]])
    data = matrix({"close": printed * factor}, factor=factor)
    lagged = value_of("prev(winsorize(close), 1)", data)[:, 1]
    np.testing.assert_allclose(lagged, [50, 100])


def test_a_parameter_can_be_the_length_of_a_lag() -> None:
    data = matrix({"close": [[1.0, 2.0, 3.0]]})
    assert value_of("prev(close, n)", data, n=2)[0, -1] == 1


def test_one_session_alone_gives_the_same_bits_as_many_together() -> None:
    x = np.random.default_rng(3).normal(size=(997, 40))
    together = value_of("zscore(x)", matrix({"x": x}))
    alone = value_of("zscore(x)", matrix({"x": x[:, -1:]}))
    assert np.array_equal(together[:, -1:], alone)


def test_tickers_outside_the_universe_change_no_bit() -> None:
    x = np.random.default_rng(4).normal(size=(500, 1))
    inside = np.arange(500) % 3 > 0
    whole = value_of("zscore(x)", matrix({"x": x}, members=inside))
    assert np.array_equal(
        whole[inside], value_of("zscore(x)", matrix({"x": x[inside]}))
    )


def test_by_sector_without_sectors_says_what_is_missing() -> None:
    with pytest.raises(MissingData, match="no sectors are recorded"):
        value_of("rank(close, by=sector)", matrix({"close": [[1.0]]}))


def test_it_never_changes_the_matrix() -> None:
    data = matrix({"close": [[1.0, 2.0]], "x": [[3.0, np.nan]]}, factor=[[1.0, 2.0]])
    before = {name: values.copy() for name, values in data.columns.items()}
    value_of("clip01(zscore(x)) + prev(close, 1)", data)
    for name, values in before.items():
        np.testing.assert_array_equal(data.columns[name], values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clos > 1", "column 1: unknown column 'clos'. Did you mean 'close'?"),
        ("close > ema_2O", "column 9: unknown column 'ema_2O'. Did you mean 'ema_20'?"),
        ("zscor(x) > 1", "column 1: unknown function 'zscor'. Did you mean 'zscore'?"),
        ("prev(x, -1) > 0", "column 9: a negative lag reads the future."),
        ("prev(x, 1.5) > 0", "column 9: a lag of 1.5; it must be whole"),
        ("prev(x, 253) > 0", "column 9: a lag of 253"),
        ("prev(x, close) > 0", "column 9: a lag must be fixed."),
        ("any_in_last(x > 0, 0)", "column 20: a window needs at least one bar."),
        ("close = 1", "column 7: '=' stands where an operator"),
        (
            "close > 1 & x > 0",
            "column 11: '&' is not part of the language. Write `and`",
        ),
        ("x > 1 and", "column 10: the text ends where a name"),
        ("(close > 1) + 2", "column 8: a condition stands for a number."),
        ("x and close > 1", "column 1: 'and' takes conditions; here is a number."),
        ("min(x) > 0", "column 1: min takes at least 2 argument(s), not 1."),
        ("abs(x, by=sector) > 0", "column 1: abs compares no tickers"),
        ("rank(x, by=size) > 0", "column 12: 'size' stands where `sector`"),
        ("zscore > 0", "column 1: 'zscore' is a function."),
        ("x.real > 0", "column 2: '.' is not part of the language."),
        ("x[0] > 0", "column 2: '[' is not part of the language. Earlier values are"),
        ("1e999 > x", "column 1: 1e999 is too large a number."),
        ("", "column 1: the text ends where a name"),
        ("prev(winsorize(close + 1), 2) > 1", "column 6: winsorize of mixed units"),
    ],
)
def test_it_says_where_and_what_is_wrong(text: str, message: str) -> None:
    assert f"m.yaml: gate 'g', {message}" in problem_of(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 21 + "1" + ")" * 21, "too_deep"),
        ("-" * 21 + "1", "too_deep"),
        ("not " * 21 + "x > 1", "too_deep"),
        ("abs(" * 21 + "x" + ")" * 21, "too_deep"),
        ("(" * 1_999, "too_deep"),
        ("+".join(["x"] * 101), "too_big"),
        ("1" * 2_001, "too_long"),
        ("any_in_last(any_in_last(x > 0, 200), 200)", "cost"),
        ("prev(prev(prev(x, 252), 252), 1) > 0", "lookback"),
    ],
)
def test_it_stops_at_its_limits(text: str, code: str) -> None:
    assert f"[expression.{code}]" in problem_of(text)


def test_it_takes_what_lies_just_within_the_limits() -> None:
    deep = "(" * 20 + "x" + ")" * 20
    wide = "+".join(["x"] * 100)
    assert compile(f"{deep} > 1", names=COLUMNS).is_condition
    assert not compile(wide, names=COLUMNS).is_condition


WORDS = [
    *FUNCTIONS,
    *COLUMNS,
    "and",
    "or",
    "not",
    "by",
    "sector",
    "1",
    ".5",
    "1e3",
    "n",
]
SIGNS = ["(", ")", ",", "=", "==", "<", "<=", ">", "!=", "+", "-", "*", "/", " ", "'"]


PIECES = st.lists(st.sampled_from(WORDS + SIGNS), max_size=40)


@given(st.one_of(st.text(max_size=80), PIECES.map("".join), PIECES.map(" ".join)))
def test_any_text_either_compiles_or_is_refused_in_words(text: str) -> None:
    try:
        compiled = compile(text, names=COLUMNS, params={"n": 2})
    except ExpressionError:
        return
    assert compiled.words()
    names = {"close", *compiled.needs}
    data = matrix({name: [[1.0, np.nan]] for name in names})
    sector = np.zeros(1, np.int64)
    assert compiled.evaluate(Context(data, sector=sector)).shape == (1, 2)


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("close / ema_50 - 1", 0),
        ("close - ema_20", 1),
        ("close * volume", 0),
        ("close + 1", None),
        ("max(close, ema_20)", 1),
        ("zscore(close)", 0),
    ],
)
def test_it_knows_the_unit_of_a_number(text: str, degree: int | None) -> None:
    assert compile(text, names=COLUMNS).degree == degree


def test_it_lists_what_it_needs() -> None:
    text = "any_in_last(crosses_above(close, ema_20), 5) and rsi_14 > low"
    compiled = compile(text, names=COLUMNS, params={"low": 30})
    assert compiled.needs == {"close", "ema_20", "rsi_14"}
    assert compiled.lookback == 5  # four bars back, and the one before that


def test_a_plain_comparison_shows_value_and_limit() -> None:
    text = "close > ema_20 * (1 + margin)"
    compiled = compile(text, names=COLUMNS, params={"margin": 1})
    value, limit = compiled.sides(Context(session({"close": [9], "ema_20": [5]})))
    assert (value[0, 0], limit[0, 0]) == (9, 10)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("x >= 55", 0.01),
        ("x < 50", 0.089),
        ("x < 60", 0),
        ("x >= 55 or x < 50", 0.01),
        ("x >= 55 and x < 50", 0.089),
        ("x == 50", np.nan),
        ("x > 0 * x", 0),
        ("0 < x < 50", 0.089),
    ],
)
def test_it_measures_how_far_a_condition_is_away(text: str, short: float) -> None:
    compiled = compile(text, names=COLUMNS)
    found = compiled.shortfall(Context(session({"x": [54.45]})))[0, 0]
    assert found == pytest.approx(short, nan_ok=True)


PHRASES = {"donchian_high_20": "the highest high of the prior 20 days"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "close > donchian_high_20 * (1 + epsilon) or rsi_14 >= 55",
            "close above the highest high of the prior 20 days by 0.2 %, "
            "or rsi 14 at least 55",
        ),
        ("ema_20 > ema_50 > 5", "ema 20 above ema 50 above 5"),
        ("not (x > 1 or x < -1)", "not ((x above 1) or (x below −1))"),
        ("close < ema_20 * (1 - 0.05)", "close below ema 20 by 5 %"),
        ("prev(close, 1) > prev(x, 3)", "close 1 bar before above x 3 bars before"),
        ("rank(x, by=sector) <= 3", "the rank of x within its sector at most 3"),
        ("max(x, 1, 2) / 3 > 0", "(the largest of x, 1 and 2) / 3 above 0"),
    ],
)
def test_it_reads_in_plain_words(text: str, words: str) -> None:
    compiled = compile(text, names=COLUMNS, params={"epsilon": 0.002})
    assert compiled.words(PHRASES) == words
