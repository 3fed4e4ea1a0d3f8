"""The shapes of previews and matrices in the API: bodies in, documents out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Strict, Text
from signals.jobs import asof
from signals.serializers import AsOf, GateShape, PartShape

Shape = serializers.Serializer[Any]


class Drafts(Strict):
    """Definitions as they might be saved, each whole: YAML text, or its content."""

    indicator_set = serializers.JSONField(required=False)
    model_config = serializers.JSONField(required=False)
    policy = serializers.JSONField(required=False)
    universe = serializers.JSONField(required=False)


class PreviewBody(Strict):
    """Which model, over which of one to five sessions, with which drafts."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    start = Day(
        required=False, allow_null=True, help_text="Null: the session before the end."
    )
    end = AsOf(
        required=False,
        allow_null=True,
        max_length=asof.MOST,
        help_text="A session (of a model that decides more often its last bar), or the "
        "moment at which its last bar closed; null: the last bar held.",
    )
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )
    draft = Drafts(required=False)


class DiffBody(Strict):
    """A draft, what it is compared with, and on which sessions."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    draft = Drafts()
    against = serializers.ChoiceField(
        required=False, default="saved", choices=["saved", "last_run"]
    )
    sessions = serializers.IntegerField(
        required=False, default=2, min_value=1, max_value=5
    )
    end = AsOf(
        required=False,
        allow_null=True,
        max_length=asof.MOST,
        help_text="A session (of a model that decides more often its last bar), or the "
        "moment at which its last bar closed; null: the last bar held.",
    )
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )


class ChangeShape(Shape):
    """One value that is another."""

    part = serializers.CharField()
    path = serializers.CharField()
    kind = serializers.ChoiceField(choices=["changed", "added", "removed"])
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    words = serializers.CharField()


class MovedShape(Shape):
    """A ticker of one list alone, and what keeps it out of the other."""

    ticker = serializers.CharField()
    code = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)
    score = serializers.FloatField(allow_null=True)


class GatePairShape(Shape):
    """How many of the universe pass a gate, before and after."""

    name = serializers.CharField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)


class ImpactShape(Shape):
    """One session under both; pairs are before and after."""

    session = serializers.DateField()
    members = serializers.ListField(child=serializers.IntegerField())
    passes = serializers.ListField(child=serializers.IntegerField())
    selected = serializers.ListField(child=serializers.IntegerField())
    tradeable = serializers.ListField(child=serializers.IntegerField())
    reordered = serializers.IntegerField(help_text="In both lists, at another rank.")
    reweighed = serializers.IntegerField(help_text="With another weight.")
    rejudged = serializers.IntegerField(help_text="With another verdict.")
    words = serializers.CharField()
    list_words = serializers.CharField(help_text="Of the list alone.")
    entered = MovedShape(many=True)
    left = MovedShape(many=True)
    gates = GatePairShape(many=True)


class YamlDiffShape(Shape):
    """The lines of a file that differ."""

    part = serializers.CharField()
    name = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField(allow_blank=True))


class AffectedShape(Shape):
    """Who else stands on what is changed."""

    models = serializers.ListField(child=serializers.CharField())
    deployments = serializers.ListField(child=serializers.CharField())


class DraftStandingShape(Shape):
    """Whether the proofs still hold: certified, failed, stale or none."""

    model = serializers.CharField()
    indicator_set = serializers.CharField()


class DiffShape(Shape):
    """A draft beside what is saved."""

    pack = serializers.CharField()
    model_id = serializers.CharField()
    against = serializers.CharField()
    run = serializers.IntegerField(allow_null=True)
    is_new = serializers.BooleanField()
    changes = ChangeShape(many=True)
    words = serializers.CharField()
    yaml = YamlDiffShape(many=True)
    impact = ImpactShape(many=True)
    no_impact = serializers.CharField(allow_blank=True)
    affected = AffectedShape()
    certificate = DraftStandingShape()
    marks = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField()
    freshness = serializers.ListField(child=serializers.DictField())
    seconds = serializers.FloatField()


class BuildBody(Strict):
    """Which model, over which sessions, and whether as a table too."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    start = Day(
        required=False,
        allow_null=True,
        help_text="Null: the first session on which every column can be warm.",
    )
    end = AsOf(
        required=False,
        allow_null=True,
        max_length=asof.MOST,
        help_text="A session (of a model that decides more often its last bar), or the "
        "moment at which its last bar closed; null: the last bar held.",
    )
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )
    parquet = Flag(
        required=False, help_text="Leave a Parquet table among the run's files."
    )


class CauseShape(Shape):
    """The missing cells of one cause, and its fix."""

    cause = serializers.CharField()
    cells = serializers.IntegerField()
    share = serializers.FloatField()
    excused = serializers.BooleanField()
    tickers = serializers.ListField(child=serializers.CharField())
    fix = serializers.CharField()


class ColumnShape(Shape):
    """One column: its values, what is missing, whether it has moved."""

    name = serializers.CharField()
    dtype = serializers.CharField()
    needs = serializers.IntegerField(help_text="Own bars before it has a value.")
    cells = serializers.IntegerField()
    missing = serializers.IntegerField()
    excused = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    status = serializers.CharField()
    low = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    causes = CauseShape(many=True)
    psi = serializers.FloatField(allow_null=True)
    drifts = serializers.BooleanField()
    smells = serializers.ListField(child=serializers.CharField())


class NeedShape(Shape):
    """An input column and the indicators that read it."""

    column = serializers.CharField()
    provider = serializers.CharField()
    needed_by = serializers.ListField(child=serializers.CharField())
    held = serializers.BooleanField()


class FunnelShape(Shape):
    """One step and how many are left after it."""

    name = serializers.CharField()
    label = serializers.CharField()
    survivors = serializers.IntegerField()


class UniverseShape(Shape):
    """The universe's own steps."""

    name = serializers.CharField()
    steps = FunnelShape(many=True)


class GateCountShape(Shape):
    """How many members pass a gate alone, with all others, and without it."""

    name = serializers.CharField()
    words = serializers.CharField()
    alone = serializers.IntegerField()
    together = serializers.IntegerField()
    if_removed = serializers.IntegerField()
    unknown = serializers.IntegerField()


class HistogramShape(Shape):
    """How the members' values lie about a condition's threshold."""

    axis = serializers.ChoiceField(["value", "distance"])
    sign = serializers.CharField()
    line = serializers.FloatField()
    moves = serializers.CharField(
        allow_blank=True, help_text="The parameter that holds the line, or `number`."
    )
    factor = serializers.IntegerField()
    mirrored = serializers.BooleanField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    counts = serializers.ListField(child=serializers.IntegerField())


class ConditionShape(GateCountShape):
    """One condition by itself; no histogram where it is no single comparison."""

    group = serializers.CharField(help_text="The top-level gate it belongs to.")
    histogram = HistogramShape(allow_null=True)


class CandidateShape(Shape):
    """One that passes, with what it scored."""

    rank = serializers.IntegerField()
    ticker = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    score_total = serializers.FloatField()
    parts = PartShape(many=True)
    gates = GateShape(many=True)
    close = serializers.FloatField(allow_null=True)
    closes = serializers.ListField(child=serializers.FloatField())


class BalanceShape(Shape):
    """How the known labels lie."""

    name = serializers.CharField()
    cells = serializers.IntegerField()
    known = serializers.IntegerField()
    positive = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    deviation = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class PreviewShape(Shape):
    """A preview, whole."""

    pack = serializers.CharField()
    model_id = serializers.CharField()
    indicator_set = serializers.CharField()
    dataset = serializers.CharField()
    synthetic = serializers.BooleanField()
    marks = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField()
    freshness = serializers.ListField(child=serializers.DictField())
    sessions = serializers.ListField(child=serializers.DateField())
    status = serializers.CharField()
    problems = serializers.ListField(child=serializers.DictField())
    members = serializers.ListField(child=serializers.IntegerField())
    rows = serializers.IntegerField()
    limits = serializers.DictField(child=serializers.FloatField())
    required = NeedShape(many=True)
    columns = ColumnShape(many=True)
    universe = UniverseShape()
    gates = GateCountShape(many=True)
    conditions = ConditionShape(many=True)
    funnel = FunnelShape(many=True)
    candidates = CandidateShape(many=True)
    label = BalanceShape(allow_null=True)
    seconds = serializers.FloatField()
