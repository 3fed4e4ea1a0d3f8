"""Whether two runs that end on different sessions read the same bars up to the earlier.

A run names its bars by the seal of its last session (`sigma_core.bars.seals`). The seal
of an earlier session stands in the arrays as they are built now, as long as these
are the ones that the later run read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from signals.queries import bars


@dataclass(frozen=True)
class Seals:
    """The seals of a dataset's daily bars; they are read when two are compared."""

    dataset: str

    def are_shared(self, one: tuple[date, str], other: tuple[date, str]) -> bool | None:
        """Of two runs, each (last session, name of its bars), whether the bars up to
        the earlier of both are the same; None where the arrays do not tell."""
        (early, early_sha), (late, late_sha) = sorted((one, other))
        if early == late:
            return early_sha == late_sha
        if self._at(late) != late_sha:
            return None
        return self._at(early) == early_sha

    def _at(self, session: date) -> str | None:
        return self._build.seal(session) if self._build else None

    @cached_property
    def _build(self) -> bars.Build | None:
        return bars.newest_build(self.dataset)
