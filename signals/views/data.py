"""Data: datasets and their coverage, what quality found, and bringing bars in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from packs_app import datasets
from sigma_core.errors import SigmaError, UnknownName
from signals.csv_templates import TEMPLATES
from signals.forms import UploadForm
from signals.models import Run, Source
from signals.queries import held, overview
from signals.services import choosing, inbox, ingests
from signals.services import runs as services
from signals.views.starting import sentences


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
    except SigmaError as error:
        for said in sentences(error):
            form.add_error(None, said)
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
    except SigmaError as error:
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


@require_POST
@requires("operator")
def take_inbox(request: HttpRequest) -> HttpResponse:
    """Ingest what lies in the inbox."""
    run = services.enqueue_run(kind=Run.Kind.INBOX, params={}, user=request.user)
    return redirect("run", pk=run.pk)


@require_POST
@requires("operator")
def check_bars(request: HttpRequest, dataset: str) -> HttpResponse:
    """Hold a dataset's daily bars against another's."""
    asked = {"dataset": dataset, "against": request.POST.get("against", "")}
    try:
        run = services.enqueue_run(
            kind=Run.Kind.CHECK_BARS, params=asked, user=request.user
        )
    except SigmaError as error:
        messages.error(request, str(error))
        return redirect("data")
    return redirect("run", pk=run.pk)


@require_POST
@requires("operator")
def choose(request: HttpRequest) -> HttpResponse:
    """Make a dataset the one that is meant where none is named."""
    name = request.POST.get("dataset", "")
    hide = request.POST.get("hide_demo") == "on"
    try:
        choosing.choose_dataset(dataset=name, hide_demo=hide, user=request.user)
    except UnknownName as error:
        messages.error(request, str(error))
        return redirect("data")
    said = f"{name} is meant wherever no dataset is named." if name else "Taken back."
    messages.success(request, said)
    return redirect("data")


def _page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    choice = datasets.choice()
    found = held.datasets(choice)
    context: dict[str, Any] = {
        "datasets": found,
        "form": form,
        "sources": Source.objects.values_list("name", flat=True)[:100],
        "templates": [kind for kind in TEMPLATES if kind != "bars"],
        "runs": _ingests()[:8],
        "offer": held.offered(found, choice),
        "choice": choice,
        "waiting": inbox.waiting(timezone.now()),
    }
    return render(request, "signals/data.html", context, status=status)


def _refused(request: HttpRequest, form: UploadForm) -> HttpResponse:
    """What is wrong with an upload: as words for the script, as a page without it."""
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"errors": form.errors}, status=422)
    return _page(request, form)


def _ingests() -> Any:  # Any: a queryset of runs, some fields deferred
    kinds = (Run.Kind.INGEST, Run.Kind.INBOX, Run.Kind.CHECK_BARS)
    return Run.objects.filter(kind__in=kinds).defer(*overview.BRIEF)
