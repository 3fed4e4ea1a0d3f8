"""The job `acknowledge`: somebody's answer to a find of the quality rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db.models import QuerySet
from pydantic import Field

from sigma_core.errors import BadInput, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.scan import NAME
from signals.models import DataIssue, Run

if TYPE_CHECKING:  # deltalake: the type alone is wanted here
    from sigma_core.bars.store import Dataset

#: The rules that look at recorded actions; of the others an answer is a note.
SETTLED_BY_ACTION = ("D5", "D6", "D7", "D10")
#: The question of a silent ticker: its answer may be dated otherwise than the find.
SILENT = "D11"
ACTION_OF = {"acknowledged": "acknowledged", "delisted": "delisting"}
STEPS = (
    Step("record", "Record the answer", 40, commits=True),
    Step("arrays", "Judge again", 60),
)


class AcknowledgeParams(Params):
    """Which find (dataset, cadence, rule, ticker, session), and what was decided.

    `price` goes with a delisting. `undo` takes the standing answer back.
    """

    dataset: str = Field(pattern=NAME)
    cadence: Literal["daily", "hourly", "15m", "5m"] = "daily"
    rule: str = Field(pattern=r"^D([1-9]|1[0-4])$")
    ticker: str = Field(min_length=1, max_length=32)
    session: date
    answer: Literal["acknowledged", "delisted", "wait"] = "acknowledged"
    note: str = Field(min_length=1, max_length=500)
    price: float | None = Field(default=None, gt=0)
    undo: bool = False


def check(params: AcknowledgeParams, *, local: bool) -> None:
    """BadInput for a delisting without a price, and for nothing to take back."""
    if params.answer == "delisted" and params.price is None and not params.undo:
        message = "a delisting needs the last price."
        raise BadInput(Problem("params.missing", "/price", message))
    if not (settings.SIGMA_HOME / "datasets" / params.dataset).is_dir():
        message = "there is no such dataset."
        raise BadInput(Problem("unknown.dataset", "/dataset", message))
    if params.undo and not _standing(params).exists():
        message = "nobody has answered this."
        raise BadInput(Problem("issue.unanswered", "/undo", message))


def _standing(params: AcknowledgeParams) -> QuerySet[DataIssue]:
    of_ticker = DataIssue.objects.standing().filter(
        dataset=params.dataset,
        cadence=params.cadence,
        rule=params.rule,
        ticker=params.ticker,
    )
    if params.rule == SILENT:
        return of_ticker
    return of_ticker.filter(session=params.session)


def perform(context: Context, params: AcknowledgeParams) -> Outcome:
    """Record or withdraw the action, and build the arrays anew."""
    from sigma_core.market import open_dataset  # deltalake and pandas

    dataset = open_dataset(settings.SIGMA_HOME / "datasets", params.dataset)
    context.progress("record", 0.0, f"{params.rule} {params.ticker} {params.session}")
    _record(dataset, context, params)
    context.progress("arrays", 0.0, "")
    store = dataset.bars(params.cadence)
    if store.version() >= 0:
        store.arrays()
    return Outcome(
        summary=params.model_dump(mode="json"), save=lambda run: _save(run, params)
    )


def _record(dataset: Dataset, context: Context, params: AcknowledgeParams) -> None:
    """Take back what the standing answer recorded, then record what this one says."""
    import pandas as pd

    for standing in _standing(params):
        if kind := _action_of(standing.rule, standing.answer):
            dataset.withdraw_action(
                standing.ticker, standing.session, kind, known_at=context.now
            )
    kind = _action_of(params.rule, params.answer)
    if params.undo or kind is None:
        return
    row = {"ticker": params.ticker, "ex_date": str(params.session), "kind": kind}
    row |= {"known_at": context.now, "cash": params.price}
    dataset.add_actions(pd.DataFrame([row]))


def _action_of(rule: str, answer: str) -> str | None:
    """The kind of action that an answer is in the engine; None for a mere note."""
    if answer == "acknowledged" and rule not in SETTLED_BY_ACTION:
        return None
    return ACTION_OF.get(answer)


def _save(run: Run, params: AcknowledgeParams) -> Mapping[str, object]:
    """The answer's row, in the transaction that ends the run."""
    at = run.started_at
    _standing(params).update(withdrawn_at=at)
    if not params.undo:
        DataIssue.objects.create(
            **params.model_dump(exclude={"undo"}), user=run.user, known_at=at
        )
    return {}


ACKNOWLEDGE = register(
    Job(
        kind="acknowledge",
        label="Answer a data issue",
        params=AcknowledgeParams,
        steps=STEPS,
        perform=perform,
        check=check,
        fields=lambda params: {"dataset": params.dataset},
    )
)
