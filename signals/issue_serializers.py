"""Shapes of data issues in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Paged, Strict, Text

Shape = serializers.Serializer[Any]
CADENCES = ["daily", "hourly", "15m", "5m"]


class IssueQuery(Paged):
    """Finds on which bars; of which rule or ticker."""

    dataset = Text(max_length=64)
    cadence = serializers.ChoiceField(choices=CADENCES, default="daily")
    rule = Text(required=False, max_length=4, help_text="D1 to D14.")
    ticker = Text(required=False, max_length=32)


class Answer(Strict):
    """Which find, and what was decided about it."""

    dataset = Text(max_length=64)
    cadence = serializers.ChoiceField(choices=CADENCES, required=False)
    rule = Text(max_length=4)
    ticker = Text(max_length=32)
    session = Day()
    answer = serializers.ChoiceField(
        choices=["acknowledged", "delisted", "wait"], required=False
    )
    note = Text(max_length=500, help_text="Why; it is kept with your name.")
    price = serializers.FloatField(
        required=False, allow_null=True, help_text="Of a delisting: the last price."
    )
    undo = Flag(required=False, help_text="Take the standing answer back.")


class BarShape(Shape):
    """A bar as it was printed; null for what was missing."""

    open = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    close = serializers.FloatField(allow_null=True)
    volume = serializers.FloatField(allow_null=True)


class IssueShape(Shape):
    """One find of a rule, its bar, and the answer that stands."""

    dataset = serializers.CharField()
    cadence = serializers.CharField()
    rule = serializers.CharField()
    code = serializers.CharField()
    action = serializers.CharField()
    ticker = serializers.CharField()
    ts = serializers.DateTimeField()
    known = serializers.DateTimeField()
    message = serializers.CharField()
    bar = BarShape()
    answer = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)


class IssuePage(Shape):
    """A page of finds."""

    results = IssueShape(many=True)
    next = serializers.URLField(allow_null=True)
