"""Definition files are written in turns, whole, and all of a change or none."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from packs_app import definitions, journal
from packs_app.definitions import Draft
from packs_app.kinds import MODEL, POLICY
from packs_app.models import DefinitionVersion
from sigma_core.errors import BadInput
from sigma_core.lint import lint_pack
from tests.builders import MODEL as BREAKOUT
from tests.home import ROOT

MINE = {"name": "mine", "policy": {"selection": {"top_n": 7}}}


def policy(**more):
    return Draft(POLICY, content=MINE, **more)


def make(content):
    """Creates a policy in a thread of its own; what came of it."""
    try:
        draft = Draft(POLICY, content=content, new=True)
        definitions.save(pack="swingsigma", drafts=[draft], user=None)
    except BadInput as error:
        return error.code
    finally:
        connections.close_all()
    return "made"


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_make_one_name_at_once_one_does(own_packs):
    bodies = [MINE | {"policy": {"selection": {"top_n": top}}} for top in range(1, 51)]
    with ThreadPoolExecutor(50) as pool:
        answers = sorted(pool.map(make, bodies))
    assert answers == [*["definition.exists"] * 49, "made"]
    problems = lint_pack(own_packs, "swingsigma")  # the file is whole, and it reads
    assert [one for one in problems if one.severity == "error"] == []
    assert DefinitionVersion.objects.filter(name="mine").count() == 1


@pytest.mark.django_db
def test_a_file_edited_by_hand_is_kept_before_it_is_written_over(own_packs):
    definitions.save(pack="swingsigma", drafts=[policy(new=True)], user=None)
    path = own_packs / "swingsigma/policies/mine.yaml"
    path.write_text(path.read_text() + "# by hand\n")
    change = Draft(POLICY, "mine", content={"description": "changed"})
    definitions.save(pack="swingsigma", drafts=[change], user=None)
    rows = journal.history(pack="swingsigma", kind=POLICY, name="mine")
    assert [row.action for row in rows] == ["saved", "found", "saved"]
    assert rows[1].text.endswith("# by hand\n")
    assert path.read_text().endswith("# by hand\n")  # a comment: it stays


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_leaves_no_row(own_packs, monkeypatch):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (own_packs / "swingsigma/policies").chmod(0o500)
    with pytest.raises(BadInput, match="can't be written to"):
        definitions.save(pack="swingsigma", drafts=[policy(new=True)], user=None)
    assert not DefinitionVersion.objects.filter(name="mine").exists()


DIES = f"""
import django; django.setup()
from packs_app import definitions
from packs_app.definitions import Draft
from packs_app.kinds import MODEL, POLICY
held = definitions.find(pack="swingsigma", kind=MODEL, name={BREAKOUT!r})
definitions.save(pack="swingsigma", user=None, drafts=[
    Draft(POLICY, content={MINE!r}, new=True),
    Draft(MODEL, {BREAKOUT!r}, content=held.content | {{"policy": "mine"}}),
])
"""


def die_at(failpoint, packs):
    """A process that writes a policy and a model, and is killed there."""
    env = os.environ | {
        "SIGMA_PACKS": str(packs),
        "SIGMA_FAILPOINT": f"{failpoint}:kill",
        "DATABASE_URL": url_of_the_test_database(),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run([sys.executable, "-c", DIES], env=env, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-500:]


def url_of_the_test_database():
    held = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{held['NAME']}"
    host = f"{held['HOST']}:{held['PORT']}" if held["PORT"] else held["HOST"]
    return f"postgres://{held['USER']}:{held['PASSWORD']}@{host}/{held['NAME']}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failpoint", ["packs.rows.after:1", "packs.file.after:1"])
def test_what_a_dead_process_began_is_finished_by_the_next(own_packs, failpoint):
    die_at(failpoint, own_packs)
    model = own_packs / f"swingsigma/model_configs/{BREAKOUT}.yaml"
    assert "policy: topn_equal_v1" in model.read_text()  # not written yet
    with journal.turn("swingsigma"):
        pass
    assert "policy: mine" in model.read_text()
    assert (own_packs / "swingsigma/policies/mine.yaml").is_file()
    assert not DefinitionVersion.objects.filter(settled=False).exists()
    newest = journal.history(pack="swingsigma", kind=MODEL, name=BREAKOUT)[0]
    assert newest.text == model.read_text()


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_process_has_written_is_no_drift(own_packs):
    definitions.save(pack="swingsigma", drafts=[policy_of(8)], user=None)
    die_at("packs.file.after:1", own_packs)
    assert (own_packs / "swingsigma/policies/mine.yaml").is_file()
    assert journal.drifted("swingsigma") == []
    path = own_packs / "swingsigma/policies/mine.yaml"
    path.write_text(path.read_text() + "# by hand\n")
    assert [one.name for one in journal.drifted("swingsigma")] == ["mine"]


def policy_of(top):
    """Another policy, so that the pack has a history."""
    content = {"name": "other", "policy": {"selection": {"top_n": top}}}
    return Draft(POLICY, content=content, new=True)


@pytest.mark.django_db(transaction=True)
def test_a_file_edited_after_the_death_is_left_alone(own_packs):
    die_at("packs.rows.after:1", own_packs)
    model = own_packs / f"swingsigma/model_configs/{BREAKOUT}.yaml"
    model.write_text(model.read_text().replace("adx_min: 18", "adx_min: 19"))
    with journal.turn("swingsigma"):
        pass
    assert "adx_min: 19" in model.read_text()
    assert not DefinitionVersion.objects.filter(name=BREAKOUT, action="saved").exists()
