"""The trial ledger: each configuration once, whoever tried it and how often."""

from __future__ import annotations

import datetime as dt
import json
import threading

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from scipy import stats

from sigma_core.evidence.significance import p_values
from signals.models import Backtest, Family, Run, Trial
from signals.services import judging, tags, trials
from tests.builders import make_run
from tests.definitions import examples
from tests.signals.evidence import days, make_backtest, make_trial, noise


@pytest.mark.django_db
def test_a_trial_keeps_what_luck_is_counted_from():
    returns = np.array([0.02, -0.01, 0.03])
    make_trial(returns=returns, benchmark_returns=[0.01, 0.0, -0.01])
    trial = Trial.objects.get()
    assert np.frombuffer(trial.excess, "<f8") == pytest.approx([0.01, -0.01, 0.04])
    assert np.frombuffer(trial.returns, "<f8").tolist() == returns.tolist()
    assert (trial.first, trial.last) == (dt.date(2021, 1, 4), dt.date(2021, 1, 6))
    assert trial.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1))
    assert trial.skew == pytest.approx(stats.skew(returns))


@pytest.mark.django_db
def test_a_rerun_is_no_new_trial_and_its_longest_returns_are_kept_as_by_hand():
    (looks,) = examples("kept")
    series = {}
    for at, row in enumerate(looks.rows):
        hour = int(row["started"].partition(":")[0])
        run = make_run(started_at=dt.datetime(2022, 1, 3, hour, tzinfo=dt.UTC))
        count, first = int(row["sessions"]), dt.date.fromisoformat(row["first"])
        series[row["run"]] = (run, noise(at, count))
        sessions, origin = days(count, first), row["origin"]
        make_trial(run, returns=noise(at, count), sessions=sessions, origin=origin)
        trial = Trial.objects.get()
        wanted, returns = series[row["kept"]]
        assert trial.run == wanted, row
        assert np.frombuffer(trial.returns, "<f8").tolist() == returns.tolist()


@pytest.mark.django_db
def test_a_shorter_look_leaves_the_p_as_it_is():
    make_trial(returns=noise(1))
    judging.judge_due()
    p = Trial.objects.get().p_value
    make_trial(returns=noise(2, 63, edge=0.01))
    judging.judge_due()
    assert Trial.objects.get().p_value == p > 0.05


@pytest.mark.django_db
def test_another_configuration_dataset_cadence_or_horizon_is_a_new_one():
    make_trial()
    make_trial(config="b")
    for other in ({"dataset": "main"}, {"cadence": "5m"}, {"horizon": 10}):
        make_trial(**other)
    assert Trial.objects.count() == 5
    assert Family.objects.count() == 4


@pytest.mark.django_db
def test_deleting_a_run_keeps_its_trial():
    run = make_run(kind=Run.Kind.BACKTEST)
    make_backtest(run, trial=make_trial(run))
    run.delete()
    assert Trial.objects.get().run is None
    assert not Backtest.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"returns": [0.01, np.nan]},
        {"returns": []},
        {"benchmark_returns": [0.0]},
        {"sessions": [dt.date(2021, 1, 5), dt.date(2021, 1, 4)]},
    ],
)
def test_series_that_do_not_match_are_refused_and_leave_nothing(wrong):
    given = {"returns": [0.01, 0.02], "benchmark_returns": [0.0, 0.0]} | wrong
    with pytest.raises(ValueError, match="trial"), transaction.atomic():
        make_trial(**given)
    assert not Family.objects.exists()


@pytest.mark.django_db
def test_a_family_is_judged_as_the_engine_does():
    board = np.stack([noise(seed, 300) for seed in range(20)], axis=1)
    board[:, 4] += 0.003
    for at, returns in enumerate(board.T):
        make_trial(config=chr(97 + at), returns=returns)
    assert judging.judge_due() == 1
    found = list(Trial.objects.order_by("pk"))
    p = [trial.p_value for trial in found]
    assert p == pytest.approx(p_values(board))
    wanted = stats.false_discovery_control(p)
    assert [trial.q_value for trial in found] == pytest.approx(wanted)
    family = Family.objects.get()
    best = max(found, key=lambda trial: trial.deflated_sharpe)
    assert best == found[4]
    assert best.share == family.spa_p == min(trial.share for trial in found) < 0.05
    assert (family.spa_trials, family.judged) == (20, family.changes)


@pytest.mark.django_db
def test_trials_of_other_dates_are_judged_together():
    make_trial(config="a", returns=noise(1, 100))
    later = days(200, dt.date(2022, 1, 3))
    make_trial(config="b", returns=noise(2, 200, 0.004), sessions=later)
    make_trial(config="c", returns=noise(3, 20))
    judging.judge_due()
    first, second, short = Trial.objects.order_by("pk")
    assert second.share < 0.05 < first.share
    assert (short.p_value, short.q_value, short.share) == (None, None, None)
    assert second.q_value == pytest.approx(3 * second.p_value)


@pytest.mark.django_db
def test_what_is_judged_is_not_judged_again(django_assert_num_queries):
    make_trial()
    judging.judge_due()
    with django_assert_num_queries(1):
        assert judging.judge_due() == 0


@pytest.mark.django_db
def test_a_judgement_over_a_family_that_has_changed_is_not_written():
    make_trial()
    family = Family.objects.get()
    stale = judging._weigh(family)
    make_trial(config="b")
    assert not judging._write(family, stale)
    assert Trial.objects.filter(q_value=None).count() == 2


@pytest.mark.django_db
def test_a_sweep_enters_every_cell_with_its_pbo():
    whole = make_trial(config="1", config_sha=f"{1:064}", returns=noise(99, 300))
    run = make_run(kind=Run.Kind.CALIBRATE)
    cells = [trials.Cell(f"{at:064}", noise(at)) for at in range(12)]
    trials.record_sweep(
        run=run,
        dataset="demo",
        cadence="daily",
        horizon=0,
        pack="swingsigma",
        model_id=run.model_id,
        sessions=days(),
        benchmark_returns=np.zeros(250),
        cells=cells,
    )
    assert Trial.objects.filter(origin=Trial.Origin.SWEEP).count() == 11
    # a backtest over more sessions had been there: it keeps its returns, and has a PBO
    assert Trial.objects.get(pk=whole.pk).run == whole.run
    (pbo,) = set(Trial.objects.values_list("pbo", flat=True))
    assert 0 <= pbo <= 1
    # the winner, backtested: still the sweep's trial
    make_trial(config="0", config_sha=f"{0:064}")
    assert Trial.objects.get(config_sha=f"{0:064}").origin == Trial.Origin.SWEEP
    assert Trial.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_are_one_trial_and_it_is_judged_after_both():
    runs = [make_run(kind=Run.Kind.BACKTEST) for _ in range(2)]
    together = threading.Barrier(2)
    faults: list[Exception] = []

    def end(run: Run) -> None:
        try:
            together.wait()
            with transaction.atomic():
                make_trial(run, returns=noise(run.pk))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    trial = Trial.objects.get()
    assert trial.run == runs[1]
    assert np.frombuffer(trial.returns, "<f8") == pytest.approx(noise(runs[1].pk))
    assert trial.q_value == trial.p_value
    assert trial.p_value is not None


@pytest.mark.django_db
def test_the_command_judges_what_was_left_unjudged(capsys):
    make_trial(), make_trial(dataset="main")
    call_command("judge")
    assert "Judged 2 families." in capsys.readouterr().out
    assert not Trial.objects.filter(q_value=None).exists()
    call_command("judge", "--json")
    assert json.loads(capsys.readouterr().out) == {"judged": 0}


@pytest.mark.django_db
def test_the_q_of_a_trial_is_that_of_its_backtests():
    row = make_backtest(trial=make_trial())
    judging.judge_due()
    row.refresh_from_db()
    assert row.q_value == Trial.objects.get().q_value is not None


@pytest.mark.django_db
def test_a_run_begins_with_the_tags_of_its_model():
    row = make_backtest()
    tags.inherit_tags(run=row.run, model_tags=("breakout", "quickstart"))
    row.refresh_from_db()
    assert row.tags == row.run.tags == ["quickstart", "breakout"]
