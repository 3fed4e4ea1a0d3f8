"""One signal in full: its picture, its gates, its score, and the path it took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from sigma_core.specs import naming
from signals import svg, words
from signals.models import Signal
from signals.queries import bars, lists

#: a gate's limit this near the close, as a share, is a price worth a line
PRICE_RANGE = 0.5
#: how far a gate's value may be from the close and still be the close
SAME = 1e-9


@dataclass(frozen=True)
class Passage:
    """One stage on the path from all tickers to the verdict."""

    passed: bool
    words: str


@dataclass(frozen=True)
class Explained:
    """A signal with everything a page says of it."""

    signal: Signal
    row: lists.Row
    sentence: str
    chart: SafeString
    #: how many bars the chart shows; 0 where the dataset's arrays are not there
    bars: int
    path: list[Passage]
    since: lists.At | None
    history: list[tuple[lists.At, int]]
    spoken: str

    @property
    def at(self) -> lists.At:
        """The bar of the signal."""
        return at_of(self.signal)

    @property
    def gates(self) -> list[lists.GateDot]:
        """The gates with value, limit and distance."""
        return self.row.gates

    @property
    def moved(self) -> dict[str, Any]:
        """Of a trained model: its prediction, and the columns that moved it most."""
        found = [part for part in self.signal.parts if "contributions" in part]
        return dict(found[0]) if found else {}

    @property
    def list_url(self) -> str:
        """The list the signal is in."""
        asked = {
            "model": f"{self.signal.pack}/{self.signal.model_id}",
            "dataset": self.signal.dataset,
            "session": self.signal.session.isoformat(),
        }
        if self.at.intraday:
            asked["ts"] = self.at.ts.isoformat()
        return f"{reverse('signals')}?{urlencode(asked)}"

    @property
    def fingerprint(self) -> list[tuple[str, str]]:
        """(label, sha), in the order of the lineage."""
        run = self.signal.run.fingerprint
        held = [
            ("pack", self.signal.pack_sha),
            ("set", self.signal.indicator_set_sha),
            ("model", self.signal.model_config_sha),
            ("policy", self.signal.policy_sha),
            ("universe", run.get("universe_sha")),
            ("data", run.get("data_sha")),
            ("output", self.signal.output_sha),
        ]
        return [(label, str(sha)) for label, sha in held if sha]


def explain(signal: Signal) -> Explained:
    """Everything about one signal of a list."""
    held = lists.Held(signal.dataset, signal.pack, signal.model_id, signal.run_id)
    found = lists.read_list(held, at_of(signal), lists.bars_of(held))
    row = _row_of(found, signal)
    cadence = naming.parse(signal.model_id).cadence
    shown = bars.candles(signal.dataset, signal.ticker, at_of(signal), cadence)
    chart = svg.candles(shown, levels(signal, row.gates))
    return Explained(
        signal=signal,
        row=row,
        sentence=words.signal_sentence(row, found) if found else "",
        chart=chart or svg.sparkline(signal.closes, width=360, height=120),
        bars=len(shown),
        path=path(signal, row.gates, len(found.rows) if found else signal.rank),
        since=row.first_seen,
        history=lists.history(held, signal.ticker, at_of(signal)),
        spoken=naming.SPOKEN[cadence],
    )


def at_of(signal: Signal) -> lists.At:
    """The bar of a signal."""
    return lists.At(signal.ts, signal.session)


def _row_of(found: lists.Listing | None, signal: Signal) -> lists.Row:
    rows = found.rows if found else []
    return next(
        (row for row in rows if row.signal.ticker == signal.ticker), lists.Row(signal)
    )


def levels(signal: Signal, gates: list[lists.GateDot]) -> list[svg.Level]:
    """Limits of the gates that compare the close with a price."""
    return [
        svg.Level(gate.limit, gate.name)
        for gate in gates
        if gate.value is not None
        and gate.limit is not None
        and abs(gate.value - signal.close) <= SAME * abs(signal.close)
        and abs(gate.limit / signal.close - 1) < PRICE_RANGE
    ]


def path(signal: Signal, gates: list[lists.GateDot], selected: int) -> list[Passage]:
    """From the universe to the verdict, in the order in which it was decided."""
    summary: dict[str, Any] = signal.run.summary
    members, tickers = summary.get("members"), summary.get("tickers")
    universe = str(summary.get("universe") or "the universe")
    passed = sum(gate.passed for gate in gates)
    asked = f"{passed} of {len(gates)} conditions, all top-level gates"
    if words.is_trained(summary):
        asked = f"a prediction, by the trees of {_training(signal)}"
    counted = f" ({members} of {tickers})" if members and tickers else ""
    why = words.verdict_why(signal.verdict, signal.verdict_value, signal.verdict_limit)
    return [
        Passage(True, f"in {universe}{counted}"),
        Passage(True, "no missing data"),
        Passage(True, asked),
        Passage(
            True, f"score {signal.score_total:.1f}, rank {signal.rank} of {selected}"
        ),
        Passage(signal.tradeable, f"policy: {why}, weight {signal.weight * 100:.2f} %"),
    ]


def _training(signal: Signal) -> str:
    """run 12, trained to 10 November 2026."""
    found = signal.run.fingerprint
    last = parse_date(str(found.get("trained_to")))
    until = f", trained to {last.day} {last:%B %Y}" if last else ""
    return f"run {found.get('trained_run')}{until}"
