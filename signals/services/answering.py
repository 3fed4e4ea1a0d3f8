"""Which training of a model answers for a session, and which for all of a stretch
(`docs/definitions/gbm.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from packs_app.trees import Answering
from sigma_core.specs.bundle import Bundle
from sigma_core.specs.learned import learned_sha
from sigma_core.specs.schema import GbmConfig
from signals.models import TrainedModel

#: those on the latest dates first, of equals the newest run
ORDER = ("-last", "-run_id")


@dataclass(frozen=True)
class Reach:
    """Of which sessions a training may speak: after `known_on`, when the last label it
    learned from was known, as long as it is not too old; and of those it has tested.

    `begin` is the first session that any of its models learned from, `oldest` the
    greatest age in days at which one of them tested a session.
    """

    run_id: int
    last: date
    known_on: date
    tested: tuple[date, date] | None
    begin: date
    oldest: int = 0


def trainings_of(bundle: Bundle, dataset: str | None = None) -> QuerySet[TrainedModel]:
    """The trainings of a model as it is now, over a dataset (None: over each), in their
    order."""
    rows = TrainedModel.objects.filter(
        pack=bundle.pack,
        model_id=bundle.model_id,
        card__learned_sha=learned_sha(bundle),
    ).order_by(*ORDER)
    return rows if dataset is None else rows.filter(dataset=dataset)


def answering(
    bundle: Bundle, dataset: str, session: date | None
) -> TrainedModel | None:
    """The training that answers for a session (None: not asked). Where none may speak
    of it the first, which knows why; None where there is none."""
    rows = trainings_of(bundle, dataset)
    if session is None or not isinstance(bundle.model, GbmConfig):
        return rows.first()
    found = choose(reaches_of(rows), session, bundle.model.max_age_days)
    return rows.first() if found is None else rows.get(run_id=found)


def trees_of(bundles: Sequence[Bundle]) -> dict[str, dict[str, Answering]]:
    """The trees that answer for some models as they are now, by pack/model_id and
    dataset; one query."""
    learned = {(one.pack, one.model_id): learned_sha(one) for one in bundles}
    rows = TrainedModel.objects.filter(card__learned_sha__in=set(learned.values()))
    names = ("pack", "model_id", "card__learned_sha", "dataset", "run_id", "trees_sha")
    found: dict[str, dict[str, Answering]] = {}
    for pack, model_id, sha, dataset, run, trees in rows.order_by(*ORDER).values_list(
        *names
    ):
        if learned.get((pack, model_id)) == sha:
            own = found.setdefault(f"{pack}/{model_id}", {})
            own.setdefault(dataset, Answering(run, trees))
    return found


def choose(reaches: Iterable[Reach], session: date, max_age_days: int) -> int | None:
    """The run of the first, in their order, that may speak of a session; None where
    none may. Those that learned before it come before those that tested it."""
    listed = list(reaches)
    for one in listed:
        if one.known_on < session <= predicts_until(one.last, max_age_days):
            return one.run_id
    for one in listed:
        if one.tested and one.tested[0] <= session <= one.tested[1]:
            return one.run_id
    return None


def predicts_until(last: date, max_age_days: int) -> date:
    """The last day of which a model trained to `last` may say something."""
    return last + timedelta(days=max_age_days)


def reaches_of(rows: QuerySet[TrainedModel]) -> list[Reach]:
    """Of each how far it reaches, without the long cards; one query."""
    names = ("known_on", "test_first", "test_last", "backtestable", "splits")
    found = rows.values_list(
        "run_id", "first", "last", *(f"card__{name}" for name in names)
    )
    day = date.fromisoformat
    return [
        Reach(
            run_id=run_id,
            last=last,
            known_on=day(known_on),
            tested=(day(began), day(ended)) if follows else None,
            begin=min([first, *(day(one["train_first"]) for one in splits)]),
            oldest=max((_age(one) for one in splits), default=0),
        )
        for run_id, first, last, known_on, began, ended, follows, splits in found
    ]


def _age(split: Mapping[str, str]) -> int:
    """Days from the end of a model's training to the last session that it tested."""
    tested, ended = (date.fromisoformat(split[f"{w}_last"]) for w in ("test", "train"))
    return (tested - ended).days
