"""Start a backtest, read its report, page through its tables."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api import pages
from sigma_api.views import ApiView
from signals import backtest_serializers as shapes
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.models import Run
from signals.queries import backtests
from signals.serializers import Waiting
from signals.services import runs
from signals.services.documents import backtest_document


class Backtest(ApiView):
    """`/api/backtest`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": Waiting}

    @extend_schema(
        request=shapes.BacktestBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Backtest one model with its policy."""
        run = runs.enqueue_run(
            kind=Run.Kind.BACKTEST,
            params=self.checked(shapes.BacktestBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])


class BacktestDetail(ApiView):
    """`/api/backtests/<id>`."""

    @extend_schema(responses=shapes.BacktestShape)
    def get(self, request: Request, pk: int) -> Response:
        """The report of a backtest that has succeeded, and what names it."""
        return Response(backtest_document(backtests.find(pk)))


TABLE = OpenApiParameter(
    "table", str, OpenApiParameter.PATH, enum=list(backtests.TABLES)
)


class BacktestTable(ApiView):
    """`/api/backtests/<id>/<table>`."""

    queries: ClassVar = {"GET": shapes.TableQuery}

    @extend_schema(
        parameters=[TABLE],
        responses={
            (200, "application/json"): shapes.TablePage,
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "All rows."),
        },
    )
    def get(self, request: Request, pk: int, table: str) -> Response | HttpResponse:
        """Rows of one of its tables: what was decided, filled, traded and refused."""
        run, query = backtests.find(pk), self.query
        wanted = {"reason": query.get("reason", ""), "session": query.get("session")}
        found = backtests.table(run, table, **wanted)
        if query["format"] == "csv":
            return csv_answer(found, run, table)
        start = _offset(query)
        stop = start + query["limit"]
        more = stop < len(found)
        return Response(
            {
                "results": found[start:stop],
                "next": _next(self.address, stop) if more else None,
                "total": len(found),
            }
        )


def csv_answer(found: backtests.Table, run: Run, table: str) -> HttpResponse:
    """A table as a download, named after model and run."""
    name = f"{table}_{run.model_id}_run_{run.pk}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    kind = "text/csv; charset=utf-8"
    return HttpResponse(backtests.as_csv(found), content_type=kind, headers=headers)


def _offset(query: dict[str, Any]) -> int:
    """Where the page starts; 400 for a cursor that is none of ours."""
    if "cursor" not in query:
        return 0
    (at,) = pages.decode(query["cursor"], 1)
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < 2**53:
        raise pages.invalid_cursor()
    return at


def _next(address: str, offset: int) -> str:
    parts = urlsplit(address)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key != "cursor"]
    query = urlencode([*kept, ("cursor", pages.pack([offset]))])
    return parts._replace(query=query).geturl()
