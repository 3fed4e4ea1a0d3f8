"""What every answer carries, and what a deployment must not be."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from sigma_site.checks import require_safe_start
from tests.home import ROOT

pytestmark = pytest.mark.django_db
SITE_SCRIPTS = "script-src 'self'"


def policy(answer):
    """The directives of the answer's policy."""
    header = answer["Content-Security-Policy"]
    return {part.split()[0]: part.strip() for part in header.split(";")}


def test_pages_run_no_scripts_but_our_own(client):
    found = policy(client.get("/login/"))
    assert found["default-src"] == "default-src 'self'"
    assert found["script-src"].startswith(SITE_SCRIPTS)
    assert "unsafe" not in found["script-src"]
    assert found["frame-ancestors"] == "frame-ancestors 'none'"
    assert found["base-uri"] == "base-uri 'self'"
    assert found["form-action"] == "form-action 'self'"


def test_the_admin_may_evaluate_for_staff_alone(admin_user, viewer, client_of):
    staff = policy(client_of(admin_user).get("/admin/"))
    assert "'unsafe-eval'" in staff["script-src"]
    other = policy(client_of(viewer).get("/admin/"))
    assert "unsafe-eval" not in other["script-src"]


def test_a_page_can_not_be_framed_and_says_its_type(client):
    answer = client.get("/login/")
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_another_host_is_refused(client):
    answer = client.get("/api/packs", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def manage(*words, **environment):
    """A command in a process of its own, as a deployment would start it."""
    inherited = dict(os.environ)
    inherited.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_deployment_behind_tls_has_nothing_to_complain_of():
    done = manage("check", "--deploy", "--fail-level", "WARNING", SIGMA_HTTPS="true")
    assert done.returncode == 0, done.stderr


UNSAFE = {
    "debug in public": {"DEBUG": "true", "ALLOWED_HOSTS": "sigma.example"},
    "any host": {"ALLOWED_HOSTS": "*"},
    "a short key": {"SECRET_KEY": "short"},
    "a known key": {"SECRET_KEY": "django-insecure-" + "x" * 50},
    "a dull key": {"SECRET_KEY": "x" * 60},
}


@pytest.mark.parametrize("how", UNSAFE)
def test_an_unsafe_site_does_not_start(how):
    done = manage("check", **UNSAFE[how])
    assert done.returncode != 0
    assert "Traceback" not in done.stderr or "ImproperlyConfigured" in done.stderr


def test_an_unsafe_site_answers_nobody(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["sigma.example"]
    with pytest.raises(ImproperlyConfigured, match="DEBUG is on"):
        require_safe_start()


def test_starting_loads_no_engine():
    program = (
        "import os, sys, django; "
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'sigma_site.settings'; "
        "django.setup(); import sigma_site.urls; "
        "heavy = {'numba', 'deltalake', 'pandas', 'pyarrow', 'exchange_calendars'}; "
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
