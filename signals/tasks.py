"""What the queue calls: a run's number in, a service called, nothing else."""

from __future__ import annotations

from signals import cluster
from signals.services import watch


def execute_run(run_id: int) -> None:
    """See a run from claim to end; nothing where another worker has it."""
    watch.oversee(run_id, should_stop=cluster.is_stopping)
