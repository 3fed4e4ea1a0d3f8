"""How a trial stands among its family, as pages and the API say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sigma_core.evidence.words import judged_on_words, luck_words
from signals.models import Backtest, Trial

JUDGING = "being weighed against all that was tried; look again in a moment"


@dataclass(frozen=True)
class JudgedOn:
    """Whose returns a trial keeps, and from when to when they are; None: the run was
    deleted."""

    run: int | None
    first: date
    last: date


@dataclass(frozen=True)
class Luck:
    """The Luck line, and what stands behind it; None where it can't be said.

    `judged_on`: None where the returns that were weighed are the backtest's own;
    `judged_at`: when its family was weighed; None while its own returns were not.
    """

    line: str
    trials: int
    share: float | None
    p_value: float | None
    q_value: float | None
    spa_p: float | None
    deflated_sharpe: float | None
    pbo: float | None
    origin: str
    judged_on: JudgedOn | None
    judged_at: datetime | None

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(term, value in words) of all that is known."""
        figures = {
            "trials_counted": f"{self.trials:,}",
            "q_value": _figure(self.q_value),
            "p_value": _figure(self.p_value),
            "spa_p": _figure(self.spa_p),
            "deflated_sharpe": _figure(self.deflated_sharpe),
        }
        if self.pbo is not None:
            figures["pbo"] = _figure(self.pbo)
        return list(figures.items())

    def document(self) -> dict[str, Any]:
        """As JSON."""
        moment, other = self.judged_at, self.judged_on
        found = asdict(self)
        found["judged_at"] = (
            moment.isoformat().replace("+00:00", "Z") if moment else None
        )
        if other:
            days = {"first": other.first.isoformat(), "last": other.last.isoformat()}
            found["judged_on"] |= days
        return found


def _figure(value: float | None) -> str:
    """0.0380, small ones with the digits they need; – where there is none."""
    if value is None:
        return "–"
    return f"{value:.2g}" if 0 < value < 0.001 else f"{value:.3f}"


def luck_of(backtest: Backtest) -> Luck | None:
    """Of a backtest whose trial and its family were read with it; None without one."""
    trial = backtest.trial
    if trial is None:
        return None
    family = trial.family
    waiting = trial.q_value is None and family.judged < family.changes
    other = _judged_on(backtest, trial)
    return Luck(
        line=JUDGING.capitalize() + "." if waiting else _line(trial, other),
        trials=family.spa_trials,
        share=trial.share,
        p_value=trial.p_value,
        q_value=trial.q_value,
        spa_p=family.spa_p,
        deflated_sharpe=trial.deflated_sharpe,
        pbo=trial.pbo,
        origin=trial.origin,
        judged_on=other,
        judged_at=None if waiting else family.judged_at,
    )


def _line(trial: Trial, other: JudgedOn | None) -> str:
    line = luck_words(trial.family.spa_trials, trial.share)
    if other is None:
        return line
    return f"{line} {judged_on_words(other.first, other.last, other.run)}"


def _judged_on(backtest: Backtest, trial: Trial) -> JudgedOn | None:
    if trial.run_id == backtest.run_id:
        return None
    return JudgedOn(trial.run_id, trial.first, trial.last)


#: columns of a trial that no page needs, and that are long
BLOBS = ("trial__sessions", "trial__returns", "trial__excess")
