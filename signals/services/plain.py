"""Values of the engine as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

import numpy as np


def plain(value: Any) -> Any:  # Any: that is what JSON is
    """The value as JSON types: NaN and infinity are None, dates ISO text.

    PostgreSQL refuses NaN in JSON and SQLite's JSON has none either: what is not
    known is null.
    """
    match value:
        case None | bool() | str():
            return value
        case np.bool_():
            return bool(value)
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            return float(value) if math.isfinite(value) else None
        case np.datetime64():
            return str(value.astype("datetime64[D]"))
        case date() | datetime():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case np.ndarray() | list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    raise TypeError(f"{type(value).__name__} has no plain form")
