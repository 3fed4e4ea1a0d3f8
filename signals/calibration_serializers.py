"""The shapes of calibrations in the API: bodies in, documents out."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Strict, Text, Whole
from signals.backtest_serializers import TermsBody

Shape = serializers.Serializer[Any]
_GRID = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "number"}},
    "example": {"adx_min": [15, 18, 20], "rsi_min": [50, 55]},
}


@extend_schema_field(_GRID)
class Grid(serializers.JSONField):
    """Parameter → its values."""


def _day(words: str) -> Day:
    return Day(required=False, allow_null=True, help_text=words)


class CalibrateBody(TermsBody):
    """Which model, which values of its parameters, on which dates and terms."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    grid = Grid(help_text="At most 200 cells in all; 0 is a value.")
    objective = Text(
        required=False,
        max_length=64,
        help_text="deflated_sharpe, sharpe, sortino, calmar, total_return, "
        "profit_factor or hit_rate; the first unless said.",
    )
    min_trades = Whole(
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text="Closed trades that a winner needs; 30 unless said.",
    )
    train_start = _day("Null: the first session on which every column can be warm.")
    train_end = _day("Null: before what is held out.")
    held_out_start = _day("Null: the last third is held out, or what follows.")
    held_out_end = _day("Null: the last session held.")
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )
    promote = Flag(
        required=False,
        help_text="Write the winner into the model; true unless said.",
    )


class PromoteBody(Strict):
    """Which cell to write into the model."""

    cell = Whole(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=199,
        help_text="Null: the winner; while cells are missing one must be named.",
    )


class MomentsShape(Shape):
    """Of the net return of a session."""

    sharpe = serializers.FloatField(allow_null=True)
    skew = serializers.FloatField(allow_null=True)
    kurtosis = serializers.FloatField(allow_null=True)


class HalfShape(Shape):
    """A cell on one part of the dates."""

    sessions = serializers.IntegerField()
    signals = serializers.IntegerField()
    signals_per_session = serializers.FloatField()
    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))
    moments = MomentsShape()


class CellShape(Shape):
    """One combination of the grid."""

    number = serializers.IntegerField()
    params = serializers.DictField(child=serializers.FloatField())
    swept = HalfShape()
    held_out = HalfShape()
    value = serializers.FloatField(allow_null=True)
    held_out_value = serializers.FloatField(allow_null=True)
    around = serializers.FloatField(allow_null=True)
    drop = serializers.FloatField(allow_null=True)
    standing = serializers.ChoiceField(
        allow_null=True, choices=["plateau", "spike", "alone"]
    )


class PromotedShape(Shape):
    """What became of the model's file; no revision where it said the same already."""

    revision = serializers.IntegerField(allow_null=True)
    before = serializers.IntegerField(allow_null=True)
    words = serializers.CharField()


class DatesShape(Shape):
    """First and last session of both parts."""

    train_start = serializers.DateField()
    train_end = serializers.DateField()
    held_out_start = serializers.DateField()
    held_out_end = serializers.DateField()


class CalibrationShape(Shape):
    """A calibration, whole; `complete` is false while cells are missing."""

    run = serializers.IntegerField()
    status = serializers.CharField()
    complete = serializers.BooleanField()
    pack = serializers.CharField()
    model_id = serializers.CharField()
    dataset = serializers.CharField(allow_blank=True)
    grid = Grid()
    objective = serializers.CharField()
    min_trades = serializers.IntegerField()
    participation = serializers.FloatField(allow_null=True)
    delisting_return = serializers.FloatField()
    whole_shares = serializers.BooleanField()
    dates = DatesShape(allow_null=True)
    recipe = serializers.CharField(allow_null=True)
    pbo = serializers.FloatField(allow_null=True)
    promoted = PromotedShape(allow_null=True)
    not_promoted = serializers.CharField(allow_null=True)
    winner = serializers.IntegerField(allow_null=True)
    winner_params = serializers.DictField(
        allow_null=True, child=serializers.FloatField()
    )
    why = serializers.CharField()
    cells = CellShape(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(),
        help_text="To be read before the cells are believed.",
    )
    marks = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField()
