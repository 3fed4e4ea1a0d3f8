"""What a job is, what it is given, what it gives back; and the registry of kinds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sigma_api.problems import escape
from sigma_core.errors import BadInput, Problem, UnknownName, did_you_mean, shortened
from signals.jobs import asof
from signals.models import Run

#: progress(step, fraction done of that step, what it is doing)
Progress = Callable[[str, float, str], None]


class Params(BaseModel):
    """What a job is asked for. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


#: faults that are listed one by one; a list of values may have thousands
MOST_FAULTS = 20
ParamsT = TypeVar("ParamsT", bound=Params)
ContraT = TypeVar("ContraT", bound=Params, contravariant=True)


@dataclass(frozen=True)
class Step:
    """One step of a job: its name, what people read, its share of the whole time.

    `commits`: what it writes stays, so a run that has begun it can't be cancelled.
    """

    name: str
    label: str
    share: int
    commits: bool = False


@dataclass(frozen=True)
class Context:
    """What a job is given beside its parameters.

    `now` is the time of the attempt's start: a job reads no clock. `progress` may
    raise `Cancelled` (up to the start of a step that commits) or `LostRun`; let both
    through. `staging` is a folder of this
    attempt: what is written there and named in the outcome is kept.
    """

    run: Run
    now: datetime
    progress: Progress
    log: Callable[[str], None]
    staging: Path


def _save_nothing(run: Run) -> Mapping[str, object]:
    """Many jobs have no rows of their own."""
    return {}


@dataclass(frozen=True)
class Outcome:
    """What a job gives back; stored in the one transaction that ends the run.

    `fields` are columns of the run (`session`, `dataset`); `save` writes further rows
    within that transaction, after the run's row is locked and its token checked, and
    may add to the summary; `artifacts` are staged files that move to the run's folder.
    """

    summary: dict[str, Any] = field(default_factory=dict)  # Any: JSON
    fingerprint: dict[str, Any] = field(default_factory=dict)
    fields: Mapping[str, object] = field(default_factory=dict)
    artifacts: tuple[str, ...] = ()
    save: Callable[[Run], Mapping[str, object]] = _save_nothing


def _nothing_more(params: Any, *, local: bool) -> None:
    """Many parameters are right once they have the right shape."""


class Check(Protocol[ContraT]):
    """What a job's check looks like."""

    def __call__(self, params: ContraT, /, *, local: bool) -> None:
        """Raise BadInput, or do nothing."""


@dataclass(frozen=True)
class Job(Generic[ParamsT]):
    """One kind of job.

    `check` raises BadInput for what can be known to be wrong without doing the work;
    `local` says that a command asks, so somebody who may read the machine's files.
    `fields` are the columns of the run that are known before it starts; `role` may
    start, stop and repeat runs of the kind.
    """

    kind: str
    label: str
    params: type[ParamsT]
    steps: tuple[Step, ...]
    perform: Callable[[Context, ParamsT], Outcome]
    role: str = "builder"
    check: Check[ParamsT] = _nothing_more
    fields: Callable[[ParamsT], Mapping[str, object]] = lambda params: {}


_jobs: dict[str, Job[Any]] = {}  # Any: each job has parameters of its own


def register(job: Job[ParamsT]) -> Job[ParamsT]:
    """Make a kind of job known; a kind is registered once."""
    if job.kind in _jobs:
        raise ValueError(f"job kind {job.kind!r} is registered twice")
    _jobs[job.kind] = job
    return job


def job_of(kind: str) -> Job[Any]:
    """The job of a kind; UnknownName with a did-you-mean."""
    try:
        return _jobs[kind]
    except KeyError:
        raise UnknownName("kind of job", kind, _jobs) from None


def has_committed(run: Run) -> bool:
    """Whether the run has begun a step whose writing stays."""
    begun = {step["name"] for step in run.steps if step["status"] != "waiting"}
    return bool(begun) and any(
        step.commits and step.name in begun for step in job_of(run.kind).steps
    )


def parse_params(job: Job[ParamsT], given: Mapping[str, object]) -> ParamsT:
    """The parameters as the job's model; BadInput with every fault at its pointer."""
    try:
        return job.params.model_validate_json(_as_json(given))
    except ValidationError as error:
        known = job.params.model_fields
        faults = error.errors()
        problems = [_problem(fault, known) for fault in faults[:MOST_FAULTS]]
        if (more := len(faults) - MOST_FAULTS) > 0:
            problems.append(Problem("params.more", "", f"And {more:,} more."))
        raise BadInput(problems) from None


def _as_json(given: Mapping[str, object]) -> str:
    """JSON, so that `strict` reads dates from text as an API body has them."""
    return json.dumps(given, default=str)


def _problem(fault: Any, known: Mapping[str, object]) -> Problem:
    steps = (shortened(str(step)) for step in fault["loc"])
    where = "/".join(("", *map(escape, steps)))
    if fault["type"] == "extra_forbidden":
        name = str(fault["loc"][-1])
        return Problem(
            "params.unknown", where, f"unknown key {name!r}.", did_you_mean(name, known)
        )
    code = "params.missing" if fault["type"] == "missing" else "params.invalid"
    hint = "Write dates as YYYY-MM-DD." if fault["type"].startswith("date") else ""
    if fault["type"] == "date_as_of":
        hint = asof.FORMS
    if fault["type"] == "string_pattern_mismatch" and "a-z" in fault["ctx"]["pattern"]:
        message = f"{fault['input'][:80]!r} is no name."
        hint = "Names are of a-z, 0-9 and _, begin with no _, and are not long."
        return Problem(code, where, message, hint)
    return Problem(code, where, fault["msg"].rstrip(".") + ".", hint)
