"""What is kept of definitions: their versions, universe days, what was proved of
them; and which dataset they are judged on where they leave it open."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class UniverseDay(models.Model):
    """The members of a universe on a session, as they were found; never changed.

    Another definition, a data problem, other bars before the session or other tables
    make a new revision with its reason; the older ones stay readable.
    """

    class Reason(models.TextChoices):
        FIRST = "first", "first list of this session"
        DEFINITION = "definition", "the definition changed"
        PROBLEMS = "problems", "a data problem was found or settled"
        BARS = "bars", "other bars before the session count"
        TABLES = "tables", "membership or reference data changed"

    dataset = models.CharField(max_length=64)
    universe = models.CharField(max_length=64)
    #: a ticker left out beside the known funds, as the model's pack says; mostly none
    benchmark = models.CharField(max_length=32, blank=True)
    session = models.DateField()
    #: the session before: no later bar was read
    judged_on = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=12, choices=Reason, default=Reason.FIRST)

    universe_sha = models.CharField(max_length=64)
    #: of the bars up to `judged_on`
    data_sha = models.CharField(max_length=64)
    list_sha = models.CharField(max_length=64)
    #: rows and revisions known by then were read
    known_by = models.DateTimeField()

    #: [{"name", "label", "survivors", "limit"}]
    steps = models.JSONField()
    #: tickers, A to Z
    members = models.JSONField()
    #: {step: {ticker: value it failed by, or null}}
    out = models.JSONField()
    #: what the dataset can't know of it (`quality.labels`), as it was then
    marks = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-session", "universe", "-revision")
        constraints = (
            models.UniqueConstraint(
                fields=("dataset", "universe", "benchmark", "session", "revision"),
                name="one_universe_day",
            ),
            models.CheckConstraint(
                condition=Q(revision__gte=1), name="universe_day_revision"
            ),
        )

    @property
    def survivors(self) -> int:
        """How many members there are."""
        return int(self.steps[-1]["survivors"])

    def __str__(self) -> str:
        return f"{self.session} {self.universe} over {self.dataset} r{self.revision}"


class Certificate(models.Model):
    """What the proofs said of an indicator, a set or a model; never changed.

    The newest of a name counts. It is stale once `code_sha` is no longer that of the
    code and parameters that would run, or other trees answer for a trained model.
    """

    class Kind(models.TextChoices):
        INDICATOR = "indicator", "Indicator"
        SET = "set", "Indicator set"
        MODEL = "model", "Model"

    kind = models.CharField(max_length=12, choices=Kind)
    #: an indicator's name, or pack/name
    name = models.CharField(max_length=200)
    certified = models.BooleanField()
    #: the parameter sets that were proved: [{name: value}]; of a trained model its
    #: trees: [{"dataset", "run", "trees_sha"}]
    params = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    #: which proofs were made, and how many values they compared
    proofs = models.JSONField(default=list)
    cells = models.BigIntegerField(default=0)
    #: [{"proof", "trial", "column", "ticker", "session", "expected", "found", …}]
    findings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    #: of the market on which it was proved, and of the code that was proved
    data_sha = models.CharField(max_length=64)
    code_sha = models.CharField(max_length=64)
    #: of an indicator: milliseconds per million rows, on the machine of the run
    cost = models.FloatField(null=True)
    #: the run that made it; runs stand above this app
    run_id = models.BigIntegerField(null=True)
    proved_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("kind", "name", "-id")),)

    def __str__(self) -> str:
        word = "certified" if self.certified else "refuted"
        return f"{self.kind} {self.name}: {word} {self.proved_at:%Y-%m-%d}"


class DatasetChoice(models.Model):
    """Which dataset `auto` means, as an operator chose it; the newest row counts."""

    #: "": as the site's setting says, else main, else demo
    dataset = models.CharField(max_length=64, blank=True)
    #: leave made-up markets out of lists while real bars are there
    hide_synthetic = models.BooleanField(default=False)
    #: None: somebody at the machine's command line
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    chosen_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.dataset or "(nobody's choice)"


class DefinitionVersion(models.Model):
    """One state of one definition file: who made it, when, and the whole text.

    The row is written first, the file next, then the row is `settled`. Whoever takes
    the pack's lock after a crash finds what is unsettled and finishes it, so that the
    files of one change come all or not at all.
    """

    class Action(models.TextChoices):
        CREATED = "created", "created"
        SAVED = "saved", "saved"
        RESTORED = "restored", "restored"
        CLONED = "cloned", "cloned"
        DELETED = "deleted", "deleted"
        FOUND = "found", "found on disk"

    pack = models.CharField(max_length=64)
    #: indicator_set, model_config, policy, universe or pack
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=128)
    #: counts the states of this file, from 1
    revision = models.PositiveIntegerField()
    #: what the file itself says; null where its kind says none, or it is gone
    version = models.PositiveIntegerField(null=True)
    action = models.CharField(max_length=12, choices=Action)
    #: empty where the file is gone
    text = models.TextField(blank=True)
    #: of the bytes of the file, now and before; empty where there is none
    sha = models.CharField(max_length=64, blank=True)
    before_sha = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    #: None: found on disk, or a command
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    #: the files of one change share it
    batch = models.UUIDField()
    settled = models.BooleanField(default=False)
    #: a person's own word for one request; null may repeat
    idempotency_key = models.CharField(max_length=128, null=True)
    request_sha = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("pack", "kind", "name", "revision"), name="one_revision"
            ),
            models.UniqueConstraint(
                fields=("user", "idempotency_key"), name="one_definition_per_key"
            ),
        )
        indexes = (models.Index(fields=("pack", "settled")),)

    @property
    def is_gone(self) -> bool:
        """Whether the file is not there in this state."""
        return not self.sha

    def __str__(self) -> str:
        return f"{self.pack}/{self.kind}/{self.name} r{self.revision} {self.action}"
