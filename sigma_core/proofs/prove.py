"""All proofs on one subject, and what they found in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sigma_core.frames import Floats
from sigma_core.proofs import cause, history, inputs, past
from sigma_core.proofs.bench import Bench, Stage
from sigma_core.proofs.cause import Cause
from sigma_core.proofs.compare import Difference
from sigma_core.proofs.inputs import Odd
from sigma_core.proofs.report import Finding, Verdict, number
from sigma_core.proofs.subjects import Subject

#: findings a column may have before the rest is left out: the first ones tell
MOST = 3


#: said of columns that are read from coarser bars than those it is proved on
JOINED = (
    "Start-up of columns from coarser bars is proved of each of their indicators by "
    "itself."
)


def prove(
    subject: Subject, bench: Bench, *, code_sha: str = "", only: str = ""
) -> Verdict:
    """Every proof on the subject (or `only` the one of that name), and the verdict."""
    work = _Work(subject, bench)
    if only in ("", "prefix", "perturbation", "later"):
        work.past(only)
    if only in ("", "append"):
        work.append()
    if only in ("", "start-up"):
        work.start_up()
    if only in ("", "inputs"):
        work.inputs()
    if any(column.joined for column in subject.columns):
        work.notes.append(JOINED)
    return Verdict(
        kind=subject.kind,
        name=subject.name,
        params=(subject.params,) if subject.params else (),
        columns=tuple(column.name for column in subject.columns),
        findings=tuple(work.findings),
        proofs=tuple(work.proofs),
        cells=work.cells,
        data_sha=bench.data_sha,
        code_sha=code_sha,
        notes=tuple(work.notes),
    )


_CAUSES = {
    "early": cause.EARLY,
    "short": cause.UNSTABLE,
    "tick": cause.RUNNING,
    "window": cause.SHORTENED,
    "step": cause.STEPPED,
}


@dataclass
class _Work:
    """One subject's proofs in the making."""

    subject: Subject
    bench: Bench
    findings: list[Finding] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cells: int = 0
    _pushes: cause.Impulses | None = None

    def __post_init__(self) -> None:
        warmup = max(column.warmup for column in self.subject.columns)
        self.stage: Stage = self.bench.stage(warmup, self.subject.cadence)
        last = self.stage.sample.sessions - 1
        self.base: Floats = self.subject.values(self.stage.world, first=0, last=last)
        self.tickers = self.stage.world.bars.axis.tickers

    def past(self, only: str = "") -> None:
        """Proofs 1, 2 and 5."""
        chosen = [t for t in self.stage.trials if only in ("", t.proof)]
        if self.subject.kind != "model":  # no universe, so nobody is out of it
            chosen = [trial for trial in chosen if not trial.judged]
        self.proofs += dict.fromkeys(trial.proof for trial in chosen)
        for trial in chosen:
            wrong, cells = past.compared(self.subject, trial, self.base, self.tickers)
            self.cells += cells
            for one in wrong:
                column = self.subject.columns[one.difference.column]
                why = cause.cause_of(one, column, self._impulses())
                self._add(trial.proof, trial.words, one.difference, why)

    def start_up(self) -> None:
        """Proof 3."""
        found, cells = history.start_up(self.subject, self.bench)
        self.cells += cells
        self.proofs += ["start-up"] if cells else []
        for one in found:
            self._show(one, _CAUSES[one.trouble])

    def append(self) -> None:
        """Proof 4."""
        found, cells = history.append(self.subject, self.stage, self.base)
        self.cells += cells
        self.proofs += ["append"]
        for one in found:
            self._show(one, _CAUSES[one.trouble])

    def _show(self, one: history.Shown, why: Cause) -> None:
        self._add(one.proof, one.words, one.difference, why, one.stage, one.first)

    def inputs(self) -> None:
        """Proof 7; and that lists were not all empty."""
        self.proofs += ["inputs"]
        columns, stage = self.subject.columns, self.stage
        odd = [*inputs.bounds(columns, self.base, "the sample")]
        odd += inputs.scaled(self.subject, stage, self.base)
        odd += inputs.shuffled(self.subject, stage, self.base)
        seen = [self.base]
        last = stage.sample.sessions - 1
        for words, world in inputs.one_way(stage):
            values = self.subject.values(world, first=0, last=last)
            self.cells += int((~np.isnan(values)).sum())
            odd += inputs.bounds(columns, values, words)
            if "flat" in words:
                odd += inputs.unsettled(columns, values)
            seen.append(values)
        silent = [one for one in inputs.dead(columns, seen) if self._may_speak(one)]
        if self.subject.kind == "model":
            self._note_silent(silent)
            silent = []
        for one in (*odd, *silent):
            self._add("inputs", one.trial, one.difference, Cause(one.cause, one.repair))

    def _may_speak(self, odd: Odd) -> bool:
        """Whether the sample could have moved a column: a few sessions of finer bars
        hold no half day and no other month; that is proved of the indicator, on days.
        """
        column = self.subject.columns[odd.difference.column]
        days_only = self.subject.kind == "set" and self.subject.cadence != "daily"
        return not (days_only and column.timeless)

    def _note_silent(self, silent: list[Odd]) -> None:
        """A model may well choose nobody on a small market: say so."""
        self.notes += [f"On the sample {odd.cause}" for odd in silent]

    def _impulses(self) -> cause.Impulses:
        if self._pushes is None:
            self._pushes = cause.impulses(self.subject, self.stage, self.base)
        return self._pushes

    def _add(
        self,
        proof: str,
        trial: str,
        difference: Difference,
        why: Cause,
        stage: Stage | None = None,
        first: int = 0,
    ) -> None:
        """Note a difference, unless its column has been told of often enough."""
        column = self.subject.columns[difference.column].name
        told = [f for f in self.findings if (f.column, f.proof) == (column, proof)]
        if len(told) >= MOST:
            return
        ticker, session = difference.first
        axis = (stage or self.stage).world.bars.axis
        self.findings.append(
            Finding(
                proof=proof,
                trial=trial,
                column=column,
                ticker=axis.tickers[ticker],
                session=str(axis.times[first + session]),
                expected=number(difference.expected[ticker, session]),
                found=number(difference.found[ticker, session]),
                cells=difference.count,
                cause=why.words,
                repair=why.repair,
            )
        )
