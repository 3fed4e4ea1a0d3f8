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
from signals.queries import issues, silence
from signals.queries.silence import RULE as SILENT

if TYPE_CHECKING:  # deltalake: the type alone is wanted here
    from sigma_core.bars.store import Dataset

#: The rules that look at recorded actions; of the others an answer is a note.
SETTLED_BY_ACTION = ("D5", "D6", "D7", "D10")
#: days that a refusal names
_NAMED = 5
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
    """BadInput for a find that there is not, a delisting without a price, and for
    nothing to take back."""
    if params.answer == "delisted" and params.price is None and not params.undo:
        message = "a delisting needs the last price."
        raise BadInput(Problem("params.missing", "/price", message))
    if not (settings.SIGMA_HOME / "datasets" / params.dataset).is_dir():
        message = "there is no such dataset."
        raise BadInput(Problem("unknown.dataset", "/dataset", message))
    if not params.undo:
        _require_find(params)
    elif not _standing(params).exists():
        message = "nobody has answered this."
        raise BadInput(Problem("issue.unanswered", "/undo", message))


def _require_find(params: AcknowledgeParams) -> None:
    """BadInput at what fits no find of the rules: the ticker, the rule or the day."""
    if _find(params) is not None:
        return
    of_ticker = issues.with_settled(
        params.dataset, params.cadence, ticker=params.ticker
    )
    days = [str(each.ts.date()) for each in of_ticker if each.rule == params.rule]
    if params.rule == SILENT:
        gone = silence.silent(params.dataset)
        days += [f"{one.since} on" for one in gone if one.ticker == params.ticker]
    of = f"{params.rule} of {params.ticker}"
    if days:
        place, hint = "/session", f"There is one of {', '.join(days[:_NAMED])}."
    elif of_ticker:
        rules = sorted({each.rule for each in of_ticker})
        place, hint = "/rule", f"Of this ticker there is {', '.join(rules)}."
    else:
        place, hint = "/ticker", "GET /api/data_issues, or the page, lists all finds."
    message = f"there is no find {of} on {params.session} in {params.cadence} bars."
    raise BadInput(Problem("issue.no_find", place, message, hint))


def _find(params: AcknowledgeParams) -> issues.Issue | None:
    return issues.find(
        params.dataset,
        params.cadence,
        rule=params.rule,
        ticker=params.ticker,
        session=params.session,
    )


def _standing(params: AcknowledgeParams) -> QuerySet[DataIssue]:
    of_ticker = DataIssue.objects.standing().filter(
        dataset=params.dataset,
        cadence=params.cadence,
        rule=params.rule,
        ticker=params.ticker,
    )
    if params.rule == SILENT:  # its answer may be dated otherwise than the find
        return of_ticker
    return of_ticker.filter(session=params.session)


def perform(context: Context, params: AcknowledgeParams) -> Outcome:
    """Record or withdraw the action, and build the arrays anew."""
    from sigma_core.market import open_dataset  # deltalake and pandas

    dataset = open_dataset(settings.SIGMA_HOME / "datasets", params.dataset)
    context.progress("record", 0.0, f"{params.rule} {params.ticker} {params.session}")
    found = _find(params)  # before it is settled
    _record(dataset, context, params)
    context.progress("arrays", 0.0, "")
    store = dataset.bars(params.cadence)
    if store.version() >= 0:
        store.arrays()
    return Outcome(
        summary=params.model_dump(mode="json"),
        save=lambda run: _save(run, params, found),
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


def _save(
    run: Run, params: AcknowledgeParams, found: issues.Issue | None
) -> Mapping[str, object]:
    """The answer's row, in the transaction that ends the run."""
    at = run.started_at
    _standing(params).update(withdrawn_at=at)
    if not params.undo:
        DataIssue.objects.create(
            **params.model_dump(exclude={"undo"}),
            found=found.kept if found else {},
            user=run.user,
            known_at=at,
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
