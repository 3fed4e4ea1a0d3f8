"""Start the proofs."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.views import ApiView
from signals import serializers
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.models import Run
from signals.services import runs


class Prove(ApiView):
    """`/api/prove`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": serializers.Waiting}

    @extend_schema(
        request=serializers.ProveBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Prove an indicator, a set, a model or everything; the run's summary has the
        verdicts, the indicators and models their certificates."""
        run = runs.enqueue_run(
            kind=Run.Kind.PROVE,
            params=self.checked(serializers.ProveBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])
