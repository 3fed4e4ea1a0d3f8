"""The Model page's Preview, and its form that builds a matrix."""

from __future__ import annotations

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.roles import requires
from sigma_core.errors import SigmaError
from signals.matrix_forms import BuildForm, PreviewForm
from signals.models import Run
from signals.queries import bars
from signals.queries.coverage import cause_rows
from signals.services import previews
from signals.views.models import find, page_of
from signals.views.starting import started


@require_POST
@vary_on_headers("HX-Request", "HX-Target")
@requires("builder")
def preview(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """Look at a model; htmx takes the section, without it the whole page comes."""
    model = find(pack, model_id)
    names = bars.dataset_names()
    form = PreviewForm(request.POST, datasets=names, model_id=model_id)
    shown: dict[str, Any] = {"preview_form": form}
    if form.is_valid():
        try:
            found = previews.preview(
                pack=pack,
                model_id=model_id,
                user=request.user,
                start=form.day("start"),
                end=form.until(),
                dataset=form.dataset,
            )
        except SigmaError as error:
            shown["preview_problems"] = error.problems
        else:
            shown |= {"preview": found, "causes": cause_rows(found["columns"])}
    if request.headers.get("HX-Target") == "preview":
        return render(request, "signals/preview.html", {"model": model} | shown)
    return page_of(request, model, **shown)


@require_POST
@requires("builder")
def build(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """Start a build and go to its run; what is wrong shows beside the form."""
    model = find(pack, model_id)
    names = bars.dataset_names()
    form = BuildForm(request.POST, datasets=names, model_id=model_id)
    if not form.is_valid():
        return page_of(request, model, build_form=form)
    run = started(
        request,
        form,
        kind=Run.Kind.BUILD_MATRIX,
        params=form.params(pack, model_id),
        key=_key(request, form),
    )
    if run is None:
        return page_of(request, model, build_form=form)
    return redirect("run", pk=run.pk)


def _key(request: HttpRequest, form: Form) -> str | None:
    """The key of the page and what was asked: a second click is the same request."""
    key, asked = request.POST.get("key", ""), form.cleaned_data
    names = [name for name in ("start", "end", "at", "dataset", "parquet")
             if name in asked]  # fmt: skip
    return f"{key}/matrix/{'/'.join(str(asked[n]) for n in names)}" if key else None
