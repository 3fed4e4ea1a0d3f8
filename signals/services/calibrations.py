"""Calibrations kept: cells as they are done, the recipe, the winner in its model.

Run.summary                         dates and standing, before the first cell
SweepCell                           one row a cell, committed when it is done
packs/<pack>/recipes/<name>.json    the whole sweep
Trial                               one a cell, committed with it

A second attempt finds what the first has written: the recipe has the same name, and
what was promoted is not promoted again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction

from packs_app.recipes import write_recipe
from sigma_core.errors import BadInput
from signals.jobs.base import Context, Outcome
from signals.models import Run, SweepCell, Trial
from signals.services import promotions, scans, trials
from signals.services.leases import LostRun
from signals.services.plain import plain
from signals.services.standings import AsOf, standing_of

if TYPE_CHECKING:  # numba and deltalake: the types alone are wanted here
    from sigma_core.calibrations.cells import Tried
    from sigma_core.calibrations.judging import Judged
    from sigma_core.calibrations.run import Laid, Ready

Plain = dict[str, Any]  # Any: JSON
#: parameters of the job that say how cells are filled and judged
RULES = (
    *("grid", "objective", "min_trades"),
    *("participation", "delisting_return", "whole_shares"),
)


def begin(run: Run, *, pack: str) -> None:
    """Forget the cells of an attempt whose worker died, and finish what it was writing
    into the pack; LostRun if another has the run."""
    with transaction.atomic():
        _take(run)
        run.cells.all().delete()
        Run.objects.filter(pk=run.pk).update(summary={})
    if run.attempt > 1:
        promotions.settle(pack)


def keep_ground(context: Context, ready: Ready) -> None:
    """Commit on what the cells will stand, before any is seen: a sweep that is stopped
    has its dates and marks too. LostRun if the run is another worker's now."""
    with transaction.atomic():
        _take(context.run)
        Run.objects.filter(pk=context.run.pk).update(
            summary=plain(_ground(context, ready)), **_fields(ready)
        )


def keep_cell(run: Run, laid: Laid, cell: Tried) -> None:
    """Commit one cell and its trial: from now on it is seen, however the sweep ends.
    LostRun if the run is another worker's now."""
    with transaction.atomic():
        _take(run)
        found = _trial(laid, cell)
        trials.record(
            run=run,
            origin=Trial.Origin.SWEEP,
            config_sha=found.config_sha,
            returns=found.returns,
            judge=False,  # once for all cells, at the end
            **_series_of(laid),
        )
        SweepCell.objects.create(
            run=run,
            number=cell.number,
            params=cell.params,
            swept=plain(cell.swept.as_json()),
            held_out=plain(cell.held_out.as_json()),
        )


def keep_trials(run: Run, laid: Laid, cells: Sequence[Tried]) -> None:
    """Enter the cells of a sweep that was stopped, with their PBO; they are judged."""
    if cells:
        with transaction.atomic():
            _take(run)
            _enter(run, laid, cells)


def finish(
    context: Context, laid: Laid, cells: Sequence[Tried], asked: Mapping[str, Any]
) -> Outcome:
    """Judge the sweep, write its recipe and, if asked, the winner into the model.

    `asked` are the job's parameters. What is written here stays.
    """
    from sigma_core.calibrations import judging, recipe

    ready = laid.ready
    bundle = ready.prepared.bundle
    earlier, ground = _earlier(context.run, ready), _ground(context, ready)
    current = ground["current"]
    judged = judging.judge(
        cells,
        objective=asked["objective"],
        min_trades=asked["min_trades"],
        current=current,
    )
    read = _fingerprint(ready)
    about = _about(ready, judged, asked) | {"pbo": judging.pbo(cells)}
    name = recipe.name_of(bundle.contents["model_config"], about["asked"], read)
    summary = ground | _summary(cells, about, recipe=name)
    write_recipe(
        pack=about["pack"],
        recipe=plain(
            _recipe(about, name) | {"cells": recipe.cells_of(cells, judged)}
            | {"fingerprint": read}
        ),
    )  # fmt: skip
    if earlier:
        summary |= {"promoted": earlier.promoted.as_json()}
    elif asked["promote"]:
        summary |= _promoted(context.run, ready, summary)
    return Outcome(
        summary=plain(summary),
        fingerprint=read,
        fields=_fields(ready),
        save=partial(_save, laid=laid, cells=cells),
    )


def _earlier(run: Run, ready: Ready) -> promotions.Earlier | None:
    bundle = ready.prepared.bundle
    return promotions.earlier_of(run, pack=bundle.pack, model_id=bundle.model_id)


def _ground(context: Context, ready: Ready) -> Plain:
    """On what every cell stands: dates, lengths, standing of the bars, and the values
    that the model has now."""
    from sigma_core.backtests.cold import cold_sentences

    prepared = ready.prepared
    earlier = _earlier(context.run, ready)
    asked: AsOf = ready.asked_end
    standing = standing_of(
        prepared.market, prepared.bundle.universe, asked=asked, now=context.now
    )
    return {
        "dates": _dates(ready),
        "synthetic": prepared.market.dataset.synthetic,
        "swept_sessions": ready.swept.sessions,
        "held_out_sessions": ready.held_out.sessions,
        "notes": cold_sentences(prepared),
        "current": dict(earlier.before if earlier else ready.current),
        **standing,
    }


def _fields(ready: Ready) -> Plain:
    """Columns of the run."""
    market = ready.prepared.market
    return {"session": market.session, "dataset": market.dataset.name}


def _dates(ready: Ready) -> dict[str, str]:
    days = ready.prepared.market.bars.axis.days
    return {
        "train_start": str(days[ready.swept.first]),
        "train_end": str(days[ready.swept.last]),
        "held_out_start": str(days[ready.held_out.first]),
        "held_out_end": str(days[ready.held_out.last]),
    }


def _save(run: Run, *, laid: Laid, cells: Sequence[Tried]) -> Mapping[str, object]:
    """Freeze the definitions, and enter each cell into the ledger of trials."""
    bundle = laid.ready.prepared.bundle
    policy_sha = bundle.shas["policy_sha"]
    policy = ("policy", bundle.policy.name, policy_sha, bundle.contents["policy"])
    scans.save_inputs(run, [*laid.ready.prepared.contents, policy])
    _enter(run, laid, cells)
    return {}


def _enter(run: Run, laid: Laid, cells: Sequence[Tried]) -> None:
    """One trial a cell, with the PBO of all."""
    own = [_trial(laid, cell) for cell in cells]
    trials.record_sweep(run=run, cells=own, **_series_of(laid))


def _trial(laid: Laid, cell: Tried) -> trials.Cell:
    """A cell as the ledger has it: its configuration, and its returns of the training
    dates."""
    from sigma_core.evidence.configuration import config_sha

    ready = laid.ready
    sha = config_sha(ready.prepared.bundle, cell.params, ready.terms)
    return trials.Cell(sha, cell.swept.returns)


def _series_of(laid: Laid) -> Plain:
    """Whose trials the cells are, and the benchmark's returns beside theirs."""
    prepared = laid.ready.prepared
    bundle = prepared.bundle
    return {
        "dataset": prepared.market.dataset.name,
        "cadence": bundle.cadence,
        "horizon": 0,
        "pack": bundle.pack,
        "model_id": bundle.model_id,
        "sessions": laid.swept.sessions[1:],
        "benchmark_returns": laid.swept.benchmark_returns,
    }


def _take(run: Run) -> None:
    """Hold the run's row; LostRun unless this attempt still has it."""
    mine = Run.objects.select_for_update().filter(
        pk=run.pk, token=run.token, status=Run.Status.RUNNING
    )
    if not mine.exists():
        raise LostRun(run.pk)


def _fingerprint(ready: Ready) -> Plain:
    """The names of all that the cells depend on."""
    prepared = ready.prepared
    found: Plain = plain({**prepared.bundle.shas, **prepared.fingerprint})
    return found


def _about(ready: Ready, judged: Judged, asked: Mapping[str, Any]) -> Plain:
    """What was swept and how it was judged; both the summary and the recipe say it."""
    bundle, market = ready.prepared.bundle, ready.prepared.market
    dates = _dates(ready)
    rules = {name: asked[name] for name in RULES}
    return {
        "pack": bundle.pack,
        "model_id": bundle.model_id,
        "dataset": market.dataset.name,
        **rules,
        "dates": dates,
        "winner": judged.winner,
        "why": judged.why,
        "asked": rules | {"dates": dates},
    }


def _recipe(about: Mapping[str, Any], name: str) -> Plain:
    kept = {key: value for key, value in about.items() if key != "asked"}
    return {"name": name, **kept}


def _summary(cells: Sequence[Tried], about: Plain, *, recipe: str) -> Plain:
    winner = about["winner"]
    kept = {key: value for key, value in about.items() if key != "asked"}
    return kept | {
        "cells": len(cells),
        "winner_params": None if winner is None else dict(cells[winner].params),
        "recipe": recipe,
    }


def _promoted(run: Run, ready: Ready, summary: Plain) -> Plain:
    """The winner written into the model, or why it was not."""
    if summary["winner_params"] is None:
        return {"promoted": None, "not_promoted": summary["why"]}
    bundle = ready.prepared.bundle
    try:
        found = promotions.promote(
            pack=bundle.pack,
            model_id=bundle.model_id,
            params=summary["winner_params"],
            content_sha=bundle.shas["model_config_sha"],
            user=run.user,
            note=promotions.note_of(run),
        )
    except BadInput as error:
        problem = error.problems[0]
        words = f"{problem.message} {problem.hint}".strip()
        return {"promoted": None, "not_promoted": words}
    return {"promoted": found.as_json()}
