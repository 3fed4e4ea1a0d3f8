"""The leaderboard, the tags of its runs, and two to four of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import BadInput, UnknownName
from signals import charts, metric_words, svg_curves
from signals.leaderboard_forms import LeaderboardForm, TagsForm
from signals.leaderboard_serializers import run_ids
from signals.models import Run
from signals.queries import comparing
from signals.queries import leaderboard as board
from signals.queries.comparing import Comparison
from signals.services import tags

PAGE = 50
COMPARE = "signals/compare.html"
#: of the curves side by side; each is told from the others by its dashes too
COLOURS = ("accent", "amber", "down", "p5")


@require_GET
@requires("viewer")
def leaderboard(request: HttpRequest) -> HttpResponse:
    """Every backtest, filtered and in order, with what luck has to do with it."""
    form = LeaderboardForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    context: dict[str, Any] = {
        "form": form,
        "choices": board.choices(),
        "sort": asked.get("sort", ""),
        "tag_entry": request.GET.get("tag", ""),
    }
    if form.is_valid():
        context |= _page(asked)
    return render(request, "signals/leaderboard.html", context)


def _page(asked: dict[str, Any]) -> dict[str, Any]:
    rows, order = board.ordered(board.narrowed(asked), asked["sort"])
    keys = board.keys_of(rows, order)
    page = Paginator(keys, PAGE).get_page(asked["page"] or 1)
    here = list(page.object_list)
    leader = here[:1] if page.number == 1 else list(keys[:1])
    first, *shown = board.read([*leader, *here], asked["sort"]) or [None]
    start = page.start_index()
    return {"page": page, "entries": board.entries(shown, first=start, leader=first)}


@require_POST
@requires("builder")
def set_tags(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the run of a row other tags, and go back to the board."""
    run = get_object_or_404(Run.objects.filter(backtest__isnull=False), pk=pk)
    form = TagsForm(request.POST)
    try:
        if form.is_valid():
            tags.set_tags(run=run, tags=form.cleaned_data["tags"])
        else:
            messages.error(request, " ".join(form.errors["tags"]))
    except BadInput as error:
        messages.error(request, " ".join(one.message for one in error.problems))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("leaderboard")
    return redirect(back)


@require_GET
@requires("viewer")
def compare(request: HttpRequest) -> HttpResponse:
    """Runs side by side; `?runs=1&runs=2`, as a form sends it, goes to `?runs=1,2`."""
    given = request.GET.getlist("runs")
    if len(given) > 1:
        return redirect(f"{reverse('compare')}?runs={','.join(given)}")
    asked = given[0] if given else ""
    context: dict[str, Any] = {"asked": asked}
    try:
        ids = run_ids(asked)
    except ValueError as error:
        return render(request, COMPARE, context | {"problem": str(error)})
    try:
        context |= _side_by_side(comparing.compare(ids))
    except UnknownName as error:
        context["problem"] = f"There is no backtest of run {_named(error)}."
    return render(request, COMPARE, context)


@require_GET
@requires("viewer")
def curves(request: HttpRequest) -> HttpResponse:
    """The figure of the page as data, for a browser that draws it itself."""
    try:
        ids = run_ids(request.GET.get("runs", ""))
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=422)
    try:
        found = comparing.compare(ids)
    except UnknownName as error:
        return JsonResponse({"error": str(error)}, status=422)
    return JsonResponse(charts.as_json(found.sessions, [_figure(found)]))


def _side_by_side(found: Comparison) -> dict[str, Any]:
    figure = _figure(found)
    columns = [one.metrics for one in found.runs]
    return {
        "found": found,
        "columns": list(zip(found.runs, figure.lines, strict=True)),
        "metrics": metric_words.lines(*columns),
        "changes": _changes(found),
        "figure": figure,
        "svg": svg_curves.curves(figure, found.sessions),
        "words": svg_curves.words(figure, found.sessions) if found.sessions else "",
        "damaged": [one.damaged for one in found.runs if one.damaged],
    }


def _changes(found: Comparison) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Of each run after the first, what its definitions say otherwise."""
    return [
        (
            one.entry,
            [(part.replace("_", " "), some) for part, some in one.changes.items()],
        )
        for one in found.runs[1:]
    ]


def _figure(found: Comparison) -> charts.Figure:
    lines = [
        charts.Line(
            name=f"run {one.entry.backtest.pk}",
            colour=colour,
            values=found.curve(one),
            dashed=at % 2 == 1,
        )
        for at, (one, colour) in enumerate(zip(found.runs, COLOURS, strict=False))
    ]
    return charts.Figure("equity", "Change of equity", "share", tuple(lines))


def _named(error: UnknownName) -> Sequence[str] | str:
    return error.problems[0].message.split("'")[1]
