"""The shapes of packs, models and cards in the OpenAPI document, and their queries.

Answers are made by `documents.py`; a test holds the two together.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Flag, Paged

Shape = serializers.Serializer[Any]


class IndicatorQuery(Paged):
    """How the catalogue is listed."""

    group = Flag(default=False, help_text="Give the cards by group, on one page.")


class ProblemShape(Shape):
    """What is wrong with a definition."""

    code = serializers.CharField()
    where = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField(allow_blank=True)
    severity = serializers.ChoiceField(choices=["error", "warning"])


class FindingShape(Shape):
    """A broken promise: where it shows first, why, and how to mend it."""

    proof = serializers.CharField()
    trial = serializers.CharField(help_text="What was changed.")
    column = serializers.CharField()
    ticker = serializers.CharField()
    session = serializers.CharField()
    expected = serializers.FloatField(allow_null=True)
    found = serializers.FloatField(allow_null=True)
    cells = serializers.IntegerField(help_text="How many cells of the column differ.")
    cause = serializers.CharField()
    repair = serializers.CharField()


class CertificateShape(Shape):
    """What was proved, and whether it still holds."""

    state = serializers.ChoiceField(choices=["certified", "failed", "stale", "none"])
    certified = serializers.BooleanField(
        help_text="Proved; code, and of a trained model the trees, unchanged."
    )
    reason = serializers.CharField(help_text="The state in a sentence.")
    proved_at = serializers.DateTimeField(allow_null=True)
    run = serializers.IntegerField(allow_null=True)
    params = serializers.ListField(
        child=serializers.DictField(),
        help_text="Parameter sets; of a trained model {dataset, run, trees_sha}.",
    )
    proofs = serializers.ListField(child=serializers.CharField())
    cells = serializers.IntegerField(help_text="Values that were compared.")
    findings = FindingShape(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    data_sha = serializers.CharField(allow_blank=True)
    code_sha = serializers.CharField(allow_blank=True)
    cost_ms_per_million_rows = serializers.FloatField(allow_null=True)


class PackShape(Shape):
    """A pack."""

    id = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_blank=True)
    manifest = serializers.DictField(allow_null=True)
    sha = serializers.CharField(allow_blank=True)
    files = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField())
    )
    problems = ProblemShape(many=True)


class ModelRowShape(Shape):
    """A model as a list shows it; what a broken one lacks is null."""

    pack = serializers.CharField()
    model_id = serializers.CharField()
    kind = serializers.CharField(allow_null=True)
    description = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())
    universe = serializers.CharField(allow_null=True)
    indicator_set = serializers.CharField(allow_null=True)
    policy = serializers.CharField(allow_null=True)
    certificate = CertificateShape()
    problems = ProblemShape(many=True)


class ModelShape(ModelRowShape):
    """A model with all it stands on."""

    shas = serializers.DictField(child=serializers.CharField())
    contents = serializers.DictField(child=serializers.DictField())
    files = serializers.DictField(child=serializers.CharField())
    yaml = serializers.CharField(allow_blank=True, help_text="Its own file.")
    path = serializers.CharField(help_text="Of that file, below the packs folder.")
    sha = serializers.CharField(help_text="Of the file's bytes: its ETag.")


class ParamShape(Shape):
    """One parameter of an indicator."""

    name = serializers.CharField()
    type = serializers.ChoiceField(choices=["int", "float"])
    default = serializers.FloatField()
    min = serializers.FloatField()
    max = serializers.FloatField()
    meaning = serializers.CharField()


class OutputShape(Shape):
    """One column an indicator gives."""

    name = serializers.CharField()
    column = serializers.CharField(help_text="Its name with default parameters.")
    template = serializers.CharField()
    meaning = serializers.CharField()
    degree = serializers.IntegerField(
        help_text="1 a price, -1 a share volume, 0 a pure number."
    )
    min = serializers.FloatField(allow_null=True)
    max = serializers.FloatField(allow_null=True)


class CardShape(Shape):
    """An indicator's card."""

    name = serializers.CharField()
    group = serializers.CharField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    provider = serializers.ChoiceField(choices=["bars", "index", "options"])
    inputs = serializers.ListField(child=serializers.CharField())
    across = serializers.ChoiceField(
        choices=["", "mean"],
        help_text="How the universe's members are put together, if they are.",
    )
    intraday = serializers.BooleanField(help_text="Meant for intraday bars.")
    params = ParamShape(many=True)
    outputs = OutputShape(many=True)
    warmup = serializers.IntegerField(help_text="First bar with a value, from 1.")
    stable = serializers.IntegerField(
        allow_null=True, help_text="Bars after which history no longer matters."
    )
    anchored = serializers.BooleanField()
    advances = serializers.BooleanField(
        help_text="Whether a state gives its next value bar by bar."
    )
    formula = serializers.CharField()
    source = serializers.CharField()
    docs = serializers.CharField()
    used_by = serializers.ListField(child=serializers.CharField())
    certificate = CertificateShape()


class CardsByGroup(Shape):
    """The catalogue by group."""

    groups = serializers.DictField(child=CardShape(many=True))
