"""The admin: the Signals DB's back door, and the one place for people and roles."""

import csv
import io

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from django_q.models import Failure, OrmQ, Schedule, Success

from accounts import services
from accounts.models import ApiToken
from signals.models import Run, SweepCell, TrainedModel
from tests.builders import SESSION, make_list, make_run, make_signal
from tests.signals.evidence import make_backtest, make_trial

pytestmark = pytest.mark.django_db
OURS = [
    "signals_signal",
    "signals_run",
    "signals_configsnapshot",
    "packs_app_universeday",
]
EVIDENCE = [
    "signals_trainedmodel",
    "signals_backtest",
    "signals_family",
    "signals_trial",
    "signals_sweepcell",
]
PEOPLES = ["auth_user", "auth_group", "accounts_apitoken"]


@pytest.fixture
def staff(client_of, admin_user):
    """The browser of an admin."""
    return client_of(admin_user)


@pytest.fixture
def staff_viewer(client_of, person):
    """The browser of a viewer who may enter the admin."""
    return client_of(person("looker", "viewer", is_staff=True))


@pytest.fixture
def signal():
    """A signal whose name would run as a formula in a spreadsheet."""
    run = make_run()
    make_list(run)
    return make_signal(run, ticker="AAA", name="=HYPERLINK(1)")


def train(run: Run) -> TrainedModel:
    """What a training leaves."""
    names = ("pack_sha", "indicator_set_sha", "model_config_sha")
    return TrainedModel.objects.create(
        run=run, dataset="demo", pack=run.pack, model_id=run.model_id,
        first=SESSION, last=SESSION, matrix_sha="1" * 64, trees_sha="2" * 64,
        card={"report": {}}, **{name: run.fingerprint[name] for name in names},
    )  # fmt: skip


@pytest.fixture
def evidence():
    """One row of each table of evidence; the backtest's is of a trial."""
    run = make_run(kind=Run.Kind.BACKTEST)
    trial = make_trial(run)
    backtest = make_backtest(run, trial=trial)
    sweep = make_run(kind=Run.Kind.CALIBRATE)
    cell = SweepCell.objects.create(run=sweep, number=3, params={"adx_min": 24.0},
                                    swept={"trades": 61})  # fmt: skip
    training = train(make_run(kind=Run.Kind.TRAIN))
    rows = (training, backtest, trial.family, trial, cell)
    return dict(zip(EVIDENCE, rows, strict=True))


@pytest.mark.parametrize("model", OURS + EVIDENCE + PEOPLES)
def test_an_admin_sees_all_lists(staff, signal, model):
    assert staff.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", OURS + EVIDENCE)
def test_a_viewer_who_is_staff_sees_the_signals_db(staff_viewer, signal, model):
    assert staff_viewer.get(reverse(f"admin:{model}_changelist")).status_code == 200


@pytest.mark.parametrize("model", PEOPLES)
def test_a_viewer_who_is_staff_sees_no_people(staff_viewer, model):
    assert staff_viewer.get(reverse(f"admin:{model}_changelist")).status_code == 403


@pytest.mark.parametrize("action", ["add", "delete", "change"])
def test_a_signal_is_not_changed(staff, signal, action):
    at = [] if action == "add" else [signal.pk]
    answer = staff.post(reverse(f"admin:signals_signal_{action}", args=at), {})
    assert answer.status_code == 403


def test_a_signal_is_shown_whole(staff, signal):
    page = staff.get(reverse("admin:signals_signal_change", args=[signal.pk]))
    assert "=HYPERLINK(1)" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["q=AA", "current__exact=1", "session__year=2023", "of_dataset=demo"]
)
def test_signals_are_found(staff, signal, query):
    page = staff.get(reverse("admin:signals_signal_changelist") + "?" + query)
    assert page.context["cl"].result_count == 1


def test_signals_are_listed_in_a_fixed_number_of_queries(
    staff, signal, django_assert_max_num_queries
):
    for rank in range(2, 12):
        make_signal(signal.run, rank=rank)
    with django_assert_max_num_queries(14):
        staff.get(reverse("admin:signals_signal_changelist"))


def test_an_export_runs_no_formula(staff, signal):
    address = reverse("admin:signals_signal_changelist")
    chosen = {"action": "export_csv", "_selected_action": [signal.pk]}
    answer = staff.post(address, chosen)
    text = b"".join(answer.streaming_content).decode()
    (row,) = csv.DictReader(io.StringIO(text))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (row["ticker"], row["name"]) == ("AAA", "'=HYPERLINK(1)")
    assert float(row["score_total"]) == signal.score_total


@pytest.mark.parametrize("kind", [Schedule, Success, Failure, OrmQ])
def test_no_row_of_the_queue_is_there(kind):
    assert not admin.site.is_registered(kind)


def test_a_token_shows_no_hash(staff, viewer):
    token, _ = services.create_token(user=viewer, name="mine", scopes=["viewer"])
    page = staff.get(reverse("admin:accounts_apitoken_change", args=[token.pk]))
    assert token.sha not in page.content.decode()


def test_tokens_are_revoked(staff, viewer):
    token, _ = services.create_token(user=viewer, name="mine", scopes=["viewer"])
    chosen = {"action": "revoke", "_selected_action": [token.pk]}
    staff.post(reverse("admin:accounts_apitoken_changelist"), chosen)
    assert ApiToken.objects.get().revoked_at


def test_nobody_is_made_a_superuser(staff, viewer):
    address = reverse("admin:auth_user_change", args=[viewer.pk])
    fields = {"username": "viewer", "is_active": "on", "is_superuser": "on"}
    assert staff.post(address, fields).status_code == 302
    assert not User.objects.filter(is_superuser=True).exists()


def test_a_login_link_is_made_for_a_person(staff, viewer):
    chosen = {"action": "make_login_link", "_selected_action": [viewer.pk]}
    page = staff.post(reverse("admin:auth_user_changelist"), chosen)
    secret = page.context["address"].rstrip("/").rpartition("/")[2]
    assert services.find_login_link(secret).user == viewer
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("model", EVIDENCE)
def test_evidence_is_shown_and_not_changed(staff, evidence, model):
    row = evidence[model]
    page = staff.get(reverse(f"admin:{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    for action, at in (("add", []), ("change", [row.pk]), ("delete", [row.pk])):
        address = reverse(f"admin:{model}_{action}", args=at)
        assert staff.post(address, {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("signals_trainedmodel", "q=universe_eq&pack=swingsigma"),
        ("signals_backtest", "kind=scanner&gate_passed__exact=1"),
        ("signals_trial", "origin__exact=backtest&q=universe_eq"),
        ("signals_sweepcell", "q={run}"),
    ],
)
def test_evidence_is_found(staff, evidence, model, query):
    asked = query.format(run=evidence["signals_sweepcell"].run_id)
    page = staff.get(reverse(f"admin:{model}_changelist") + "?" + asked)
    assert page.context["cl"].result_count == 1


def test_an_export_of_trials_holds_no_bytes(staff, evidence):
    trial = evidence["signals_trial"]
    chosen = {"action": "export_csv", "_selected_action": [trial.pk]}
    answer = staff.post(reverse("admin:signals_trial_changelist"), chosen)
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert not {"sessions", "returns", "excess"} & set(row)
    assert row["config_sha"] == trial.config_sha


def test_a_list_of_trials_reads_no_arrays(
    staff, evidence, django_assert_max_num_queries
):
    for config in "bcdefg":
        make_trial(evidence["signals_trial"].run, config=config)
    with django_assert_max_num_queries(16) as asked:
        staff.get(reverse("admin:signals_trial_changelist"))
    assert not [query for query in asked if '"excess"' in query["sql"]]


def test_trainings_come_newest_first(staff):
    older, newer = (train(make_run(kind=Run.Kind.TRAIN)) for _ in range(2))
    assert list(TrainedModel.objects.all()) == [newer, older]
    page = staff.get(reverse("admin:signals_trainedmodel_changelist"))
    assert list(page.context["cl"].queryset) == [newer, older]
