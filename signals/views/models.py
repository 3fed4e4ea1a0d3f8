"""Models: all of them, one of them, and its Run form."""

from __future__ import annotations

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import BadInput, UnknownName
from signals import words
from signals.backtest_forms import BacktestForm
from signals.forms import ScanForm
from signals.matrix_forms import BuildForm, PreviewForm
from signals.models import Backtest, Run
from signals.queries import bars, catalogue, lists, overview, rules, trainings
from signals.training_forms import TrainForm
from signals.views.starting import started

RUNS = 10
ROWS = 10


@require_GET
@requires("viewer")
def models(request: HttpRequest) -> HttpResponse:
    """Every model of every pack, with what it last gave."""
    activity = overview.activity()
    rows = [
        (model, activity.get(model.key, overview.Activity()))
        for model in catalogue.models()
    ]
    context = {
        "rows": rows,
        "problems": catalogue.problems(),
        "marks": words.carried(
            *(done.last_run for _, done in rows if done.last_run is not None)
        ),
    }
    return render(request, "signals/models.html", context)


@require_GET
@requires("viewer")
def model(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """One model: in words, as YAML, its funnel, its last signals and runs."""
    return page_of(request, find(pack, model_id))


@require_POST
@requires("builder")
def scan(request: HttpRequest) -> HttpResponse:
    """Start a scan and go to its run; what is wrong with it shows beside the form."""
    form = ScanForm(request.POST, datasets=bars.dataset_names())
    pack, model_id = request.POST.get("pack", ""), request.POST.get("model_id", "")
    found = find(pack, model_id)
    if not form.is_valid():
        return page_of(request, found, form=form)
    run = started(
        request,
        form,
        kind=Run.Kind.SCAN,
        params=form.params(),
        key=_key(form, request.POST.get("key", "")),
    )
    if run is None:
        return page_of(request, found, form=form)
    return redirect("run", pk=run.pk)


def _key(form: ScanForm, key: str) -> str | None:
    """The key of the page and what was asked: a second click is the same request."""
    asked = form.params()
    return f"{key}/{asked['as_of']}/{asked['dataset']}" if key else None


def find(pack: str, model_id: str) -> catalogue.Model:
    """A model of the catalogue; 404 with the nearest name if there is none."""
    try:
        return catalogue.model(pack, model_id)
    except BadInput as error:
        hint = error.problems[0].hint if isinstance(error, UnknownName) else ""
        raise Http404(f"{error.problems[0].message} {hint}".strip()) from error


def page_of(
    request: HttpRequest, model: catalogue.Model, **given: object
) -> HttpResponse:
    """The page of a model; `given` replaces parts of it: a form with its errors."""
    activity = overview.activity().get(model.key, overview.Activity())
    held = [each for each in lists.held() if each.model == model.address]
    newest = lists.newest(held[0]) if held else None
    config = model.config
    recent = Run.objects.filter(pack=model.pack, model_id=model.model_id)
    blank = ScanForm(
        initial={"pack": model.pack, "model_id": model.model_id},
        datasets=bars.dataset_names(),
    )
    stretch = {"datasets": bars.dataset_names(), "model_id": model.model_id}
    context = {
        "model": model,
        "activity": activity,
        "found": newest,
        "rows": ROWS,
        "gates": rules.gates(config),
        "parts": rules.parts(config),
        "lines": catalogue.source_of(model).splitlines(),
        "runs": recent.defer(*overview.BRIEF)[:RUNS],
        "form": blank,
        "preview_form": PreviewForm(**stretch),
        "build_form": BuildForm(**stretch),
        "backtest_form": BacktestForm(
            datasets=bars.dataset_names(), trained=model.kind == "gbm"
        ),
        "backtests": Backtest.objects.filter(
            pack=model.pack, model_id=model.model_id
        ).order_by("-run_id")[:RUNS],
        **_learning(model),
        "key": secrets.token_urlsafe(16),
        **(words.marks_of(newest.run) if newest else {}),
    }
    return render(request, "signals/model.html", context | given)


def _learning(model: catalogue.Model) -> dict[str, object]:
    """What the page of a model to be trained has beside; nothing for a scanner."""
    if model.kind != "gbm":
        return {}
    found = trainings.of_model(model.pack, model.model_id, model.view.bundle)
    return {
        "learns": rules.learns(model.config),
        "without": trainings.without_bars(model.config.get("ticker")),
        "trainings": found[:RUNS],
        "answers": [one for one in found if one.state == "predicts"],
        "train_form": TrainForm(datasets=bars.dataset_names()),
    }
