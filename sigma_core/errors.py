"""What can go wrong, as one tree, and the one shape in which faults are listed.

    SigmaError                    anything this project raises on purpose
    ├── BadInput                  the caller can mend it      (exit 2, HTTP 422)
    │   ├── UnknownName           a name that is not there, with a did-you-mean
    │   ├── SpecError             a YAML file breaks a rule
    │   ├── ExpressionError       a gate or score expression, with its column offset
    │   ├── NotASession           a date on which the exchange was closed
    │   └── IngestRefused         a file of bars that can't be taken
    ├── MissingData               right question, no bars for it    (exit 1, HTTP 409)
    ├── DamagedData               stored bytes are not the written  (exit 1, HTTP 409)
    └── Cancelled                 someone asked the run to stop

What can be wrong in many ways is *returned*, as a list of `Problem`, not raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One fault: a stable code, the place, what is wrong, and how to mend it."""

    code: str
    where: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.where}: {self.message}{hint} [{self.code}]"

    def as_dict(self) -> dict[str, str]:
        """The problem as plain text fields, for JSON."""
        return asdict(self)


class SigmaError(Exception):
    """Carries `problems`, at least one; `str()` reads as sentences, one a line."""

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems: list[Problem] = (
            [problems] if isinstance(problems, Problem) else list(problems)
        )
        if not self.problems:
            raise ValueError("a SigmaError needs at least one Problem")
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @property
    def code(self) -> str:
        """The code of the first problem."""
        return self.problems[0].code


class BadInput(SigmaError):
    """The caller sent something that breaks a rule and can mend it."""


class UnknownName(BadInput):
    """A name that is not in the list of known names; suggests the nearest."""

    def __init__(
        self, kind: str, name: str, known: Iterable[str], *, where: str = ""
    ) -> None:
        message = f"unknown {kind} {shortened(name)!r}."
        super().__init__(
            Problem(
                code=f"unknown.{kind.replace(' ', '_')}",
                where=where or kind,
                message=message,
                hint=did_you_mean(name, known),
            )
        )


class SpecError(BadInput):
    """A definition file breaks a rule; each problem has file and line."""


class ExpressionError(BadInput):
    """A gate or score expression can't be understood; `where` holds the column."""


class NotASession(BadInput):
    """A date on which the exchange was closed; the hint names the session before."""


class IngestRefused(BadInput):
    """A file of bars that can't be taken; nothing was written."""


class MissingData(SigmaError):
    """The question is right, but no bars are held that could answer it."""


class DamagedData(SigmaError):
    """Stored bytes differ from what was written."""


class Cancelled(SigmaError):
    """Someone asked the run to stop."""

    def __init__(self) -> None:
        super().__init__(Problem("run.cancelled", "run", "cancelled on request."))


def shortened(name: str, *, most: int = 140) -> str:
    """A name as an error says it back: whole unless somebody sent a page of text."""
    return name if len(name) <= most else f"{name[:most]}…"


def did_you_mean(name: str, known: Iterable[str], *, most: int = 8) -> str:
    """A sentence that suggests the nearest known name, or lists some of them."""
    names = sorted(set(known))
    spelled = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name[:300].lower(), spelled, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {spelled[near[0]]!r}?"
    if not names:
        return "There are none yet."
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"Known: {shown}{more}."
