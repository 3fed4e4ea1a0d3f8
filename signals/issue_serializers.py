"""Shapes of data issues in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Paged, Strict, Text
from sigma_core.specs.schema import TICKER_FORM

Shape = serializers.Serializer[Any]
CADENCES = ["daily", "hourly", "15m", "5m"]
RULES = [f"D{number}" for number in range(1, 15)]
STATES = ["open", "answered", "all"]


class Symbol(serializers.RegexField):
    """A ticker by its form."""

    hint = "A ticker is of 1 to 20 letters, digits and . - ^ = /"
    default_error_messages: ClassVar = {"invalid": "This is no ticker."}

    def __init__(self, **options: Any) -> None:
        super().__init__(rf"^{TICKER_FORM}\Z", **options)


class IssueQuery(Paged):
    """Finds on which bars; of which rule or ticker; answered or not."""

    dataset = Text(max_length=64)
    cadence = serializers.ChoiceField(choices=CADENCES, default="daily")
    rule = serializers.ChoiceField(choices=RULES, required=False)
    ticker = Symbol(required=False)
    state = serializers.ChoiceField(
        choices=STATES,
        default="all",
        help_text="`open`: nobody has answered it. `answered`: an answer stands, also "
        "where it settled the find.",
    )


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
    """One find of a rule, its bar, and the answer that stands.

    `settled`: the rule finds it no more, for it was answered; the rest is as it was
    found then.
    """

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
    settled = serializers.BooleanField()
    answer = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True)


class IssuePage(Shape):
    """A page of finds."""

    results = IssueShape(many=True)
    next = serializers.URLField(allow_null=True)
