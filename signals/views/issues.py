"""The problems of one dataset, the bars behind each, and answers to them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import SigmaError
from signals.forms import IssueForm
from signals.models import DataIssue, Run
from signals.queries import bars, held, issues, silence
from signals.services import runs

CADENCES = ("daily", "hourly", "15m", "5m")
ON_A_PAGE = 20


@require_GET
@requires("viewer")
def data_issues(request: HttpRequest, dataset: str, cadence: str) -> HttpResponse:
    """Every find, with its bars."""
    _require(dataset, cadence)
    return _page(request, dataset, cadence, IssueForm())


@require_POST
@requires("operator")
def answer(request: HttpRequest, dataset: str, cadence: str) -> HttpResponse:
    """Say what was decided about one of them, or take it back."""
    _require(dataset, cadence)
    form = IssueForm(request.POST)
    if form.is_valid():
        try:
            run = runs.enqueue_run(
                kind=Run.Kind.ACKNOWLEDGE,
                params=form.params() | {"dataset": dataset, "cadence": cadence},
                user=request.user,
            )
        except SigmaError as error:
            form.add_error(None, str(error))
        else:
            return redirect("run", pk=run.pk)
    return _page(request, dataset, cadence, form)


def _require(dataset: str, cadence: str) -> None:
    if dataset not in bars.dataset_names() or cadence not in CADENCES:
        raise Http404


def _page(
    request: HttpRequest, dataset: str, cadence: str, form: IssueForm
) -> HttpResponse:
    rule = request.GET.get("rule", "")[:4]
    build = bars.newest_build(dataset, cadence)
    found = issues.issues(dataset, cadence)
    counts = Counter(issue.rule for issue in found)
    chosen = [issue for issue in found if rule in ("", issue.rule)]
    page = Paginator(chosen, ON_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "dataset": dataset,
        "cadence": cadence,
        "marks": held.marks_of(dataset, build),
        "rule": rule,
        "counts": sorted(counts.items(), key=lambda item: int(item[0][1:])),
        "total": len(found),
        "page": page,
        "shown": [(issue, *issues.around(issue)) for issue in page],
        "form": form,
        "silent": silence.silent(dataset) if cadence == "daily" else [],
        "answers": DataIssue.objects.standing()
        .filter(dataset=dataset, cadence=cadence)
        .select_related("user")[:100],
    }
    return render(request, "signals/issues.html", context)
