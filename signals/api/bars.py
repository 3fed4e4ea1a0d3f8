"""Bars in: files become a run that checks and stores them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.problems import malformed
from sigma_api.serializers import checked
from sigma_api.views import ApiView
from signals import serializers
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.parsers import RawCsv, RawFile, RawParquet
from signals.services import ingests

#: of the query, but not options of the job
NOT_OPTIONS = ("wait", "filename")


class Ingest(ApiView):
    """`/api/bars/ingest`."""

    roles: ClassVar = {"POST": "operator"}
    queries: ClassVar = {"POST": serializers.IngestQuery}
    parser_classes = (MultiPartParser, RawCsv, RawParquet, RawFile)
    # a form has some bytes around its files
    most_bytes: ClassVar = settings.SIGMA_UPLOAD_BYTES + 2**20

    @extend_schema(
        request={
            "multipart/form-data": serializers.IngestForm,
            "text/csv": OpenApiTypes.BINARY,
            "application/vnd.apache.parquet": OpenApiTypes.BINARY,
            "application/octet-stream": OpenApiTypes.BINARY,
        },
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Take files in: as a form (`file`, more than once for several) or raw.

        CSV or Parquet, plain or zipped. The run's summary is the report: rows new,
        revised, refused and quarantined, and why. `dry_run` writes nothing.
        """
        run = ingests.enqueue_upload(
            files=request.FILES.getlist("file"),
            params=self.asked(request),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])

    def asked(self, request: Request) -> dict[str, Any]:
        """The options of the query and the form; none may be in both."""
        extra = [name for name in request.FILES if name != "file"]
        if extra:
            raise malformed(f"/{extra[0]}", "input.unknown_key", "Files go in `file`.")
        fields = {k: request.data[k] for k in request.data if k not in request.FILES}
        body = checked(serializers.IngestOptions, fields)
        query = {k: v for k, v in self.query.items() if k not in NOT_OPTIONS}
        for name in body:
            if name in query:
                message = "It stands in the query and in the form."
                raise malformed(f"/{name}", "input.repeated", message)
        return query | body
