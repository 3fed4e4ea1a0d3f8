"""Roles: each may do what those before it may."""

import pytest

from accounts.roles import may, roles_of

pytestmark = pytest.mark.django_db


def test_it_gives_a_builder_what_a_viewer_has(builder_user):
    assert roles_of(builder_user) == {"viewer", "builder"}


def test_it_gives_a_stranger_nothing(stranger):
    assert roles_of(stranger) == frozenset()


def test_it_gives_a_person_who_was_switched_off_nothing(person):
    assert not may(person("gone", "admin", is_active=False), "viewer")
