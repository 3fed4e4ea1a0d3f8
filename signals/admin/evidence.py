"""Trained models, backtests, cells of calibrations, and the ledger of trials.

The arrays of a trial are bytes: they are neither shown nor exported.
"""

from __future__ import annotations

from django.contrib import admin

from signals.admin.base import LookOnly
from signals.models import Backtest, Family, SweepCell, TrainedModel, Trial

OF_MODEL = "The first letters of a model, or a run's number."


@admin.register(TrainedModel)
class TrainedModelAdmin(LookOnly):
    """Trainings that have ended well, the newest first."""

    list_display = (
        "run_id",
        "pack",
        "model_id",
        "dataset",
        "first",
        "last",
        "trees_sha",
        "created_at",
    )
    list_filter = ("pack", "dataset")
    date_hierarchy = "created_at"
    search_fields = ("^model_id", "=run__id", "^trees_sha")
    search_help_text = OF_MODEL
    not_exported = ("card",)


@admin.register(Backtest)
class BacktestAdmin(LookOnly):
    """Backtests, the newest first."""

    list_display = (
        "run_id",
        "pack",
        "model_id",
        "kind",
        "dataset",
        "gate_passed",
        "sharpe",
        "total_return",
        "max_drawdown",
        "trades",
        "q_value",
        "created_at",
    )
    list_filter = ("kind", "gate_passed", "pack", "dataset")
    date_hierarchy = "created_at"
    search_fields = ("^model_id", "=run__id", "^output_sha")
    search_help_text = OF_MODEL
    ordering = ("-run_id",)
    not_exported = ("gate_checks", "metrics")


@admin.register(Family)
class FamilyAdmin(LookOnly):
    """Lines of research, and when luck was last counted over them."""

    list_display = (
        "dataset",
        "cadence",
        "horizon",
        "spa_trials",
        "spa_p",
        "changes",
        "judged",
        "judged_at",
    )
    list_filter = ("cadence",)
    search_fields = ("^dataset",)
    ordering = ("dataset", "cadence", "horizon")


@admin.register(Trial)
class TrialAdmin(LookOnly):
    """The ledger of trials, the newest first."""

    list_display = (
        "id",
        "family",
        "pack",
        "model_id",
        "config_sha",
        "origin",
        "run_id",
        "first",
        "last",
        "p_value",
        "q_value",
    )
    list_filter = ("origin", "family", "pack")
    date_hierarchy = "created_at"
    search_fields = ("^model_id", "=run__id", "^config_sha")
    search_help_text = OF_MODEL
    ordering = ("-id",)
    list_select_related = ("family",)
    not_exported = ("sessions", "returns", "excess")


@admin.register(SweepCell)
class SweepCellAdmin(LookOnly):
    """Cells of calibrations, the newest sweep first."""

    list_display = ("run_id", "number", "params")
    search_fields = ("=run__id",)
    search_help_text = "The number of a calibration's run."
    ordering = ("-run_id", "number")
    not_exported = ("swept", "held_out")
