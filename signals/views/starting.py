"""How a page starts a run: queued, or refused with what is wrong beside the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.contrib import messages
from django.http import HttpRequest

from sigma_core.errors import BadInput, SigmaError
from signals.models import Run
from signals.services import runs


class Refusing(Protocol):
    """A form that shows what is wrong with what it asked for."""

    def refuse(self, where: str, said: str) -> None:
        """At a parameter, or above the form."""


def started(
    request: HttpRequest,
    form: Refusing,
    *,
    kind: str,
    params: Mapping[str, object],
    key: str | None,
) -> Run | None:
    """The queued run; None where nothing was started: then the form says why, also
    where what it stands on is missing or damaged."""
    try:
        run = runs.enqueue_run(
            kind=kind, params=params, user=request.user, idempotency_key=key
        )
    except SigmaError as error:
        for problem, said in zip(error.problems, sentences(error), strict=True):
            form.refuse(problem.where.strip("/"), said)
        return None
    messages.success(request, f"Run {run.pk} is queued.")
    return run


def sentences(error: SigmaError) -> list[str]:
    """What is wrong, a sentence each; the place too where it is no parameter but
    something that is kept."""
    kept = not isinstance(error, BadInput)
    return [
        f"{f'{one.where}: ' if kept else ''}{one.message} {one.hint}".strip()
        for one in error.problems
    ]
