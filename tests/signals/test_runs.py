"""The life of a run: claimed once, written by its holder alone, ended in words."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from django_q.models import OrmQ

import tests.toys.jobs  # makes the kind `toy` known
from sigma_core.errors import BadInput, Cancelled, Problem, UnknownName
from signals.jobs import base
from signals.models import Run
from signals.services import endings, leases, recorder, runs, work
from signals.services.leases import LostRun

pytestmark = pytest.mark.django_db


def toy(**params: object) -> Run:
    """A queued run of the toy job."""
    return runs.create_run(kind="toy", params=params)


def expire(run: Run) -> None:
    """Let the lease of a run have run out."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(lease_until=past)


def test_it_ends_a_good_run_whole() -> None:
    run = runs.execute_here(toy(signals=3))
    assert (run.status, run.percent, run.attempt) == ("succeeded", 100, 1)
    assert [step["status"] for step in run.steps] == ["done", "done"]
    assert run.signals.count() == 3
    assert run.peak_memory_bytes > 2**20
    assert (run.token, run.lease_until, run.doing) == (None, None, "")
    assert (endings.run_folder(run.pk) / "toy.txt").read_text() == "made\n"
    assert not (endings.run_folder(run.pk) / "attempt_1").exists()


def test_it_stores_what_is_not_known_as_null() -> None:
    assert runs.execute_here(toy()).summary["nan"] is None


def test_it_claims_a_run_once() -> None:
    run = toy()
    assert leases.claim(run.pk) is not None
    assert leases.claim(run.pk) is None


def test_it_refuses_the_write_of_a_stale_token() -> None:
    run = toy()
    stale = leases.claim(run.pk)
    expire(run)
    assert runs.reap(timezone.now()) == [run.pk]
    holder = leases.claim(run.pk)
    for write in (
        lambda: stale.write(percent=50),
        lambda: stale.renew(),
        lambda: endings.cancel(stale),
    ):
        with pytest.raises(LostRun):
            write()
    holder.write(percent=10)
    run.refresh_from_db()
    assert (run.percent, run.attempt, run.status) == (10, 2, "running")


def test_it_lets_no_stale_worker_write_results() -> None:
    run = toy(signals=3)
    stale = leases.claim(run.pk)
    Run.objects.filter(pk=run.pk).update(token=uuid.uuid4())
    with pytest.raises(LostRun):
        work.perform(stale)
    assert not run.signals.exists()


def test_it_fails_with_the_problems_of_bad_input() -> None:
    run = toy(do="refuse")
    with pytest.raises(BadInput):
        runs.execute_here(run)
    run.refresh_from_db()
    assert (run.status, run.reason_code) == ("failed", "toy.refused")
    assert run.reason == "toy: it won't do."
    assert run.problems[0]["hint"] == "Ask less."
    assert [step["status"] for step in run.steps] == ["failed", "waiting"]


def test_it_fails_without_raising_where_data_is_missing() -> None:
    run = runs.execute_here(toy(do="miss"))
    assert (run.status, run.reason_code) == ("failed", "toy.missing")


def test_it_says_so_when_something_breaks() -> None:
    run = runs.execute_here(toy(do="break"))
    assert (run.status, run.reason_code) == ("failed", "error.unexpected")
    assert "ZeroDivisionError" in run.reason
    assert "on purpose" in run.log
    assert run.problems[0]["hint"]


def test_it_leaves_nothing_when_the_last_write_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = toy(signals=2)
    lease = leases.claim(run.pk)

    def torn(*args: object, **fields: object) -> None:
        raise RuntimeError("torn")

    monkeypatch.setattr(endings, "_keep_artifacts", torn)
    work.perform(lease)
    run.refresh_from_db()
    assert run.status == "failed"
    assert not run.signals.exists()


def test_it_hears_a_cancel_at_its_next_progress() -> None:
    run = toy()
    lease = leases.claim(run.pk)
    runs.cancel_run(run=run, user=None)
    with pytest.raises(Cancelled):
        lease.write(percent=1)
    work.perform(lease)
    run.refresh_from_db()
    assert (run.status, run.reason_code) == ("cancelled", "run.cancelled")


def test_it_cancels_a_waiting_run_at_once(viewer: User) -> None:
    run = runs.cancel_run(run=toy(), user=viewer)
    assert (run.status, run.reason) == (
        "cancelled",
        "Cancelled by viewer before it started.",
    )
    assert leases.claim(run.pk) is None


def test_it_has_nothing_to_cancel_in_a_run_that_ended() -> None:
    run = runs.execute_here(toy())
    with pytest.raises(BadInput, match=r"run\.ended"):
        runs.cancel_run(run=run, user=None)


def test_it_tries_a_failed_run_again_as_a_new_one() -> None:
    failed = runs.execute_here(toy(do="miss"))
    again = runs.retry_run(run=failed, user=None)
    assert again.pk != failed.pk
    assert (again.params, again.status) == (failed.params, "queued")
    with pytest.raises(BadInput, match=r"run\.active"):
        runs.retry_run(run=again, user=None)


def test_it_queues_a_lost_run_once_then_fails_it() -> None:
    run = toy()
    for attempt, status in ((1, "queued"), (2, "failed")):
        leases.claim(run.pk)
        expire(run)
        runs.reap(timezone.now())
        run.refresh_from_db()
        assert (run.attempt, run.status) == (attempt, status)
    assert run.reason_code == "worker_died"
    assert "tried 2 times" in run.reason
    assert run.problems[0]["hint"]


def test_it_leaves_a_run_whose_lease_holds() -> None:
    run = toy()
    leases.claim(run.pk)
    assert runs.reap(timezone.now()) == []


def test_it_ends_a_lost_run_that_was_to_be_cancelled() -> None:
    run = toy()
    leases.claim(run.pk)
    runs.cancel_run(run=run, user=None)
    expire(run)
    runs.reap(timezone.now())
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_it_rings_again_for_a_forgotten_run() -> None:
    run = runs.enqueue_run(kind="toy", params={}, user=None)
    OrmQ.objects.all().delete()
    later = timezone.now() + dt.timedelta(minutes=5)
    assert runs.reap(later) == [run.pk]
    assert runs.reap(later) == []  # it has just rung
    assert OrmQ.objects.count() == 1


def test_it_hands_a_run_back_without_using_up_an_attempt() -> None:
    run = toy()
    leases.claim(run.pk).hand_back()
    run.refresh_from_db()
    assert (run.status, run.attempt) == ("queued", 0)
    assert runs.reap(timezone.now()) == [run.pk]


def test_it_gives_one_run_for_one_key(viewer: User, operator: User) -> None:
    ask = {"kind": "toy", "params": {}, "user": viewer, "idempotency_key": "k1"}
    run = runs.enqueue_run(**ask)
    assert runs.enqueue_run(**ask) == run
    assert OrmQ.objects.count() == 1
    with pytest.raises(BadInput, match=r"idempotency\.reused"):
        runs.enqueue_run(**(ask | {"params": {"signals": 1}}))
    theirs = runs.enqueue_run(**(ask | {"user": operator}))
    assert theirs != run
    assert runs.enqueue_run(**(ask | {"user": operator})) == theirs


@pytest.mark.parametrize(
    ("params", "code", "where"),
    [
        ({"secs": 1}, "params.unknown", "/secs"),
        ({"do": "dance"}, "params.invalid", "/do"),
        ({"signals": "3"}, "params.invalid", "/signals"),
    ],
)
def test_it_refuses_wrong_parameters(
    params: dict[str, object], code: str, where: str
) -> None:
    with pytest.raises(BadInput) as refused:
        runs.enqueue_run(kind="toy", params=params, user=None)
    assert (refused.value.code, refused.value.problems[0].where) == (code, where)
    assert not Run.objects.exists()


def test_it_refuses_an_unknown_kind() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'toy'"):
        runs.enqueue_run(kind="toys", params={}, user=None)


def test_it_keeps_the_end_of_a_long_log() -> None:
    run = toy()
    job = tests.toys.jobs.TOY
    book = recorder.Recorder(
        leases.claim(run.pk), job, log="", listener=recorder.silent
    )
    for line in range(5_000):
        book.log(f"line {line}")
    assert len(book.tail) == endings.LOG_TAIL
    assert book.tail.endswith("line 4999\n")


def test_the_reason_names_the_first_place_and_counts_the_others() -> None:
    run = toy()
    problems = [Problem("toy.no", name, "it won't do.") for name in ("AAA", "BBB", "C")]
    endings.fail_on(leases.claim(run.pk), BadInput(problems))
    run.refresh_from_db()
    assert run.reason == "AAA: it won't do. And 2 more."
    assert len(run.problems) == 3


def test_a_name_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(BadInput) as caught:
        base.parse_params(base.job_of("ingest"), {"paths": ["a"], "dataset": "My Bars"})
    (problem,) = caught.value.problems
    assert (problem.where, problem.message) == ("/dataset", "'My Bars' is no name.")
    assert "a-z, 0-9 and _" in problem.hint
