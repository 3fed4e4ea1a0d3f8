"""What the palette finds: pages, models, tickers of the last lists, runs."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from signals import navigation, words
from signals.models import Run, Signal
from signals.queries import catalogue

#: answers of one sort
MOST = 6


@dataclass(frozen=True)
class Found:
    """One answer: what it is, its name, a few words, where it leads."""

    sort: str
    name: str
    words: str
    url: str


def find(text: str) -> list[Found]:
    """Answers for a text, pages first; without a text, the pages."""
    q = text.strip().lower()
    pages = [
        Found("page", page.label, page.words, reverse(page.name))
        for page in navigation.PAGES
        if q in page.label.lower()
    ]
    if not q:
        return pages
    return [*pages[:MOST], *_models(q), *_tickers(q), *_runs(q)]


def _models(q: str) -> list[Found]:
    found = [
        Found("model", words.short_model(model.model_id), model.address, model.url)
        for model in catalogue.models()
        if q in model.address.lower() or q in words.short_model(model.model_id).lower()
    ]
    return found[:MOST]


def _tickers(q: str) -> list[Found]:
    """Signals of tickers that start so, the newest of each."""
    newest: dict[str, Signal] = {}
    rows = (
        Signal.objects.current()
        .filter(ticker__istartswith=q)
        .order_by("-session", "rank")
        .only("pk", "ticker", "name", "session", "rank", "model_id")[: MOST * 20]
    )
    for signal in rows:
        newest.setdefault(signal.ticker, signal)
    return [
        Found(
            "signal",
            signal.ticker,
            f"{signal.name} · rank {signal.rank} on {words.day_words(signal.session)}",
            reverse("signal", args=[signal.pk]),
        )
        for signal in list(newest.values())[:MOST]
    ]


def _runs(q: str) -> list[Found]:
    digits = q.removeprefix("run").strip()
    if not digits.isdigit() or len(digits) > 15:
        return []
    rows = Run.objects.filter(pk=int(digits)).defer("log", "steps")
    return [
        Found(
            "run",
            f"Run {run.pk}",
            f"{run.get_kind_display()} · {words.subject_words(run)} · {run.status}",
            reverse("run", args=[run.pk]),
        )
        for run in rows
    ]
