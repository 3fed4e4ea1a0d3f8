"""One line per event on stderr, never on stdout, where commands print their answers.

For people on a terminal, as JSON elsewhere (a service's log); `SIGMA_LOGS=console` or
`json` decides otherwise. Lines of Django and of libraries take the same form.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog
from structlog.typing import Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(form: str) -> dict[str, Any]:
    """Set structlog up and give back Django's LOGGING; `form` as in SIGMA_LOGS."""
    for_people = sys.stderr.isatty() if form == "auto" else form == "console"
    render: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=for_people and sys.stderr.isatty())]
        if for_people
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *render,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        # the queue greets with a line per process; the runs say what matters
        "loggers": {"django-q": {"level": "WARNING"}},
    }
