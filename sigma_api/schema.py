"""How `ApiView` reads in the OpenAPI document: queries, headers, problem+json."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from sigma_api.problems import MEDIA_TYPE
from sigma_api.serializers import Strict

#: between the words of a class's name
CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with a request."""

    pointer = serializers.CharField(
        help_text="JSON pointer into the body, `?name` of a query parameter, the name "
        "of a header, or the place in a file."
    )
    code = serializers.CharField(help_text="Stable: meant for programs.")
    message = serializers.CharField(help_text="For people; may change.")
    hint = serializers.CharField(help_text="How to mend it; may be empty.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Every error: RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FaultSerializer(many=True)


class ApiSchema(AutoSchema):
    """Reads the query from `ApiView.queries` and adds the one shape of all errors."""

    def get_override_parameters(self) -> list[Any]:
        """What `@extend_schema` names, and the view's query parameters."""
        kind: type[Strict] | None = getattr(self.view, "queries", {}).get(self.method)
        return [*super().get_override_parameters(), *([kind] if kind else [])]

    def get_operation_id(self) -> str:
        """`get_runs`, `post_scan`: the method and the name of the view."""
        words = CAPITAL.sub("_", type(self.view).__name__).lower()
        return f"{self.method.lower()}_{words}"

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemSerializer, "response")
        bodies["default"] = {
            "description": "An error, as a document.",
            "content": {MEDIA_TYPE: {"schema": problem.ref}},
        }
        return dict(bodies)


def page_of(row: type[serializers.Serializer[Any]], name: str) -> Any:
    """The serializer of a page of a list, for the document."""
    return inline_serializer(
        name=name,
        fields={
            "results": row(many=True),
            "next": serializers.URLField(
                allow_null=True, help_text="Where the next page is."
            ),
        },
    )
