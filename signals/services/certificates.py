"""What a run of the proofs writes: certificates, and what an indicator costs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from packs_app.certificates import newest
from packs_app.models import Certificate
from signals.jobs.base import Context, Outcome

if TYPE_CHECKING:
    from sigma_core.frames import BarArrays
    from sigma_core.proofs.catalogue import Report
    from sigma_core.proofs.report import Verdict

#: the bars on which a cost is measured, and how often: the best counts
TICKERS, SESSIONS, TRIES = 50, 1000, 3
#: of a verdict, what a run's summary keeps
BRIEF = ("name", "certified", "params", "columns", "cells", "findings", "notes")


def costs(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Milliseconds per million rows of each indicator, with default parameters.

    Measured once for each state of its code, on one thread, and kept.
    """
    held = newest(Certificate.Kind.INDICATOR, [one.name for one in verdicts])
    found = {name: one.cost for name, one in held.items() if one.cost is not None}
    known = {
        one.name
        for one in verdicts
        if one.name in found and held[one.name].code_sha == one.code_sha
    }
    wanted = [one.name for one in verdicts if one.name not in known]
    return {name: found[name] for name in known} | _measured(wanted)


def write(report: Report, costs: Mapping[str, float], context: Context) -> None:
    """The certificates of a run; those of an attempt before that did not end, anew."""
    with transaction.atomic():
        Certificate.objects.filter(run_id=context.run.pk).delete()
        Certificate.objects.bulk_create(
            _certificate(verdict, costs, context) for verdict in report.verdicts
        )


def outcome(report: Report) -> Outcome:
    """A summary that is a document of its own."""
    verdicts = report.verdicts
    return Outcome(
        summary={
            "sound": report.sound,
            "indicators": [_brief(one) for one in report.indicators],
            "sets": [_brief(one) for one in report.sets],
            "models": [_brief(one) for one in report.models],
            "canaries": [one.as_dict() for one in report.canaries],
        },
        fingerprint={"data_sha": verdicts[0].data_sha} if verdicts else {},
    )


def _certificate(
    verdict: Verdict, costs: Mapping[str, float], context: Context
) -> Certificate:
    return Certificate(
        kind=verdict.kind,
        name=verdict.name,
        certified=verdict.certified,
        params=[dict(params) for params in verdict.params],
        columns=list(verdict.columns),
        proofs=list(verdict.proofs),
        cells=verdict.cells,
        findings=[finding.as_dict() for finding in verdict.findings],
        notes=list(verdict.notes),
        data_sha=verdict.data_sha,
        code_sha=verdict.code_sha,
        cost=costs.get(verdict.name) if verdict.kind == "indicator" else None,
        run_id=context.run.pk,
        proved_at=context.now,
    )


def _brief(verdict: Verdict) -> dict[str, Any]:
    whole = verdict.as_dict()
    return {name: whole[name] for name in BRIEF}


def _measured(names: Sequence[str]) -> dict[str, float]:
    from sigma_core.indicators import kernels, resolve  # numba

    if not names:
        return {}
    bars = _bars()
    found = {}
    for name in names:
        calls, last = [resolve(name)], SESSIONS - 1
        took = []
        for _ in range(TRIES):
            start = time.perf_counter()
            kernels.compute(bars, calls, first=0, last=last, threads=1)
            took.append(time.perf_counter() - start)
        found[name] = round(min(took) * 1000 * 1e6 / (TICKERS * SESSIONS), 3)
    return found


def _bars() -> BarArrays:
    """Clean bars of a seeded market, many enough to measure."""
    from sigma_core.proofs.sample import plain_bars  # pandas

    return plain_bars(TICKERS, SESSIONS)
