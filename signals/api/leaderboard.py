"""The leaderboard, and backtests side by side."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sigma_api.schema import page_of
from sigma_api.views import ApiView
from signals import leaderboard_serializers as shapes
from signals.queries import comparing
from signals.services.leaderboard_documents import (
    board_document,
    board_of,
    comparison_document,
)


class Leaderboard(ApiView):
    """`/api/leaderboard`."""

    queries: ClassVar = {"GET": shapes.LeaderboardQuery}

    @extend_schema(responses=page_of(shapes.EntryShape, "LeaderboardPage"))
    def get(self, request: Request) -> Response:
        """Backtests of scanners and trained models side by side.

        In the board's own order: run gate passed first, then q, then Sharpe. `rank` is
        the place on the board as filtered and sorted; `differs` says why a row can't be
        held against the first.
        """
        found = board_of(self.query, address=self.address)
        return Response(board_document(found))


class Compare(ApiView):
    """`/api/compare`."""

    queries: ClassVar = {"GET": shapes.CompareQuery}

    @extend_schema(responses=shapes.CompareShape)
    def get(self, request: Request) -> Response:
        """Two to four backtests: metrics, what their definitions say otherwise than
        the first one's, and their equity as a change since their first session."""
        return Response(comparison_document(comparing.compare(self.query["runs"])))
