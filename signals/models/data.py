"""What was decided about data, where it came from, and how previews of it ended."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from signals.models.runs import Run


class PreviewOutcome(models.Model):
    """How one preview ended: Health counts how many of a month failed."""

    class Status(models.TextChoices):
        OK = "ok", "Ok"
        WARN = "warn", "Warned"
        FAIL = "fail", "Failed"
        #: the definitions, or what was asked, could not be used
        REFUSED = "refused", "Refused"

    created_at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    dataset = models.CharField(max_length=64, blank=True)
    #: the last session looked at
    session = models.DateField(null=True)
    indicator_set_sha = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=8, choices=Status)
    #: of the first problem; empty for a preview without one
    code = models.CharField(max_length=64, blank=True)
    rows = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M} {self.model_id} {self.status}"


class DataIssueQuerySet(models.QuerySet["DataIssue"]):
    """Questions about many answers."""

    def standing(self) -> DataIssueQuerySet:
        """Answers nobody took back."""
        return self.filter(withdrawn_at=None)


class DataIssue(models.Model):
    """What somebody decided about one find of the quality rules; kept for good.

    The engine's side is an action of the dataset (`acknowledged`, `delisting`), known
    from the same moment; taking an answer back withdraws that too.
    """

    class Answer(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", "The bars are right"
        DELISTED = "delisted", "Delisted"
        WAIT = "wait", "Wait for bars"

    dataset = models.CharField(max_length=64)
    cadence = models.CharField(max_length=16)
    rule = models.CharField(max_length=8)
    ticker = models.CharField(max_length=32)
    session = models.DateField()
    answer = models.CharField(max_length=16, choices=Answer)
    note = models.CharField(max_length=500)
    #: the find as it was when it was answered (`queries.issues.Issue.kept`)
    found = models.JSONField(default=dict)
    #: of a delisting: the last price that was paid
    price = models.FloatField(null=True)
    #: None: somebody at the machine's command line
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    known_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = DataIssueQuerySet.as_manager()

    class Meta:
        ordering = ("-known_at", "-id")
        indexes = (models.Index(fields=("dataset", "cadence", "ticker", "session")),)

    def __str__(self) -> str:
        return f"{self.dataset} {self.ticker} {self.session} {self.rule}: {self.answer}"


class Source(models.Model):
    """How the bars of one named source are to be read, as its last ingest found out.

    It fills in what the next ingest under this name leaves open, nothing else.
    """

    name = models.CharField(max_length=64, unique=True)
    #: field → header it was read from
    mapping = models.JSONField(default=dict)
    #: raw, split or total; "" where nothing told
    adjustment = models.CharField(max_length=8, blank=True)
    #: zone of times without one; "" where none was named
    tz = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
