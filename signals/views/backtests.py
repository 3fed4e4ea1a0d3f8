"""Backtests: the form that starts one, its report, the curves behind its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.roles import requires
from sigma_core.errors import BadInput, DamagedData, Problem, SigmaError
from sigma_core.specs.fingerprint import sha_of
from signals import charts, metric_words, svg_curves, words
from signals.api.backtests import csv_answer
from signals.backtest_forms import BacktestForm, TableForm
from signals.models import Run
from signals.queries import backtests, bars
from signals.queries.luck import luck_of
from signals.views.models import find, page_of
from signals.views.starting import started

PAGE = 50
#: metrics that the head of the report shows large
FIRST = ("total_return", "cagr", "sharpe", "max_drawdown", "turnover", "trades")
#: levels of colour of a month's return, on each side of zero
LEVELS = (0.005, 0.02, 0.05)
#: decimals of a fraction of a share, as brokers state it
FRACTION_DIGITS = 4


@require_POST
@requires("builder")
def start(request: HttpRequest, pack: str, model_id: str) -> HttpResponse:
    """Start a backtest and go to its run; what is wrong shows beside the form."""
    model = find(pack, model_id)
    names, trained = bars.dataset_names(), model.kind == "gbm"
    form = BacktestForm(request.POST, datasets=names, trained=trained)
    if not form.is_valid():
        return page_of(request, model, backtest_form=form)
    asked = form.params(pack, model_id)
    key = request.POST.get("key", "")[:64]
    run = started(
        request,
        form,
        kind=Run.Kind.BACKTEST,
        params=asked,
        # a second click on one page, for the same, is the same request
        key=f"{key}/backtest/{sha_of(asked)[:16]}" if key else None,
    )
    if run is None:
        return page_of(request, model, backtest_form=form)
    return redirect(f"{reverse('run', args=[run.pk])}?then=result")


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def backtest(request: HttpRequest, pk: int) -> HttpResponse:
    """The report; htmx takes a table without the rest."""
    run = backtests.find(pk)
    form = TableForm(request.GET)
    shown = _table(run, form)
    if request.headers.get("HX-Target") == "tables":
        context = {"run": run, "report": run.summary, **shown}
        return render(request, "signals/backtest_tables.html", context)
    report = run.summary
    figures, damaged = _figures(run)
    context = {
        "run": run,
        "report": report,
        "backtest": run.backtest,
        "luck": luck_of(run.backtest),
        "first": _first(report),
        "columns": [curve["name"] for curve in report["curves"]],
        "lines": _lines(report),
        "without_best": metric_words.lines(report["metrics"], report["without_best"]),
        "figures": figures,
        "damaged": damaged,
        "months": [_year(year) for year in report["months"]],
        **words.marks_of(run),
        **shown,
    }
    return render(request, "signals/backtest.html", context)


@require_GET
@requires("viewer")
def curves(request: HttpRequest, pk: int) -> JsonResponse:
    """What the page's script draws; 409 where the daily table is damaged."""
    run = backtests.find(pk)
    try:
        series = backtests.series(run)
    except DamagedData as error:
        return JsonResponse({"error": str(error)}, status=409)
    drawn = charts.figures(series, run.summary)
    return JsonResponse(charts.as_json(series["sessions"], drawn))


@require_GET
@requires("viewer")
def download(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """A table as CSV; of it only what a filter leaves. One that is damaged, or can't be
    filtered so, leads to the report, which says so in its place."""
    run = backtests.find(pk)
    try:
        found = _asked_of(run, table, TableForm(request.GET))
    except SigmaError:
        kept = {name: request.GET.get(name) for name in ("reason", "session")}
        asked = {"table": table} | {name: text for name, text in kept.items() if text}
        return redirect(f"{reverse('backtest', args=[pk])}?{urlencode(asked)}#tables")
    return csv_answer(found, run, table)


def _asked_of(run: Run, table: str, form: TableForm) -> backtests.Table:
    """The rows that a form asks for; raises what `backtests.table` does, and BadInput
    for a filter that can't be read."""
    form.is_valid()
    for name in ("reason", "session"):
        if said := form.errors.get(name):
            raise BadInput(Problem("input.invalid", name, " ".join(said)))
    asked = form.cleaned_data
    wanted = {"reason": asked.get("reason", ""), "session": asked.get("session")}
    return backtests.table(run, table, **wanted)


def _table(run: Run, form: TableForm) -> dict[str, Any]:
    """One page of one table, and what the tabs and the filter need."""
    form.is_valid()
    asked = form.cleaned_data
    name = asked.get("table") or "trades"
    found: Sequence[dict[str, Any]] = []
    fault = None
    try:
        found = _asked_of(run, name, form)
    except SigmaError as error:
        fault = error.problems[0]
    counts = run.summary["counts"]
    page = Paginator(found, PAGE).get_page(asked.get("page") or 1)
    tabs = [
        ("trades", "Trades", counts["trades"]),
        ("orders", "Orders", counts["orders"]),
        ("fills", "Fills", counts["fills"]),
        ("refusals", "Refused", counts["refusals"]),
        ("signals", "Signals", counts["candidates"]),
        ("daily", "Days", run.summary["sessions"]),
    ]
    return {
        "table": name,
        "fault": fault,
        "tabs": tabs,
        "page": page,
        "share_digits": _share_digits(page.object_list),
        "reason": asked.get("reason", ""),
        "day_asked": asked.get("session"),
        "reasons": _reasons(name, counts),
    }


def _share_digits(rows: Sequence[dict[str, Any]]) -> int:
    """Decimals of all shares of a page: none where all are whole, so that the points
    stand below each other."""
    shares = [row.get("shares") or 0 for row in rows]
    return 0 if all(float(one).is_integer() for one in shares) else FRACTION_DIGITS


def _reasons(name: str, counts: dict[str, Any]) -> list[dict[str, Any]]:
    """The codes by which a table can be filtered, with their counts."""
    by = {"refusals": "refused_by", "orders": "cancelled_by"}
    found: list[dict[str, Any]] = counts[by[name]] if name in by else []
    return found


def _first(report: dict[str, Any]) -> list[tuple[metric_words.Term, str]]:
    metrics = report["metrics"]
    return [
        (metric_words.METRIC_TERMS[name], metric_words.said(name, metrics[name]))
        for name in FIRST
    ]


def _lines(report: dict[str, Any]) -> list[metric_words.Line]:
    curves = [curve["metrics"] for curve in report["curves"]]
    return metric_words.lines(report["metrics"], report["gross"], *curves)


def _figures(run: Run) -> tuple[list[dict[str, Any]], Problem | None]:
    """The pictures; without the daily table none, and what is the matter with it."""
    try:
        series = backtests.series(run)
    except DamagedData as error:
        return [], error.problems[0]
    drawn = charts.figures(series, run.summary)
    return [_drawn(figure, series["sessions"]) for figure in drawn], None


def _drawn(figure: charts.Figure, sessions: list[str]) -> dict[str, Any]:
    return {
        "figure": figure,
        "svg": svg_curves.curves(figure, sessions),
        "words": svg_curves.words(figure, sessions),
    }


def _year(year: dict[str, Any]) -> dict[str, Any]:
    cells = [(value, _level(value)) for value in year["months"]]
    return {"year": year["year"], "cells": cells, "total": year["total"]}


def _level(value: float | None) -> int:
    """−3 to 3: how far a month's return is from nothing."""
    if value is None:
        return 0
    size = sum(abs(value) >= level for level in LEVELS)
    return size if value > 0 else -size
