"""Addresses of packs, models, indicators and universes in the API."""

from django.urls import path

from packs_app import api, universe_api

urlpatterns = [
    path("packs", api.Packs.as_view(), name="api_packs"),
    path("packs/<str:pack>", api.Pack.as_view(), name="api_pack"),
    path("models", api.Models.as_view(), name="api_models"),
    path("models/<str:pack>/<str:model_id>", api.Model.as_view(), name="api_model"),
    path("indicators", api.Indicators.as_view(), name="api_indicators"),
    path("indicators/<str:name>", api.Indicator.as_view(), name="api_indicator"),
    path("universes", universe_api.Universes.as_view(), name="api_universes"),
    path(
        "universes/<str:name>",
        universe_api.Universe.as_view(),
        name="api_universe",
    ),
    path(
        "universes/<str:name>/members",
        universe_api.UniverseMembers.as_view(),
        name="api_universe_members",
    ),
]
