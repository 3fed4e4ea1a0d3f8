"""Calibrations as pages, API and command show them, also those that were stopped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import Http404

from packs_app import definitions
from packs_app.kinds import MODEL
from sigma_core import fill_words
from sigma_core.errors import BadInput, Problem
from signals.models import Run
from signals.services.plain import plain
from signals.services.promotions import note_of

if TYPE_CHECKING:
    from sigma_core.calibrations.cells import Tried
    from sigma_core.calibrations.judging import Judged

Document = dict[str, Any]  # Any: JSON
#: runs of one model that a page lists
RECENT = 10


@dataclass(frozen=True)
class Result:
    """What is known of a calibration: its cells, judged; `complete` once all are."""

    run: Run
    cells: list[Tried]
    judged: Judged
    complete: bool

    @property
    def best(self) -> Tried | None:
        """The winner, so far where it was stopped."""
        at = self.judged.winner
        return None if at is None else self.cells[at]

    @property
    def grid(self) -> Mapping[str, list[float]]:
        """The values that were asked for, parameters from A to Z."""
        return dict(sorted(self.run.params["grid"].items()))


@dataclass(frozen=True)
class Undo:
    """The revision that a promotion made, and the one that brings back what was."""

    revision: int
    before: int
    if_match: str


def find(pk: int) -> Run:
    """A calibration's run; 404 for another."""
    run = Run.objects.filter(pk=pk, kind=Run.Kind.CALIBRATE).first()
    if run is None:
        raise Http404(f"There is no calibration {pk}.")
    return run


def recent(pack: str, model_id: str) -> list[Run]:
    """The last calibrations of a model, the newest first."""
    found = Run.objects.filter(
        kind=Run.Kind.CALIBRATE, pack=pack, model_id=model_id
    ).defer("log", "fingerprint")
    return list(found[:RECENT])


def result_of(run: Run) -> Result:
    """Its cells, judged by what was asked; one query."""
    from sigma_core.calibrations.cells import Half, Tried  # numpy and pandas
    from sigma_core.calibrations.judging import judge

    cells = [
        Tried(
            number=row.number,
            params=row.params,
            swept=Half.from_json(row.swept),
            held_out=Half.from_json(row.held_out),
        )
        for row in run.cells.all()
    ]
    judged = judge(
        cells,
        objective=run.params["objective"],
        min_trades=run.params["min_trades"],
        current=run.summary.get("current") or {},
    )
    return Result(run, cells, judged, run.status == Run.Status.SUCCEEDED)


def document(run: Run) -> Document:
    """A calibration, whole: what API and command answer."""
    from sigma_core.calibrations.recipe import cells_of  # as above

    found, summary = result_of(run), run.summary
    kept = ("grid", "objective", "min_trades")
    later = ("dates", "recipe", "pbo", "promoted", "not_promoted")
    best = found.best
    content: Document = plain(
        {
            "run": run.pk,
            "status": run.status,
            "complete": found.complete,
            "pack": run.pack,
            "model_id": run.model_id,
            "dataset": run.dataset,
            **{name: run.params[name] for name in kept},
            **terms_of(run),
            **{name: summary.get(name) for name in later},
            "winner": None if best is None else best.number,
            "winner_params": None if best is None else best.params,
            "why": found.judged.why,
            "cells": cells_of(found.cells, found.judged),
            "notes": summary.get("notes", []),
            "marks": run.marks,
            "stale": bool(summary.get("stale", False)),
        }
    )
    return content


def terms_of(run: Run) -> Document:
    """On which terms its cells were filled; the standing ones where it says none."""
    usual = fill_words.STANDING
    return {name: run.params.get(name, usual[name]) for name in usual}


def terms_words(run: Run) -> str:
    """The same in words; nothing for the standing ones."""
    said = fill_words.terms_words(**terms_of(run))
    return ", ".join(
        words for name, words in said.items() if words != fill_words.USUAL[name]
    )


def undo_of(run: Run) -> Undo | None:
    """How to take back what this run has put into its model, while nothing newer is
    there; one query."""
    rows = definitions.history(pack=run.pack, kind=MODEL, name=run.model_id)[:2]
    if len(rows) < 2 or rows[0].note != note_of(run):
        return None
    return Undo(rows[0].revision, rows[1].revision, rows[0].sha)


def seconds_of(pack: str, model_id: str, cells: int) -> float | None:
    """How long so many cells will take, by the last calibration; None without one."""
    last = (
        Run.objects.filter(
            kind=Run.Kind.CALIBRATE,
            pack=pack,
            model_id=model_id,
            status=Run.Status.SUCCEEDED,
        )
        .only("steps", "summary", "started_at", "ended_at")
        .first()
    )
    if last is None or last.took is None:
        return None
    swept = next(step for step in last.steps if step["name"] == "cells")
    took = _seconds(swept["started_at"], swept["ended_at"])
    return last.took.total_seconds() - took + took / last.summary["cells"] * cells


def _seconds(start: str, end: str) -> float:
    both = (datetime.fromisoformat(moment) for moment in (start, end))
    first, last = both
    return (last - first).total_seconds()


def missing_words(result: Result) -> str:
    """How many of its cells are done; nothing for one that is complete."""
    if result.complete:
        return ""
    run, asked = result.run, math.prod(map(len, result.grid.values()))
    done = f"{len(result.cells)} of {asked} cells are done"
    return f"calibration {run.pk} is {run.status}: {done}; it has no winner."


def _no_winner_yet(result: Result) -> Problem:
    hint = "Name one of its cells" if result.cells else "Calibrate again"
    best = f"; the best so far is {result.best.number}" if result.best else ""
    words = missing_words(result)
    return Problem("calibrate.incomplete", "/cell", words, f"{hint}{best}.")


def cell_of(result: Result, number: int | None) -> Tried:
    """A cell by its number, the winner for None. Raises BadInput `calibrate.cell` where
    there is none, `calibrate.incomplete` for the winner while cells are missing."""
    cells = {cell.number: cell for cell in result.cells}
    if number is None and not result.complete:
        raise BadInput(_no_winner_yet(result))
    cell = result.best if number is None else cells.get(number)
    if cell is None:
        which = "no winner" if number is None else f"no cell {number}"
        message = f"calibration {result.run.pk} has {which}."
        raise BadInput(
            Problem("calibrate.cell", "cell", message, "Name one of its cells.")
        )
    return cell
