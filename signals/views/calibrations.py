"""Calibrate: the grid form, its count, the result with its maps, the promotion."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.roles import may, requires
from sigma_core.errors import BadInput
from sigma_core.specs.fingerprint import sha_of
from signals import metric_words, words
from signals.calibration_forms import CalibrateForm
from signals.models import Run
from signals.queries import bars, calibration_maps, calibrations, catalogue
from signals.queries.packs import changed_lines
from signals.services import promotions
from signals.views.models import find
from signals.views.starting import started

MAX_CELLS = 200


@require_GET
@requires("viewer")
def page(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """The form, the last calibrations, and the result of one (`?run=`)."""
    model = _scanner(pack, model_id)
    return _page(request, model, CalibrateForm(**_of(model)))


@require_GET
@requires("viewer")
def count(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """How many cells the form would have, and how long they would take."""
    model = _scanner(pack, model_id)
    form = CalibrateForm(request.GET, **_of(model))
    context = {"cost": _cost(form, model)}
    return render(request, "signals/calibrate.html#count", context)


@require_POST
@requires("builder")
def start(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """Start a calibration and go to its run; what is wrong shows beside the form."""
    model = _scanner(pack, model_id)
    form = CalibrateForm(request.POST, **_of(model))
    if not form.is_valid() or "count" in request.POST:
        return _page(request, model, form)
    asked = form.run_params(pack, model_id)
    run = started(
        request, form, kind=Run.Kind.CALIBRATE, params=asked, key=_key(request, asked)
    )
    if run is None:
        return _page(request, model, form)
    return redirect(f"{reverse('run', args=[run.pk])}?then=result")


def _key(request: HttpRequest, asked: Mapping[str, Any]) -> str | None:
    """The key of the page and what was asked: a second click is the same request, a
    click after going back to another grid is another."""
    key = request.POST.get("key", "")[:64]
    return f"{key}/calibrate/{sha_of(asked)[:16]}" if key else None


@require_http_methods(["GET", "POST"])
@requires("viewer")
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """What a cell (`cell`, else the winner) would change; confirmed, it is written.
    While cells are missing one must be named."""
    run = calibrations.find(pk)
    if request.method == "POST" and not may(request.user, "builder"):
        raise PermissionDenied("This needs the role builder.")
    number = request.GET.get("cell") or request.POST.get("cell") or ""
    cell = int(number) if number.isdecimal() and len(number) < 5 else None
    back = f"{_address(run)}#result"
    try:
        asked = {"pack": run.pack, "model_id": run.model_id}
        found = calibrations.result_of(run)
        tried = calibrations.cell_of(found, cell)
        if request.method == "POST":
            return _promoted(request, run, tried.params, back)
        change = promotions.change_of(**asked, params=tried.params)
    except BadInput as error:
        for problem in error.problems[:3]:
            messages.error(request, f"{problem.message} {problem.hint}".strip())
        return redirect(back)
    context = {
        "run": run,
        "cell": "" if cell is None else cell,
        "change": change,
        "lines": changed_lines(change.now.text, change.text),
        "tried": tried,
        "missing": calibrations.missing_words(found),
        "brought": metric_words.lines(tried.swept.metrics, tried.held_out.metrics),
        "back": back,
    }
    return render(request, "signals/promote.html", context)


def _promoted(
    request: HttpRequest, run: Run, params: Mapping[str, float], back: str
) -> HttpResponse:
    found = promotions.promote(
        pack=run.pack,
        model_id=run.model_id,
        params=params,
        user=request.user,
        note=promotions.note_of(run),
        if_match=request.POST.get("if_match") or None,
    )
    saved = f"Saved as revision {found.revision}: " if found.revision else ""
    messages.success(request, f"{saved}{found.words}")
    return redirect(back)


def _scanner(pack: str, model_id: str) -> catalogue.Model:
    """The model; 404 for one without thresholds."""
    model = find(pack, model_id)
    if model.kind != "scanner":
        message = f"{model_id} is of kind {model.kind}: only a scanner is calibrated."
        raise Http404(message)
    return model


def _of(model: catalogue.Model) -> dict[str, Any]:
    return {
        "params": model.config.get("params") or {},
        "datasets": bars.dataset_names(),
    }


def _page(
    request: HttpRequest, model: catalogue.Model, form: CalibrateForm
) -> HttpResponse:
    recent = calibrations.recent(model.pack, model.model_id)
    shown = _shown(request, recent)
    context = {
        "model": model,
        "form": form,
        "cost": _cost(form, model) if form.is_bound else None,
        "key": secrets.token_urlsafe(16),
        "runs": recent,
        "run": shown,
        **(_result(shown) if shown else {}),
    }
    return render(request, "signals/calibrate.html", context)


def _shown(request: HttpRequest, recent: list[Run]) -> Run | None:
    """The run the address asks for, else the newest."""
    asked = request.GET.get("run", "")
    if not asked:
        return recent[0] if recent else None
    known = next((run for run in recent if str(run.pk) == asked), None)
    if known is None and asked.isdecimal() and len(asked) < 10:
        return calibrations.find(int(asked))
    return known


def _result(run: Run) -> dict[str, Any]:
    found = calibrations.result_of(run)
    judged = found.judged
    order = sorted(
        range(len(found.cells)),
        key=lambda at: (judged.values[at] is None, -(judged.values[at] or 0.0)),
    )
    return {
        "result": found,
        "names": list(found.grid),
        "terms": calibrations.terms_words(run),
        "maps": calibration_maps.maps_of(found) if found.cells else [],
        "rows": [_row(found, at) for at in order],
        "undo": calibrations.undo_of(run),
        **words.marks_of(run),
    }


def _row(found: calibrations.Result, at: int) -> dict[str, Any]:
    judged, cell = found.judged, found.cells[at]
    said = calibration_maps.value_words
    place = judged.standings[at]
    return {
        "cell": cell,
        "params": list(cell.params.items()),
        "value": said(judged.objective, judged.values[at]),
        "standing": place.word,
        "sign": calibration_maps.SIGNS[place.word],
        "held_out": said(judged.objective, judged.held_out[at]),
        "won": at == judged.winner,
    }


def _cost(form: CalibrateForm, model: catalogue.Model) -> dict[str, Any]:
    """Cells, and seconds by the last calibration (None without one)."""
    form.is_valid()
    grid = form.grid
    cells = math.prod(len(values) for values in grid.values()) if grid else 0
    seconds = calibrations.seconds_of(model.pack, model.model_id, cells)
    return {
        "cells": cells,
        "most": MAX_CELLS,
        "over": cells > MAX_CELLS,
        "seconds": seconds,
        "sizes": [(name, len(values)) for name, values in grid.items()],
    }


def _address(run: Run) -> str:
    page = reverse("calibrate", args=[run.pack, run.model_id])
    return f"{page}?{urlencode({'run': run.pk})}"
