"""Start, follow, stop and repeat runs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.roles import may
from sigma_api.idempotency import IDEMPOTENCY_KEY
from sigma_api.problems import malformed
from sigma_api.schema import page_of
from sigma_api.views import ApiView
from signals import serializers
from signals.jobs.base import job_of
from signals.models import Run
from signals.queries.narrowing import split_model
from signals.services import runs, tags
from signals.services.documents import as_document
from signals.waiting import wait_for

STARTED = OpenApiResponse(
    serializers.RunShape, "The run; `Location` is its address. It may still be going."
)


def started(run: Run, *, wait: int) -> Response:
    """202 with the run and its address."""
    run = wait_for(run, seconds=wait)
    address = reverse("api_run", args=[run.pk])
    return Response(as_document(run), status=202, headers={"Location": address})


def idempotency_key(request: Request) -> str | None:
    """The key in the header; None where there is none, 400 for an empty one."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not key.strip():
        raise malformed("Idempotency-Key", "idempotency.invalid", "The key is empty.")
    return key


def caller(request: Request) -> User:
    """Who calls; `HasRole` lets no stranger in."""
    user: User = request.user  # type: ignore[assignment] # as said
    return user


class Scan(ApiView):
    """`/api/scan`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": serializers.Waiting}

    @extend_schema(
        request=serializers.ScanBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Scan with one model."""
        wanted = self.checked(serializers.ScanBody)
        run = runs.enqueue_run(
            kind=Run.Kind.SCAN,
            params=wanted,
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])


class Runs(ApiView):
    """`/api/runs`."""

    queries: ClassVar = {"GET": serializers.RunQuery}

    @extend_schema(responses=page_of(serializers.RunRow, "RunPage"))
    def get(self, request: Request) -> Response:
        """Runs, the newest first."""
        found = narrowed(Run.objects.select_related("user"), self.query)
        return self.page(
            found, order=("-id",), show=lambda run: serializers.RunRow(run).data
        )


def narrowed(rows: QuerySet[Run], query: dict[str, Any]) -> QuerySet[Run]:
    """The runs that a query asks for."""
    wanted = {
        name: query[name]
        for name in ("kind", "status", "pack", "dataset", "session")
        if name in query
    }
    return rows.filter(**split_model(query.get("model"))).filter(**wanted)


class OneRun(ApiView):
    """What the calls about one run share."""

    def run(self, pk: int) -> Run:
        """The run, or 404."""
        run = Run.objects.select_related("user").filter(pk=pk).first()
        if run is None:
            raise Http404
        return run

    def own_kind(self, pk: int) -> Run:
        """The run, if the caller may start runs of its kind; else 403."""
        run = self.run(pk)
        role = job_of(run.kind).role
        if not may(self.request.user, role):
            self.permission_denied(self.request, f"This needs the role {role}.")
        return run


class RunDetail(OneRun):
    """`/api/runs/<id>`."""

    roles: ClassVar = {"PATCH": "builder"}
    queries: ClassVar = {"GET": serializers.Waiting}

    @extend_schema(responses=serializers.RunShape)
    def get(self, request: Request, pk: int) -> Response:
        """One run: steps, progress, how it ended, what it read and wrote."""
        return Response(as_document(wait_for(self.run(pk), seconds=self.query["wait"])))

    @extend_schema(request=serializers.TagsBody, responses=serializers.RunShape)
    def patch(self, request: Request, pk: int) -> Response:
        """Give it other tags; nothing else of a run can be changed."""
        wanted = self.checked(serializers.TagsBody)
        return Response(as_document(tags.set_tags(run=self.run(pk), **wanted)))


class Cancel(OneRun):
    """`/api/runs/<id>/cancel`."""

    roles: ClassVar = {"POST": "builder"}

    @extend_schema(request=None, responses=serializers.RunShape)
    def post(self, request: Request, pk: int) -> Response:
        """Ask it to stop; 409 if it has ended."""
        run = runs.cancel_run(run=self.own_kind(pk), user=caller(request))
        return Response(as_document(run))


class Retry(OneRun):
    """`/api/runs/<id>/retry`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": serializers.Waiting}

    @extend_schema(request=None, responses={202: STARTED})
    def post(self, request: Request, pk: int) -> Response:
        """A new run that asks for the same; 409 unless it failed or was cancelled."""
        run = runs.retry_run(run=self.own_kind(pk), user=caller(request))
        return started(run, wait=self.query["wait"])
