"""A training carried on past the sessions that it tested, as its schedule has it.

1. `plan_further`  which model answers for which session: the newest one first, then one
                   that is trained every `refresh` sessions (docs/definitions/folds.md)
2. `carry_on`      features, fits and predictions of those sessions, in one child; what
                   was fitted before is read (`kept.py`)

A backtest over later sessions than a training tested stands on this: what it trades on
is out of sample there too, and no model answers for more than its `max_age_days`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from sigma_core.boosting.artifact import Model, trees_sha
from sigma_core.boosting.params import params_of
from sigma_core.boosting.process import Limits, Trees
from sigma_core.boosting.rows import Rows, rows_of
from sigma_core.builds import Prepared
from sigma_core.errors import BadInput, Problem
from sigma_core.executor import IN_PROCESS, Executor
from sigma_core.frames import Floats, Matrix, Times
from sigma_core.run import Progress, build_features, find_universe, quiet
from sigma_core.specs import fingerprint
from sigma_core.specs.schema import GbmConfig
from sigma_core.training.fits import require_rows
from sigma_core.training.kept import Kept, name_of
from sigma_core.training.learn import Told, known_labels
from sigma_core.training.schedule import Schedule, label_sessions
from sigma_core.training.scorer import OutOfSample
from sigma_core.validation.splits import Fold, Split, further, gap_before

STEP = "refresh"
NOTHING_KEPT = Kept()


@dataclass(frozen=True)
class Further:
    """Sessions, as places on the axis of a backtest's bars: the newest model answers
    for `newest` (none where the backtest begins later), `splits` for those after."""

    newest: range
    splits: tuple[Split, ...]
    gap: int

    @property
    def tested(self) -> range:
        """All sessions for which a model answers."""
        parts = [self.newest, *(split.test for split in self.splits)]
        found = [part for part in parts if part]
        return range(found[0].start, found[-1].stop)

    @property
    def begin(self) -> int:
        """The first session that is read."""
        learned = (split.train[0].start for split in self.splits)
        return min([self.tested.start, *learned])


@dataclass(frozen=True)
class Done:
    """A training by its dates: nothing before `begin` was learned from, its newest
    model learned up to `last`, its walk forward tested up to `tested`."""

    begin: date
    last: date
    tested: date


def plan_further(
    config: GbmConfig, days: Times, asked: range, done: Done
) -> Further | None:
    """Who answers for those of the sessions `asked`, as places on `days`, that come
    after the last one tested; None where there are none.

    Of a model of one ticker also for those between: a prediction is placed among those
    before it, wherever a backtest begins.

    Raises BadInput `model.age`, at `end`, where a model would be older than
    `max_age_days`.
    """
    first, stop = int(np.searchsorted(days, _day(done.tested), "right")), asked.stop
    if stop <= first:
        return None
    ahead = {"label_end": label_sessions(config), "embargo": config.train.embargo}
    refresh = stop - first if config.train.end else config.train.refresh
    splits = further(
        range(first, stop),
        window=config.train.window,
        refresh=refresh,
        begin=int(np.searchsorted(days, _day(done.begin))),
        **ahead,
    )
    begun = first if config.ticker else max(first, asked.start)
    made = Further(
        range(begun, min(first + refresh, stop)),
        tuple(split for split in splits if split.test.stop > begun),
        gap_before(**ahead),
    )
    _require_young(made, config, days, done.last)
    return made


def carry_on(
    known: OutOfSample,
    prepared: Prepared,
    plan: Further,
    newest: Model,
    limits: Limits,
    *,
    kept: Kept = NOTHING_KEPT,
    progress: Progress = quiet,
    executor: Executor = IN_PROCESS,
) -> OutOfSample:
    """`known` with the predictions of a plan's sessions, and the names of their trees.

    Trees that are `kept` are not fitted again, others are kept: either way they say the
    same.
    Progress names the step `refresh`. Raises MissingData `train.no_rows` for a split
    without labels and columns, BadInput `model.columns` for a newest model of other
    columns, and for the child what `training.train` does.
    """
    progress(STEP, 0.0, "features")
    matrix = _features(prepared, plan, executor)
    told = Told(progress, limits, step=STEP)
    work = _Work(prepared, plan, newest, matrix, told, kept)
    values, model = known.predictions.values.copy(), known.predictions.model.copy()
    shas, rows = [], work.rows
    for tested, said, sha in work.answers():
        cells = rows.of(_shifted(tested, plan.begin))
        at = slice(cells.start, cells.stop)
        values[rows.ticker[at], rows.time[at] + plan.begin] = said
        model[tested.start : tested.stop] = model.max() + 1
        shas.append(sha)
    names = {"refreshed": len(plan.splits), "refreshed_sha": fingerprint.sha_of(shas)}
    return replace(
        known,
        predictions=replace(known.predictions, values=values, model=model),
        last=prepared.market.session,
        names={**known.names, **names},
        words=(*known.words, *_words(known, prepared, plan)),
    )


@dataclass(frozen=True)
class _Work:
    """A plan with all that its fits and predictions are made of."""

    prepared: Prepared
    plan: Further
    newest: Model
    matrix: Matrix
    told: Told
    kept: Kept

    @cached_property
    def rows(self) -> Rows:
        return rows_of(self.matrix)

    def answers(self) -> Iterator[tuple[range, Floats, str]]:
        """The sessions of each model, what it says of them, the sha of its trees."""
        limits = self.told.limits
        with Trees(self.rows.values, self.rows.columns, limits) as trees:
            if self.plan.newest:
                said = self._by_newest(trees)
                yield self.plan.newest, said, self.newest.card.trees_sha
            if self.plan.splits:
                yield from self._by_splits(trees, limits.threads)

    def _by_newest(self, trees: Trees) -> Floats:
        asked = self.plan.newest
        first: date = self.prepared.market.bars.axis.days[asked.start].item()
        self.newest.require_whole()
        self.newest.require_usable(self.rows.columns, first)
        rows = self.rows.of(_shifted(asked, self.plan.begin))
        return trees.predict(self.newest.text, rows=rows)[0]

    def _by_splits(
        self, trees: Trees, threads: int
    ) -> Iterator[tuple[range, Floats, str]]:
        config, schedule = _config(self.prepared), self._schedule
        labels = known_labels(config, self.prepared, self.matrix).values
        each = self.rows.gather(labels)
        own = [split for fold in schedule.folds for split in fold.splits]
        for split in own:
            require_rows(self.rows, each, schedule, split)
        params = params_of(config.params, seed=config.train.seed, threads=threads)
        name, count = trees.label(each), len(own)
        for number, split in enumerate(own):
            last = schedule.day(split.train[0].stop - 1)
            self.told(number, count, f"trained to {last}")
            train = [self.rows.of(schedule.times(part)) for part in split.train]
            address = name_of(self.rows, each, train, params)
            text = self.kept.read(address)
            if text is None:
                text = trees.fit(name, train, params, range(0)).text
                self.kept.write(address, text)
            # the text is asked either way: it says the same whoever fitted it
            said = trees.predict(text, rows=self.rows.of(schedule.times(split.test)))[0]
            yield self.plan.splits[number].test, said, trees_sha(text)

    @property
    def _schedule(self) -> Schedule:
        """The plan's splits as a schedule of the matrix's own sessions."""
        low, days = self.plan.begin, self.matrix.axis.days
        own = tuple(
            Split((_shifted(split.train[0], low),), _shifted(split.test, low))
            for split in self.plan.splits
        )
        begin = tuple(range(len(days) + 1))
        folds, latest = (Fold(1, own),), own[-1]
        return Schedule(days, begin, folds, latest, self.plan.gap, follows=True)


def _features(prepared: Prepared, plan: Further, executor: Executor) -> Matrix:
    """The columns from the first session that is learned from, as they are stored."""
    bundle, market = prepared.bundle, prepared.market
    universe = find_universe(bundle, prepared.plan, market, plan.begin)
    return build_features(
        prepared.plan,
        market,
        universe,
        plan.begin,
        executor=executor,
        dtype=np.float32,
    )


def _require_young(
    plan: Further, config: GbmConfig, days: Times, trained_to: date
) -> None:
    """BadInput for a model that would answer when it is older than it may be."""
    own = [(days[s.train[0].stop - 1].item(), s.test) for s in plan.splits]
    first = [(trained_to, plan.newest)] if plan.newest else []
    for ended, tested in [*first, *own]:
        last: date = days[tested.stop - 1].item()
        if (last - ended).days > config.max_age_days:
            raise BadInput(_too_old(config, ended, last))


def _words(known: OutOfSample, prepared: Prepared, plan: Further) -> tuple[str, ...]:
    """Who answered where the training had not tested, for the report."""
    train, days = _config(prepared).train, prepared.market.bars.axis.days
    found = []
    if plan.newest:
        found.append(
            f"Past {known.last} its newest model answers, up to "
            f"{days[plan.newest.stop - 1]}."
        )
    if plan.splits:
        count, first = len(plan.splits), days[plan.splits[0].test.start]
        many = f"{count} models answer, each" if count > 1 else "a model answers,"
        found.append(
            f"From {first} on {many} trained as its schedule has it, on "
            f"{train.window} sessions, every {train.refresh}."
        )
    return tuple(found)


def _too_old(config: GbmConfig, ended: date, last: date) -> Problem:
    until = ended + timedelta(days=config.max_age_days)
    message = (
        f"a model trained to {ended} would predict {last}; with max_age_days "
        f"{config.max_age_days} it says nothing of sessions after {until}."
    )
    fixed = config.train.end
    other = f"take train.end, {fixed}, out of it" if fixed else "refresh more often"
    hint = f"End by {until}, {other}, or raise max_age_days to {(last - ended).days}."
    return Problem("model.age", "end", message, hint)


def _config(prepared: Prepared) -> GbmConfig:
    config = prepared.bundle.model
    assert isinstance(config, GbmConfig)  # noqa: S101 # it has a training
    return config


def _day(day: date) -> np.datetime64:
    return np.datetime64(day, "D")


def _shifted(stretch: range, by: int) -> range:
    return range(stretch.start - by, stretch.stop - by)
