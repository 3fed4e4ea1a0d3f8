"""What the Signals DB holds.

    Run ──< Signal          one execution of a job, and the signals it gave
     │ └──< SignalList      per model and bar: which run's signals are current
     └──< RunInput >── ConfigSnapshot   the frozen definitions it ran with

`Run` is the truth about a job; the queue only carries its id. Signals are
append-only: a correction is a new revision, and the old one stays readable.
`PreviewOutcome` says how each preview of a model ended.
`Milestone` remembers when a person first did a thing, for the first-run checklist.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q


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


class Heartbeat(models.Model):
    """When a long-lived process of Sigma was last seen alive."""

    name = models.CharField(max_length=64, primary_key=True)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} on {self.host}, seen {self.seen_at:%Y-%m-%d %H:%M:%S}"


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


class Milestone(models.Model):
    """When a person first did something that no other row tells of."""

    class Name(models.TextChoices):
        ARRIVED = "arrived", "Saw a page"
        OPENED_SIGNAL = "opened_signal", "Opened a signal"
        DISMISSED = "dismissed", "Put the checklist away"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=32, choices=Name)
    reached_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "name"), name="one_milestone_each"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
