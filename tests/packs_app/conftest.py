"""What the tests of packs share."""

import shutil

import pytest


@pytest.fixture
def own_packs(tmp_path, packs, settings):
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"
