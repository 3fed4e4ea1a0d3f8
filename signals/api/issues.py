"""What the quality rules found, and answers to it."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.views import ApiView
from signals import data_serializers as data_shapes
from signals import issue_serializers as shapes
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.models import Run
from signals.queries import bars, issues, silence
from signals.serializers import Waiting
from signals.services import runs

KEY_WIDTH = 5


class Silent(ApiView):
    """`/api/data_issues/silent`."""

    queries: ClassVar = {"GET": data_shapes.SilentQuery}

    @extend_schema(responses=data_shapes.SilentShape(many=True))
    def get(self, request: Request) -> Response:
        """Tickers signalled lately without a bar for three sessions: delisted, or
        wait? Answer under rule D11 with `POST /api/data_issues`."""
        bars.require_dataset(self.query["dataset"])
        found = silence.silent(self.query["dataset"])
        return Response([one.document() for one in found])


class DataIssues(ApiView):
    """`/api/data_issues`."""

    roles: ClassVar = {"POST": "operator"}
    queries: ClassVar = {"GET": shapes.IssueQuery, "POST": Waiting}

    @extend_schema(responses=shapes.IssuePage)
    def get(self, request: Request) -> Response:
        """Finds of the quality rules on a dataset's bars, blocks first, with the
        answers to them; also those that an answer settled."""
        bars.require_dataset(self.query["dataset"])
        found = issues.with_settled(
            self.query["dataset"],
            self.query["cadence"],
            rule=self.query.get("rule", ""),
            ticker=self.query.get("ticker", ""),
            state=self.query["state"],
        )
        return self.page_of_list(
            found,
            key=lambda issue: issue.key,
            show=issues.Issue.document,
            width=KEY_WIDTH,
        )

    @extend_schema(
        request=shapes.Answer, parameters=[IDEMPOTENCY_KEY], responses={202: STARTED}
    )
    def post(self, request: Request) -> Response:
        """Answer one find of the list: the bars are right, delisted at a price, or
        wait; `undo` takes the standing answer back."""
        run = runs.enqueue_run(
            kind=Run.Kind.ACKNOWLEDGE,
            params=self.checked(shapes.Answer),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])
