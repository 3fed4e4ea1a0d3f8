"""What the tests of the API share."""

import datetime as dt

import pytest

from sigma_core.bars.demo import demo_market, fill
from sigma_core.market import open_dataset

#: the last session of the small market
LAST = dt.date(2023, 3, 31)


@pytest.fixture(scope="session")
def market(home):
    """A small demo market, stored as the dataset `small`."""
    dataset = open_dataset(home / "datasets", "small")
    fill(dataset, demo_market(seed=7, until=LAST), ingested_at=dt.datetime.now(dt.UTC))
    return dataset


@pytest.fixture
def viewer_client(client_of, viewer):
    """A viewer's browser."""
    return client_of(viewer)


@pytest.fixture
def builder_client(client_of, builder_user):
    """A builder's browser."""
    return client_of(builder_user)


@pytest.fixture
def operator_client(client_of, operator):
    """An operator's browser."""
    return client_of(operator)
