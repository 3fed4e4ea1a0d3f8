"""Packs, models and indicators over the API; sets and policies: `definition_api`."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import certificates, definitions, documents, serializers, services
from packs_app import definition_serializers as shapes
from packs_app.definition_api import IF_MATCH, ModelWriting, One, bodies
from packs_app.kinds import MODEL
from sigma_api.etags import etag_of, seen_by
from sigma_api.idempotency import IDEMPOTENCY_KEY
from sigma_api.problems import names_in_address
from sigma_api.schema import page_of
from sigma_api.serializers import Paged
from sigma_api.views import ApiView


class Models(ModelWriting):
    """`/api/models`."""

    queries: ClassVar = {"GET": Paged, "POST": shapes.PackQuery}

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

    @extend_schema(
        request=bodies(shapes.ModelBody),
        parameters=[IDEMPOTENCY_KEY],
        responses={201: shapes.WrittenModelShape},
    )
    def post(self, request: Request) -> Response:
        """Make a model, named by its parts; set and policy with it where asked."""
        return self.shown_with(self.created(self.wanted()), status=201)


class Model(ModelWriting, One):
    """`/api/models/<pack>/<model_id>`."""

    @extend_schema(responses=serializers.ModelShape)
    def get(self, request: Request, pack: str, model_id: str) -> Response:
        """One model with the content and sha of every definition it stands on."""
        with names_in_address():
            view = services.find_model(pack, model_id)
        standing = certificates.of_models([view])[f"{pack}/{model_id}"]
        file = definitions.find(pack=pack, kind=MODEL, name=model_id)
        text = {"yaml": file.text, "path": file.path, "sha": file.sha}
        document = documents.model_document(view, standing) | text
        return Response(document, headers={"ETag": etag_of(file.sha)})

    @extend_schema(
        request=bodies(shapes.ModelBody),
        parameters=[IF_MATCH],
        responses=shapes.DefinitionShape,
    )
    def put(self, request: Request, pack: str, model_id: str) -> Response:
        """Replace a model. Needs If-Match."""
        return self.replaced(pack, model_id)

    @extend_schema(
        request=shapes.ModelPatch,
        parameters=[IF_MATCH],
        responses=shapes.DefinitionShape,
    )
    def patch(self, request: Request, pack: str, model_id: str) -> Response:
        """Change some keys (RFC 7396: null takes one away). Needs If-Match."""
        current = self.read(pack, model_id)
        seen = seen_by(request, needed=True)
        self.checked(shapes.ModelPatch)
        wanted = dict(self.body)
        content = documents.merge_patch(current.content, self.content(wanted))
        draft = definitions.Draft(MODEL, model_id, content=content, if_match=seen)
        return self.written(pack, draft, wanted)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, pack: str, model_id: str) -> Response:
        """Delete a model; its signals, runs and history stay."""
        return self.deleted(pack, model_id)


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
