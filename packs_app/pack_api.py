"""Packs over the API: made, cloned, linted, exported; their history and drift."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import definition_documents as written
from packs_app import definition_serializers as shapes
from packs_app import (
    definitions,
    documents,
    journal,
    linting,
    packs,
    serializers,
    services,
)
from packs_app.definition_api import IF_MATCH, bodies, refuse_beside_clone
from packs_app.kinds import PACK, kind_of
from sigma_api.etags import etag_of, seen_by
from sigma_api.parsers import StrictJSONParser, YamlTextParser
from sigma_api.problems import names_in_address
from sigma_api.schema import page_of
from sigma_api.serializers import Paged
from sigma_api.views import ApiView


class PackView(ApiView):
    """What the calls about packs share."""

    roles: ClassVar = {"POST": "builder", "PUT": "builder"}

    @property
    def person(self) -> Any:
        """Who calls; `HasRole` lets no stranger in."""
        return self.request.user

    def shown(self, pack: str, status: int = 200) -> Response:
        """One pack; its ETag is that of its manifest."""
        with names_in_address():
            file = definitions.find(pack=pack, kind=PACK, name=pack)
        headers = {"ETag": etag_of(file.sha)}
        if status == 201:
            headers["Location"] = reverse("api_pack", args=[pack])
        body = documents.pack_document(services.find_pack(pack))
        return Response(body, status=status, headers=headers)


class Packs(PackView):
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

    @extend_schema(request=shapes.PackBody, responses={201: serializers.PackShape})
    def post(self, request: Request) -> Response:
        """Make a pack from its manifest, or clone one with all its definitions."""
        self.checked(shapes.PackBody)
        wanted = dict(self.body)
        if source := wanted.pop("clone_of", None):
            refuse_beside_clone(wanted, {"id"})
            made = packs.clone_pack(pack=source, new_id=wanted["id"], user=self.person)
        else:
            made = packs.create_pack(content=wanted, user=self.person)
        return self.shown(made.pack, status=201)


class Pack(PackView):
    """`/api/packs/<pack>`."""

    parser_classes = (StrictJSONParser, YamlTextParser)

    @extend_schema(responses=serializers.PackShape)
    def get(self, request: Request, pack: str) -> Response:
        """One pack: manifest, files, sha, problems."""
        return self.shown(pack)

    @extend_schema(
        request=bodies(shapes.ManifestBody),
        parameters=[IF_MATCH],
        responses=serializers.PackShape,
    )
    def put(self, request: Request, pack: str) -> Response:
        """Replace its manifest. Needs If-Match."""
        with names_in_address():
            definitions.find(pack=pack, kind=PACK, name=pack)
        seen = seen_by(request, needed=True)
        wanted = self.checked(shapes.ManifestBody)
        draft = definitions.Draft(PACK, pack, text=wanted["yaml"], if_match=seen)
        definitions.save(
            pack=pack, drafts=[draft], user=self.person, note=wanted.get("note", "")
        )
        return self.shown(pack)


class PackLint(ApiView):
    """`/api/packs/<pack>/lint`."""

    @extend_schema(responses=shapes.LintShape)
    def get(self, request: Request, pack: str) -> Response:
        """Everything that is wrong with it, at file and line."""
        with names_in_address():
            return Response(linting.report(pack))


class PackExport(ApiView):
    """`/api/packs/<pack>/export`."""

    @extend_schema(
        responses={
            (200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "A zip.")
        }
    )
    def get(self, request: Request, pack: str) -> HttpResponse:
        """All its definitions and recipes as a zip."""
        with names_in_address():
            content = packs.export_pack(pack=pack)
        answer = HttpResponse(content, content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="{pack}.zip"'
        return answer


class PackHistory(ApiView):
    """`/api/packs/<pack>/history`."""

    queries: ClassVar = {"GET": shapes.HistoryQuery}

    @extend_schema(responses=shapes.HistoryShape)
    def get(self, request: Request, pack: str) -> Response:
        """The states of one of its files, the newest first."""
        with names_in_address():
            services.find_pack(pack)
        kind, name = kind_of(self.query["kind"]), self.query["name"]
        rows = journal.history(pack=pack, kind=kind, name=name)
        path = kind.path(pack, name)
        return Response(
            {"path": path, "versions": [written.version_document(r) for r in rows]}
        )


class PackRestore(PackView):
    """`/api/packs/<pack>/restore`."""

    @extend_schema(
        request=shapes.RestoreBody,
        parameters=[IF_MATCH],
        responses={200: shapes.DefinitionShape, 204: None},
    )
    def post(self, request: Request, pack: str) -> Response:
        """A file as it was in one of its revisions, as a new version; 204: gone."""
        with names_in_address():
            services.find_pack(pack)
        wanted = self.checked(shapes.RestoreBody)
        found = definitions.restore(
            pack=pack,
            kind=kind_of(wanted["kind"]),
            name=wanted["name"],
            revision=wanted["revision"],
            if_match=seen_by(request, needed=False),
            user=self.person,
        )
        if found is None:
            return Response(status=204)
        return Response(
            written.definition_document(found), headers={"ETag": etag_of(found.sha)}
        )


class PackDrift(PackView):
    """`/api/packs/<pack>/drift`."""

    @extend_schema(responses=shapes.DriftShape)
    def get(self, request: Request, pack: str) -> Response:
        """Files that were changed beside the site since it last saw them."""
        with names_in_address():
            found = journal.drifted(pack)
        return Response(written.drift_document(found, pack))

    @extend_schema(request=None, responses=shapes.DriftShape)
    def post(self, request: Request, pack: str) -> Response:
        """Make each of them a version of its own; what is left of the drift."""
        with names_in_address():
            journal.take_in(pack=pack, user=self.person)
        return Response(written.drift_document(journal.drifted(pack), pack))
