"""What all rows of the back door have in common: they are shown and exported.

Signals are append-only and runs are written by their workers, so every row here is
read-only.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from unfold.admin import ModelAdmin

from accounts.admin import ByRole
from signals.exports import cell

ROWS_AT_ONCE = 2000


class Echo:
    """A file that gives back what is written to it, a line at a time."""

    def write(self, line: str) -> str:
        """The line."""
        return line


def csv_lines(rows: QuerySet[Any], columns: list[str]) -> Iterator[str]:
    """The rows as CSV, without holding them all; no cell can run as a formula."""
    writer = csv.writer(Echo())
    yield writer.writerow(columns)
    for values in rows.values_list(*columns).iterator(chunk_size=ROWS_AT_ONCE):
        yield writer.writerow([cell(_flat(value)) for value in values])


def _flat(value: Any) -> Any:
    return str(value) if isinstance(value, list | dict) else value


class LookOnly(ByRole, ModelAdmin):
    """Rows that are shown and exported."""

    actions = ("export_csv",)
    show_full_result_count = False
    list_per_page = 50
    #: too long, or too deep, for a cell; a list does without them
    not_exported: ClassVar[tuple[str, ...]] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows; a page of one asks for what is long when it shows it."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.defer(*self.not_exported)

    @admin.action(description="Export as CSV")
    def export_csv(
        self, request: HttpRequest, rows: QuerySet[Model]
    ) -> StreamingHttpResponse:
        """The chosen rows as a file."""
        columns = [
            field.attname
            for field in self.model._meta.concrete_fields
            if field.name not in self.not_exported
        ]
        name = self.model._meta.model_name
        return StreamingHttpResponse(
            csv_lines(rows, columns),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}s.csv"'},
        )
