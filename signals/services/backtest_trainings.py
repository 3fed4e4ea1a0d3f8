"""The training that a backtest of a model stands on (`docs/definitions/gbm.md`).

1. `tested_between`  start and end, where one is left open
2. `find`            the one training that answers for all of these sessions
3. `Answering.said`  what it says of them; past its tests its schedule goes on
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from packs_app import datasets
from sigma_core.errors import BadInput, MissingData, Problem
from sigma_core.specs.schema import GbmConfig
from signals.jobs.base import Context
from signals.models import TrainedModel
from signals.services.answering import Reach, reaches_of, trainings_of
from signals.services.endings import run_folder
from signals.services.trainings import limits_for, require_whole

if TYPE_CHECKING:  # lightgbm's parents, numba and deltalake: the types alone
    from sigma_core.boosting.artifact import Model
    from sigma_core.builds import Prepared
    from sigma_core.frames import Times
    from sigma_core.specs.bundle import Bundle
    from sigma_core.training.further import Further
    from sigma_core.training.scorer import OutOfSample

#: stretches of trainings that a refusal names
SHOWN = 4


class Stretch(Protocol):
    """Which model, over which sessions of which dataset, as a job is asked."""

    @property
    def pack(self) -> str: ...
    @property
    def model_id(self) -> str: ...
    @property
    def start(self) -> date | None: ...
    @property
    def end(self) -> date | None: ...
    @property
    def dataset(self) -> str | None: ...


def tested_between(asked: Stretch) -> tuple[date | None, date | None]:
    """Start and end as they are asked for; where one is left open, of a trained model
    the first or the last session that its training tested, which is the first training
    that tested the other. One that starts past its tests ends with the last one held.
    BadInput `train.untested` at `end` for one that ends before anything was tested.
    """
    from sigma_core.specs.bundle import load_bundle

    start, end = asked.start, asked.end
    if start is not None and end is not None:
        return start, end
    bundle = load_bundle(settings.SIGMA_PACKS, asked.pack, asked.model_id)
    if not isinstance(bundle.model, GbmConfig):
        return start, end
    found = [one for one in _usable(bundle, asked.dataset) if one.tested]
    if not found:
        return start, end
    first, last = _fitting(found, start, end)
    if start is not None and start > last:
        return start, end
    return start or first, end or last


def _fitting(
    found: Sequence[Reach], start: date | None, end: date | None
) -> tuple[date, date]:
    """What the first training tested that has tested the one day that was given, or
    the first of all; BadInput `train.untested` at `end` where all begin with it or
    after it: a backtest trades on two sessions or more."""
    if end is None:
        fits = [one for one in found if start is None or _tested(one)[0] <= start]
        return _tested((fits or found)[0])
    fits = [one for one in found if _tested(one)[0] < end]
    if fits:
        return _tested(fits[0])
    earliest = min(_tested(one)[0] for one in found)
    message = f"no training has tested two sessions up to {end}."
    hint = f"End after {earliest}, or train over more sessions before it."
    message = f"{message} Tested are {_covered(found)}."
    raise BadInput(Problem("train.untested", "end", message, hint))


def _usable(bundle: Bundle, wanted: str | None) -> list[Reach]:
    """The trainings of a model that a backtest may take, in their order."""
    assert isinstance(bundle.model, GbmConfig)  # noqa: S101 # `tested_between`
    try:
        dataset = datasets.resolve_dataset(wanted or bundle.universe.dataset)
    except MissingData:
        return []
    most = bundle.model.max_age_days
    found = reaches_of(trainings_of(bundle, dataset))
    return [one for one in found if one.oldest <= most] or found


@dataclass(frozen=True)
class Answering:
    """The training that answers for a backtest: what it tested, and who answers past
    that (`plan`; None where nobody needs to)."""

    row: TrainedModel
    known: OutOfSample
    plan: Further | None

    def said(self, prepared: Prepared, context: Context) -> OutOfSample:
        """What it says of all sessions of the backtest. Raises what `carry_on` does."""
        from sigma_core.executor import parse
        from sigma_core.training.further import carry_on
        from sigma_core.training.kept import Kept

        if self.plan is None:
            return self.known
        return carry_on(
            self.known,
            prepared,
            self.plan,
            self._newest(prepared),
            limits_for(context),
            kept=Kept(run_folder(self.row.run_id)),
            progress=context.progress,
            executor=parse(settings.SIGMA_EXECUTOR, scratch=context.staging),
        )

    def _newest(self, prepared: Prepared) -> Model:
        """`max_age_days` counts as the config has it now."""
        from sigma_core.boosting.artifact import read

        model, config = read(run_folder(self.row.run_id)), prepared.bundle.model
        assert isinstance(config, GbmConfig)  # noqa: S101 # it has a training
        card = replace(model.card, max_age_days=config.max_age_days)
        return replace(model, card=card)


def find(prepared: Prepared) -> Answering | None:
    """The training that answers out of sample for all sessions of a backtest; None for
    a scanner, and where there is no training of the model as it is now.

    Raises what `first_that_answers` does, BadInput `train.not_backtestable` for purged
    k-fold, DamagedData where its predictions are not those that were written.
    """
    from sigma_core.training.scorer import open_out_of_sample, require_backtestable

    config, market = prepared.bundle.model, prepared.market
    if not isinstance(config, GbmConfig):
        return None
    rows = trainings_of(prepared.bundle, market.dataset.name)
    reaches = reaches_of(rows)
    if not reaches:
        return None
    require_backtestable(config)
    asked = range(prepared.first, market.column + 1)
    chosen, plan = first_that_answers(reaches, config, market.bars.axis.days, asked)
    row = rows.get(run_id=chosen.run_id)
    require_whole(row)
    names = {"trained_run": row.run_id, "trained_sha": row.card["output_sha"]}
    known = open_out_of_sample(run_folder(row.run_id), prepared, names)
    first, last = _tested(chosen)
    words = (
        f"Ranked by the training of run {row.run_id}, which tested {first} to {last}."
    )
    return Answering(row, replace(known, first=first, last=last, words=(words,)), plan)


def first_that_answers(
    reaches: Sequence[Reach], config: GbmConfig, days: Times, asked: range
) -> tuple[Reach, Further | None]:
    """The first, in their order, that answers out of sample for each of the sessions
    `asked`, which are places on `days`; and who answers past what it tested.

    Where none does, BadInput `train.untested` at `start` or `model.age` at `end` (at
    `model_id` where all are too old for their own tests), naming what each covers.
    """
    faults: list[Problem] = []
    for one in reaches:
        try:
            return one, _plan(one, config, days, asked)
        except BadInput as error:
            faults.append(error.problems[0])
    young = [one for one in reaches if one.oldest <= config.max_age_days]
    first: date = days[asked.start].item()
    raise BadInput(_refusal(faults, young, first))


def _plan(one: Reach, config: GbmConfig, days: Times, asked: range) -> Further | None:
    """Who answers past what a training tested; BadInput where it does not answer."""
    from sigma_core.training.further import Done, plan_further

    if one.oldest > config.max_age_days:
        raise BadInput(_old(one, config.max_age_days))
    (began, tested), first = _tested(one), days[asked.start].item()
    if first < began:
        message = f"run {one.run_id} tested from {began} on, not {first}."
        raise BadInput(Problem("train.untested", "start", message))
    return plan_further(config, days, asked, Done(one.begin, one.last, tested))


def _tested(one: Reach) -> tuple[date, date]:
    assert one.tested is not None  # noqa: S101 # `require_backtestable`
    return one.tested


def _refusal(faults: Sequence[Problem], young: list[Reach], first: date) -> Problem:
    """Why none answers: said of the one that goes furthest towards it."""
    order = ("end", "start", "model_id")
    worst = min(faults, key=lambda one: order.index(one.where))
    if worst.where == "model_id":
        return worst
    covered = f"Tested are {_covered(young)}."
    if worst.where == "end":
        return replace(worst, message=f"{worst.message} {covered}")
    message = f"no training has tested {first}. {covered}"
    earliest = min(_tested(one)[0] for one in young)
    hint = f"Start on {earliest} or later, or train over more sessions before it."
    return replace(worst, message=message, hint=hint)


def _covered(reaches: Iterable[Reach]) -> str:
    """What was tested, by which run; a stretch within another is not named."""
    found: list[tuple[date, date, int]] = []
    for one in reaches:
        first, last = _tested(one)
        if not any(a <= first and last <= b for a, b, _ in found):
            found.append((first, last, one.run_id))
    said = [f"{a} to {b} (run {run})" for a, b, run in found[:SHOWN]]
    more = [f"{len(found) - SHOWN:,} stretches more"] if len(found) > SHOWN else []
    *others, last_one = [*said, *more]
    return f"{', '.join(others)} and {last_one}" if others else last_one


def _old(one: Reach, most: int) -> Problem:
    message = (
        f"in the training of run {one.run_id} a model tested when it was "
        f"{one.oldest} days old; max_age_days is {most} now."
    )
    hint = "Train it again, or raise max_age_days."
    return Problem("model.age", "model_id", message, hint)
