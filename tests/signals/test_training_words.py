"""What a training's report says in its first sentence."""

from __future__ import annotations

from typing import Any

import pytest

from signals.training_words import verdict


def report(
    ic: float | None, t: float | None, p: float | None, *, control: float = 0.4
) -> dict[str, Any]:
    """A report of these figures; `control` is the p of the shuffled labels."""
    return {
        "pooled": {"rank_ic": ic, "t": t, "p": p},
        "baselines": {
            "momentum": {"rank_ic": 0.02},
            "permuted": {"rank_ic": 0.031, "t": 3.4, "p": control},
        },
    }


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((0.034, 2.41, 0.021), "Rank IC +0.034, t +2.41, p 0.021: more than chance"),
        ((-0.034, -2.41, 0.021), "Rank IC −0.034, t −2.41, p 0.021: it is wrong more"),
        ((0.034, 1.20, 0.24), "Rank IC +0.034, t +1.20, p 0.240: chance alone"),
        ((0.034, 2.50, 0.13), "p 0.130: chance alone"),  # of three sessions
        ((0.034, None, None), "Too few sessions were tested"),
        ((None, None, None), "Too few sessions were tested"),
    ],
)
def test_it_is_more_than_chance_by_p(
    figures: tuple[float | None, ...], said: str
) -> None:
    assert said in verdict(report(*figures))


def test_it_is_held_against_momentum() -> None:
    assert "better than plain momentum, +0.020" in verdict(report(0.034, 3.0, 0.01))
    assert "no better than plain momentum" in verdict(report(0.01, 3.0, 0.01))


def test_a_control_that_finds_something_is_said() -> None:
    leaky = verdict(report(0.034, 3.0, 0.01, control=0.001))
    assert "The control is not about 0 (+0.031): something leaks" in leaky
    assert "control" not in verdict(report(0.034, 3.0, 0.01, control=0.1))
