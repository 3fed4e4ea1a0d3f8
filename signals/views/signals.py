"""Signals: one list as a table, one signal as a drawer, a view as a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.roles import requires
from packs_app import datasets
from sigma_core.errors import UnknownName
from signals import exports, words
from signals.forms import ExportForm, ListForm
from signals.models import Milestone, Signal, ts_of
from signals.queries import bars, explained, lists, milestones, narrowing

PAGE = 100


@dataclass
class View:
    """What the page was asked for, and what was found for it."""

    held: list[lists.Held]
    lists: lists.Held | None = None
    bars: list[lists.At] = field(default_factory=list)
    found: lists.Listing | None = None
    #: why nothing was found, in a sentence
    problem: str = ""
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> lists.At | None:
        """The bar shown, or asked for in vain."""
        if self.found:
            return self.found.at
        session, ts = self.asked.get("session"), self.asked.get("ts")
        if session is None:
            return None
        return lists.At(ts or ts_of(session), session)

    @property
    def session(self) -> date | None:
        """Its session."""
        return self.at.session if self.at else None

    @property
    def older(self) -> lists.At | None:
        """The nearest earlier bar with a list."""
        at = self.at
        return next((one for one in self.bars if at and one < at), None)

    @property
    def newer(self) -> lists.At | None:
        """The nearest later bar with a list."""
        at = self.at
        return next((one for one in reversed(self.bars) if at and one > at), None)

    @property
    def of_session(self) -> list[lists.At]:
        """The bars of the session that have a list, earliest first; of a model that
        decides more often than daily."""
        mine = (one for one in reversed(self.bars) if one.session == self.session)
        return [one for one in mine if one.intraday]


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def signals(request: HttpRequest) -> HttpResponse:
    """The table; an htmx request gets the list without the frame."""
    form = ListForm(request.GET)
    view = read_view(form)
    rows, misses = _rows(view)
    page = Paginator(rows, PAGE).get_page(view.asked.get("page") or 1)
    context = {
        "form": form,
        "view": view,
        "found": view.found,
        "page": page,
        "misses": misses,
        "tab": view.asked.get("tab") or "all",
        "sort": view.asked.get("sort") or "rank",
        "q": view.asked.get("q", ""),
        "tabs": _tabs(view),
        "datasets": sorted({held.dataset for held in view.held}),
        "sentence": words.list_sentence(view.found) if view.found else "",
        **(words.marks_of(view.found.run) if view.found else {}),
        **_opened(request, view),
    }
    part = "#list" if request.headers.get("HX-Target") == "list" else ""
    return render(request, f"signals/signals.html{part}", context)


@require_GET
@requires("viewer")
def export(request: HttpRequest) -> HttpResponse:
    """Exactly the view, as CSV or JSON, with what it rests on named first."""
    form = ExportForm(request.GET)
    view = read_view(form)
    if not form.is_valid() or view.found is None:
        words_of = " ".join(
            f"{name}: {' '.join(errors)}" for name, errors in form.errors.items()
        )
        return HttpResponse(
            words_of or view.problem, status=422, content_type="text/plain"
        )
    rows, misses = _rows(view)
    return exports.answer(form.cleaned_data["format"], view.found, rows, misses)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def signal(request: HttpRequest, pk: int) -> HttpResponse:
    """One signal: as a drawer for htmx, as a page without."""
    row = get_object_or_404(Signal.objects.select_related("run"), pk=pk)
    milestones.reach(request.user, Milestone.Name.OPENED_SIGNAL)
    context = {
        "opened": explained.explain(row),
        **words.marks_of(row.run),
    }
    part = "#panel" if request.headers.get("HX-Request") else ""
    return render(request, f"signals/signal.html{part}", context)


def read_view(form: ListForm) -> View:
    """The list that the form asks for; without a wish, the newest one."""
    view = View(held=lists.held(), asked=form.cleaned_data if form.is_valid() else {})
    if not view.asked.get("dataset"):
        view.held = _without_hidden(view.held)
    if not form.is_valid():
        view.problem = " ".join(
            f"{name}: {error}"
            for name, errors in form.errors.items()
            for error in errors
        )
        return view
    wanted = _wanted(view)
    if not wanted:
        view.problem = _nothing(view)
        return view
    view.lists = wanted[0]
    view.bars = lists.bars_of(wanted[0])
    at = _chosen(view)
    view.found = lists.read_list(wanted[0], at, view.bars) if at else None
    if view.found is None:
        view.problem = f"There is no list for {words.day_words(view.asked['session'])}."
    return view


def _chosen(view: View) -> lists.At | None:
    """The bar asked for: by session and when it closed, else the session's last, else
    the newest of all."""
    session, ts = view.asked["session"], view.asked["ts"]
    of_session = [one for one in view.bars if session in (None, one.session)]
    exact = [one for one in of_session if one.ts == ts]
    return next(iter((*exact, *of_session)), None)


def _without_hidden(found: list[lists.Held]) -> list[lists.Held]:
    """Without the made-up markets, if somebody wants them hidden and others are
    there."""
    choice = datasets.choice()
    real = [each for each in found if not bars.is_marked_synthetic(each.dataset)]
    return real if choice and choice.hide_synthetic and real else found


def _wanted(view: View) -> list[lists.Held]:
    model, dataset = view.asked["model"], view.asked["dataset"]
    return [
        held
        for held in view.held
        if model in ("", held.model) and dataset in ("", held.dataset)
    ]


def _nothing(view: View) -> str:
    """Why there is no list: a name that nothing has, or a model not scanned yet."""
    try:
        narrowing.require_known(
            model=view.asked["model"], dataset=view.asked["dataset"]
        )
    except UnknownName as error:
        (problem,) = error.problems
        return f"U{problem.message[1:]} {problem.hint}"
    return "There is no list of this model over this dataset."


def _rows(view: View) -> tuple[list[lists.Row], list[dict[str, Any]]]:
    """Rows of the tab, searched and sorted; near misses apart."""
    if view.found is None:
        return [], []
    tab, q = view.asked["tab"] or "all", view.asked["q"].strip().lower()
    rows = [
        row
        for row in view.found.tab(tab)
        if q in row.signal.ticker.lower() or q in row.signal.name.lower()
    ]
    for key in reversed((view.asked["sort"] or "rank").split(",")):
        rows = lists.sort_rows(rows, key)
    misses = [
        miss
        for miss in (view.found.near if tab == "near" else ())
        if q in str(miss.get("ticker", "")).lower()
        or q in str(miss.get("name", "")).lower()
    ]
    return rows, misses


def _tabs(view: View) -> list[tuple[str, str, int]]:
    counts = view.found.counts if view.found else {}
    labels = (
        ("all", "All"),
        ("new", "New"),
        ("left", "Left"),
        ("blocked", "Blocked"),
        ("near", "Near miss"),
    )
    return [(key, label, counts.get(key, 0)) for key, label in labels]


def _opened(request: HttpRequest, view: View) -> dict[str, Any]:
    """The signal that the address says is open in the drawer."""
    wanted = view.asked.get("open")
    if not wanted or view.found is None:
        return {}
    both = [*view.found.rows, *view.found.left]
    row = next((row for row in both if row.signal.pk == wanted), None)
    if row is None:
        raise Http404("That signal is not in this list.")
    milestones.reach(request.user, Milestone.Name.OPENED_SIGNAL)
    return {"opened": explained.explain(row.signal), "opened_pk": wanted}
