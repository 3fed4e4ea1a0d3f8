"""Jobs: what was asked, how it went, what it read; and who is at work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about many runs."""

    def active(self) -> RunQuerySet:
        """Runs that have not ended."""
        return self.filter(status__in=Run.ACTIVE)

    def expired(self, now: datetime) -> RunQuerySet:
        """Running runs whose worker has stopped renewing its lease."""
        return self.filter(status=Run.Status.RUNNING, lease_until__lt=now)


class Run(models.Model):
    """One execution of a job: state, steps, what it read and what it wrote.

    A worker owns the run while it holds `token` and keeps `lease_until` in the
    future; every write it makes names the token, so a worker that lost the run
    can't change it.
    """

    class Kind(models.TextChoices):
        INGEST = "ingest", "Ingest bars"
        DEMO = "demo", "Demo market"
        SCAN = "scan", "Scan"
        BUILD_MATRIX = "build_matrix", "Build matrix"
        ACKNOWLEDGE = "acknowledge", "Answer a data issue"
        PROVE = "prove", "Prove"
        CHECK_BARS = "check_bars", "Check bars"
        INBOX = "inbox", "Take the inbox"
        TRAIN = "train", "Train"
        BACKTEST = "backtest", "Backtest"
        CALIBRATE = "calibrate", "Calibrate"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    ACTIVE = (Status.QUEUED, Status.RUNNING)

    kind = models.CharField(max_length=20, choices=Kind)
    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    #: how often a worker has claimed it; at most `SIGMA_MAX_ATTEMPTS`
    attempt = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    #: when the queue was last told of it; None: to be told at once
    rung_at = models.DateTimeField(null=True, editable=False)
    cancel_requested = models.BooleanField(default=False)

    #: what was asked: `{"pack", "model_id", "as_of", "dataset"}` and the like
    params = models.JSONField(default=dict)
    pack = models.CharField(max_length=64, blank=True)
    model_id = models.CharField(max_length=128, blank=True)
    dataset = models.CharField(max_length=64, blank=True)
    session = models.DateField(null=True)

    #: [{"name", "label", "status", "started_at", "ended_at", "detail"}], in order
    steps = models.JSONField(default=list)
    percent = models.PositiveSmallIntegerField(default=0)
    doing = models.CharField(max_length=200, blank=True)
    log = models.TextField(blank=True)

    #: why it ended as it did: a stable code, a sentence, and what to do
    reason_code = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    problems = models.JSONField(default=list)

    #: the hashes of everything read and written
    fingerprint = models.JSONField(default=dict)
    #: what the run says of itself: funnel, near misses, context; an ingest's report
    summary = models.JSONField(default=dict)
    tags = models.JSONField(default=list)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: a person's own word for one request; null may repeat
    idempotency_key = models.CharField(max_length=128, null=True)
    request_sha = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    peak_memory_bytes = models.BigIntegerField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("user", "idempotency_key"), name="one_run_per_key"
            ),
        )
        indexes = (
            models.Index(fields=("status", "lease_until")),
            models.Index(fields=("pack", "model_id", "-id")),
        )

    def __str__(self) -> str:
        return f"run {self.pk}: {self.kind} {self.status}"

    @property
    def is_active(self) -> bool:
        """Whether the run has not ended."""
        return self.status in self.ACTIVE

    @property
    def is_synthetic(self) -> bool:
        """Whether it has read a made-up market."""
        return bool(self.summary.get("synthetic", self.dataset == "demo"))

    @property
    def marks(self) -> list[str]:
        """What the bars it has read can't know: the one source of every page, export
        and answer that shows it."""
        found: list[str] = self.summary.get("marks", [])
        made_up = self.is_synthetic and "synthetic" not in found
        return ["synthetic", *found] if made_up else list(found)

    @property
    def took(self) -> timedelta | None:
        """Time from the start to the end; None while it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at


class ConfigSnapshot(models.Model):
    """One definition, frozen as a run read it; equal content is one row."""

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    sha = models.CharField(max_length=64, unique=True)
    content = models.JSONField()
    runs = models.ManyToManyField(Run, related_name="inputs")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.sha[:8]}"


class Heartbeat(models.Model):
    """When a long-lived process of Sigma was last seen alive."""

    name = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} on {self.host}, seen {self.seen_at:%Y-%m-%d %H:%M:%S}"
