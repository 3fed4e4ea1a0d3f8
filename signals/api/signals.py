"""The Signals DB, row by row."""

from __future__ import annotations

from datetime import UTC
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.views import ApiView
from sigma_core.specs import naming
from signals import serializers
from signals.models import Signal, SignalList, ts_of
from signals.queries.narrowing import require_known, split_model
from signals.services.documents import signal_document

ORDER = ("-session", "-ts", "dataset", "pack", "model_id", "rank", "id")
MOST_LISTS = 500


class Signals(ApiView):
    """`/api/signals`."""

    queries: ClassVar = {"GET": serializers.SignalQuery}

    @extend_schema(responses=serializers.SignalPage)
    def get(self, request: Request) -> Response:
        """Signals by session (newest first), model and rank.

        By default `current=true`: of each list the rows of its newest run. Rows are
        unique by run, ticker and session; `current=all` shows every run's. `revision`
        is the state of the list: a run with equal output keeps it.

        With `session` or `ts`, `lists` says which run each list is of: a list that is
        empty was scanned and found nothing; one that is absent was not scanned.
        """
        _require_bar(self.query)
        named = ("model", "pack", "dataset")
        require_known(**{name: self.query.get(name) for name in named})
        answer = self.page(
            narrowed(Signal.objects.defer("closes"), self.query),
            order=ORDER,
            show=signal_document,
        )
        answer.data["lists"] = lists_of(self.query)
        return answer


def _require_bar(query: dict[str, Any]) -> None:
    """BadInput, naming the one before, for a closed day and for a moment at which no
    bar of the model (without one: of 5 minutes) closes."""
    if "session" in query:
        # the calendars come with it: only who asks for a day pays for them
        from sigma_core.sessions import exchange

        exchange().require(query["session"])
    ts = query.get("ts")
    if ts is None or ts == ts_of(ts.astimezone(UTC).date()):
        return
    from sigma_core.bars.moments import bar_ending  # and pandas, as above
    from sigma_core.sessions import exchange

    model_id = (query.get("model") or "").rpartition("/")[2]
    cadence = naming.parse(model_id).cadence if model_id else "5m"
    bar_ending(ts, exchange(), cadence, timezone.now())


def narrowed(rows: QuerySet[Signal], query: dict[str, Any]) -> QuerySet[Signal]:
    """The signals that a query asks for."""
    wanted = {
        name: query[name]
        for name in ("session", "ts", "pack", "ticker", "dataset", "run", "tradeable")
        if name in query
    }
    if query["current"] != "all":
        wanted["current"] = query["current"] == "true"
    return rows.filter(**split_model(query.get("model"))).filter(**wanted)


def lists_of(query: dict[str, Any]) -> list[dict[str, Any]]:
    """The lists of the session or the bar asked for."""
    if not {"session", "ts"} & query.keys():
        return []
    wanted = {
        name: query[name]
        for name in ("session", "ts", "pack", "dataset", "run")
        if name in query
    }
    of_model = SignalList.objects.filter(**split_model(query.get("model")))
    found = of_model.filter(**wanted)
    return [
        {
            "dataset": row.dataset,
            "pack": row.pack,
            "model_id": row.model_id,
            "session": row.session.isoformat(),
            "ts": row.ts.isoformat().replace("+00:00", "Z"),
            "run": row.run_id,
            "revision": row.revision,
            "output_sha": row.output_sha,
            "marks": row.run.marks,
            "stale": bool(row.run.summary.get("stale", False)),
        }
        for row in found.select_related("run").order_by(
            "dataset", "pack", "model_id", "ts"
        )[:MOST_LISTS]
    ]
