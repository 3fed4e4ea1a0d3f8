"""The job `inbox`: every file that waits in the inbox, each in a commit of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings

from sigma_core.errors import BadInput, Problem
from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.jobs.scan import NAME
from signals.services import checking, inbox

if TYPE_CHECKING:  # deltalake: the type alone is wanted here
    from sigma_core.bars.store import Dataset

STEPS = (
    Step("files", "Take the files", 80, commits=True),
    Step("arrays", "Prepare the arrays", 20),
)


class InboxParams(Params):
    """Nothing is asked for: what lies there is taken."""


def perform(context: Context, params: InboxParams) -> Outcome:
    """Ingest and put away one file after the other; one that is refused stops none."""
    files = inbox.waiting(context.now)
    context.progress("files", 0.0, f"{len(files)} files")
    reports, touched = [], set()
    for at, file in enumerate(files):
        context.progress("files", at / len(files), file.path.name)
        report = _take(context, file)
        context.log(f"{file.path.name}: {report['words']}")
        if report["taken"]:
            touched.add((file.dataset, file.cadence))
        reports.append(report)
    context.progress("arrays", 0.0, "")
    for name, cadence in sorted(touched):
        dataset = _open(name)
        dataset.bars(cadence).arrays()
        checking.keep_minutes(dataset)
    return Outcome(summary={"files": reports})


def _take(context: Context, file: inbox.Waiting) -> dict[str, Any]:
    """One file: ingested, then put away; its report."""
    from sigma_core import ingest  # deltalake and pandas

    about = {"file": file.path.name, "dataset": file.dataset, "cadence": file.cadence}
    try:
        if not re.fullmatch(NAME, file.dataset):
            message = f"{file.dataset!r} is no name of a dataset."
            raise BadInput(Problem("dataset.name", "inbox", message, "Rename it."))
        dataset = _open(file.dataset)
        found = ingest.ingest(
            [file.path], dataset, cadence=file.cadence, ingested_at=context.now
        )
    except BadInput as error:
        problems = [problem.as_dict() for problem in error.problems]
        report = about | {"taken": False, "words": str(error), "problems": problems}
        inbox.put_away(file, to="refused", report=report)
        return report
    words = (
        f"{found.rows_new:,} new, {found.rows_revised:,} revised of {found.rows_in:,}"
    )
    report = about | {"taken": True, "words": words, **found.as_dict()}
    inbox.put_away(file, to="done", report=report)
    # a run's row is no place for the samples of many files
    return about | {"taken": True, "words": words, "problems": []}


def _open(name: str) -> Dataset:
    from sigma_core.market import open_dataset  # deltalake and pandas

    return open_dataset(settings.SIGMA_HOME / "datasets", name)


INBOX = register(
    Job(
        kind="inbox",
        label="Take the inbox",
        params=InboxParams,
        steps=STEPS,
        perform=perform,
        role="operator",
    )
)
