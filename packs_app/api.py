"""Packs, models and indicators over the API: reading alone."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import certificates, documents, serializers, services
from sigma_api.problems import names_in_address
from sigma_api.schema import page_of
from sigma_api.serializers import Paged
from sigma_api.views import ApiView


class Packs(ApiView):
    """`/api/packs`."""

    queries: ClassVar = {"GET": Paged}

    @extend_schema(responses=page_of(serializers.PackShape, "PackPage"))
    def get(self, request: Request) -> Response:
        """All packs by id; a broken one is listed with its problems."""
        return self.page_of_list(
            services.list_packs(),
            key=lambda view: [view.id],
            show=documents.pack_document,
        )


class Pack(ApiView):
    """`/api/packs/<pack>`."""

    @extend_schema(responses=serializers.PackShape)
    def get(self, request: Request, pack: str) -> Response:
        """One pack: manifest, files, sha, problems."""
        with names_in_address():
            view = services.find_pack(pack)
        return Response(documents.pack_document(view))


class Models(ApiView):
    """`/api/models`."""

    queries: ClassVar = {"GET": Paged}

    @extend_schema(responses=page_of(serializers.ModelRowShape, "ModelPage"))
    def get(self, request: Request) -> Response:
        """All models by pack and id; a broken one is listed with its problems."""
        views = services.list_models()
        standing = certificates.of_models(views)
        return self.page_of_list(
            views,
            key=lambda view: [view.pack, view.model_id],
            width=2,
            show=lambda view: documents.model_row(
                view, standing[f"{view.pack}/{view.model_id}"]
            ),
        )


class Model(ApiView):
    """`/api/models/<pack>/<model_id>`."""

    @extend_schema(responses=serializers.ModelShape)
    def get(self, request: Request, pack: str, model_id: str) -> Response:
        """One model with the content and sha of every definition it stands on."""
        with names_in_address():
            view = services.find_model(pack, model_id)
        standing = certificates.of_models([view])[f"{pack}/{model_id}"]
        return Response(documents.model_document(view, standing))


class Indicators(ApiView):
    """`/api/indicators`."""

    queries: ClassVar = {"GET": serializers.IndicatorQuery}

    @extend_schema(
        responses=PolymorphicProxySerializer(
            component_name="Catalogue",
            serializers=[
                page_of(serializers.CardShape, "CardPage"),
                serializers.CardsByGroup,
            ],
            resource_type_field_name=None,
            many=False,
        )
    )
    def get(self, request: Request) -> Response:
        """The catalogue: every indicator with parameters, columns, formula, source."""
        users = services.sets_by_indicator()
        cards = services.list_cards()
        standing = certificates.of_indicators(cards)
        shown = [
            documents.card_document(card, users.get(name, ()), standing[name])
            for name, card in cards.items()
        ]
        if self.query["group"]:
            groups: dict[str, list[object]] = {}
            for card in shown:
                groups.setdefault(card["group"], []).append(card)
            return Response({"groups": groups})
        return self.page_of_list(
            shown, key=lambda card: [card["name"]], show=lambda card: card
        )


class Indicator(ApiView):
    """`/api/indicators/<name>`."""

    @extend_schema(responses=serializers.CardShape)
    def get(self, request: Request, name: str) -> Response:
        """One indicator's card."""
        with names_in_address():
            card = services.find_card(name)
        users = services.sets_by_indicator()
        standing = certificates.of_indicator(card)
        return Response(documents.card_document(card, users.get(name, ()), standing))
