"""Start a calibration, read its cells, write one of them into the model."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app.definition_api import IF_MATCH
from sigma_api.etags import seen_by
from sigma_api.views import ApiView
from signals import calibration_serializers as shapes
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.models import Run
from signals.queries import calibrations
from signals.serializers import Waiting
from signals.services import promotions, runs


class CalibrateThresholds(ApiView):
    """`/api/calibrate_thresholds`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": Waiting}

    @extend_schema(
        request=shapes.CalibrateBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Sweep a scanner's parameters; the winner goes into the model unless
        `promote` is false, the whole sweep into the pack's recipes."""
        run = runs.enqueue_run(
            kind=Run.Kind.CALIBRATE,
            params=self.checked(shapes.CalibrateBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])


class Calibration(ApiView):
    """`/api/calibrations/<id>`."""

    @extend_schema(responses=shapes.CalibrationShape)
    def get(self, request: Request, pk: int) -> Response:
        """Every cell that is done, judged; of one that was stopped those it has."""
        return Response(calibrations.document(calibrations.find(pk)))


class Promote(ApiView):
    """`/api/calibrations/<id>/promote`."""

    roles: ClassVar = {"POST": "builder"}

    @extend_schema(
        request=shapes.PromoteBody,
        parameters=[IF_MATCH],
        responses=shapes.PromotedShape,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Write a cell's parameters into the model as a new version of its file;
        with If-Match only if the file is still that one. Of a calibration that is not
        complete a cell must be named."""
        run = calibrations.find(pk)
        cell: Any = self.checked(shapes.PromoteBody).get("cell")
        tried = calibrations.cell_of(calibrations.result_of(run), cell)
        found = promotions.promote(
            pack=run.pack,
            model_id=run.model_id,
            params=tried.params,
            user=caller(request),
            note=promotions.note_of(run),
            if_match=seen_by(request, needed=False),
        )
        return Response(found.as_json())
