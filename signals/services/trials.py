"""The trial ledger: every distinct configuration that was tried, counted once.

A run writes its trial in the transaction that ends it, a sweep each cell's in that
which keeps the cell, so that neither is without the other; the family is judged after
that (`judging`). What counts as the same
configuration: `docs/definitions/trials.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import F

from sigma_core.evidence.overfitting import splits
from sigma_core.evidence.sharpe import moments
from signals.models import Family, Run, Trial
from signals.services import judging

Sessions = Sequence[date] | npt.NDArray[Any]
Returns = Sequence[float] | npt.NDArray[Any]
#: how the arrays lie in the database, on every machine
DAYS, FLOATS = np.dtype("<i4"), np.dtype("<f8")


@dataclass(frozen=True)
class Cell:
    """One cell of a sweep: its configuration and the net return of each session."""

    config_sha: str
    returns: Returns


def record(
    *,
    run: Run,
    origin: str,
    dataset: str,
    cadence: str,
    horizon: int,
    config_sha: str,
    pack: str,
    model_id: str,
    sessions: Sessions,
    returns: Returns,
    benchmark_returns: Returns,
    judge: bool = True,
) -> Trial:
    """Enter what a run has tried; the same configuration again is the same trial.

    To be called in the transaction that makes it seen; not to `judge` leaves that to
    the next that does. `returns` are net, one a session,
    from the close before; `horizon` is the label's in sessions, 0 for a scanner. The
    longest returns are kept, over the same sessions those of the run that started last.
    ValueError for series that do not match or hold what is no number.
    """
    family = _take_family(judge, dataset=dataset, cadence=cadence, horizon=horizon)
    series = _series(sessions, returns, benchmark_returns)
    named = {"pack": pack, "model_id": model_id, "origin": origin}
    return _enter(family, config_sha, run, named | series)


def record_sweep(
    *,
    run: Run,
    dataset: str,
    cadence: str,
    horizon: int,
    pack: str,
    model_id: str,
    sessions: Sessions,
    benchmark_returns: Returns,
    cells: Sequence[Cell],
) -> list[Trial]:
    """Enter every cell of a sweep, each a trial, with the sweep's PBO.

    All cells are of the same sessions. Otherwise as `record`.
    """
    family = _take_family(True, dataset=dataset, cadence=cadence, horizon=horizon)
    found = splits(np.array([cell.returns for cell in cells], np.float64).T)
    named = {
        "pack": pack,
        "model_id": model_id,
        "origin": Trial.Origin.SWEEP,
        "pbo": found.pbo if found else None,
    }
    return [
        _enter(
            family,
            cell.config_sha,
            run,
            named | _series(sessions, cell.returns, benchmark_returns),
        )
        for cell in cells
    ]


def _take_family(judge: bool, **named: object) -> Family:
    """The family, locked: runs that end together enter their trials in turn. It is
    judged, if at all, once they are there for all to see."""
    family, _ = Family.objects.get_or_create(**named)
    Family.objects.filter(pk=family.pk).update(changes=F("changes") + 1)
    if judge:
        transaction.on_commit(judging.judge_due, robust=True)
    return family


def _enter(family: Family, config_sha: str, run: Run, fields: dict[str, Any]) -> Trial:
    fresh = fields | {"run": run}
    trial, created = Trial.objects.get_or_create(
        family=family, config_sha=config_sha, defaults=fresh
    )
    if created:
        return trial
    if _is_kept(trial, run, fresh):
        fresh = {name: fresh[name] for name in ("pbo",) if name in fresh}
    else:
        trial.p_value = None
    for name, value in fresh.items():
        if name != "origin":  # it is how the configuration first came up
            setattr(trial, name, value)
    trial.save()
    return trial


def _is_kept(trial: Trial, run: Run, fresh: Mapping[str, Any]) -> bool:
    """Whether a trial's returns stay when another run brings its own: a shorter look
    never replaces a longer one, nor another stretch one of its length, or choosing
    the stretch would make luck look like skill."""
    known, new = bytes(trial.sessions), fresh["sessions"]
    if known != new:
        return len(known) >= len(new)
    return trial.run is not None and _started(trial.run) > _started(run)


def _started(run: Run) -> tuple[Any, int]:
    """Order of runs by what they could have read."""
    return run.started_at or run.created_at, run.pk


def _series(
    sessions: Sessions, returns: Returns, benchmark: Returns
) -> dict[str, object]:
    """The columns of a trial that come from its returns."""
    days = np.asarray(sessions, "datetime64[D]").astype(np.int64)
    net, held = np.asarray(returns, np.float64), np.asarray(benchmark, np.float64)
    if not len(days) or net.shape != days.shape or held.shape != days.shape:
        raise ValueError("a trial needs a return and a benchmark's for each session")
    excess = net - held
    if not np.isfinite(excess).all() or (np.diff(days) <= 0).any():
        raise ValueError("a trial's returns are numbers, its sessions in order")
    found = moments(net)
    return {
        "first": days[0].astype("datetime64[D]").item(),
        "last": days[-1].astype("datetime64[D]").item(),
        "sessions": days.astype(DAYS).tobytes(),
        "returns": net.astype(FLOATS).tobytes(),
        "excess": excess.astype(FLOATS).tobytes(),
        "sharpe": found.sharpe,
        "skew": found.skew,
        "kurtosis": found.kurtosis,
    }
