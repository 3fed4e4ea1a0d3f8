"""Packs that a test may edit, a market to look at, and someone who may build."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.small_market import DATASET, make_market


@pytest.fixture
def own(tmp_path: Path, packs: Path, settings) -> Path:
    """A copy of the packs."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


@pytest.fixture
def market(home: Path, settings) -> None:
    """80 tickers up to 29 September 2023, which `auto` means."""
    make_market(home)
    settings.SIGMA_DATASET = DATASET
    return


@pytest.fixture
def builder(client_of: Callable[..., Client], builder_user: User, own: Path) -> Client:
    """The browser of someone who may build."""
    return client_of(builder_user)
