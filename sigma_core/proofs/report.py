"""What a proof gives back: findings, and the verdict on a subject."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["indicator", "set", "model"]
#: the proofs in their order, with what each promises
PROOFS = {
    "prefix": "data up to a session gives the values that all data gives there",
    "perturbation": "no later bar and no other ticker's bar changes a value",
    "start-up": "from `stable` bars on, older history makes no difference",
    "append": "one session by the windowed path equals the full build, bit for bit",
    "later": "a later split, listing or revision changes nothing before it",
    "pipeline": "universe, gates, scores, lists and decisions keep all of these",
    "inputs": "bounds, units, order of tickers, flat and one-way prices",
}


@dataclass(frozen=True)
class Finding:
    """One broken promise: where it shows first, what it looks like, how to mend it.

    `expected` is the value that should stand there, `found` the one that does; None
    where there is none. `cells` is how many cells of the column differ in this trial.
    """

    proof: str
    trial: str
    column: str
    ticker: str
    session: str
    expected: float | None
    found: float | None
    cells: int
    cause: str
    repair: str

    def __str__(self) -> str:
        if not self.ticker:  # of a file, not of a cell
            where = f"{self.proof}: {self.column} ({self.trial})"
            return f"{where}. {self.cause} {self.repair}"
        return (
            f"{self.proof}: {self.column} of {self.ticker} on {self.session} is "
            f"{_figure(self.found)}, was {_figure(self.expected)} ({self.trial}; "
            f"{self.cells} cells). {self.cause} {self.repair}"
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Verdict:
    """What the proofs found out about one indicator, set or model.

    `params` are the parameter sets that were proved (of a trained model its versions,
    as {dataset, run, trees_sha}), `cells` how many values were compared, `notes` what a
    reader should know though nothing is wrong.
    """

    kind: Kind
    name: str
    params: tuple[Mapping[str, float | str], ...]
    columns: tuple[str, ...]
    findings: tuple[Finding, ...]
    proofs: tuple[str, ...]
    cells: int
    data_sha: str
    code_sha: str
    notes: tuple[str, ...] = field(default=())

    @property
    def certified(self) -> bool:
        """Whether every promise was kept."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": self.kind,
            "name": self.name,
            "certified": self.certified,
            "params": [dict(one) for one in self.params],
            "columns": list(self.columns),
            "proofs": list(self.proofs),
            "cells": self.cells,
            "findings": [finding.as_dict() for finding in self.findings],
            "notes": list(self.notes),
            "data_sha": self.data_sha,
            "code_sha": self.code_sha,
        }


def number(value: float) -> float | None:
    """A cell as JSON has it: None for NaN and infinity."""
    return float(value) if math.isfinite(value) else None


def _figure(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.10g}"
