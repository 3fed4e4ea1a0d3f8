"""Addresses of runs, signals and bars in the API."""

from django.urls import path

from signals.api import (
    backtests,
    bars,
    calibrations,
    issues,
    leaderboard,
    matrices,
    proofs,
    runs,
    signals,
    trainings,
)

urlpatterns = [
    path("scan", runs.Scan.as_view(), name="api_scan"),
    path("preview_matrix", matrices.PreviewMatrix.as_view(), name="api_preview_matrix"),
    path("diff", matrices.Diff.as_view(), name="api_diff"),
    path("build_matrix", matrices.BuildMatrix.as_view(), name="api_build_matrix"),
    path("backtest", backtests.Backtest.as_view(), name="api_backtest"),
    path(
        "backtests/<int:pk>", backtests.BacktestDetail.as_view(), name="api_backtest_of"
    ),
    path(
        "backtests/<int:pk>/<str:table>",
        backtests.BacktestTable.as_view(),
        name="api_backtest_table",
    ),
    path(
        "calibrate_thresholds",
        calibrations.CalibrateThresholds.as_view(),
        name="api_calibrate",
    ),
    path(
        "calibrations/<int:pk>",
        calibrations.Calibration.as_view(),
        name="api_calibration",
    ),
    path(
        "calibrations/<int:pk>/promote",
        calibrations.Promote.as_view(),
        name="api_calibration_promote",
    ),
    path("train", trainings.Train.as_view(), name="api_train"),
    path(
        "models/<str:pack>/<str:model_id>/training",
        trainings.Training.as_view(),
        name="api_training",
    ),
    path("prove", proofs.Prove.as_view(), name="api_prove"),
    path("runs", runs.Runs.as_view(), name="api_runs"),
    path("runs/<int:pk>", runs.RunDetail.as_view(), name="api_run"),
    path("runs/<int:pk>/cancel", runs.Cancel.as_view(), name="api_run_cancel"),
    path("runs/<int:pk>/retry", runs.Retry.as_view(), name="api_run_retry"),
    path("leaderboard", leaderboard.Leaderboard.as_view(), name="api_leaderboard"),
    path("compare", leaderboard.Compare.as_view(), name="api_compare"),
    path("signals", signals.Signals.as_view(), name="api_signals"),
    path("data_issues", issues.DataIssues.as_view(), name="api_data_issues"),
    path("data_issues/silent", issues.Silent.as_view(), name="api_silent"),
    path("bars/ingest", bars.Ingest.as_view(), name="api_bars_ingest"),
    path("bars/sources", bars.Sources.as_view(), name="api_sources"),
    path("bars/inbox", bars.Inbox.as_view(), name="api_inbox"),
    path("bars/default", bars.DefaultDataset.as_view(), name="api_default_dataset"),
    path("check_bars", bars.CheckBars.as_view(), name="api_check_bars"),
    path("ingest/<str:kind>", bars.IngestTable.as_view(), name="api_ingest_table"),
]
