"""Signals, runs, and what they have read.

The models and datasets to filter by come from the small table of lists, not from a walk
over all signals.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from packs_app.models import UniverseDay
from signals.admin.base import LookOnly
from signals.models import ConfigSnapshot, PreviewOutcome, Run, Signal, SignalList


class OfModel(admin.SimpleListFilter):
    """One model of one pack."""

    title = "model"
    parameter_name = "of_model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The models that have lists."""
        pairs = SignalList.objects.order_by("pack", "model_id")
        names = pairs.values_list("pack", "model_id").distinct()
        return [
            (f"{pack}/{model_id}", f"{pack}/{model_id}") for pack, model_id in names
        ]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen model."""
        if not self.value():
            return rows
        pack, _, model_id = str(self.value()).partition("/")
        return rows.filter(pack=pack, model_id=model_id)


class OfDataset(admin.SimpleListFilter):
    """One dataset."""

    title = "dataset"
    parameter_name = "of_dataset"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The datasets that have lists."""
        names = SignalList.objects.order_by("dataset").values_list("dataset", flat=True)
        return [(name, name) for name in names.distinct()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen dataset."""
        return rows.filter(dataset=self.value()) if self.value() else rows


@admin.register(Signal)
class SignalAdmin(LookOnly):
    """Signals, the newest session first."""

    list_display = (
        "session",
        "model_id",
        "rank",
        "ticker",
        "score_total",
        "close",
        "weight",
        "verdict",
        "dataset",
        "revision",
        "current",
    )
    list_filter = (OfModel, OfDataset, "current", "tradeable", "verdict")
    date_hierarchy = "session"
    search_fields = ("^ticker",)
    search_help_text = "The first letters of a ticker."
    ordering = ("-session", "pack", "model_id", "rank", "id")
    list_select_related = ()
    not_exported = ("closes",)


@admin.register(Run)
class RunAdmin(LookOnly):
    """Runs, the newest first."""

    list_display = (
        "id",
        "kind",
        "status",
        "model_id",
        "dataset",
        "session",
        "reason",
        "user",
        "created_at",
    )
    list_filter = ("kind", "status", OfModel, OfDataset)
    date_hierarchy = "created_at"
    search_fields = ("=id", "^model_id", "^reason_code")
    search_help_text = "A run's number, a model or a reason's code."
    list_select_related = ("user",)
    exclude = ("token", "lease_until", "request_sha", "idempotency_key")
    not_exported = (*exclude, "log", "steps", "summary", "problems")


@admin.register(ConfigSnapshot)
class SnapshotAdmin(LookOnly):
    """The definitions that runs have read, frozen."""

    list_display = ("kind", "name", "sha", "created_at")
    list_filter = ("kind",)
    search_fields = ("name", "^sha")
    exclude = ("runs",)
    not_exported = ("content",)


@admin.register(PreviewOutcome)
class PreviewOutcomeAdmin(LookOnly):
    """How previews ended, the newest first."""

    list_display = ("created_at", "status", "code", "model_id", "rows", "seconds")
    list_filter = ("status", OfModel)
    date_hierarchy = "created_at"
    search_fields = ("^model_id", "^code")
    ordering = ("-created_at",)


@admin.register(UniverseDay)
class UniverseDayAdmin(LookOnly):
    """The lists of universes, the newest session first."""

    list_display = (
        "session",
        "universe",
        "dataset",
        "survivors",
        "revision",
        "reason",
        "list_sha",
        "known_by",
    )
    list_filter = ("universe", OfDataset, "reason")
    date_hierarchy = "session"
    search_fields = ("^universe", "^list_sha")
    not_exported = ("out",)
