"""What a backtest rests on, and in what two of them can't be held side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sigma_core.fill_words import STANDING, terms_words
from sigma_core.specs import policies
from signals.models import Backtest, ConfigSnapshot
from signals.queries.seals import Seals

#: of the fingerprint, what stands beside the bars and is not named by itself
BESIDE = ("reference_sha", "membership_sha", "calendar", "cadence")
Terms = Mapping[str, Any]  # Any: JSON


@dataclass(frozen=True)
class Basis:
    """Bars, universe, sessions and costs of one backtest, as words can name them."""

    comparable_sha: str
    dataset: str
    seals: Seals
    data_sha: str
    beside: tuple[str, ...]
    universe: str
    universe_sha: str
    first: date
    last: date
    costs: tuple[float, float, float] | None
    terms: Terms | None
    benchmark: str

    def against(self, other: Basis) -> list[str]:
        """What it has that the other has otherwise; empty for comparable ones."""
        if self.comparable_sha == other.comparable_sha:
            return []
        found = []
        if self.dataset != other.dataset:
            found.append(f"other dataset: {self.dataset}")
        else:
            found += self._bars_against(other)
        if self.universe_sha != other.universe_sha:
            found.append(f"other universe: {self.universe}".removesuffix(": "))
        if (self.first, self.last) != (other.first, other.last):
            found.append(f"other sessions: {_day(self.first)} to {_day(self.last)}")
        if self.costs != other.costs:
            found.append(f"other costs{_cost_words(self.costs)}")
        if self.terms != other.terms:
            found.append(f"other terms{_terms_words(self.terms, other.terms)}")
        if self.benchmark != other.benchmark:
            found.append(f"other benchmark: {self.benchmark or 'none'}")
        return found or ["other bars or terms"]

    def _bars_against(self, other: Basis) -> list[str]:
        """Of one dataset; that it goes on to another session is no change of it."""
        if self.beside != other.beside:
            return ["other reference data or lists: they have changed between them"]
        if self.data_sha == other.data_sha:
            return []
        found = self.seals.are_shared(
            (self.last, self.data_sha), (other.last, other.data_sha)
        )
        if found is None:
            return ["not known whether the bars up to the earlier end are the same"]
        changed = "other bars: the dataset has changed between them"
        return [] if found else [changed]


def bases(backtests: Iterable[Backtest]) -> dict[int, Basis]:
    """By run, of backtests read with their run; two queries for all of them."""
    rows = list(backtests)
    seals = {name: Seals(name) for name in {row.dataset for row in rows}}
    prints = {row.pk: row.run.fingerprint for row in rows}
    named = {str(one.get("universe_sha", "")) for one in prints.values()}
    universes = dict(
        ConfigSnapshot.objects.filter(sha__in=named - {""}).values_list("sha", "name")
    )
    kept = ConfigSnapshot.objects.filter(sha__in={row.policy_sha for row in rows})
    costs = {
        sha: _costs(content) for sha, content in kept.values_list("sha", "content")
    }
    return {
        row.pk: Basis(
            comparable_sha=row.comparable_sha,
            dataset=row.dataset,
            seals=seals[row.dataset],
            data_sha=str(prints[row.pk].get("data_sha")),
            beside=tuple(str(prints[row.pk].get(name)) for name in BESIDE),
            universe=universes.get(str(prints[row.pk].get("universe_sha")), ""),
            universe_sha=str(prints[row.pk].get("universe_sha", "")),
            first=row.first,
            last=row.last,
            costs=costs.get(row.policy_sha),
            terms=_terms(prints[row.pk].get("terms")),
            benchmark=str(prints[row.pk].get("benchmark") or ""),
        )
        for row in rows
    }


def _costs(content: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """(capital, slippage, commission) of a frozen policy, defaults filled in."""
    policy, _ = policies.validate(content)
    if policy is None:
        return None
    execution = policy.rules.execution
    capital = policy.rules.risk.capital
    return capital, execution.slippage_bps, execution.commission_bps


def _cost_words(costs: tuple[float, float, float] | None) -> str:
    if costs is None:
        return ""
    capital, slippage, commission = costs
    return f": {slippage:g} + {commission:g} bps a side on {capital:,.0f}"


def _terms_words(terms: Terms | None, other: Terms | None) -> str:
    """Those that the other has otherwise, where both are known."""
    if terms is None or other is None:
        return " of fills and delistings"
    words = terms_words(**terms)
    found = [words[name] for name in terms if terms[name] != other[name]]
    return f": {', '.join(found)}"


def _terms(kept: Terms | None) -> Terms | None:
    """All terms by name, also of a run from before one of them was there; None where
    the run does not say them."""
    return None if kept is None else {**STANDING, **kept}


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
