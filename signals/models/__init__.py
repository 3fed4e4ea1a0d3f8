"""What the Signals DB holds.

    Run ──< Signal          one execution of a job, and the signals it gave
     │ └──< SignalList      per model and bar: which run's signals are current
     ├──< RunInput >── ConfigSnapshot   the frozen definitions it ran with
     ├─── TrainedModel      what a training leaves: trees, card, hashes
     ├─── Backtest >── Trial >── Family   a result, and the ledger of all that was tried
     └──< SweepCell         one combination of a calibration's grid

`Run` is the truth about a job; the queue only carries its id. Signals are
append-only: a correction is a new revision, and the old one stays readable. A trial
outlives the run that made it. `PreviewOutcome` says how each preview of a model ended.
`Milestone` remembers when a person first did a thing, for the first-run checklist.
"""

from signals.models.data import DataIssue, DataIssueQuerySet, PreviewOutcome, Source
from signals.models.evidence import Backtest, Family, SweepCell, TrainedModel, Trial
from signals.models.lists import Signal, SignalList, SignalQuerySet, ts_of
from signals.models.people import Milestone
from signals.models.runs import ConfigSnapshot, Heartbeat, Run, RunQuerySet

__all__ = [
    "Backtest",
    "ConfigSnapshot",
    "DataIssue",
    "DataIssueQuerySet",
    "Family",
    "Heartbeat",
    "Milestone",
    "PreviewOutcome",
    "Run",
    "RunQuerySet",
    "Signal",
    "SignalList",
    "SignalQuerySet",
    "Source",
    "SweepCell",
    "TrainedModel",
    "Trial",
    "ts_of",
]
