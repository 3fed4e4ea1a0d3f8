"""The files to fill in: each is taken as it stands."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sigma_core.ingest import ingest, ingest_table
from sigma_core.ingest.records import KINDS
from sigma_core.market import open_dataset
from signals.csv_templates import TEMPLATES

NOW = datetime(2024, 6, 3, 12, tzinfo=UTC)


def written(tmp_path, kind: str):
    path = tmp_path / "given.csv"
    path.write_text(TEMPLATES[kind])
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_each_template_is_taken_as_it_stands(tmp_path, kind: str) -> None:
    dataset = open_dataset(tmp_path / "datasets", "main")
    report = ingest_table(kind, written(tmp_path, kind), dataset)
    assert report.rows_in == TEMPLATES[kind].count("\r\n") - 1
    assert report.rows_kept == report.rows_in


def test_the_template_of_bars_is_taken_too(tmp_path) -> None:
    dataset = open_dataset(tmp_path / "datasets", "main")
    assert ingest([written(tmp_path, "bars")], dataset, ingested_at=NOW).rows_new == 2


@pytest.mark.django_db
def test_the_page_gives_each_out(client_of, viewer) -> None:
    for kind in ("bars", *KINDS):
        answer = client_of(viewer).get(f"/data/template/{kind}.csv")
        assert answer.content.decode() == TEMPLATES[kind]
    assert client_of(viewer).get("/data/template/chain.csv").status_code == 404
