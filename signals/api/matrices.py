"""Look at a model's columns, and build its matrix."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.views import ApiView
from signals import matrix_serializers as shapes
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.jobs import asof
from signals.models import Run
from signals.serializers import Waiting
from signals.services import diffs, previews, runs


def _until(wanted: Mapping[str, Any]) -> date | datetime | None:
    """The session or the moment with which a look ends."""
    text = wanted.get("end")
    return None if text is None else asof.read(text)


class PreviewMatrix(ApiView):
    """`/api/preview_matrix`."""

    roles: ClassVar = {"POST": "builder"}

    @extend_schema(request=shapes.PreviewBody, responses=shapes.PreviewShape)
    def post(self, request: Request) -> Response:
        """Columns, missing cells by cause, gates and candidates of one to five
        sessions; `draft` holds definitions as they might be saved."""
        wanted = self.checked(shapes.PreviewBody)
        found = previews.preview(
            pack=wanted["pack"],
            model_id=wanted["model_id"],
            user=caller(request),
            start=wanted.get("start"),
            end=_until(wanted),
            dataset=wanted.get("dataset"),
            changes=wanted.get("draft"),
        )
        return Response(found)


class Diff(ApiView):
    """`/api/diff`."""

    roles: ClassVar = {"POST": "builder"}

    @extend_schema(request=shapes.DiffBody, responses=shapes.DiffShape)
    def post(self, request: Request) -> Response:
        """What a draft changes: in words, in the lists of one to five sessions, for
        which other models, and whether the proofs still hold."""
        wanted = self.checked(shapes.DiffBody)
        found = diffs.diff_of(
            pack=wanted["pack"],
            model_id=wanted["model_id"],
            changes=wanted["draft"],
            against=wanted["against"],
            sessions=wanted["sessions"],
            end=_until(wanted),
            dataset=wanted.get("dataset"),
        )
        return Response(found)


class BuildMatrix(ApiView):
    """`/api/build_matrix`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": Waiting}

    @extend_schema(
        request=shapes.BuildBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Build and store a model's matrix."""
        run = runs.enqueue_run(
            kind=Run.Kind.BUILD_MATRIX,
            params=self.checked(shapes.BuildBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])
