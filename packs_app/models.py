"""What is kept of universes: each day's list, by dataset and session."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class UniverseDay(models.Model):
    """The members of a universe on a session, as they were found; never changed.

    Another definition, or other bars before the session, makes a new revision with its
    reason; the older ones stay readable.
    """

    class Reason(models.TextChoices):
        FIRST = "first", "first list of this session"
        DEFINITION = "definition", "the definition changed"
        BARS = "bars", "bars before the session were revised"
        TABLES = "tables", "membership, reference data or a data problem changed"

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

    def __str__(self) -> str:
        return f"{self.session} {self.universe} over {self.dataset} r{self.revision}"
