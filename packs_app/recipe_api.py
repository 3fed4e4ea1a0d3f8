"""Recipes of a pack over the API: the list, and each whole."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import recipes
from sigma_api.problems import names_in_address
from sigma_api.views import ApiView

Shape = serializers.Serializer[Any]


class RecipeRow(Shape):
    """A recipe as the list shows it; null where its file breaks a rule."""

    name = serializers.CharField()
    model_id = serializers.CharField(allow_null=True)
    dataset = serializers.CharField(allow_null=True)
    objective = serializers.CharField(allow_null=True)
    cells = serializers.IntegerField(allow_null=True)
    winner = serializers.IntegerField(allow_null=True)
    why = serializers.CharField(allow_null=True)
    problems = serializers.ListField(child=serializers.DictField())


class RecipeRows(Shape):
    """All recipes of a pack, by name."""

    recipes = RecipeRow(many=True)


class RecipeShape(Shape):
    """A recipe's file."""

    name = serializers.CharField()
    pack = serializers.CharField()
    model_id = serializers.CharField()
    dataset = serializers.CharField()
    grid = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField())
    )
    objective = serializers.CharField()
    min_trades = serializers.IntegerField()
    participation = serializers.FloatField(allow_null=True)
    delisting_return = serializers.FloatField()
    whole_shares = serializers.BooleanField()
    dates = serializers.DictField(child=serializers.DateField())
    cells = serializers.ListField(child=serializers.DictField())
    winner = serializers.IntegerField(allow_null=True)
    why = serializers.CharField()
    pbo = serializers.FloatField(allow_null=True)
    fingerprint = serializers.DictField()


class PackRecipes(ApiView):
    """`/api/packs/<pack>/recipes`."""

    @extend_schema(responses=RecipeRows)
    def get(self, request: Request, pack: str) -> Response:
        """The calibrations that a pack keeps, by name."""
        with names_in_address():
            found = recipes.list_recipes(pack)
        return Response({"recipes": [_row(one) for one in found]})


class PackRecipe(ApiView):
    """`/api/packs/<pack>/recipes/<name>`."""

    @extend_schema(responses=RecipeShape)
    def get(self, request: Request, pack: str, name: str) -> Response:
        """One of them: grid, dates, every cell, winner and why, fingerprints."""
        with names_in_address():
            found = recipes.find_recipe(pack=pack, name=name)
        return Response(found.model_dump(mode="json"))


def _row(one: recipes.Listed) -> dict[str, Any]:
    names = ("model_id", "dataset", "objective", "winner", "why")
    known = {name: getattr(one.recipe, name, None) for name in names}
    return {
        "name": one.name,
        **known,
        "cells": len(one.recipe.cells) if one.recipe else None,
        "problems": [problem.as_dict() for problem in one.problems],
    }
