"""What every view of the API starts from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sigma_api import pages, serializers
from sigma_api.parsers import MOST_BYTES, too_large


class ApiView(APIView):
    """One address: who may call it, with which query, and how large a body.

    `roles` and `queries` go by method; HEAD counts as GET. Reading needs the role
    viewer unless `roles` says otherwise; a method that changes things and names no
    role is for admins.
    """

    #: no OPTIONS: `/api/schema` says what there is
    http_method_names = ("get", "head", "post", "put", "patch", "delete")
    roles: ClassVar[dict[str, str]] = {}
    queries: ClassVar[dict[str, type[serializers.Strict]]] = {}
    most_bytes: ClassVar[int] = MOST_BYTES
    #: what came, for errors to point into: the body once it was read, the query
    body: Mapping[str, Any] = MappingProxyType({})
    query: dict[str, Any]

    def role_for(self, method: str) -> str:
        """The role that a method needs; for one that is not there: to hear that."""
        if not hasattr(self, method.lower()):
            return "viewer"
        if method in ("GET", "HEAD", "OPTIONS"):
            return self.roles.get("GET", "viewer")
        return self.roles.get(method, "admin")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a large body, then a stranger, then a query that can't be read."""
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal() or int(length) > self.most_bytes:
            raise too_large(self.most_bytes)
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else request.method
        kind = self.queries.get(method or "", serializers.NoQuery)
        self.query = serializers.read_query(kind, request.query_params)

    def checked(self, kind: type[serializers.Strict]) -> dict[str, Any]:
        """The body in the shape asked for; raises with every fault."""
        self.body = self.request.data if isinstance(self.request.data, dict) else {}
        return serializers.checked(kind, self.request.data)

    def page(self, rows: Any, *, order: tuple[str, ...], show: Any) -> Response:
        """One page of rows of the database, as `queries` asked for it."""
        found = pages.page(
            rows, order=order, query=self.query, show=show, address=self.address
        )
        return Response(found)

    def page_of_list(
        self, items: Any, *, key: Any, show: Any, width: int = 1
    ) -> Response:
        """One page of a list in memory, as `queries` asked for it."""
        found = pages.page_of_list(
            items,
            key=key,
            width=width,
            query=self.query,
            show=show,
            address=self.address,
        )
        return Response(found)

    @property
    def address(self) -> str:
        """The whole URL that was asked for."""
        return str(self.request.build_absolute_uri())


class NothingHere(ApiView):
    """Every address of the API that is none: 404 as a document, for any method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is not logged in hears that first."""
        APIView.initial(self, request, *args, **kwargs)
        raise NotFound("There is nothing at this address. /api/docs lists all calls.")

    def role_for(self, method: str) -> str:
        """Anyone who may read may be told."""
        return "viewer"

    def http_method_not_allowed(self, request: Request, *args: Any, **kw: Any) -> Any:
        """Unreachable: `initial` has answered."""
        raise NotFound
