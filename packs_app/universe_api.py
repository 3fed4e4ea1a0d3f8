"""Universes over the API: the list, one with its ETag, and its members on a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import days, services, universe_files, universes
from packs_app import universe_documents as documents
from packs_app import universe_serializers as serializers
from sigma_api.etags import etag_of, seen_by
from sigma_api.problems import malformed, names_in_address
from sigma_api.schema import page_of
from sigma_api.serializers import Paged
from sigma_api.views import ApiView

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read."
)


class UniverseView(ApiView):
    """What the calls about definitions share."""

    roles: ClassVar = {"POST": "operator", "PUT": "operator", "DELETE": "operator"}

    def definition(self) -> Mapping[str, Any]:
        """The body: its shape is checked here, its rules where it is written."""
        self.checked(serializers.UniverseBody)
        return dict(self.body)

    def shown(self, view: universes.UniverseView, status: int = 200) -> Response:
        """One universe with its ETag."""
        headers = {"ETag": etag_of(view.tree.own_sha)} if view.tree else {}
        if status == 201:
            headers["Location"] = reverse("api_universe", args=[view.name])
        body = documents.universe_document(view)
        return Response(body, status=status, headers=headers)


class Universes(UniverseView):
    """`/api/universes`."""

    queries: ClassVar = {"GET": Paged}

    @extend_schema(responses=page_of(serializers.CentralUniverseShape, "UniversePage"))
    def get(self, request: Request) -> Response:
        """All central universes by name; a broken one is listed with its problems."""
        return self.page_of_list(
            universes.list_universes(),
            key=lambda view: [view.name],
            show=documents.universe_document,
        )

    @extend_schema(
        request=serializers.UniverseBody,
        responses={201: serializers.CentralUniverseShape},
    )
    def post(self, request: Request) -> Response:
        """Make a universe: its file in packs/common/universes, version 1."""
        return self.shown(
            universe_files.create(self.definition(), request.user), status=201
        )


class Universe(UniverseView):
    """`/api/universes/<name>`."""

    @extend_schema(responses=serializers.CentralUniverseShape)
    def get(self, request: Request, name: str) -> Response:
        """One universe: rules in words and as its file says them, and who uses it."""
        with names_in_address():
            view = universes.find_universe(name)
        return self.shown(view)

    @extend_schema(
        parameters=[IF_MATCH],
        request=serializers.UniverseBody,
        responses=serializers.CentralUniverseShape,
    )
    def put(self, request: Request, name: str) -> Response:
        """Replace a universe; its version goes up by one. Needs If-Match."""
        with names_in_address():
            universes.find_universe(name)
        seen = seen_by(request, needed=True)
        return self.shown(
            universe_files.update(name, self.definition(), seen, request.user)
        )

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete a universe that no model, pack or universe uses."""
        seen = seen_by(request, needed=False)
        with names_in_address():
            universe_files.delete(name, seen, request.user)
        return Response(status=204)


class UniverseMembers(ApiView):
    """`/api/universes/<name>/members`."""

    queries: ClassVar = {"GET": serializers.MembersQuery}

    @extend_schema(responses=serializers.MembersShape)
    def get(self, request: Request, name: str) -> Response:
        """Who could be chosen on a session, and how many each rule left over.

        The list is kept: the same day gives the same list from then on. Where later
        bars, tables or answers to data problems would make another one, `today` is it.
        """
        asked = self.query
        if asked.get("revision") and not asked.get("on"):
            hint = "Name the session with `on`."
            raise malformed("?revision", "input.needs_on", "Of which session?", hint)
        with names_in_address():
            services.load_universe(name)
        where = {"name": name, "dataset": asked.get("dataset"), "now": timezone.now()}
        day = days.ask(on=asked.get("on"), revision=asked.get("revision"), **where)
        against = asked.get("against")
        other = days.ask(on=against, **where) if against else None
        today = None if asked.get("revision") else days.anew(day, where["now"])
        return Response(documents.members_document(day, other, today))
