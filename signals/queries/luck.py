"""How a trial stands among its family, as pages and the API say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sigma_core.evidence.words import luck_words
from signals.models import Backtest

JUDGING = "being weighed against all that was tried; look again in a moment"


@dataclass(frozen=True)
class Luck:
    """The Luck line, and what stands behind it; None where it can't be said.

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
        moment = self.judged_at
        said = moment.isoformat().replace("+00:00", "Z") if moment else None
        return asdict(self) | {"judged_at": said}


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
    line = luck_words(family.spa_trials, trial.share)
    return Luck(
        line=JUDGING.capitalize() + "." if waiting else line,
        trials=family.spa_trials,
        share=trial.share,
        p_value=trial.p_value,
        q_value=trial.q_value,
        spa_p=family.spa_p,
        deflated_sharpe=trial.deflated_sharpe,
        pbo=trial.pbo,
        origin=trial.origin,
        judged_at=None if waiting else family.judged_at,
    )


#: columns of a trial that no page needs, and that are long
BLOBS = ("trial__sessions", "trial__returns", "trial__excess")
