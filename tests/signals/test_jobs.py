"""The jobs: what they may be asked, and what their end writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from sigma_core.errors import BadInput
from signals.models import ConfigSnapshot, Run, Signal, SignalList, ts_of
from signals.services import ingests, keeper, runs, scans, uploads, watch
from signals.services.leases import Lease
from tests.builders import MODEL, SESSION, SHAS, make_run, make_signal

pytestmark = pytest.mark.django_db
CSV = b"date,open,high,low,close,volume\n2017-06-28,10,11,9,10.5,1000\n"


@dataclass
class Result:
    """What a scan gives back, as far as its end reads it."""

    tickers: tuple[str, ...]
    output_sha: str = "1" * 64
    dataset: str = "demo"
    session: dt.date = SESSION
    ts: dt.datetime = field(default_factory=lambda: ts_of(SESSION))
    fingerprint: Mapping[str, Any] = field(default_factory=lambda: SHAS)

    @property
    def signals(self) -> list[SimpleNamespace]:
        """One plausible signal for each ticker."""
        plausible = make_signal()
        values = {name: getattr(plausible, name) for name in scans.FROM_ENGINE}
        plausible.delete()
        plausible.run.delete()
        return [
            SimpleNamespace(**(values | {"ticker": ticker, "rank": rank}))
            for rank, ticker in enumerate(self.tickers, start=1)
        ]

    @property
    def contents(self) -> list[tuple[str, str, str, dict[str, object]]]:
        """Two frozen definitions."""
        return [
            ("policy", "topn", "p" * 64, {"top_n": 5, "max": float("inf")}),
            ("universe", "all", "u" * 64, {"base": "all"}),
        ]


def started(minutes: int) -> Run:
    """A scan that started some minutes after the first."""
    first = dt.datetime(2023, 7, 1, tzinfo=dt.UTC)
    return make_run(started_at=first + dt.timedelta(minutes=minutes))


def current() -> list[str]:
    """The tickers of the current list."""
    rows = Signal.objects.current().order_by("rank")
    return list(rows.values_list("ticker", flat=True))


def test_it_moves_current_to_the_newer_run() -> None:
    old, new = started(0), started(1)
    scans.save_scan(old, result=Result(("AAA", "BBB")))
    said = scans.save_scan(new, result=Result(("BBB", "CCC"), "2" * 64))
    assert said == {"revision": 2}
    assert current() == ["BBB", "CCC"]
    assert old.signals.count() == 2  # still readable


def test_it_counts_no_revision_for_the_same_output() -> None:
    first, again = started(0), started(1)
    assert scans.save_scan(first, result=Result(("AAA",))) == {"revision": 1}
    said = scans.save_scan(again, result=Result(("AAA",)))
    assert said == {"revision": 1, "unchanged": True, "same_as": first.pk}
    assert SignalList.objects.get().run == again
    # each run has its own rows, and one of them is current
    rows = Signal.objects.order_by("run").values_list("run", "revision", "current")
    assert set(rows) == {(first.pk, 1, False), (again.pk, 1, True)}


def test_it_lets_an_empty_list_take_the_place_of_a_full_one() -> None:
    scans.save_scan(started(0), result=Result(("AAA",)))
    scans.save_scan(started(1), result=Result((), "2" * 64))
    assert current() == []
    assert SignalList.objects.get().revision == 2


def test_it_keeps_an_overtaken_run_out_of_the_current_list() -> None:
    slow, quick = started(0), started(1)
    scans.save_scan(quick, result=Result(("AAA",)))
    said = scans.save_scan(slow, result=Result(("ZZZ",), "2" * 64))
    assert said == {"revision": 0}
    assert current() == ["AAA"]
    assert slow.signals.get().revision == 0


def test_it_freezes_a_definition_once() -> None:
    for minutes in (0, 1):
        scans.save_scan(started(minutes), result=Result(()))
    assert ConfigSnapshot.objects.count() == 2
    assert [run.inputs.count() for run in Run.objects.all()] == [2, 2]
    assert ConfigSnapshot.objects.get(kind="policy").content["max"] is None


def upload(name: str, content: bytes = CSV) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def test_it_ingests_an_upload_by_its_content(operator: User) -> None:
    ask = {"params": {"dataset": "main"}, "user": operator, "idempotency_key": "u1"}
    run = ingests.enqueue_upload(files=[upload("BRK.B.csv")], **ask)
    again = ingests.enqueue_upload(files=[upload("BRK.B.csv")], **ask)
    assert again == run
    (path,) = run.params["paths"]
    assert uploads.find_upload(path).read_bytes() == CSV
    assert path.endswith("/BRK.B.csv")  # the ticker stands in the name


def cancelled_in(
    monkeypatch: pytest.MonkeyPatch, target: str, *, run: Run
) -> list[bool]:
    """Cancel the run where the engine calls this; what the watch then thinks of it."""
    whole = resolve_name(target)
    seen: list[bool] = []

    def cancelling(*args: object, **options: object) -> object:
        runs.cancel_run(run=run, user=None)
        lease = Lease(run.pk, Run.objects.get(pk=run.pk).token, 1)
        seen.append(watch.Watch(lease, None, lambda: False)._is_to_stop())
        return whole(*args, **options)

    owner, _, name = target.rpartition(".")
    monkeypatch.setattr(resolve_name(owner), name, cancelling)
    return seen


@pytest.mark.parametrize("method", ["append", "arrays"])
def test_a_cancel_after_the_write_began_is_too_late(
    operator: User, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    ask = {"params": {"dataset": f"late_{method}"}, "user": operator}
    files = [upload("BRK.B.csv")]
    run = ingests.enqueue_upload(files=files, idempotency_key="u1", **ask)
    target = f"sigma_core.bars.history.BarStore.{method}"
    seen = cancelled_in(monkeypatch, target, run=run)
    run = runs.execute_here(run)
    assert (run.status, run.reason_code, run.percent) == ("succeeded", "ok", 100)
    assert run.summary["rows_new"] == 1
    assert run.cancel_requested
    assert seen == [False]


def test_a_cancel_before_the_write_leaves_nothing(
    operator: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = {"params": {"dataset": "early"}, "user": operator, "idempotency_key": "u1"}
    run = ingests.enqueue_upload(files=[upload("BRK.B.csv")], **ask)
    seen = cancelled_in(monkeypatch, "sigma_core.ingest.bars._judge", run=run)
    run = runs.execute_here(run)
    assert (run.status, run.reason_code) == ("cancelled", "run.cancelled")
    assert not list((settings.SIGMA_HOME / "datasets/early").rglob("*.parquet"))
    assert seen == [True]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\bars\\AAPL.csv", "AAPL.csv"),
        (".hidden.csv", "hidden.csv"),
        ("a b;c$(x).csv", "a_b_c_x_.csv"),
        ("x" * 300 + ".csv", "x" * 96 + ".csv"),
    ],
)
def test_it_makes_a_file_name_plain(name: str, kept: str) -> None:
    assert uploads.plain_name(name) == kept


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([], "upload.none"),
        ([upload("bars.exe")], "upload.kind"),
        ([upload("bars.csv", b"")], "upload.empty"),
        ([upload("a.csv")] * 201, "upload.many"),
    ],
)
def test_it_refuses_files_it_can_not_take(
    operator: User, files: list[SimpleUploadedFile], code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        ingests.enqueue_upload(files=files, params={}, user=operator)
    assert refused.value.code == code
    assert not Run.objects.exists()


def test_it_refuses_an_upload_that_is_too_large(
    operator: User, settings: object
) -> None:
    settings.SIGMA_UPLOAD_BYTES = 10
    with pytest.raises(BadInput, match=r"upload\.size"):
        ingests.enqueue_upload(files=[upload("a.csv")], params={}, user=operator)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../secret_key", "a/../../secret_key", "a\x00b", "x/y.csv"]
)
def test_it_reads_no_file_the_web_names(operator: User, path: str) -> None:
    params = {"paths": [path]}
    with pytest.raises(BadInput):
        runs.enqueue_run(kind="ingest", params=params, user=operator)
    assert not Run.objects.exists()


def test_it_lets_a_command_name_any_file(tmp_path: Path) -> None:
    file = tmp_path / "AAA.csv"
    file.write_bytes(CSV)
    params = {"paths": [str(file)]}
    run = runs.enqueue_run(kind="ingest", params=params, user=None)
    assert run.dataset == "main"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"pack": "swingsigma"}, "params.missing"),
        ({"pack": "../x", "model_id": "y"}, "params.invalid"),
        ({"pack": "swingsigma", "model_id": MODEL, "as_of": "foo"}, "params.invalid"),
        (
            {"pack": "swingsigma", "model_id": MODEL, "as_of": "2025-02-30"},
            "params.invalid",
        ),
        (
            {"pack": "swingsigma", "model_id": MODEL, "as_of": "2017-07-04"},
            "sessions.closed",
        ),
        ({"pack": "nosuch", "model_id": MODEL}, "unknown.pack"),
        ({"pack": "swingsigma", "model_id": "x\x00"}, "params.invalid"),
        ({"pack": "swingsigma", "model_id": MODEL, "top": 1}, "params.unknown"),
    ],
)
def test_it_refuses_a_scan_before_it_is_queued(
    builder_user: User, params: dict[str, object], code: str
) -> None:
    with pytest.raises(BadInput) as refused:
        runs.enqueue_run(kind="scan", params=params, user=builder_user)
    assert refused.value.code == code
    assert not Run.objects.exists()


def test_it_knows_of_a_worker_that_lives() -> None:
    now = timezone.now()
    assert not keeper.is_worker_alive(now)
    keeper.Keeper().turn()
    assert keeper.is_worker_alive(timezone.now())
    assert not keeper.is_worker_alive(now + dt.timedelta(minutes=1))
