"""Universe: all of them, one of them on a session, and writing one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from packs_app import universe_files
from packs_app import universes as service
from packs_app.universes import UniverseView, block_words
from sigma_core.errors import BadInput, SigmaError, UnknownName
from signals import universe_forms as forms
from signals.queries import bars, held, universes
from signals.views.starting import sentences


@dataclass
class Asked:
    """The day that was asked for, or why there is none."""

    looked: universes.Looked | None = None
    month: universes.PickMonth | None = None
    dataset: str = ""
    #: why there is none, in sentences
    faults: Sequence[str] = ()


@require_GET
@requires("viewer")
def list_all(request: HttpRequest) -> HttpResponse:
    """Every universe with its rules, and the form of a new one."""
    return _list_page(request, forms.PastedForm())


@require_POST
@requires("operator")
def create(request: HttpRequest) -> HttpResponse:
    """Make a universe from a pasted list, and go to it."""
    form = forms.PastedForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form)
    try:
        view = universe_files.create(form.content(), request.user)
    except BadInput as error:
        forms.show_problems(form, error.problems)
        return _list_page(request, form)
    messages.success(request, f"{view.name} is made: packs/common/universes.")
    return redirect("universe", name=view.name)


@require_GET
@requires("viewer")
def one(request: HttpRequest, name: str) -> HttpResponse:
    """One universe on a session: rules, survivors, members, who came and went."""
    view = _find(name)
    return _page(request, view, *_forms(view))


@require_POST
@requires("operator")
def save(request: HttpRequest, name: str) -> HttpResponse:
    """Write the universe anew, one version up."""
    view = _find(name)
    form = forms.RulesForm(request.POST)
    rows = forms.BlockList(request.POST, prefix="block")
    if not (form.is_valid() and rows.is_valid()):
        return _page(request, view, form, rows)
    content = form.content() | {"block": forms.blocked(rows)}
    try:
        saved = universe_files.update(
            name, content, form.cleaned_data["seen"], request.user
        )
    except BadInput as error:
        forms.show_problems(form, error.problems)
        return _page(request, view, form, rows)
    version = saved.tree.spec.version if saved.tree else 0
    messages.success(request, f"Version {version} is saved.")
    return redirect("universe", name=name)


@require_POST
@requires("operator")
def delete(request: HttpRequest, name: str) -> HttpResponse:
    """Take away a universe that nothing uses."""
    view = _find(name)
    try:
        universe_files.delete(name, request.POST.get("seen") or None, request.user)
    except BadInput as error:
        messages.error(request, f"{error.problems[0].message} {error.problems[0].hint}")
        return redirect("universe", name=view.name)
    messages.success(request, f"{view.name} is deleted; its kept days stay.")
    return redirect("universes")


def _find(name: str) -> UniverseView:
    try:
        return service.find_universe(name)
    except UnknownName as error:
        problem = error.problems[0]
        raise Http404(f"{problem.message} {problem.hint}".strip()) from error


def _forms(view: UniverseView) -> tuple[forms.RulesForm, BaseFormSet[forms.BlockForm]]:
    """The forms of a universe as it is; blank ones for a broken file."""
    if view.tree is None:
        return forms.RulesForm(), forms.BlockList(prefix="block")
    spec, seen = view.tree.spec, view.tree.own_sha
    rows = forms.BlockList(prefix="block", initial=forms.rows_of(spec))
    return forms.RulesForm(initial=forms.initial_of(spec, seen)), rows


def _list_page(request: HttpRequest, form: forms.PastedForm) -> HttpResponse:
    newest = universes.newest_days()
    views = service.list_universes()
    context = {
        "rows": [(view, newest.get(view.name)) for view in views],
        "marks": list(dict.fromkeys(m for day in newest.values() for m in day.marks)),
        "form": form,
    }
    return render(request, "signals/universes.html", context)


def _page(
    request: HttpRequest,
    view: UniverseView,
    form: forms.RulesForm,
    rows: BaseFormSet[forms.BlockForm],
) -> HttpResponse:
    asked = _asked(request, view)
    looked = asked.looked
    page = looked.members.get_page(request.GET.get("page")) if looked else None
    spec = view.tree.spec if view.tree else None
    context: dict[str, Any] = {
        "view": view,
        "spec": spec,
        "model_links": [(each, _model_page(each)) for each in view.models],
        "blocks": [(b, block_words(b)) for b in spec.block] if spec else [],
        "asked": asked,
        "found": looked,
        "page": page,
        "q": request.GET.get("q", ""),
        "most": universes.MOVED,
        "form": form,
        "block_rows": rows,
        "editing": form.is_bound,
        "marks": _marks(asked),
    }
    return render(request, "signals/universe.html", context)


def _marks(asked: Asked) -> list[str]:
    """Those of the day's list; without one those of the dataset."""
    if asked.looked:
        return list(asked.looked.day.marks)
    return held.marks_of(asked.dataset) if asked.dataset else []


def _model_page(address: str) -> str:
    return reverse("model", args=address.split("/"))


def _asked(request: HttpRequest, view: UniverseView) -> Asked:
    """The day the address asks for; what is wrong with it is shown, not thrown."""
    if view.tree is None:
        return Asked()
    asked = forms.DayForm(request.GET)
    if not asked.is_valid():
        said = [f"{name}: {error}" for name, (error, *_) in asked.errors.items()]
        return Asked(faults=said)
    wanted = asked.cleaned_data
    try:
        dataset = universes.dataset_of(view, wanted["dataset"] or "")
    except SigmaError as error:
        return Asked(faults=sentences(error))
    build = bars.newest_build(dataset)
    on = wanted["on"] or universes.last_session(build)
    looked: universes.Looked | None = None
    faults: Sequence[str] = ()
    try:
        looked = universes.look(
            view,
            on=on,
            against=wanted["against"],
            dataset=dataset,
            revision=wanted["revision"],
            q=wanted["q"] or "",
            now=timezone.now(),
        )
    except SigmaError as error:
        faults = sentences(error)
    here = looked.day.session if looked else on or timezone.now().date()
    month = universes.month(build, here, wanted["month"] or "")
    return Asked(looked, month, dataset, faults)
