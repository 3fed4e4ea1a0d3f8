"""Train a model, and read what its trainings left."""

from __future__ import annotations

from typing import ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import services as packs
from sigma_api.views import ApiView
from signals import training_serializers as shapes
from signals.api.runs import IDEMPOTENCY_KEY, STARTED, caller, idempotency_key, started
from signals.models import Run, TrainedModel
from signals.queries import trainings
from signals.serializers import Waiting
from signals.services import runs
from signals.services.documents import training_document


class Train(ApiView):
    """`/api/train`."""

    roles: ClassVar = {"POST": "builder"}
    queries: ClassVar = {"POST": Waiting}

    @extend_schema(
        request=shapes.TrainBody,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: STARTED},
    )
    def post(self, request: Request) -> Response:
        """Train one model, and test it on sessions that it has not seen."""
        run = runs.enqueue_run(
            kind=Run.Kind.TRAIN,
            params=self.checked(shapes.TrainBody),
            user=caller(request),
            idempotency_key=idempotency_key(request),
        )
        return started(run, wait=self.query["wait"])


class Training(ApiView):
    """`/api/models/<pack>/<model_id>/training`."""

    queries: ClassVar = {"GET": shapes.TrainingQuery}

    @extend_schema(responses=shapes.TrainingShape)
    def get(self, request: Request, pack: str, model_id: str) -> Response:
        """The training that answers for a model, with its card; where none does, the
        newest one and why not. 404 for a model that was never trained."""
        bundle = packs.find_model(pack, model_id).bundle
        wanted = self.query.get("dataset")
        found = [
            one
            for one in trainings.of_model(pack, model_id, bundle)
            if wanted in (None, one.dataset)
        ]
        if not found:
            raise Http404("This model was never trained over that dataset.")
        best = next((one for one in found if one.state == "predicts"), found[0])
        row = TrainedModel.objects.get(run=best.run_id)
        return Response(training_document(row, best.until, best.state, best.why))
