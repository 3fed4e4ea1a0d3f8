"""Addresses of packs, models, sets, policies, indicators and universes in the API."""

from django.urls import path

from packs_app import api, definition_api, pack_api, recipe_api, universe_api

urlpatterns = [
    path("packs", pack_api.Packs.as_view(), name="api_packs"),
    path("packs/<str:pack>", pack_api.Pack.as_view(), name="api_pack"),
    path("packs/<str:pack>/lint", pack_api.PackLint.as_view(), name="api_pack_lint"),
    path(
        "packs/<str:pack>/export",
        pack_api.PackExport.as_view(),
        name="api_pack_export",
    ),
    path(
        "packs/<str:pack>/history",
        pack_api.PackHistory.as_view(),
        name="api_pack_history",
    ),
    path(
        "packs/<str:pack>/restore",
        pack_api.PackRestore.as_view(),
        name="api_pack_restore",
    ),
    path(
        "packs/<str:pack>/recipes",
        recipe_api.PackRecipes.as_view(),
        name="api_pack_recipes",
    ),
    path(
        "packs/<str:pack>/recipes/<str:name>",
        recipe_api.PackRecipe.as_view(),
        name="api_pack_recipe",
    ),
    path("packs/<str:pack>/drift", pack_api.PackDrift.as_view(), name="api_pack_drift"),
    path(
        "indicator_sets",
        definition_api.IndicatorSets.as_view(),
        name="api_indicator_sets",
    ),
    path(
        "indicator_sets/<str:pack>/<str:name>",
        definition_api.OneIndicatorSet.as_view(),
        name="api_indicator_set",
    ),
    path("policies", definition_api.Policies.as_view(), name="api_policies"),
    path(
        "policies/<str:pack>/<str:name>",
        definition_api.OnePolicy.as_view(),
        name="api_policy",
    ),
    path(
        "validate_policy",
        definition_api.ValidatePolicy.as_view(),
        name="api_validate_policy",
    ),
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
