"""Hashes of a backtest: of what it read, what it can be held against, its result."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from sigma_core.backtest import Backtest, Terms
from sigma_core.builds import Prepared
from sigma_core.specs import fingerprint
from sigma_core.specs.policies import Policy


def fingerprint_of(prepared: Prepared, terms: Terms) -> dict[str, Any]:
    """The names of all that the result depends on: definitions, bars, dates, terms."""
    return {**prepared.bundle.shas, **prepared.fingerprint, "terms": asdict(terms)}


def comparable_sha(prepared: Prepared, terms: Terms) -> str:
    """One sha of bars, universe, sessions and costs: two results that share it differ
    in model and policy alone. The dataset's name counts for nothing."""
    read = prepared.fingerprint
    kept = (
        *("universe_sha", "data_sha", "reference_sha", "membership_sha"),
        *("first_session", "last_session", "calendar", "cadence", "benchmark"),
    )
    costs = _costs(prepared.bundle.policy)
    return fingerprint.sha_of(
        {name: read[name] for name in kept} | costs | {"terms": asdict(terms)}
    )


def output_sha(result: Backtest) -> str:
    """One sha of every day, order, fill, trade and refusal, to the last bit."""
    found = hashlib.sha256("\n".join(result.axis.tickers).encode())
    found.update(np.ascontiguousarray(result.axis.times).tobytes())
    tables = (result.days, result.order_lines, result.fill_lines, result.trade_lines)
    for table in (*tables, *result.refused):
        found.update(f"{table.dtype} {table.shape}".encode())
        found.update(_plain_bytes(table))
    return found.hexdigest()


def _plain_bytes(table: npt.NDArray[Any]) -> bytes:
    """The bytes of an array in which every NaN is the same."""
    if table.dtype.kind == "f":
        table = np.where(np.isnan(table), np.nan, table)
    return np.ascontiguousarray(table).tobytes()


def _costs(policy: Policy) -> dict[str, float]:
    execution = policy.rules.execution
    return {
        "capital": policy.rules.risk.capital,
        "slippage_bps": execution.slippage_bps,
        "commission_bps": execution.commission_bps,
    }
