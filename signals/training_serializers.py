"""The shapes of trainings in the API: a body in, documents out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Day, Strict, Text

Shape = serializers.Serializer[Any]


class TrainBody(Strict):
    """Which model to train, over which sessions of which dataset."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    start = Day(
        required=False,
        allow_null=True,
        help_text="Null: the first session on which every column can be warm.",
    )
    end = Day(required=False, allow_null=True, help_text="Null: the last session held.")
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )


class TrainingQuery(Strict):
    """Over which dataset."""

    dataset = Text(required=False, max_length=64, help_text="Without it: any.")


class TrainingShape(Shape):
    """The training that answers for a model, or the newest of those that do not."""

    run = serializers.IntegerField()
    dataset = serializers.CharField()
    pack = serializers.CharField()
    model_id = serializers.CharField()
    first = serializers.DateField(help_text="First session that was learned from.")
    last = serializers.DateField(help_text="Last session that was learned from.")
    predicts_until = serializers.DateField(help_text="After it, it refuses.")
    state = serializers.ChoiceField(
        choices=["predicts", "too_old", "changed", "superseded", "gone"]
    )
    reason = serializers.CharField()
    pack_sha = serializers.CharField()
    indicator_set_sha = serializers.CharField()
    model_config_sha = serializers.CharField()
    matrix_sha = serializers.CharField()
    trees_sha = serializers.CharField()
    card = serializers.DictField(
        help_text="Columns, dates, parameters, lineage, report, and each model's split."
    )
    created_at = serializers.DateTimeField()
