"""Whether the site can do its work: named checks, each with what to do about it.

One list for the page, `/healthz` and `manage.py doctor`. `fail` means that something
asked of the site now would not happen; `warn` that it will, but look soon.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Q
from django.utils import timezone

from packs_app import services as packs
from sigma_core.errors import SigmaError
from signals.models import Heartbeat, PreviewOutcome, Run
from signals.queries import bars
from signals.services import keeper

Status = Literal["ok", "warn", "fail"]
#: a queued run waits this long before it counts as stuck
QUEUE_LIMIT = timedelta(minutes=5)
DISK_WARN, DISK_FAIL = 5 * 2**30, 2**29
#: the file system's clock and ours may differ by this much
CLOCK_LIMIT = timedelta(seconds=5)
MONTH = timedelta(days=30)
#: a greater share of failed previews warns, once there were so many
PREVIEWS_WARN, PREVIEWS_FEWEST = 0.25, 8


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `fix` is empty where nothing is to be done."""

    name: str
    status: Status
    value: str
    limit: str
    message: str
    fix: str = ""


def checks() -> list[Check]:
    """All checks, in the order in which one would look."""
    now = timezone.now()
    found = [_guarded("database", database, now)]
    if found[0].status == "fail":
        return [*found, _guarded("disk", disk, now)]  # the others ask the database
    for name, look in LOOKS.items():
        found.append(_guarded(name, look, now))
    return [*found, *_datasets(now)]


def is_healthy(found: list[Check]) -> bool:
    """Whether nothing fails; what only warns does not stop the site."""
    return all(check.status != "fail" for check in found)


def _guarded(name: str, look: Callable[[datetime], Check], now: datetime) -> Check:
    """A check that breaks is a check that fails."""
    try:
        return look(now)
    except (OSError, DatabaseError, ValueError, SigmaError) as error:
        return Check(
            name,
            "fail",
            type(error).__name__,
            "",
            "This could not be looked at.",
            "The log of the web process says more.",
        )


def database(now: datetime) -> Check:
    """Can be written, and has the tables this version wants."""
    kind = connection.vendor
    with connection.cursor() as cursor:
        # takes the write lock and changes nothing: no row has this name
        cursor.execute("UPDATE signals_heartbeat SET pid = pid WHERE name = ''")
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        message = f"{len(waiting)} migrations have not been applied."
        return Check(
            "database",
            "fail",
            kind,
            "",
            message,
            "Run manage.py migrate, then restart.",
        )
    return Check("database", "ok", kind, "", "Can be written; its tables are current.")


def worker(now: datetime) -> Check:
    """Some worker gave a sign of life in its last rounds."""
    limit = f"{4 * keeper.ROUND:.0f} s"
    beat = Heartbeat.objects.filter(name=keeper.WORKER).first()
    fix = "Start one: manage.py worker (or `make run`, which brings one)."
    if beat is None:
        message = "No worker has ever been seen: queued runs wait."
        return Check("worker", "fail", "never seen", limit, message, fix)
    age = now - beat.seen_at
    value = f"seen {age.total_seconds():.0f} s ago on {beat.host}"
    if not keeper.is_worker_alive(now):
        message = "The worker is gone: queued runs wait."
        return Check("worker", "fail", value, limit, message, fix)
    return Check("worker", "ok", value, limit, "A worker takes up what is queued.")


def queue(now: datetime) -> Check:
    """The oldest run that waits does not wait for long."""
    limit = f"{QUEUE_LIMIT.total_seconds():.0f} s"
    waiting = Run.objects.filter(status=Run.Status.QUEUED).order_by("created_at")
    oldest = waiting.first()
    if oldest is None:
        return Check("queue", "ok", "empty", limit, "No run waits.")
    age = now - oldest.created_at
    value = f"{waiting.count()} waiting, the oldest for {age.total_seconds():.0f} s"
    if age < QUEUE_LIMIT:
        return Check("queue", "ok", value, limit, "Runs wait for their turn.")
    message = f"Run {oldest.pk} has waited for too long."
    fix = "See the check of the worker; or cancel what is not needed on Runs."
    return Check("queue", "warn", value, limit, message, fix)


def leases(now: datetime) -> Check:
    """No run is called running long after its worker stopped renewing it."""
    limit = "90 s past the lease"
    stuck = Run.objects.expired(now - timedelta(seconds=90)).count()
    if not stuck:
        return Check("leases", "ok", "0 stuck", limit, "Running runs are alive.")
    message = "Runs have lost their worker and were not taken back."
    fix = "A worker takes them back within seconds of starting."
    return Check("leases", "fail", f"{stuck} stuck", limit, message, fix)


def disk(now: datetime) -> Check:
    """Room for bars, arrays and artifacts."""
    free = shutil.disk_usage(settings.SIGMA_HOME).free
    value, limit = f"{free / 2**30:.1f} GB free", f"{DISK_WARN / 2**30:.0f} GB"
    fix = f"Make room where SIGMA_HOME is, or move it: {settings.SIGMA_HOME}."
    if free < DISK_FAIL:
        return Check("disk", "fail", value, limit, "The disk is full.", fix)
    if free < DISK_WARN:
        return Check("disk", "warn", value, limit, "The disk is nearly full.", fix)
    return Check("disk", "ok", value, limit, "There is room.")


def packs_on_disk(now: datetime) -> Check:
    """All definition files can be read."""
    found = packs.list_packs()
    broken = [view.id for view in found if view.problems]
    value = f"{len(found)} packs"
    if not found:
        fix = f"Put packs in {settings.SIGMA_PACKS}, or set SIGMA_PACKS."
        return Check("packs", "fail", value, "", "There are no packs.", fix)
    if broken:
        message = f"Problems in: {', '.join(broken)}."
        return Check("packs", "warn", value, "", message, "See the pack's problems.")
    return Check("packs", "ok", value, "", "All definitions can be read.")


def calendar(now: datetime) -> Check:
    """The exchange's sessions are known for the days to come."""
    # pandas and the calendars come with it: not at start-up
    from sigma_core.sessions import exchange

    sessions = exchange()
    value = f"{sessions.name}, exchange_calendars {sessions.version}"
    last = sessions.last_finished(now)
    return Check("calendar", "ok", value, "", f"The last finished session is {last}.")


def compiled_kernels(now: datetime) -> Check:
    """The indicators are compiled, so that the first scan does not wait for it."""
    # pandas comes with them, numba does not: nothing is compiled here
    from sigma_core.indicators import kernels

    wanted = len(packs.list_cards())
    folder = kernels.use_cache(settings.SIGMA_KERNELS)
    there = len({path.name.split("-")[0] for path in folder.rglob("*.entry_*.nbi")})
    value = f"{there} of {wanted}"
    if there >= wanted:
        return Check("kernels", "ok", value, "", "All indicators are compiled.")
    message = "The next scan compiles what it needs first, which takes a minute."
    fix = "Run manage.py warm_kernels."
    return Check("kernels", "warn", value, "", message, fix)


def clock(now: datetime) -> Check:
    """Our clock agrees with the database's and is not before what it has seen."""
    limit = f"{CLOCK_LIMIT.total_seconds():.0f} s"
    newest = Run.objects.order_by("-created_at").values_list("created_at", flat=True)
    ahead = (newest[0] - now) if newest[:1] else timedelta()
    value = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if ahead > CLOCK_LIMIT:
        message = f"The clock is {ahead.total_seconds():.0f} s before the newest run."
        fix = "Set the machine's clock; NTP keeps it right."
        return Check(
            "clock", "fail", f"{now:%Y-%m-%d %H:%M:%S} UTC", limit, message, fix
        )
    value = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Check("clock", "ok", value, limit, "The clock runs forward.")


def previews(now: datetime) -> Check:
    """How many previews of the last 30 days failed or were refused."""
    limit = f"{PREVIEWS_WARN:.0%} failed"
    counts = PreviewOutcome.objects.filter(created_at__gte=now - MONTH).aggregate(
        all=Count("id"), failed=Count("id", filter=~Q(status__in=("ok", "warn")))
    )
    if not counts["all"]:
        message = "Nobody has looked at a preview for 30 days."
        return Check("previews", "ok", "none in 30 days", limit, message)
    share = counts["failed"] / counts["all"]
    value = f"{counts['failed']} of {counts['all']} failed in 30 days ({share:.1%})"
    if share <= PREVIEWS_WARN or counts["all"] < PREVIEWS_FEWEST:
        message = "Columns are there when models are looked at."
        return Check("previews", "ok", value, limit, message)
    worst = (
        PreviewOutcome.objects.filter(created_at__gte=now - MONTH)
        .exclude(status__in=("ok", "warn"))
        .order_by()
        .values("pack", "model_id", "code")
        .annotate(times=Count("id"))
        .order_by("-times", "pack", "model_id")[0]
    )
    message = (
        f"Most often: {worst['pack']}/{worst['model_id']}, {worst['code']}, "
        f"{worst['times']} times."
    )
    fix = "Open that model and look at its Preview: each cause has its fix."
    return Check("previews", "warn", value, limit, message, fix)


#: name → look; the database is looked at before them
LOOKS: dict[str, Callable[[datetime], Check]] = {
    "worker": worker,
    "queue": queue,
    "leases": leases,
    "disk": disk,
    "packs": packs_on_disk,
    "kernels": compiled_kernels,
    "previews": previews,
    "calendar": calendar,
    "clock": clock,
}


def _datasets(now: datetime) -> Iterator[Check]:
    """One check for each dataset: how old its last bar is."""
    names = bars.dataset_names()
    if not names:
        yield Check(
            "bars",
            "warn",
            "none",
            "",
            "No dataset holds bars.",
            "Run manage.py quickstart for the demo market, or ingest bars on Data.",
        )
    for name in names:
        yield _guarded(f"bars {name}", lambda at, name=name: dataset(name, at), now)


def dataset(name: str, now: datetime) -> Check:
    """The last bar of a dataset against the last finished session."""
    from sigma_core.quality.fresh import check_fresh  # pandas
    from sigma_core.sessions import exchange  # as above

    build = bars.newest_build(name)
    limit = "the last finished session, 95 % of the usual tickers"
    if build is None or not len(build.times):
        message = "It holds no bars that can be read yet."
        return Check(f"bars {name}", "warn", "none", limit, message, "Ingest bars.")
    last: date = build.times[-1].astype("datetime64[D]").item()
    if bars.is_marked_synthetic(name):
        message = "A synthetic market: it ends where it was made to."
        return Check(f"bars {name}", "ok", f"to {last}", "", message)
    sessions = exchange()
    finished = sessions.last_finished(now)
    if last > finished:
        message = f"Its last bar is later than the last finished session, {finished}."
        fix = "If that session is still going on, wait; else a date in a file is wrong."
        return Check(f"bars {name}", "warn", f"to {last}", limit, message, fix)
    missing = len(sessions.between(last, finished)) - 1
    value = f"to {last}, {max(missing, 0)} sessions behind"
    problems = check_fresh(build.held, build.times, last_finished=finished)
    if not problems:
        message = "Its bars are current, and as many tickers have one as usual."
        return Check(f"bars {name}", "ok", value, limit, message)
    message = " ".join(problem.message for problem in problems)
    fix = "Ingest newer bars on Data, or with manage.py ingest_bars."
    if any(problem.severity == "error" for problem in problems):
        message = f"Stale (D11): {message} Nightly and live don't run on these."
    return Check(f"bars {name}", "warn", value, limit, message, fix)
