"""Addresses of runs, signals and bars in the API."""

from django.urls import path

from signals.api import bars, issues, matrices, proofs, runs, signals

urlpatterns = [
    path("scan", runs.Scan.as_view(), name="api_scan"),
    path("preview_matrix", matrices.PreviewMatrix.as_view(), name="api_preview_matrix"),
    path("build_matrix", matrices.BuildMatrix.as_view(), name="api_build_matrix"),
    path("prove", proofs.Prove.as_view(), name="api_prove"),
    path("runs", runs.Runs.as_view(), name="api_runs"),
    path("runs/<int:pk>", runs.RunDetail.as_view(), name="api_run"),
    path("runs/<int:pk>/cancel", runs.Cancel.as_view(), name="api_run_cancel"),
    path("runs/<int:pk>/retry", runs.Retry.as_view(), name="api_run_retry"),
    path("signals", signals.Signals.as_view(), name="api_signals"),
    path("data_issues", issues.DataIssues.as_view(), name="api_data_issues"),
    path("bars/ingest", bars.Ingest.as_view(), name="api_bars_ingest"),
]
