"""Today: one sentence first, then the lists, the context and what is running."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.roles import requires
from signals import words
from signals.models import Milestone
from signals.queries import bars, lists, milestones, overview

#: models shown with their rows; further ones are a line each
SHOWN = 3


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
@requires("viewer")
def today(request: HttpRequest) -> HttpResponse:
    """The lists of the models scanned last, the newest first."""
    if request.headers.get("HX-Target") == "running":
        return _running(request)
    milestones.reach(request.user, Milestone.Name.ARRIVED)
    now = timezone.now()
    held = _real_first(lists.held())
    shown = [found for each in held[:SHOWN] if (found := _newest(each)) is not None]
    shown.sort(key=lambda found: not found.rows)
    first = shown[0] if shown else None
    return render(
        request,
        "signals/today.html",
        {
            "lists": shown,
            "more": held[SHOWN:],
            "first": first,
            "sentence": words.first_sentence(first, now) if first else "",
            **(words.marks_of(first.run) if first else {}),
            "marks": words.carried(*(found.run for found in shown)),
            "done": _activity(first),
            "running": overview.running(),
            "checklist": milestones.checklist(request.user),
            "now": now,
        },
    )


def _running(request: HttpRequest) -> HttpResponse:
    """The panel of running jobs; once they have all ended, the page is made anew."""
    running = overview.running()
    response = render(request, "signals/today.html#running", {"running": running})
    if not running:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires("viewer")
def dismiss_checklist(request: HttpRequest) -> HttpResponse:
    """Put the first-run checklist away for good."""
    milestones.reach(request.user, Milestone.Name.DISMISSED)
    return redirect("today")


def _activity(found: lists.Listing | None) -> overview.Activity | None:
    """What the model of the first list did over the last sessions."""
    if found is None:
        return None
    return overview.activity().get((found.lists.pack, found.lists.model_id))


def _real_first(held: list[lists.Held]) -> list[lists.Held]:
    """Without the made-up markets, unless there is nothing else."""
    real = [each for each in held if not bars.is_marked_synthetic(each.dataset)]
    return real or held


def _newest(held: lists.Held) -> lists.Listing | None:
    return lists.newest(held)
