"""Start the proofs."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.views import ApiView
from sigma_core.errors import BadInput, Problem
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
        """Prove an indicator, a set, a model or, if `all` says so, everything.

        The run's summary has the verdicts, indicators and models their certificates.
        """
        asked = self.checked(serializers.ProveBody)
        name = asked.get("name")
        if asked["all"] == (name is not None):
            message = "name one thing to prove, or send all as true; not both."
            hint = 'Such as {"name": "rsi"} or {"all": true}.'
            raise BadInput(Problem("prove.target", "/name", message, hint))
        run = runs.enqueue_run(
            kind=Run.Kind.PROVE,
            params={"name": name},
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])
