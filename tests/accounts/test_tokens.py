"""API tokens: what they open, for how long, and how they end."""

import datetime as dt
import json
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import ApiToken
from sigma_core.errors import BadInput, UnknownName

pytestmark = pytest.mark.django_db


def bearer(secret):
    return Client(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def made(builder_user):
    return services.create_token(user=builder_user, name="mine", scopes=["viewer"])


def test_its_secret_is_not_stored(made):
    assert made[1].startswith("sigma_")
    assert made[1] not in str(list(ApiToken.objects.values()))


def test_it_opens_what_its_scopes_cover(made):
    assert bearer(made[1]).get("/api/packs").status_code == 200


def test_it_opens_no_more_than_its_scopes(made):
    answer = bearer(made[1]).post("/api/scan", {}, content_type="application/json")
    assert answer.status_code == 403


def test_it_opens_no_more_than_its_owner_may_now(made, builder_user):
    builder_user.groups.clear()
    assert bearer(made[1]).get("/api/packs").status_code == 403


@pytest.mark.parametrize("how", ["revoked", "expired", "switched off", "garbled"])
def test_it_opens_nothing_once_it_has_ended(made, builder_user, how):
    token, secret = made
    if how == "revoked":
        services.revoke_token(token=token)
    elif how == "expired":
        ApiToken.objects.update(expires_at=dt.datetime.now(dt.UTC))
    elif how == "switched off":
        builder_user.is_active = False
        builder_user.save()
    else:
        secret = secret[:-1]
    answer = bearer(secret).get("/api/packs")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_its_use_is_noted_once_a_minute(made):
    token, secret = made
    with time_machine.travel("2026-03-02T15:00:00Z", tick=False) as clock:
        bearer(secret).get("/api/packs")
        clock.shift(30)
        bearer(secret).get("/api/packs")
        token.refresh_from_db()
        assert token.last_used_at.isoformat() == "2026-03-02T15:00:00+00:00"
        clock.shift(31)
        bearer(secret).get("/api/packs")
    token.refresh_from_db()
    assert token.last_used_at.isoformat() == "2026-03-02T15:01:01+00:00"


def test_it_can_not_be_made_for_a_role_one_has_not(viewer):
    with pytest.raises(BadInput) as error:
        services.create_token(user=viewer, name="up", scopes=["admin"])
    assert error.value.code == "token.scope_above_role"


def test_its_scopes_are_roles(viewer):
    with pytest.raises(UnknownName, match="Did you mean 'viewer'"):
        services.create_token(user=viewer, name="odd", scopes=["veiwer"])


def test_a_token_makes_no_other_without_the_scope_admin(made):
    wanted = {"name": "child", "scopes": ["viewer"]}
    answer = bearer(made[1]).post(
        "/api/tokens", wanted, content_type="application/json"
    )
    assert answer.status_code == 403


def test_a_token_made_with_another_ends_no_later(admin_user):
    parent, secret = services.create_token(
        user=admin_user, name="p", scopes=["admin"], lasts=dt.timedelta(days=1)
    )
    wanted = {"name": "child", "scopes": ["viewer"], "days": 30}
    answer = bearer(secret).post("/api/tokens", wanted, content_type="application/json")
    assert ApiToken.objects.get(pk=answer.json()["id"]).expires_at == parent.expires_at


def test_a_token_sees_itself_alone(made, builder_user):
    services.create_token(user=builder_user, name="other", scopes=["builder"])
    names = [
        row["name"] for row in bearer(made[1]).get("/api/tokens").json()["results"]
    ]
    assert names == ["mine"]


def test_a_person_ends_no_token_of_another(made, viewer, client_of):
    assert client_of(viewer).delete(f"/api/tokens/{made[0].pk}").status_code == 404
    page = client_of(viewer).post(reverse("revoke_token", args=[made[0].pk]))
    assert page.status_code == 404


def test_an_admin_ends_any_token(made, admin_user, client_of):
    answer = client_of(admin_user).delete(f"/api/tokens/{made[0].pk}")
    assert answer.json()["revoked_at"]


def test_the_page_shows_a_new_secret_once(viewer, client_of):
    client = client_of(viewer)
    answer = client.post(
        reverse("tokens"), {"name": "script", "scopes": ["viewer"], "days": "30"}
    )
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get(reverse("tokens")).content.decode()


def test_the_page_gives_no_role_one_has_not(viewer, client_of):
    answer = client_of(viewer).post(
        reverse("tokens"), {"name": "up", "scopes": ["admin"], "days": "30"}
    )
    assert "scopes" in answer.context["form"].errors
    assert not ApiToken.objects.exists()


def test_the_command_prints_the_secret(viewer):
    out = StringIO()
    call_command(
        "create_token", user="viewer", scopes=["viewer"], json=True, stdout=out
    )
    assert (
        bearer(json.loads(out.getvalue())["secret"]).get("/api/packs").status_code
        == 200
    )


@pytest.mark.parametrize(
    ("user", "scopes"), [("nobody", ["viewer"]), ("viewer", ["admin"])]
)
def test_the_command_ends_with_2_on_bad_input(viewer, user, scopes):
    with pytest.raises(CommandError) as error:
        call_command("create_token", user=user, scopes=scopes)
    assert error.value.returncode == 2
