"""Shapes of sources, the inbox, the default dataset and comparisons in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Flag, Strict, Text

Shape = serializers.Serializer[Any]


class SourceShape(Shape):
    """A named source, and how its last ingest was read."""

    name = serializers.CharField()
    mapping = serializers.DictField(child=serializers.CharField())
    adjustment = serializers.CharField(allow_blank=True)
    tz = serializers.CharField(allow_blank=True)
    run = serializers.IntegerField(allow_null=True)
    updated_at = serializers.DateTimeField()


class WaitingFile(Shape):
    """A file that waits in the inbox."""

    file = serializers.CharField()
    dataset = serializers.CharField()
    cadence = serializers.CharField()


class DefaultBody(Strict):
    """Which dataset is meant where none is named."""

    dataset = Text(
        max_length=64, allow_blank=True, help_text="Empty: as if nobody had chosen."
    )
    hide_demo = Flag(default=False, help_text="Leave made-up markets out of lists.")


class DefaultShape(Shape):
    """The choice that stands."""

    dataset = serializers.CharField(allow_blank=True)
    hide_demo = serializers.BooleanField()
    by = serializers.CharField(allow_null=True)
    chosen_at = serializers.DateTimeField(allow_null=True)


class CheckBody(Strict):
    """Which dataset, and the one whose prices it is held against."""

    dataset = Text(max_length=64)
    against = Text(max_length=64)


class SilentQuery(Strict):
    """Of which dataset."""

    dataset = Text(max_length=64)


class SilentShape(Shape):
    """A ticker signalled lately without a bar for three sessions."""

    ticker = serializers.CharField()
    last = serializers.DateField()
    since = serializers.DateField()
    close = serializers.FloatField()
    answer = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
