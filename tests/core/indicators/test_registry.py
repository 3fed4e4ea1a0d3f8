"""Cards, parameters and column names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sigma_core.errors import BadInput, UnknownName
from sigma_core.indicators import card, cards, columns, resolve
from sigma_core.indicators.registry import phrases


def names(*entry: object) -> list[str]:
    return [spec.name for spec in columns(*entry)]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (("rsi", {"window": 14}), ["rsi_14"]),
        (("ema", {"window": 20}), ["ema_20"]),
        (("donchian", {"window": 20}), ["donchian_high_20", "donchian_low_20"]),
        (("adx",), ["adx_14", "plus_di_14", "minus_di_14"]),
        (("macd",), ["macd_line_12_26_9", "macd_signal_12_26_9", "macd_hist_12_26_9"]),
        (("keltner", {"k": 1.5}, "kc"), ["kc_upper", "kc_mid", "kc_lower", "kc_width"]),
        (("ema", {"window": 20}, "fast"), ["fast"]),
    ],
)
def test_it_names_columns(entry: tuple[object, ...], expected: list[str]) -> None:
    assert names(*entry) == expected


def test_it_writes_a_fraction_so_that_it_can_stand_in_an_expression() -> None:
    assert names("bollinger", {"k": 2.5})[0] == "bollinger_upper_20_2p5"
    assert names("bollinger", {"k": 2.0})[0] == names("bollinger", {"k": 2})[0]


def test_two_parameter_values_never_share_a_column() -> None:
    for found in cards().values():
        for param in found.params:
            other = param.low if param.default != param.low else param.low + 1
            changed = {**found.defaults, param.name: other}
            if found.check(changed) == "":
                assert not set(names(found.name)) & set(names(found.name, changed))


def test_default_columns_of_all_indicators_differ() -> None:
    everything = [name for found in cards() for name in names(found)]
    assert len(everything) == len(set(everything))


def test_it_suggests_the_nearest_indicator_and_names_the_place() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'rsi'") as caught:
        resolve("rsl", where="swing/base.yaml: indicators[2]")
    assert caught.value.code == "unknown.indicator"
    assert caught.value.problems[0].where == "swing/base.yaml: indicators[2]"


def test_it_suggests_the_nearest_parameter() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'window'") as caught:
        resolve("rsi", {"windw": 14})
    assert caught.value.code == "unknown.parameter"


@pytest.mark.parametrize("value", [0, 1, 501, -3])
def test_it_refuses_a_parameter_out_of_range(value: int) -> None:
    with pytest.raises(BadInput, match="from 2 to 500") as caught:
        resolve("rsi", {"window": value})
    assert caught.value.code == "indicator.param_range"


@pytest.mark.parametrize("value", ["14", True, None, 14.5, float("nan"), float("inf")])
def test_it_refuses_what_is_no_whole_number(value: object) -> None:
    with pytest.raises(BadInput) as caught:
        resolve("rsi", {"window": value})
    assert caught.value.code == "indicator.param_type"


def test_it_lists_all_wrong_parameters_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        resolve("macd", {"fast": 0, "slow": "x", "signal": 10_000})
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("name", "params"),
    [("macd", {"fast": 26, "slow": 12}), ("momentum", {"window": 20, "skip": 20})],
)
def test_it_refuses_parameters_that_clash(name: str, params: dict[str, int]) -> None:
    with pytest.raises(BadInput) as caught:
        resolve(name, params)
    assert caught.value.code == "indicator.param_clash"


@pytest.mark.parametrize("name", ["close", "Fast", "1st", "a-b", "", "volume"])
def test_it_refuses_a_rename_that_is_no_column(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        resolve("rsi", {}, name)
    assert caught.value.code == "indicator.column_name"


def test_a_card_tells_its_warm_up() -> None:
    assert card("rsi").warmup({"window": 14}) == 15
    assert card("adx").warmup({"window": 14}) == 28
    assert card("macd").warmup(card("macd").defaults) == 34


def test_reading_cards_loads_no_compiler() -> None:
    code = (
        "import sys; from sigma_core.indicators import cards;"
        "import sigma_core.indicators.kernels; import sigma_core.matrix;"
        "assert len(cards()) > 20; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_column_can_be_said_in_a_sentence() -> None:
    said = phrases([resolve("donchian", {"window": 20}, "dc"), resolve("rsi")])
    assert said["dc_high"] == "the highest high of the prior 20 days"
    assert said["rsi_14"] == "RSI (14)"
    everything = phrases(resolve(name) for name in cards())
    assert all(everything.values())
    assert len(set(everything.values())) == len(everything)
