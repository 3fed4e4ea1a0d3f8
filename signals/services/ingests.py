"""Upload and ingest in one go: what the Data page and the API call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile

from signals.models import Run
from signals.services import runs
from signals.services.uploads import check_uploads, keep_upload, plain_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def enqueue_upload(
    *,
    files: Iterable[UploadedFile[bytes]],
    params: Mapping[str, object],
    user: User | None,
    idempotency_key: str | None = None,
) -> Run:
    """Keep the files and queue a run that ingests them; BadInput if one can't be taken.

    `params` are those of the job `ingest`, without `paths` and `names`.
    """
    given = list(files)
    check_uploads(given)
    kept = [keep_upload(file=file) for file in given]
    names = [str(file.name) for file in given]
    return runs.enqueue_run(
        kind=Run.Kind.INGEST,
        params={**params, "paths": kept, "names": [plain_name(name) for name in names]},
        user=user,
        idempotency_key=idempotency_key,
    )
