"""What trainings left: of one run its report, of a model those there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import Http404

from sigma_core.specs.bundle import Bundle
from sigma_core.specs.learned import learned_sha
from sigma_core.specs.schema import GbmConfig
from signals.models import Run, TrainedModel
from signals.queries import bars
from signals.services.answering import ORDER, predicts_until

#: what a table shows of each, without the long card
BRIEF = (
    *("run_id", "dataset", "first", "last", "created_at"),
    *("card__learned_sha", "card__report__pooled__rank_ic"),
    *("card__report__pooled__t", "card__test_first", "card__test_last"),
    *("card__max_age_days", "card__label"),
)
STATES = {
    "predicts": "it answers for the model as it is now",
    "too_old": "bars are held that are too far from the end of its training",
    "changed": "what the model learns from has changed since",
    "superseded": "a training on later dates, or a newer one, answers first; this one "
    "still does for sessions that no other has tested",
    "gone": "the model's definition can't be read any more",
}


@dataclass(frozen=True)
class Training:
    """One training of a model, and whether it answers; `state` is a key of `STATES`."""

    run_id: int
    dataset: str
    first: date
    last: date
    until: date
    state: str
    label: str
    rank_ic: float | None
    t: float | None
    tested: tuple[str, str]

    @property
    def words(self) -> str:
        """Its state as people read it."""
        return self.state.replace("_", " ")

    @property
    def why(self) -> str:
        """Why it is in that state."""
        return STATES[self.state]


def find(pk: int) -> Run:
    """The run of a training that has succeeded, with its row; Http404 for others."""
    wanted = Run.objects.select_related("trained", "user")
    run = wanted.filter(
        pk=pk, kind=Run.Kind.TRAIN, status=Run.Status.SUCCEEDED, trained__isnull=False
    ).first()
    if run is None:
        raise Http404("There is no training of that number.")
    return run


def of_model(pack: str, model_id: str, bundle: Bundle | None) -> list[Training]:
    """All trainings of a model, the newest first; one query."""
    rows = TrainedModel.objects.filter(pack=pack, model_id=model_id)
    sha = learned_sha(bundle) if bundle else ""
    answered: set[str] = set()
    found = []
    for row in rows.order_by(*ORDER).values(*BRIEF):
        until = predicts_until(row["last"], _max_age(row, bundle))
        state = _state(row, sha, until, answered)
        found.append(_training(row, until, state))
    return sorted(found, key=lambda one: one.run_id, reverse=True)


def standing_of(row: TrainedModel, bundle: Bundle | None) -> Training:
    """One training, as `of_model` has it."""
    found = of_model(row.pack, row.model_id, bundle)
    return next(one for one in found if one.run_id == row.run_id)


def _state(row: Mapping[str, Any], sha: str, until: date, answered: set[str]) -> str:
    if not sha:
        return "gone"
    if row["card__learned_sha"] != sha:
        return "changed"
    if row["dataset"] in answered:
        return "superseded"
    answered.add(row["dataset"])
    last = last_held(row["dataset"])
    return "too_old" if last and last > until else "predicts"


def without_bars(ticker: str | None) -> list[str]:
    """The datasets that have no bars of a model's one ticker, so that it can't be
    trained there; as far as arrays of them are there. None for a model of many."""
    if not ticker:
        return []
    found = {name: bars.newest_build(name) for name in bars.dataset_names()}
    return [name for name, made in found.items() if made and ticker not in made.tickers]


def last_held(dataset: str) -> date | None:
    """The last session of daily bars that is held, as far as arrays of it are there."""
    build = bars.newest_build(dataset, "daily")
    return build.last if build else None


def _max_age(row: Mapping[str, Any], bundle: Bundle | None) -> int:
    """As the definition has it now: it is asked when the model predicts."""
    if bundle is not None and isinstance(bundle.model, GbmConfig):
        return bundle.model.max_age_days
    return int(row["card__max_age_days"])


def _training(row: Mapping[str, Any], until: date, state: str) -> Training:
    return Training(
        run_id=row["run_id"],
        dataset=row["dataset"],
        first=row["first"],
        last=row["last"],
        until=until,
        state=state,
        label=row["card__label"],
        rank_ic=row["card__report__pooled__rank_ic"],
        t=row["card__report__pooled__t"],
        tested=(row["card__test_first"], row["card__test_last"]),
    )
