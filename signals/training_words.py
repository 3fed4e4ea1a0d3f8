"""A training's measures as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma_core.numerals import numeral
from signals.glossary import TERMS
from signals.terms import Term

NOTHING = "–"
#: measure → (its term, how it is written)
FORMS: Mapping[str, tuple[str, str]] = {
    "rank_ic": ("train_rank_ic", "+.3f"),
    "ic": ("ic", "+.3f"),
    "icir": ("icir", "+.2f"),
    "spread": ("quantile_spread", "+.2%"),
    "hit_rate": ("rank_hits", ".1%"),
    "turnover": ("top_turnover", ".1%"),
    "t": ("train_t", "+.2f"),
    "p": ("train_p", ".3f"),
}
#: p up to which a mean is called more than chance
LIKELY = 0.05
#: p up to which the control is not about 0: three standard errors of many sessions
SURE = 0.003


@dataclass(frozen=True)
class Line:
    """What was tested, when, and its measures in the order of `FORMS`."""

    name: str
    first: str
    last: str
    values: tuple[str, ...]
    kind: str = "fold"


def figures(measures: Mapping[str, Any]) -> list[tuple[Term, str]]:
    """Each measure with its term."""
    return [
        (TERMS[term], said(measures[name], form))
        for name, (term, form) in FORMS.items()
    ]


def lines(report: Mapping[str, Any]) -> list[Line]:
    """The folds, all of them together, and what they are held against."""
    folds = [
        Line(
            f"fold {fold['number']}",
            fold["test_first"],
            fold["test_last"],
            _values(fold["measures"]),
        )
        for fold in report["folds"]
    ]
    first, last = folds[0].first, folds[-1].last
    pooled = Line("together", first, last, _values(report["pooled"]), "pooled")
    others = [
        Line(name, first, last, _values(found), "baseline")
        for name, found in report["baselines"].items()
    ]
    return [*folds, pooled, *others]


def verdict(report: Mapping[str, Any]) -> str:
    """What to make of it, in a sentence or two."""
    pooled = report["pooled"]
    ic, t, p = pooled["rank_ic"], pooled["t"], pooled["p"]
    if ic is None or t is None:
        return "Too few sessions were tested to say whether it knows anything."
    known = f"Rank IC {said(ic, '+.3f')}, t {said(t, '+.2f')}, p {said(p, '.3f')}"
    if p > LIKELY:
        found = f"{known}: chance alone gives as much."
    elif ic > 0:
        found = f"{known}: more than chance would give."
    else:
        found = f"{known}: it is wrong more often than chance would be."
    return f"{found}{_beside(report, ic)}{_control(report)}"


def _beside(report: Mapping[str, Any], ic: float) -> str:
    plain = report["baselines"]["momentum"]["rank_ic"]
    if plain is None:
        return ""
    better = "better" if ic > plain else "no better"
    return f" That is {better} than plain momentum, {said(plain, '+.3f')}."


def _control(report: Mapping[str, Any]) -> str:
    """Whether the training on shuffled labels found nothing, as it must."""
    found = report["baselines"]["permuted"]
    if found["p"] is None or found["p"] > SURE:
        return ""
    value = said(found["rank_ic"], "+.3f")
    return f" The control is not about 0 ({value}): something leaks into the features."


def said(value: float | None, form: str) -> str:
    """A measure with its unit: +0.031, 51.2 %; – where it is not defined."""
    if value is None:
        return NOTHING
    return numeral(value, form)


def _values(measures: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(said(measures[name], form) for name, (_, form) in FORMS.items())
