"""Trainings: the form that starts one, and its report."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import BadInput
from sigma_core.specs.bundle import Bundle
from signals import training_words, words
from signals.models import Run
from signals.queries import bars, catalogue, trainings
from signals.training_forms import TrainForm
from signals.views.models import find, page_of
from signals.views.starting import started


@require_POST
@requires("builder")
def start(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """Start a training and go to its run; what is wrong shows beside the form."""
    model = find(pack, model_id)
    form = TrainForm(request.POST, datasets=bars.dataset_names())
    if not form.is_valid():
        return page_of(request, model, train_form=form)
    asked = form.params(pack, model_id)
    run = started(
        request, form, kind=Run.Kind.TRAIN, params=asked, key=_key(request, asked)
    )
    if run is None:
        return page_of(request, model, train_form=form)
    return redirect(f"{reverse('run', args=[run.pk])}?then=result")


def _key(request: HttpRequest, asked: dict[str, Any]) -> str | None:
    """The key of the page and what was asked: a second click is the same request."""
    key = request.POST.get("key", "")
    said = "/".join(str(asked[name]) for name in ("start", "end", "dataset"))
    return f"{key}/train/{said}"[:120] if key else None


@require_GET
@requires("viewer")
def training(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of a training: how good its predictions were out of sample."""
    run = trainings.find(pk)
    card = run.trained.card
    report = card["report"]
    context = {
        "run": run,
        "card": card,
        "report": report,
        "summary": run.summary,
        "standing": trainings.standing_of(run.trained, _bundle(run)),
        "verdict": training_words.verdict(report),
        "figures": training_words.figures(report["pooled"]),
        "lines": training_words.lines(report),
        "by_fold": {
            f"fold {fold['number']}": fold["measures"]["rank_ic"]
            for fold in report["folds"]
        },
        **words.marks_of(run),
    }
    return render(request, "signals/training.html", context)


def _bundle(run: Run) -> Bundle | None:
    """The model as it is now; None where it is gone or broken."""
    try:
        return catalogue.model(run.pack, run.model_id).view.bundle
    except BadInput:
        return None
