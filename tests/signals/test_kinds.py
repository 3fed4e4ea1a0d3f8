"""Every kind of run is whole: the row's word, the job, its steps, its sentences."""

import inspect

import pytest

from signals.jobs import base
from signals.models import Run


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_it_has_a_job_with_steps_that_make_a_whole(kind: str) -> None:
    job = base.job_of(kind)
    assert job.label
    assert sum(step.share for step in job.steps) == 100
    assert all(step.label[0].isupper() for step in job.steps)


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_it_says_what_it_is_and_what_it_takes(kind: str) -> None:
    job = base.job_of(kind)
    module = inspect.getmodule(job.perform)
    assert module is not None
    assert module.__doc__
    assert job.params.__doc__
    assert job.params.model_config["extra"] == "forbid"


@pytest.mark.parametrize("kind", Run.Kind.values)
def test_its_job_stands_in_the_file_of_its_name(kind: str) -> None:
    module = inspect.getmodule(base.job_of(kind).perform)
    assert module is not None
    assert module.__name__ == f"signals.jobs.{kind}"
