"""The shapes of runs and signals in the API: bodies and queries in, documents out.

Whole documents are made by `services/documents.py`; the shapes of them here are for
the OpenAPI document, and a test holds the two together.
"""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Moment, Paged, Strict, Text
from signals.jobs import asof
from signals.models import Run, Signal

Shape = serializers.Serializer[Any]
LONGEST_WAIT = 30


class Waiting(Strict):
    """How long an answer may be held back until the run has ended."""

    wait = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_WAIT,
        default=0,
        help_text="Seconds to wait for the run to end before answering.",
    )


class AsOf(Text):
    """A session, or the moment at which a bar closed; see `signals.jobs.asof`."""

    hint = asof.FORMS
    default_error_messages: ClassVar = {
        "invalid": "This is neither a session nor a moment with its zone."
    }

    def to_internal_value(self, data: Any) -> str:
        """As `asof.normal` writes it."""
        try:
            return asof.normal(super().to_internal_value(data))
        except ValueError:
            self.fail("invalid")


class ScanBody(Strict):
    """Which model to run, as of which session or moment, over which dataset."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    as_of = AsOf(
        required=False,
        allow_null=True,
        max_length=asof.MOST,
        help_text="A session (of a model that decides more often its last bar), or the "
        "moment at which a bar closed, such as 2026-03-11T18:35:00Z or "
        "`2026-03-11T14:35 exchange`; null: the last bar held.",
    )
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )


class ProveBody(Strict):
    """What to prove: one thing by `name`, or everything if `all` is true."""

    name = Text(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="An indicator, pack/set or pack/model_id.",
    )
    all = Flag(
        default=False,
        help_text="Prove the whole catalogue, which takes minutes; without `name`.",
    )


class TagsBody(Strict):
    """The tags a run shall have; they replace those it has."""

    tags = serializers.ListField(child=Text(max_length=64), max_length=20)


class IngestOptions(Strict):
    """Into which dataset, and as what; fields of the form, or of the query."""

    dataset = Text(required=False, max_length=64)
    cadence = serializers.ChoiceField(
        choices=["daily", "hourly", "15m", "5m"], required=False
    )
    source = Text(required=False, max_length=64)
    adjustment = serializers.ChoiceField(
        choices=["raw", "split", "total", "unknown"], required=False
    )
    tz = Text(required=False, max_length=64, help_text="Time zone of naive times.")
    columns = Text(
        required=False,
        max_length=600,
        help_text="FIELD=HEADER with commas between, where names don't tell.",
    )
    dry_run = Flag(required=False, help_text="Read and check; write nothing.")


class TableOptions(Strict):
    """Into which dataset; fields of the form, or of the query."""

    dataset = Text(required=False, max_length=64)
    name = Text(required=False, max_length=64, help_text="Of a membership list.")
    dry_run = Flag(required=False, help_text="Read and check; write nothing.")


class TableQuery(TableOptions, Waiting):
    """The options of a raw body, and the name its file would have."""

    filename = Text(
        required=False, max_length=200, help_text="Of a raw body; its ending counts."
    )


class TableForm(TableOptions):
    """A multipart body: options and the file."""

    file = serializers.FileField()


class IngestQuery(IngestOptions, Waiting):
    """The options of a raw body, and the name its file would have."""

    filename = Text(
        required=False, max_length=200, help_text="Of a raw body; its ending counts."
    )


class IngestForm(IngestOptions):
    """A multipart body: options and files."""

    file = serializers.ListField(child=serializers.FileField(), max_length=200)


class RunQuery(Paged):
    """Which runs."""

    kind = serializers.ChoiceField(choices=Run.Kind.choices, required=False)
    status = serializers.ChoiceField(choices=Run.Status.choices, required=False)
    pack = Text(required=False, max_length=64)
    model = Text(required=False, max_length=200, help_text="pack/model_id")
    dataset = Text(required=False, max_length=64)
    session = Day(required=False)


class SignalQuery(Paged):
    """Which signals; by default the current ones alone, the newest sessions first."""

    session = Day(required=False, help_text="A session of the exchange.")
    ts = Moment(
        required=False,
        help_text="When the list's bar closed; of a daily list its session's midnight.",
    )
    model = Text(required=False, max_length=200, help_text="pack/model_id")
    pack = Text(required=False, max_length=64)
    ticker = Text(required=False, max_length=32)
    dataset = Text(required=False, max_length=64)
    run = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Id of a run."
    )
    tradeable = Flag(required=False)
    current = serializers.ChoiceField(
        choices=["true", "false", "all"],
        default="true",
        help_text="true: the rows of each list's newest run; false: those of the runs "
        "before it; all: every run's, so that one ticker of one session may come once "
        "for each run. Equal output keeps the `revision`.",
    )


class StepShape(Shape):
    """One step of a run."""

    name = serializers.CharField()
    label = serializers.CharField()
    status = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    detail = serializers.CharField(allow_blank=True)


class InputShape(Shape):
    """A definition as a run read it."""

    kind = serializers.CharField()
    name = serializers.CharField()
    sha = serializers.CharField()


class RunRow(serializers.ModelSerializer[Run]):
    """A run as a list shows it."""

    user = serializers.CharField(source="user.username", default=None, allow_null=True)
    output_sha = serializers.CharField(
        source="fingerprint.output_sha", default=None, allow_null=True
    )
    marks = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text="What the bars it read can't know, such as `survivors only`.",
    )
    stale = serializers.BooleanField(
        source="summary.stale",
        default=False,
        help_text="It read bars that were not whole or not up to date.",
    )
    params = serializers.DictField()
    tags = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Run
        fields = (
            "id",
            "kind",
            "status",
            "attempt",
            "cancel_requested",
            "params",
            "pack",
            "model_id",
            "dataset",
            "session",
            "percent",
            "doing",
            "reason_code",
            "reason",
            "output_sha",
            "marks",
            "stale",
            "tags",
            "user",
            "created_at",
            "started_at",
            "ended_at",
        )
        read_only_fields = fields


class RunShape(RunRow):
    """A run, whole."""

    steps = StepShape(many=True)
    problems = serializers.ListField(child=serializers.DictField())
    fingerprint = serializers.DictField()
    summary = serializers.DictField()
    inputs = InputShape(many=True)
    took_seconds = serializers.FloatField(allow_null=True)
    log = serializers.CharField(allow_blank=True)

    class Meta(RunRow.Meta):
        fields = (
            *RunRow.Meta.fields,
            "steps",
            "problems",
            "fingerprint",
            "summary",
            "inputs",
            "took_seconds",
            "peak_memory_bytes",
            "log",
        )
        read_only_fields = fields


class PartShape(Shape):
    """One part of a score: value 0 to 1, points = weight × value."""

    name = serializers.CharField()
    weight = serializers.FloatField()
    value = serializers.FloatField(allow_null=True)
    points = serializers.FloatField(allow_null=True)
    label = serializers.CharField(
        required=False, help_text="Of a trained model: what it predicts."
    )
    prediction = serializers.FloatField(
        required=False, help_text="In the label's unit: base + all contributions."
    )
    base = serializers.FloatField(
        required=False, help_text="What it says of nobody in particular."
    )
    contributions = serializers.ListField(
        required=False,
        child=serializers.DictField(),
        help_text="The columns that moved it most: column, value, contribution.",
    )
    far_outside = serializers.ListField(
        required=False,
        child=serializers.CharField(),
        help_text="Columns whose value is far outside of what it was trained on.",
    )


class GateShape(Shape):
    """One gate: what it asks, and what it found."""

    name = serializers.CharField()
    group = serializers.CharField()
    words = serializers.CharField()
    passed = serializers.BooleanField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    op = serializers.CharField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    distance = serializers.FloatField(allow_null=True)


class SignalShape(serializers.ModelSerializer[Signal]):
    """A signal; prices as printed, change as a fraction, weight of the equity."""

    run = serializers.IntegerField()
    parts = PartShape(many=True)
    gates = GateShape(many=True)

    class Meta:
        model = Signal
        exclude = ("closes", "created_at")


class ListShape(Shape):
    """Which run's signals are current for a model and session."""

    dataset = serializers.CharField()
    pack = serializers.CharField()
    model_id = serializers.CharField()
    session = serializers.DateField()
    ts = serializers.DateTimeField(
        help_text="When its bar closed, UTC; of a daily list its session's midnight."
    )
    run = serializers.IntegerField()
    revision = serializers.IntegerField()
    output_sha = serializers.CharField()
    marks = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField()


class SignalPage(Shape):
    """A page of signals, with the lists of the session where one was asked for."""

    results = SignalShape(many=True)
    next = serializers.URLField(allow_null=True)
    lists = ListShape(many=True)
