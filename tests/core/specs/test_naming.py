"""Promises of names."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_core.errors import SpecError
from sigma_core.specs import naming


@pytest.mark.parametrize(
    ("model_id", "parts"),
    [
        ("spy_eq_swing_daily", ("spy", "eq", "swing", "daily", "", "")),
        ("spy_eq_swing_daily_gbm", ("spy", "eq", "swing", "daily", "gbm", "")),
        (
            "universe_eq_swing_daily_breakout_scanner",
            ("universe", "eq", "swing", "daily", "", "breakout_scanner"),
        ),
        ("spy_opt_0dte_5m_gbm_fast", ("spy", "opt", "0dte", "5m", "", "gbm_fast")),
    ],
)
def test_it_parses(model_id: str, parts: tuple[str, ...]) -> None:
    name = naming.parse(model_id)
    assert (
        name.ticker,
        name.asset,
        name.horizon,
        name.cadence,
        name.algo,
        name.variant,
    ) == parts
    assert str(name) == model_id


def test_a_ticker_loses_its_punctuation() -> None:
    assert naming.compose("BRK.B", "eq", "swing", "daily") == "brkb_eq_swing_daily"


@pytest.mark.parametrize(
    ("model_id", "message"),
    [
        ("spy_eq_swing", "has 3 of at least 4 parts"),
        ("spy_eq_swing_dayly", "has no cadence 'dayly'. Did you mean 'daily'?"),
        ("spy_stock_swing_daily", "has no asset 'stock'"),
        ("SPY_eq_swing_daily", "has a part 'SPY'; parts are a–z and 0–9"),
        ("spy_eq_swing_daily_", "has a part ''"),
        ("spy__eq_swing_daily", "has a part ''"),
        ("spy_eq_swing_daily\n", "has a part 'daily\\n'"),
        ("a_" * 60 + "gbm_eq_swing_daily", "longer than 128 characters"),
    ],
)
def test_it_says_which_part_is_wrong(model_id: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        naming.parse(model_id)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "parts",
    [("spy", "opt", "0dte", "daily"), ("spy", "eq", "0dte", "5m"),
     ("spy", "eq", "intraday", "daily")],
)  # fmt: skip
def test_it_refuses_combinations_without_sense(parts: tuple[str, ...]) -> None:
    with pytest.raises(SpecError, match=r"name\.clash"):
        naming.compose(*parts)


@pytest.mark.parametrize("name", ["a", "swing_sigma2", "0a", "x" * 64])
def test_it_takes_plain_names(name: str) -> None:
    assert naming.fault_of_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "_a",
        "A",
        "a-b",
        "ä",
        "x" * 65,
        "a\n",
        "con",
        "lpt9",
        "new",
        "default",
        "a b",
    ],
)
def test_it_refuses_other_names(name: str) -> None:
    assert naming.fault_of_name(name)


SEGMENT = st.from_regex(r"[a-z0-9]{1,12}", fullmatch=True)


@given(
    SEGMENT,
    st.sampled_from([("eq", "swing"), ("opt", "0dte"), ("opt", "long")]),
    st.sampled_from(["5m", "15m", "hourly"]),
    st.lists(SEGMENT, max_size=3).map("_".join),
)
def test_what_is_composed_parses_to_the_same(
    ticker: str, market: tuple[str, str], cadence: str, suffix: str
) -> None:
    name = naming.parse(naming.compose(ticker, *market, cadence, suffix))
    assert (name.ticker, name.asset, name.horizon) == (ticker, *market)
    assert (name.cadence, name.algo or name.variant) == (cadence, suffix)


@given(st.text(max_size=200))
def test_any_text_parses_or_is_refused_in_words(model_id: str) -> None:
    with contextlib.suppress(SpecError):  # anything else fails the test
        assert str(naming.parse(model_id)) == model_id
