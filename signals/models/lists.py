"""Lists and their signals: append-only; a correction is a new revision."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.db import models
from django.db.models import Q

from signals.models.runs import Run


def ts_of(session: date) -> datetime:
    """The `ts` of a daily list: its session's midnight, UTC, as daily bars have it."""
    return datetime.combine(session, time(), UTC)


class SignalList(models.Model):
    """One model's list of one bar: the run whose signals are current.

    `ts` is when the bar closed, UTC; a list of a whole session has its `ts_of`.

    It exists for empty lists too, and is the row that two runs of one list queue up
    for: whoever moves `current` holds it.
    """

    dataset = models.CharField(max_length=64)
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    session = models.DateField()
    ts = models.DateTimeField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="lists")
    #: goes up by one each time a newer run gives another output
    revision = models.PositiveIntegerField(default=1)
    output_sha = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("dataset", "pack", "model_id", "session", "ts"),
                name="one_list",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ts:%Y-%m-%d %H:%M} {self.pack}/{self.model_id} r{self.revision}"


class SignalQuerySet(models.QuerySet["Signal"]):
    """Questions about many signals."""

    def current(self) -> SignalQuerySet:
        """The newest revision of each list."""
        return self.filter(current=True)

    def of_list(self, *, dataset: str, pack: str, model_id: str) -> SignalQuerySet:
        """Signals of one model over one dataset."""
        return self.filter(dataset=dataset, pack=pack, model_id=model_id)


class Signal(models.Model):
    """One selected candidate of one run; never changed but for `current`."""

    class Origin(models.TextChoices):
        PUBLISHED = "published", "Published"
        LATE = "late", "Late"
        RESEARCH = "research", "Research"

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="signals")
    dataset = models.CharField(max_length=64)
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    session = models.DateField()
    #: as its list's: when the bar closed; of a whole session `ts_of`
    ts = models.DateTimeField()
    ticker = models.CharField(max_length=32)
    name = models.CharField(max_length=200, blank=True)
    sector = models.CharField(max_length=100, blank=True)
    side = models.CharField(max_length=8, default="long")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.RESEARCH)
    revision = models.PositiveIntegerField(default=1)
    current = models.BooleanField(default=True)

    rank = models.PositiveIntegerField()
    score_total = models.FloatField()
    #: [{"name", "weight", "value" (0..1), "points"}]
    parts = models.JSONField()
    #: [{"name", "group", "words", "passed", "value", "op", "limit", "distance"}]
    gates = models.JSONField()
    weight = models.FloatField()
    #: the policy's word: "tradeable", or the code of the limit that stops it
    verdict = models.CharField(max_length=64)
    verdict_value = models.FloatField(null=True)
    verdict_limit = models.FloatField(null=True)
    tradeable = models.BooleanField()

    #: prices as printed on the session, in the dataset's currency
    open = models.FloatField()
    high = models.FloatField()
    low = models.FloatField()
    close = models.FloatField()
    #: against the previous own close, as a fraction; null on a first bar
    change = models.FloatField(null=True)
    volume = models.FloatField()
    #: volume against the mean of the 20 own bars before; null where unknown
    volume_ratio = models.FloatField(null=True)
    #: the last 30 own closes, oldest first, in the session's own units
    closes = models.JSONField(default=list)

    pack_sha = models.CharField(max_length=64)
    indicator_set_sha = models.CharField(max_length=64)
    model_config_sha = models.CharField(max_length=64)
    policy_sha = models.CharField(max_length=64)
    output_sha = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        ordering = ("-session", "-ts", "pack", "model_id", "rank")
        constraints = (
            models.UniqueConstraint(
                fields=("run", "ticker", "session", "ts"), name="one_signal_per_run"
            ),
            models.UniqueConstraint(
                fields=("dataset", "pack", "model_id", "session", "ts", "ticker"),
                condition=Q(current=True),
                name="one_current_signal",
            ),
        )
        indexes = (
            models.Index(fields=("dataset", "pack", "model_id", "-ts", "rank")),
            models.Index(fields=("ticker", "-session")),
        )

    def __str__(self) -> str:
        return f"{self.session} {self.model_id} #{self.rank} {self.ticker}"
