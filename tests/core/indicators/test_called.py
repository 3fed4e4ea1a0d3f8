"""Which functions a core comes to call is read from its code, not from its words."""

from __future__ import annotations

from sigma_core.indicators import called, compiled
from sigma_core.indicators.windows import ratio


def close(bars, p, out):
    """It has the name of a field that it reads."""
    out[0] = bars.close


def nested(bars, p, out):
    """What it calls is called within."""

    def inner(x):
        return [half(one) for one in x]

    out[0] = max(inner(bars.close), key=lambda one: ratio(one, 2.0))


def half(x):
    return ratio(x, TWO)


TWO = 2.0


def test_an_attribute_is_no_function_of_that_name():
    assert called.functions_read(close) == {}
    assert compiled._files(close) == {__file__}


def test_functions_lambdas_and_comprehensions_inside_count():
    assert called.functions_read(nested) == {"half": half, "ratio": ratio}
    assert called.reached(nested) == [nested, ratio, half]
    assert compiled._files(nested) == {__file__, ratio.__code__.co_filename}


def test_values_count_with_functions():
    assert called.globals_read(half) == {"TWO": 2.0, "ratio": ratio}


def test_a_decision_does_not_read_code_again(monkeypatch):
    from sigma_core.policy import compiled as policy

    ready = policy.turn()

    def read_again(function):
        raise AssertionError(f"{function} was read once more")

    monkeypatch.setattr(compiled, "reached", read_again)
    assert policy.turn() is ready
