"""Addresses of the pages."""

from django.urls import path

from signals.views import (
    data,
    indicators,
    issues,
    matrices,
    models,
    palette,
    runs,
    signals,
    today,
    universes,
)

urlpatterns = [
    path("", today.today, name="today"),
    path("checklist/dismiss/", today.dismiss_checklist, name="checklist_dismiss"),
    path("signals/", signals.signals, name="signals"),
    path("signals/export/", signals.export, name="signals_export"),
    path("signals/<int:pk>/", signals.signal, name="signal"),
    path("models/", models.models, name="models"),
    path("models/<str:pack>/<str:model_id>/", models.model, name="model"),
    path(
        "models/<str:pack>/<str:model_id>/preview/",
        matrices.preview,
        name="model_preview",
    ),
    path("models/<str:pack>/<str:model_id>/build/", matrices.build, name="model_build"),
    path("runs/", runs.runs, name="runs"),
    path("runs/scan/", models.scan, name="run_create"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="run_cancel"),
    path("runs/<int:pk>/retry/", runs.retry, name="run_retry"),
    path("runs/<int:pk>/files/<str:name>", runs.artifact, name="run_artifact"),
    path("universes/", universes.list_all, name="universes"),
    path("universes/new/", universes.create, name="universe_create"),
    path("universes/<str:name>/", universes.one, name="universe"),
    path("universes/<str:name>/save/", universes.save, name="universe_save"),
    path("universes/<str:name>/delete/", universes.delete, name="universe_delete"),
    path("indicators/", indicators.catalogue, name="indicators"),
    path("indicators/prove/", indicators.prove, name="prove"),
    path("indicators/<str:name>/", indicators.indicator, name="indicator"),
    path("data/", data.data, name="data"),
    path("data/upload/", data.upload, name="data_upload"),
    path("data/ingest/<int:pk>/", data.ingest, name="data_ingest"),
    path(
        "data/issues/<str:dataset>/<str:cadence>/",
        issues.data_issues,
        name="data_issues",
    ),
    path(
        "data/issues/<str:dataset>/<str:cadence>/answer/",
        issues.answer,
        name="data_issue_answer",
    ),
    path("data/template/<str:kind>.csv", data.template, name="data_template_of"),
    path("data/template.csv", data.template, name="data_template"),
    path("palette/", palette.palette, name="palette"),
    path("theme/", palette.theme, name="theme"),
]
