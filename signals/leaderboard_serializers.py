"""The shapes of the leaderboard and of a comparison in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from sigma_api.serializers import Day, Paged, Strict, Text
from signals.luck_serializers import LuckShape
from signals.queries.comparing import MOST
from signals.queries.leaderboard import SORTS

Shape = serializers.Serializer[Any]
#: every key, and every key from the largest down
SORT_KEYS = [*SORTS, *(f"-{key}" for key in SORTS)]


class LeaderboardQuery(Paged):
    """Which backtests, and in which order; without `sort` in that of the board."""

    tag = Text(required=False, max_length=64)
    pack = Text(required=False, max_length=64)
    model = Text(required=False, max_length=200, help_text="pack/model_id")
    kind = serializers.ChoiceField(choices=["scanner", "gbm"], required=False)
    dataset = Text(required=False, max_length=64)
    gate = serializers.ChoiceField(choices=["passed", "failed"], required=False)
    sort = serializers.ChoiceField(
        choices=SORT_KEYS,
        required=False,
        help_text="A column, with a minus from the largest down. Without it: run gate "
        "passed first, then q, then Sharpe.",
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """And `from` and `to`, of which one is a word of Python's."""
        made = {
            "from": Day(required=False, help_text="Made on this day or later."),
            "to": Day(required=False, help_text="Made on this day or before."),
        }
        return super().get_fields() | made


class CompareQuery(Strict):
    """Which backtests to hold side by side."""

    runs = Text(max_length=100, help_text="Ids of 2 to 4 runs, with commas: 12,15")

    def validate_runs(self, value: str) -> list[int]:
        """The ids, in the order they came."""
        try:
            return run_ids(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from None


def run_ids(text: str) -> list[int]:
    """`12,15` as numbers; ValueError, in words, for what is none, one, or too many."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(
        part.isascii() and part.isdecimal() and len(part) < 16 for part in parts
    ):
        raise ValueError("Runs are given by their numbers, with commas: 12,15.")
    found = list(dict.fromkeys(int(part) for part in parts))
    if not 2 <= len(found) <= MOST:
        raise ValueError(f"Give 2 to {MOST} different runs; these are {len(found)}.")
    return found


class BoardCheckShape(Shape):
    """One check of the run gate."""

    check = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField()
    passed = serializers.BooleanField()


class BoardGateShape(Shape):
    """The run gate."""

    passed = serializers.BooleanField()
    checks = BoardCheckShape(many=True)


class EntryShape(Shape):
    """One backtest of the board."""

    rank = serializers.IntegerField()
    run = serializers.IntegerField()
    pack = serializers.CharField()
    model_id = serializers.CharField()
    kind = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    dataset = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()
    gate = BoardGateShape()
    sharpe = serializers.FloatField(allow_null=True)
    total_return = serializers.FloatField(allow_null=True)
    max_drawdown = serializers.FloatField(allow_null=True)
    turnover = serializers.FloatField(allow_null=True)
    trades = serializers.IntegerField()
    ic = serializers.FloatField(allow_null=True)
    forward_score = serializers.FloatField(
        allow_null=True, help_text="Null: not scored yet."
    )
    luck = LuckShape(allow_null=True)
    differs = serializers.ListField(
        child=serializers.CharField(),
        help_text="Why it can't be held against the board's first; empty if it can.",
    )
    marks = serializers.ListField(child=serializers.CharField())
    fingerprint = serializers.DictField(child=serializers.CharField())
    created_at = serializers.DateTimeField()


class DifferenceShape(Shape):
    """One thing that a definition says otherwise."""

    path = serializers.CharField()
    kind = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    words = serializers.CharField()


class DifferentPartShape(Shape):
    """What one definition of a run says otherwise than the first run's."""

    part = serializers.CharField()
    changes = DifferenceShape(many=True)


class ComparedShape(EntryShape):
    """One of the runs, beside the first."""

    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))
    changes = DifferentPartShape(many=True)


class CompareShape(Shape):
    """Runs side by side, in the order they were asked for."""

    runs = ComparedShape(many=True)
    sessions = serializers.ListField(child=serializers.DateField())
    equity = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="By run, the change since its first session; null where it has none.",
    )
    problems = serializers.ListField(
        child=serializers.DictField(),
        help_text="Runs without a curve, as their tables are missing or damaged: code, "
        "where, message, hint. Their metrics stand.",
    )
