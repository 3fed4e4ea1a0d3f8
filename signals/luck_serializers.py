"""The shape of luck in the API: of an entry of the board, and of a backtest."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

Shape = serializers.Serializer[Any]


class JudgedOnShape(Shape):
    """The run whose returns were weighed, where they are not the backtest's own."""

    run = serializers.IntegerField(allow_null=True, help_text="Null: it was deleted.")
    first = serializers.DateField()
    last = serializers.DateField()


class LuckShape(Shape):
    """How a result stands among all that was tried."""

    line = serializers.CharField(help_text="In words.")
    trials = serializers.IntegerField(help_text="Of its family, when it was judged.")
    share = serializers.FloatField(
        allow_null=True,
        help_text="How often the luckiest of all trials would look as good.",
    )
    p_value = serializers.FloatField(allow_null=True)
    q_value = serializers.FloatField(allow_null=True)
    spa_p = serializers.FloatField(allow_null=True, help_text="Of the family's best.")
    deflated_sharpe = serializers.FloatField(allow_null=True)
    pbo = serializers.FloatField(allow_null=True, help_text="Of its sweep, if one.")
    origin = serializers.CharField()
    judged_on = JudgedOnShape(
        allow_null=True,
        help_text="Null: its own returns. A trial keeps the longest that were seen.",
    )
    judged_at = serializers.DateTimeField(allow_null=True)
