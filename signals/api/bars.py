"""Bars in: files become a run that checks and stores them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import datasets
from sigma_api.problems import malformed, names_in_address
from sigma_api.serializers import Strict, checked
from sigma_api.views import ApiView
from sigma_core.errors import UnknownName
from signals import data_serializers as shapes
from signals import serializers
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.columns import columns_in
from signals.csv_templates import TEMPLATES
from signals.models import Run, Source
from signals.parsers import RawCsv, RawFile, RawParquet
from signals.services import choosing, inbox, ingests, runs

BODIES = {
    "text/csv": OpenApiTypes.BINARY,
    "application/vnd.apache.parquet": OpenApiTypes.BINARY,
    "application/octet-stream": OpenApiTypes.BINARY,
}
#: of the query, but not options of the job
NOT_OPTIONS = ("wait", "filename")


class Ingest(ApiView):
    """`/api/bars/ingest`."""

    roles: ClassVar = {"POST": "operator"}
    queries: ClassVar = {"POST": serializers.IngestQuery}
    parser_classes = (MultiPartParser, RawCsv, RawParquet, RawFile)
    options: ClassVar[type[Strict]] = serializers.IngestOptions
    # a form has some bytes around its files
    most_bytes: ClassVar = settings.SIGMA_UPLOAD_BYTES + 2**20

    @extend_schema(
        request={"multipart/form-data": serializers.IngestForm, **BODIES},
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Take files in: as a form (`file`, more than once for several) or raw.

        CSV or Parquet, plain or zipped. The run's summary is the report: rows new,
        revised, refused and quarantined, and why. `dry_run` writes nothing.
        """
        return self.taken(request, "bars")

    def taken(self, request: Request, kind: str) -> Response:
        """The run that takes what was sent."""
        asked = self.asked(request)
        if "columns" in asked:
            asked["columns"] = columns_in(asked["columns"])
        run = ingests.enqueue_upload(
            files=request.FILES.getlist("file"),
            params=asked | {"kind": kind},
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
        body = checked(self.options, fields)
        query = {k: v for k, v in self.query.items() if k not in NOT_OPTIONS}
        for name in body:
            if name in query:
                message = "It stands in the query and in the form."
                raise malformed(f"/{name}", "input.repeated", message)
        return query | body


class IngestTable(Ingest):
    """`/api/ingest/<kind>`: what `manage.py ingest KIND` does."""

    queries: ClassVar = {"POST": serializers.TableQuery}
    options: ClassVar[type[Strict]] = serializers.TableOptions

    @extend_schema(
        request={"multipart/form-data": serializers.TableForm, **BODIES},
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request, kind: str) -> Response:  # type: ignore[override] # its address has a word more
        """Take one file of actions, reference, membership, index or iv in.

        It is taken whole or, with every fault by its line, not at all. The run's
        summary says what is new, changed, the same and gone, and shows the first rows.
        """
        known = [name for name in TEMPLATES if name != "bars"]
        with names_in_address():
            if kind not in known:
                raise UnknownName("kind", kind, known)
        return self.taken(request, kind)


class Sources(ApiView):
    """`/api/bars/sources`."""

    @extend_schema(responses=shapes.SourceShape(many=True))
    def get(self, request: Request) -> Response:
        """Named sources of bars, and how their last ingest was read."""
        return Response(
            [
                {
                    "name": one.name,
                    "mapping": one.mapping,
                    "adjustment": one.adjustment,
                    "tz": one.tz,
                    "run": one.run_id,
                    "updated_at": one.updated_at,
                }
                for one in Source.objects.all()
            ]
        )


class Inbox(ApiView):
    """`/api/bars/inbox`."""

    roles: ClassVar = {"POST": "operator"}
    queries: ClassVar = {"POST": serializers.Waiting}

    @extend_schema(responses=shapes.WaitingFile(many=True))
    def get(self, request: Request) -> Response:
        """The files that wait in `inbox/<dataset>/<cadence>/`."""
        return Response(
            [
                {"file": one.path.name, "dataset": one.dataset, "cadence": one.cadence}
                for one in inbox.waiting(timezone.now())
            ]
        )

    @extend_schema(request=None, parameters=[IDEMPOTENCY_KEY], responses={202: STARTED})
    def post(self, request: Request) -> Response:
        """Take them all; each is put away with its report."""
        run = runs.enqueue_run(
            kind=Run.Kind.INBOX,
            params={},
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])


class DefaultDataset(ApiView):
    """`/api/bars/default`."""

    roles: ClassVar = {"POST": "operator"}

    @extend_schema(responses=shapes.DefaultShape)
    def get(self, request: Request) -> Response:
        """Which dataset `auto` means, if somebody has chosen."""
        return Response(choosing.document(datasets.choice()))

    @extend_schema(request=shapes.DefaultBody, responses={200: shapes.DefaultShape})
    def post(self, request: Request) -> Response:
        """Choose it; an empty name takes the choice back."""
        wanted = self.checked(shapes.DefaultBody)
        made = choosing.choose_dataset(user=caller(request), **wanted)
        return Response(choosing.document(made))


class CheckBars(ApiView):
    """`/api/check_bars`."""

    roles: ClassVar = {"POST": "operator"}
    queries: ClassVar = {"POST": serializers.Waiting}

    @extend_schema(
        request=shapes.CheckBody, parameters=[IDEMPOTENCY_KEY], responses={202: STARTED}
    )
    def post(self, request: Request) -> Response:
        """Hold a dataset's daily bars against another's (D10): where an action is
        missing or wrong, the ticker is blocked until somebody decides."""
        run = runs.enqueue_run(
            kind=Run.Kind.CHECK_BARS,
            params=self.checked(shapes.CheckBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])
