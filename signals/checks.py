"""What must hold of the queue's settings before anything starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

#: the checks that processes of the queue run; Django's own would import every page
QUEUE = "queue"
#: seconds between a task's time limit and the queue offering it again
MARGIN = 60


@register(QUEUE)
def check_queue(**_: Any) -> list[CheckMessage]:  # Any: Django passes what it likes
    """Errors where a queue would run a task twice, or drop it."""
    queue = settings.Q_CLUSTER
    errors: list[CheckMessage] = []
    if queue.get("orm") != "default":
        errors.append(
            Error(
                "The queue is not kept in the database.",
                hint="Set Q_CLUSTER['orm'] to 'default': other brokers lose tasks.",
                id="signals.E001",
            )
        )
    if queue["retry"] <= queue["timeout"] + MARGIN:
        errors.append(
            Error(
                f"The queue offers a task again after {queue['retry']} s, while it may "
                f"still be at work ({queue['timeout']} s).",
                hint=f"Set retry to more than timeout + {MARGIN}.",
                id="signals.E002",
            )
        )
    if queue["timeout"] <= settings.SIGMA_RUN_SECONDS:
        errors.append(
            Error(
                "The queue ends a task before the run's own limit does.",
                hint="Set timeout to more than SIGMA_RUN_SECONDS.",
                id="signals.E003",
            )
        )
    if queue.get("scheduler", True):
        errors.append(
            Error(
                "The queue's scheduler is on: a row in its table could run any code.",
                hint="Set Q_CLUSTER['scheduler'] to False.",
                id="signals.E004",
            )
        )
    return errors
