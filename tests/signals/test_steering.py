"""Whoever may start a kind of run may stop and repeat it, by every door."""

import pytest
from django.urls import reverse

from signals.models import Run
from tests.builders import make_run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "status"), [(Run.Kind.SCAN, 302), (Run.Kind.INGEST, 403)]
)
def test_a_builder_stops_scans_but_no_ingest(builder_user, client_of, kind, status):
    run = make_run(kind=kind, status=Run.Status.RUNNING)
    answer = client_of(builder_user).post(reverse("run_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert answer.status_code == status
    assert run.cancel_requested == (status == 302)


def test_an_operator_stops_an_ingest(operator, client_of):
    run = make_run(kind=Run.Kind.INGEST, status=Run.Status.RUNNING)
    client_of(operator).post(reverse("run_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.cancel_requested


def test_a_builder_is_not_shown_the_button_of_an_ingest(builder_user, client_of):
    run = make_run(kind=Run.Kind.INGEST, status=Run.Status.RUNNING)
    page = client_of(builder_user).get(reverse("run", args=[run.pk]))
    assert reverse("run_cancel", args=[run.pk]) not in page.content.decode()
