"""Keeps the secrets of login links out of the logs."""

import logging
import re

SECRET = re.compile(r"(/login/link/)[^/\s\"'?]+")


class NoSecrets(logging.Filter):
    """Writes `…` where a record names the secret of a login link in an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, without its secret."""
        record.msg = hide(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(hide(arg) for arg in record.args)
        return True


def hide(value: object) -> object:
    """The text without the secret; what is not a text stays as it is."""
    return SECRET.sub(r"\1…", value) if isinstance(value, str) else value
