"""Runs that end on different sessions: whether they read the same bars up to the
earlier end."""

from __future__ import annotations

from pathlib import Path

import pytest

from signals.models import Backtest, Run
from signals.queries.bases import bases
from tests.signals.backtests import done
from tests.small_market import make_market

pytestmark = pytest.mark.django_db
CHANGED = "other bars: the dataset has changed between them"
NOT_KNOWN = "not known whether the bars up to the earlier end are the same"


@pytest.fixture
def ended(home: Path) -> tuple[Run, Run]:
    """One model, up to the end of August and up to the middle of September."""
    make_market(home)
    return done(end="2023-08-31"), done(end="2023-09-15")


def said(one: Run, other: Run) -> list[str]:
    """What the first is said to have otherwise."""
    rows = Backtest.objects.select_related("run").filter(pk__in=(one.pk, other.pk))
    found = bases(rows)
    return found[one.pk].against(found[other.pk])


def of_other_bars(run: Run) -> None:
    """As if bars that the run read had been corrected since."""
    run.fingerprint |= {"data_sha": "0" * 64}
    run.save()


def test_one_that_only_ends_later_has_no_other_bars(ended):
    early, late = ended
    assert early.fingerprint["data_sha"] != late.fingerprint["data_sha"]
    assert said(early, late) == ["other sessions: 1 May 2023 to 31 Aug 2023"]
    assert said(late, early) == ["other sessions: 1 May 2023 to 15 Sep 2023"]
    of_other_bars(early)
    assert said(early, late)[0] == said(late, early)[0] == CHANGED


def test_where_the_arrays_are_not_those_of_the_later_run_it_is_not_known(ended):
    early, late = ended
    of_other_bars(late)
    assert said(early, late)[0] == said(late, early)[0] == NOT_KNOWN
