"""Data: datasets and their coverage, what quality found, and bringing bars in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import BadInput
from signals.csv_templates import TEMPLATES
from signals.forms import UploadForm
from signals.models import Run
from signals.queries import bars, overview
from signals.services import ingests
from signals.services import runs as services


@dataclass(frozen=True)
class Held:
    """One dataset as the page shows it."""

    name: str
    synthetic: bool
    build: bars.Build | None
    last: Run | None

    @property
    def coverage(self) -> bars.Coverage | None:
        """By ticker and month; None before the arrays are made."""
        return bars.coverage(self.build) if self.build else None

    @property
    def marks(self) -> list[str]:
        """What the dataset can't know: `survivors only`, and so on."""
        if self.build is None:
            return []
        # pandas comes with it: only who looks at data pays
        from sigma_core.quality.labels import labels

        told = self.last.summary.get("adjustment") if self.last else None
        return labels(self.build.held, adjustments={told} if told else set())

    @property
    def faults(self) -> list[bars.Fault]:
        """What the quality rules found."""
        return bars.faults(self.build) if self.build else []


@require_GET
@requires("viewer")
def data(request: HttpRequest) -> HttpResponse:
    """Every dataset: what it holds, how completely, and what is wrong with it."""
    return _page(request, UploadForm())


@require_POST
@requires("operator")
def upload(request: HttpRequest) -> HttpResponse:
    """Take files in and start a dry run of them; the run's page shows the report."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, form)
    try:
        run = ingests.enqueue_upload(
            files=form.cleaned_data["files"],
            params=form.params() | {"dry_run": True},
            user=request.user,
        )
    except BadInput as error:
        for problem in error.problems:
            form.add_error(None, f"{problem.message} {problem.hint}".strip())
        return _refused(request, form)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"url": reverse("run", args=[run.pk])}, status=202)
    return redirect("run", pk=run.pk)


@require_POST
@requires("operator")
def ingest(request: HttpRequest, pk: int) -> HttpResponse:
    """Ingest what a dry run has read."""
    dry = get_object_or_404(Run, pk=pk, kind=Run.Kind.INGEST, params__dry_run=True)
    try:
        run = services.enqueue_run(
            kind=Run.Kind.INGEST,
            params=dry.params | {"dry_run": False},
            user=request.user,
            # a second click leads to the run of the first
            idempotency_key=f"ingest what run {dry.pk} read",
        )
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("run", pk=pk)
    return redirect("run", pk=run.pk)


@require_GET
@requires("viewer")
def template(request: HttpRequest, kind: str = "bars") -> HttpResponse:
    """A file of bars, or of another kind, to fill in."""
    if kind not in TEMPLATES:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="{kind}_template.csv"'}
    return HttpResponse(TEMPLATES[kind], content_type="text/csv", headers=headers)


def _page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    held = _held()
    context: dict[str, Any] = {
        "datasets": held,
        "form": form,
        "runs": _ingests()[:8],
        "synthetic": any(each.synthetic for each in held),
    }
    return render(request, "signals/data.html", context, status=status)


def _refused(request: HttpRequest, form: UploadForm) -> HttpResponse:
    """What is wrong with an upload: as words for the script, as a page without it."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"errors": form.errors}, status=422)
    return _page(request, form)


def _held() -> list[Held]:
    last: dict[str, Run] = {}
    for run in _ingests().filter(status=Run.Status.SUCCEEDED)[:200]:
        if not run.params.get("dry_run"):
            last.setdefault(run.dataset, run)
    return [
        Held(
            name,
            bars.is_marked_synthetic(name),
            bars.newest_build(name),
            last.get(name),
        )
        for name in sorted(bars.dataset_names(), key=bars.is_marked_synthetic)
    ]


def _ingests() -> Any:  # Any: a queryset of runs, some fields deferred
    return Run.objects.filter(kind=Run.Kind.INGEST).defer(*overview.BRIEF)
