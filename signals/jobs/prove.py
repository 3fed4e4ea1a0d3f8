"""The job `prove`: the proofs of an indicator, a set, a model or of everything.

A proof that fails is a result, not a failed run: the run says what was refuted.
"""

from __future__ import annotations

from django.conf import settings
from pydantic import Field

from signals.jobs.base import Context, Job, Outcome, Params, Step, register
from signals.services import certificates, trainings

NAME = r"^[a-z0-9][a-z0-9_]{0,127}(/[a-z0-9][a-z0-9_]{0,127})?$"
STEPS = (
    Step("indicators", "Prove the indicators", 50),
    Step("sets", "Prove the sets", 3),
    Step("models", "Prove the models", 22),
    Step("cost", "Measure what each costs", 3),
    Step("write", "Write the certificates", 2),
    Step("canaries", "Let the canaries fly", 20),
)


class ProveParams(Params):
    """What to prove: an indicator, or a set or model as pack/name; null: everything,
    and the canaries."""

    name: str | None = Field(default=None, pattern=NAME)


def check(params: ProveParams, *, local: bool) -> None:
    """BadInput for a name that nothing has."""
    from sigma_core.proofs import catalogue  # pandas and deltalake

    if params.name is not None:
        catalogue.find(params.name, settings.SIGMA_PACKS)


def perform(context: Context, params: ProveParams) -> Outcome:
    """Prove, measure the cost of what was never measured, and write certificates; then
    the canaries, whose fall takes no certificate with it."""
    from sigma_core.indicators import kernels
    from sigma_core.proofs import catalogue  # numba and deltalake

    kernels.use_cache(settings.SIGMA_KERNELS)
    target = catalogue.Target()
    if params.name is not None:
        target = catalogue.find(params.name, settings.SIGMA_PACKS)

    def keep(report: catalogue.Report) -> None:
        context.progress("cost", 0.0, "")
        costs = certificates.costs(report.indicators)
        context.progress("write", 0.0, f"{len(report.verdicts)} certificates")
        certificates.write(report, costs, context)

    report = catalogue.prove_all(
        target,
        packs_root=settings.SIGMA_PACKS,
        progress=context.progress,
        find_versions=trainings.versions,
        keep=keep,
    )
    return certificates.outcome(report)


PROVE = register(
    Job(
        kind="prove",
        label="Prove",
        params=ProveParams,
        steps=STEPS,
        perform=perform,
        check=check,
    )
)
