"""The job `demo`: the synthetic market, brought up to the last finished session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings

from sigma_core.errors import BadInput, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register

if TYPE_CHECKING:  # deltalake: the type alone is wanted here
    from sigma_core.bars.store import Dataset

DATASET = "demo"
#: every machine's demo market is this one
SEED = 20230103
#: sessions of 5-minute bars that it begins with
INTRADAY = 40
FIRST = date(2023, 1, 3)
STEPS = (
    Step("market", "Make up the market", 40),
    Step("write", "Write the bars", 40, commits=True),
    Step("arrays", "Prepare the arrays", 20),
)


class DemoParams(Params):
    """Nothing is asked for: there is one demo market, and it ends with the clock."""


def check(params: DemoParams, *, local: bool) -> None:
    """BadInput where real bars stand under the demo's name."""
    folder = settings.SIGMA_HOME / "datasets" / DATASET
    if (folder / "bars").exists() and not (folder / "SYNTHETIC").exists():
        message = "it holds bars that were not made up; they are left as they are."
        hint = "Move them to a dataset of another name."
        raise BadInput(Problem("demo.taken", f"dataset {DATASET}", message, hint))


def perform(context: Context, params: DemoParams) -> Outcome:
    """Add the sessions that are missing; none, if it is up to date."""
    from sigma_core.bars import demo  # deltalake and pandas

    dataset = _dataset()
    until = dataset.sessions.last_finished(context.now)
    context.progress("market", 0.0, f"up to {until}")
    market = demo.demo_market(seed=SEED, until=until)
    context.progress("write", 0.0, f"{len(market.bars):,} bars")
    commit = demo.fill(dataset, market, ingested_at=context.now)
    context.progress("write", 0.5, "5-minute bars")
    finer = _fill_minutes(dataset, context.now)
    context.progress("arrays", 0.0, "")
    dataset.bars().arrays()
    dataset.bars("5m").arrays()
    return Outcome(
        summary={
            "dataset": DATASET,
            "synthetic": True,
            "rows_in": len(market.bars) + finer,
            "rows_new": commit.rows_new + finer,
            "last_session": str(until),
            "planted": [_plain(asdict(item)) for item in market.planted],
        },
        fields={"dataset": DATASET, "session": until},
    )


def _fill_minutes(dataset: Dataset, now: datetime) -> int:
    """Add the 5-minute bars that have closed since the last ones; how many. To begin
    with those of the last sessions."""
    from sigma_core.bars import demo, moments  # deltalake and pandas

    sessions, store = dataset.sessions, dataset.bars("5m")
    closed = moments.last_closed(now, sessions, "5m")
    if store.table.exists:
        bars = store.arrays()
        last = bars.axis.times[bars.spans.stop.max() - 1]
        if last >= closed:
            return 0
        since = last.astype("datetime64[D]").item()
    else:
        days = sessions.between(FIRST, sessions.last_finished(now))
        since = days[-INTRADAY:][0].item()
    until = closed.astype("datetime64[D]").item()
    made = demo.demo_minutes(seed=SEED, since=since, until=until, now=now)
    return demo.fill_minutes(dataset, made, ingested_at=now).rows_new


def catch_up(
    now: datetime, wanted: str | None, default: str, cadence: str = "daily"
) -> bool:
    """Bring the demo market up to date if it is what a run would read; whether it was
    behind. So the demo is never stale, and its newest list is never yesterday's."""
    from sigma_core.bars import demo, store  # deltalake and pandas

    root = settings.SIGMA_HOME / "datasets"
    if store.resolve(root, wanted, default) != DATASET:
        return False
    dataset = _dataset()
    until = dataset.sessions.last_finished(now)
    if not dataset.synthetic:
        return False
    behind = dataset.info()["last_session"] < until
    if behind:
        market = demo.demo_market(seed=SEED, until=until)
        demo.fill(dataset, market, ingested_at=now)
    if cadence == "daily":
        return behind
    return bool(_fill_minutes(dataset, now)) or behind


def _dataset() -> Dataset:
    from sigma_core.market import open_dataset  # deltalake and pandas

    return open_dataset(settings.SIGMA_HOME / "datasets", DATASET)


def _plain(item: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in item.items()}


DEMO = register(
    Job(
        kind="demo",
        label="Demo market",
        params=DemoParams,
        steps=STEPS,
        perform=perform,
        role="operator",
        check=check,
        fields=lambda params: {"dataset": DATASET},
    )
)
