"""A file as the whole body of a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from rest_framework.parsers import DataAndFiles, FileUploadParser


class RawFile(FileUploadParser):
    """The body is one file; its name stands in the query (`?filename=`) or header."""

    media_type = "application/octet-stream"
    default_name = "bars.parquet"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        """The file under the key `file`, as a form would send it."""
        parsed = super().parse(stream, media_type, parser_context)
        files = {name: [file] for name, file in parsed.files.items()}
        return DataAndFiles(QueryDict(), MultiValueDict(files))

    def get_filename(
        self,
        stream: IO[Any],
        media_type: str | None,
        parser_context: Mapping[str, Any],
    ) -> str:
        """The file's name; without one, a name of the type that was sent."""
        wanted = parser_context["request"].query_params.get("filename")
        given = super().get_filename(stream, media_type, parser_context)
        return str(wanted or given or self.default_name)


class RawCsv(RawFile):
    """The body is a CSV file."""

    media_type = "text/csv"
    default_name = "bars.csv"


class RawParquet(RawFile):
    """The body is a Parquet file."""

    media_type = "application/vnd.apache.parquet"
