"""What an ingest did, or would do: the report that page, API and command show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sigma_core.errors import Problem


@dataclass(frozen=True)
class RefusedTicker:
    """A ticker of the files that was not taken: its rows, why, and the first line."""

    ticker: str
    rows: int
    problem: Problem
    first_line: str


@dataclass(frozen=True)
class Blocked:
    """A ticker that is out of universes from a day on until someone decides."""

    ticker: str
    since: date
    rule: str
    message: str


@dataclass(frozen=True)
class Rescaling:
    """A ticker whose whole past came in multiplied by 1 / `factor`, up to `since`."""

    ticker: str
    since: date
    factor: float


@dataclass(frozen=True)
class IngestReport:
    """Rows in, new, revised, same and refused; what quality says of them; a sample.

    `rows_in = rows_new + rows_revised + rows_same + duplicates + refused rows`.
    `quarantined` and `warned` count the finds that rows of these files prove, by rule.
    `mapping`: field → header it was read from. `dry_run`: nothing was written.
    """

    dataset: str
    cadence: str
    source: str
    adjustment: str
    files: tuple[str, ...]
    mapping: Mapping[str, str]
    rows_in: int
    rows_new: int
    rows_revised: int
    rows_same: int
    duplicates: int
    refused_tickers: tuple[RefusedTicker, ...]
    quarantined: Mapping[str, int]
    warned: Mapping[str, int]
    blocked: tuple[Blocked, ...]
    tickers: int
    first_session: date
    last_session: date
    sample: tuple[Mapping[str, str | float | None], ...]
    problems: tuple[Problem, ...]
    version: int
    dry_run: bool
    rescaled: tuple[Rescaling, ...] = ()

    @property
    def rows_refused(self) -> int:
        """Rows of refused tickers."""
        return sum(refused.rows for refused in self.refused_tickers)

    def as_dict(self) -> dict[str, Any]:
        """The report for JSON: dates as ISO text, NaN in the sample as null."""
        plain = asdict(self) | {"rows_refused": self.rows_refused}
        for name in ("first_session", "last_session"):
            plain[name] = plain[name].isoformat()
        for dated in (*plain["blocked"], *plain["rescaled"]):
            dated["since"] = dated["since"].isoformat()
        return plain
