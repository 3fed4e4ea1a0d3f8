"""The shapes of universes in the OpenAPI document, their queries and bodies."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from packs_app.serializers import ProblemShape
from sigma_api.serializers import Day, Flag, Strict, Text

Shape = serializers.Serializer[Any]


class MembersQuery(Strict):
    """Which day and bars a universe is judged on, and what it is compared with."""

    on = Day(required=False, help_text="A session; without it the last one held.")
    against = Day(
        required=False,
        help_text="Another session: entrants and leavers from that list to this one.",
    )
    dataset = Text(
        required=False, max_length=64, help_text="Without it the universe's own."
    )
    revision = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=1_000_000,
        help_text="An older list of the same session; needs `on`.",
    )


class UniverseNames(serializers.ListField):
    """UniverseNames of other universes."""

    child = Text(max_length=64)


class UniverseBody(Strict):
    """What a universe's file says; `pasted` may stand for `base`.

    The rules themselves are checked as in a file; see docs/definitions/universe.md.
    """

    name = Text(required=False, max_length=64)
    version = serializers.IntegerField(required=False, help_text="Goes up by itself.")
    kind = serializers.ChoiceField(required=False, choices=["universe", "watchlist"])
    description = Text(required=False, allow_blank=True, max_length=2_000)
    base = serializers.JSONField(
        required=False,
        help_text='"all", {"list": [tickers]} or {"membership": name}.',
    )
    pasted = Text(
        required=False,
        max_length=100_000,
        help_text="Symbols between spaces, commas or line breaks, to be the list.",
    )
    all_of = UniverseNames(required=False, help_text="And: in all of these universes.")
    any_of = UniverseNames(required=False, help_text="Or: in at least one of these.")
    minus = UniverseNames(required=False, help_text="Not: in none of these.")
    dataset = Text(required=False, max_length=64)
    asset = serializers.ChoiceField(required=False, choices=["eq"])
    min_price = serializers.FloatField(required=False, allow_null=True)
    min_adv_shares = serializers.FloatField(required=False, allow_null=True)
    min_adv_dollars = serializers.FloatField(required=False, allow_null=True)
    window = serializers.IntegerField(required=False)
    min_age = serializers.IntegerField(required=False, allow_null=True)
    block = serializers.ListField(
        required=False,
        child=serializers.DictField(),
        help_text="{ticker, from, until, reason}; from and until may be left out.",
    )
    top_by = serializers.DictField(
        required=False, allow_null=True, help_text='{"adv_dollars": 500}'
    )
    exclude_etfs = Flag(required=False, allow_null=True)


class UniverseUsersShape(Shape):
    """Who uses a universe."""

    models = serializers.ListField(child=serializers.CharField())
    universes = serializers.ListField(child=serializers.CharField())
    packs = serializers.ListField(child=serializers.CharField())


class CentralUniverseShape(Shape):
    """A universe; what a broken one lacks is null."""

    name = serializers.CharField()
    kind = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    description = serializers.CharField(allow_blank=True)
    rules = serializers.ListField(
        child=serializers.CharField(), help_text="Its rules in words, in order."
    )
    definition = serializers.DictField(help_text="What its file says.")
    parts = serializers.ListField(
        child=serializers.CharField(), help_text="The universes it is made of."
    )
    sha = serializers.CharField(
        allow_null=True, help_text="Of the definition and all it is made of."
    )
    used_by = UniverseUsersShape()
    problems = ProblemShape(many=True)


class SurvivorsShape(Shape):
    """What one rule of a universe left over."""

    name = serializers.CharField()
    label = serializers.CharField()
    survivors = serializers.IntegerField()
    limit = serializers.FloatField(allow_null=True)


class UniverseChangeShape(Shape):
    """An entrant or a leaver, and the step it failed on the day it was out."""

    ticker = serializers.CharField()
    step = serializers.CharField()
    words = serializers.CharField(help_text="The step in words.")
    value = serializers.JSONField(allow_null=True)
    limit = serializers.FloatField(allow_null=True)


class UniverseChangesShape(Shape):
    """What changed from the list of another session to this one."""

    against = serializers.DateField()
    revision = serializers.IntegerField()
    entered = UniverseChangeShape(many=True)
    left = UniverseChangeShape(many=True)


class UniverseTodayShape(Shape):
    """What computing a kept list again would give, where that is another."""

    reason = serializers.CharField(help_text="Why it is another.")
    list_sha = serializers.CharField()
    known_by = serializers.DateTimeField()
    members = serializers.ListField(child=serializers.CharField())
    entered = UniverseChangeShape(many=True, help_text="In this one alone.")
    left = UniverseChangeShape(many=True, help_text="In the kept one alone.")


class MembersShape(Shape):
    """The members of a universe on a session, as they are kept."""

    universe = serializers.CharField()
    universe_sha = serializers.CharField()
    dataset = serializers.CharField()
    session = serializers.DateField()
    judged_on = serializers.DateField(
        help_text="The session before: a universe never sees its own day."
    )
    revision = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why there is this revision.")
    list_sha = serializers.CharField()
    known_by = serializers.DateTimeField(
        help_text="Rows and revisions known by then were read."
    )
    steps = SurvivorsShape(many=True)
    members = serializers.ListField(child=serializers.CharField())
    marks = serializers.ListField(
        child=serializers.CharField(),
        help_text="What the dataset can't know of it, such as `survivors only`.",
    )
    changes = UniverseChangesShape(allow_null=True)
    today = UniverseTodayShape(
        allow_null=True,
        help_text="Null where today gives the kept list, and for an older revision.",
    )
