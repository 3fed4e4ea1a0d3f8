"""Indicators: the catalogue, one card with its chart and certificate, and its proof."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import requires
from sigma_core.errors import BadInput, SigmaError, UnknownName
from signals.models import Run
from signals.queries import bars, held, indicators
from signals.services import runs as services
from signals.svg_columns import chart as drawn
from signals.views.starting import sentences


@require_GET
@requires("viewer")
def catalogue(request: HttpRequest) -> HttpResponse:
    """Every indicator in its group; `q` searches, `state` narrows to a standing."""
    wanted, state = request.GET.get("q", "")[:100], request.GET.get("state", "")
    everything = indicators.entries()
    shown = [
        one
        for one in everything
        if one.matches(wanted) and state in ("", one.standing.state)
    ]
    counts: dict[str, int] = {}
    for one in everything:
        counts[one.standing.state] = counts.get(one.standing.state, 0) + 1
    context = {
        "groups": indicators.by_group(shown),
        "shown": len(shown),
        "total": len(everything),
        "counts": counts,
        "q": wanted,
        "state": state,
        "key": secrets.token_urlsafe(16),
    }
    return render(request, "signals/indicators.html", context)


@require_GET
@requires("viewer")
def indicator(request: HttpRequest, name: str) -> HttpResponse:
    """One card: formula, parameters, chart on a ticker, certificate, who uses it."""
    try:
        found = indicators.entry(name)
    except UnknownName as error:
        problem = error.problems[0]
        raise Http404(f"{problem.message} {problem.hint}".strip()) from error
    context = {
        "entry": found,
        "card": found.card,
        "standing": found.standing,
        "key": secrets.token_urlsafe(16),
        **_chart(request, found),
    }
    return render(request, "signals/indicator.html", context)


@require_POST
@requires("builder")
def prove(request: HttpRequest) -> HttpResponse:
    """Queue the proofs of one thing, or of everything, and go to the run."""
    name = request.POST.get("name", "")
    key = request.POST.get("key", "")
    try:
        run = services.enqueue_run(
            kind=Run.Kind.PROVE,
            params={"name": name or None},
            user=request.user,
            idempotency_key=f"{key}/{name}"[:128] if key else None,
        )
    except BadInput as error:
        problem = error.problems[0]
        raise Http404(f"{problem.message} {problem.hint}".strip()) from error
    messages.success(request, f"Run {run.pk} is queued.")
    return redirect("run", pk=run.pk)


def _chart(request: HttpRequest, found: indicators.Entry) -> dict[str, Any]:
    """The form of the chart, and the chart if it can be drawn."""
    names = bars.dataset_names()
    dataset = request.GET.get("dataset", "")
    if dataset not in names:
        dataset = "main" if "main" in names else names[0] if names else ""
    build = bars.newest_build(dataset) if dataset else None
    tickers = build.tickers if build else []
    ticker = request.GET.get("ticker", "").strip().upper()
    fields = [
        {**param, "value": request.GET.get(param["name"], f"{param['default']:g}")}
        for param in found.card["params"]
    ]
    shown: dict[str, Any] = {
        "datasets": names,
        "dataset": dataset,
        "ticker": ticker or (tickers[0] if tickers else ""),
        "tickers": tickers,
        "fields": fields,
        "marks": held.marks_of(dataset) if dataset else [],
        "fault": "",
        "svg": "",
    }
    if tickers:
        shown |= _drawn(found, fields, dataset, shown["ticker"])
    return shown


def _drawn(
    found: indicators.Entry, fields: list[dict[str, Any]], dataset: str, ticker: str
) -> dict[str, Any]:
    """The picture, or in words why there is none."""
    if fault := _not_drawable(found.card):
        return {"fault": fault}
    try:
        params = {one["name"]: _number(one["value"]) for one in fields}
        made = indicators.chart(found.card["name"], params, dataset, ticker)
    except SigmaError as error:
        return {"fault": " ".join(sentences(error))}
    except ValueError:
        return {"fault": "A parameter is not a number."}
    if made is None:
        return {"fault": f"{dataset} holds no bar of {ticker}."}
    words = f"{found.card['title']} of {ticker} over {len(made.days)} sessions"
    picture = drawn(made.days, made.panes, words)
    if not any(pane.known for pane in made.panes[1:]) and len(made.panes[0].lines) < 2:
        return {"fault": "Not one value yet: the bars are fewer than the warm-up."}
    return {"svg": picture, "made": made}


def _not_drawable(card: dict[str, Any]) -> str:
    """Why daily bars of one ticker do not show an indicator; "" if they do."""
    if card["provider"] == "index":
        return "It compares with a benchmark: a model's preview shows its values."
    if card["provider"] != "bars":
        return "It needs more than bars; there is nothing to draw it from."
    if card["across"]:
        return "It speaks of a whole universe: a model's preview shows its values."
    if card["intraday"]:
        return "It tells the bars of a session apart; daily ones show nothing of it."
    return ""


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value
