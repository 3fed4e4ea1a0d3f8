"""Runs: the list, one run as it goes, and the buttons that stop or repeat it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.roles import may, requires
from sigma_core.errors import BadInput
from sigma_core.paths import safe_join
from signals import words
from signals.forms import RunsForm
from signals.jobs.base import job_of
from signals.models import Run
from signals.queries import overview
from signals.queries.coverage import CauseRow, cause_rows
from signals.services import runs as services

PAGE = 50
LOG_LINES = 200
#: seconds to the next look at a run, by how often the page has looked already
PACE = ((15, 1), (30, 2), (60, 5))
SLOWEST = 10


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, the newest first; the list looks again while one is active."""
    form = RunsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = Run.objects.defer(*overview.BRIEF)
    for name in ("status", "kind"):
        if asked.get(name):
            found = found.filter(**{name: asked[name]})
    page = Paginator(found, PAGE).get_page(asked.get("page") or 1)
    context = {
        "form": form,
        "page": page,
        "active": any(run.is_active for run in page),
        "filtered": bool(asked.get("status") or asked.get("kind")),
        "marks": words.carried(*page),
    }
    part = "#table" if request.headers.get("HX-Target") == "table" else ""
    return render(request, f"signals/runs.html{part}", context)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run; htmx asks for the part that moves, ever more slowly, until it ends."""
    run = get_object_or_404(Run, pk=pk)
    looks = _number(request.GET.get("looks", ""))
    log = run.log.splitlines()
    context = {
        "run": run,
        "looks": looks + 1,
        "pace": pace(looks),
        "sentence": words.state_sentence(run),
        "log": log[-LOG_LINES:],
        "log_cut": max(0, len(log) - LOG_LINES),
        "result_url": result_url(run),
        "causes": _causes(run),
        **words.marks_of(run),
        "steering_role": job_of(run.kind).role,
        "then": "result" if request.GET.get("then") == "result" else "",
    }
    if request.headers.get("HX-Target") == "live" and run.is_active:
        return render(request, "signals/run.html#live", context)
    if context["then"] and context["result_url"]:
        return _to_result(request, context["result_url"])
    context |= {
        "inputs": run.inputs.order_by("kind", "name"),
        "artifacts": artifacts(run),
        "fingerprint": fingerprint(run),
    }
    response = render(request, "signals/run.html", context)
    if request.headers.get("HX-Target") == "live":
        # it has ended: the rest of the page has changed too
        response["HX-Refresh"] = "true"
    return response


def _causes(run: Run) -> list[CauseRow]:
    """What its matrix lacks; a training has columns too, but says their names alone."""
    built = run.kind == Run.Kind.BUILD_MATRIX
    return cause_rows(run.summary.get("columns", [])) if built else []


def _to_result(request: HttpRequest, url: str) -> HttpResponse:
    """On to what the run gave, for whoever waited for it."""
    if request.headers.get("HX-Target") != "live":
        return redirect(url)
    response = HttpResponse()
    response["HX-Redirect"] = url
    return response


def _run_to_steer(request: HttpRequest, pk: int) -> Run:
    """The run, if this person may start runs of its kind; else 403."""
    run = get_object_or_404(Run, pk=pk)
    role = job_of(run.kind).role
    if not may(request.user, role):
        raise PermissionDenied(f"This needs the role {role}.")
    return run


@require_POST
@requires("builder")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a run to stop."""
    run = _run_to_steer(request, pk)
    try:
        services.cancel_run(run=run, user=request.user)
    except BadInput as error:
        messages.error(request, str(error.problems[0].message))
    return redirect("run", pk=pk)


@require_POST
@requires("builder")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """A new run that asks for the same."""
    run = _run_to_steer(request, pk)
    try:
        again = services.retry_run(run=run, user=request.user)
    except BadInput as error:
        messages.error(request, str(error.problems[0].message))
        return redirect("run", pk=pk)
    messages.success(request, f"Run {again.pk} repeats run {pk}.")
    return redirect("run", pk=again.pk)


@require_GET
@requires("viewer")
def artifact(request: HttpRequest, pk: int, name: str) -> HttpResponse | FileResponse:
    """One file of a run, as a download."""
    run = get_object_or_404(Run, pk=pk)
    try:
        path = safe_join(folder_of(run), *name.split("/"))
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
    except (BadInput, FileNotFoundError, IsADirectoryError) as error:
        raise Http404(f"Run {pk} has no file of that name.") from error


def pace(looks: int) -> int:
    """Seconds until the page looks again."""
    return next((seconds for most, seconds in PACE if looks < most), SLOWEST)


def folder_of(run: Run) -> Path:
    """Where a run keeps its files."""
    return Path(settings.SIGMA_HOME) / "runs" / str(run.pk)


def artifacts(run: Run) -> list[dict[str, Any]]:
    """Name and size of the run's files."""
    folder = folder_of(run)
    if not folder.is_dir():
        return []
    return [
        {"name": path.name, "size": path.stat().st_size}
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]


def fingerprint(run: Run) -> list[tuple[str, str, str]]:
    """(label, value, "sha" or "text") of everything the fingerprint names."""
    found = []
    for name, value in run.fingerprint.items():
        if isinstance(value, dict):
            found += [(f"{key}", str(each), "text") for key, each in value.items()]
        elif value not in (None, ""):
            kind = "sha" if name.endswith("sha") else "text"
            found.append(
                (name.removesuffix("_sha").replace("_", " "), str(value), kind)
            )
    return found


def result_url(run: Run) -> str:
    """Where the run's result is shown; empty while there is none."""
    if run.status != Run.Status.SUCCEEDED:
        return ""
    if run.kind == Run.Kind.SCAN and run.session:
        asked = {
            "model": f"{run.pack}/{run.model_id}",
            "dataset": run.dataset,
            "session": run.session.isoformat(),
        }
        return f"{reverse('signals')}?{urlencode(asked)}"
    if run.kind == Run.Kind.BACKTEST:
        return reverse("backtest", args=[run.pk])
    if run.kind == Run.Kind.CALIBRATE:
        page = reverse("calibrate", args=[run.pack, run.model_id])
        return f"{page}?run={run.pk}#result"
    if run.kind == Run.Kind.TRAIN:
        return reverse("training", args=[run.pk])
    if run.kind == Run.Kind.INGEST and not run.params.get("dry_run"):
        return f"{reverse('data')}#{run.dataset}"
    if run.kind == Run.Kind.ACKNOWLEDGE:
        cadence = run.params.get("cadence", "daily")
        return reverse("data_issues", args=[run.dataset, cadence])
    if run.kind == Run.Kind.CHECK_BARS:
        return f"{reverse('data_issues', args=[run.dataset, 'daily'])}?rule=D10"
    if run.kind == Run.Kind.INBOX:
        return reverse("data")
    return ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0
