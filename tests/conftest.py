"""What every test stands on: a home of its own, and a named cast of people."""

from __future__ import annotations

from tests.home import HOME, PACKS  # first: it starts Django

# isort: split
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.models import ApiToken
from accounts.roles import ROLES

Person = Callable[..., User]


@pytest.fixture(scope="session")
def home() -> Path:
    """The SIGMA_HOME of the tests."""
    return HOME


@pytest.fixture(scope="session")
def packs() -> Path:
    """The tests' copy of the shipped packs."""
    return PACKS


@pytest.fixture
def person(db: None) -> Person:
    """Makes a person by name, in the group of a role (none: a stranger)."""

    def make(name: str, role: str = "", **fields: object) -> User:
        user = User(username=name, **fields)
        user.set_unusable_password()
        user.save()
        if role:
            # a test with real transactions empties the groups a migration made
            user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    return make


@pytest.fixture
def viewer(person: Person) -> User:
    """Reads, and changes nothing."""
    return person("viewer", "viewer")


@pytest.fixture
def builder_user(person: Person) -> User:
    """Edits packs and starts runs."""
    return person("builder", "builder")


@pytest.fixture
def operator(person: Person) -> User:
    """Feeds data and deploys."""
    return person("operator", "operator")


@pytest.fixture
def admin_user(person: Person) -> User:
    """Looks after people and tokens; may enter the admin."""
    return person("admin", "admin", is_staff=True)


@pytest.fixture
def stranger(person: Person) -> User:
    """Has an account, but no role."""
    return person("stranger")


@pytest.fixture
def client_of() -> Callable[..., Client]:
    """A browser in which a person is logged in."""

    def make(user: User, **options: object) -> Client:
        client = Client(**options)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def token_client() -> Callable[..., Client]:
    """A script that calls the API with a token of a person, for the roles named."""

    def make(user: User, *scopes: str) -> Client:
        _, secret = ApiToken.issue(user=user, name="test", scopes=list(scopes or ROLES))
        return Client(headers={"Authorization": f"Bearer {secret}"})

    return make
