"""Sets, models, policies and packs written over the API."""

import io
import json
import shutil
import zipfile

import pytest

from packs_app.models import DefinitionVersion
from tests.builders import MODEL

pytestmark = pytest.mark.django_db
SET = {
    "pack": "swingsigma",
    "name": "mine",
    "indicators": [{"name": "rsi", "window": 14}, {"name": "ema", "window": 20}],
}
SCANNER = {
    "pack": "swingsigma",
    "kind": "scanner",
    "universe": "us_liquid",
    "horizon": "swing",
    "cadence": "daily",
    "variant": "mine",
    "indicator_set": SET | {"pack": None},
    "policy": {"name": "my_policy", "policy": {"selection": {"top_n": 10}}},
    "params": {"rsi_min": 55},
    "gates": {"all": [{"name": "rsi", "when": "rsi_14 >= rsi_min"}]},
    "score": {"rsi": {"weight": 100, "value": "rsi_14 / 100"}},
}
del SCANNER["indicator_set"]["pack"]


@pytest.fixture
def own(tmp_path, packs, settings):
    """A copy of the packs that a test may edit."""
    shutil.copytree(packs, tmp_path / "packs")
    settings.SIGMA_PACKS = tmp_path / "packs"
    return tmp_path / "packs"


@pytest.fixture
def send(builder_client, own):
    """Sends JSON as a builder."""

    def call(method, path, body=None, **headers):
        content = json.dumps(body or {}).encode()
        return builder_client.generic(
            method, f"/api/{path}", content, "application/json", headers=headers
        )

    return call


@pytest.fixture
def send_yaml(builder_client, own):
    """Sends a file as it is."""

    def call(method, path, text, **headers):
        raw = text if isinstance(text, bytes) else text.encode()
        return builder_client.generic(
            method, f"/api/{path}", raw, "application/yaml", headers=headers
        )

    return call


def files(own):
    return {path: path.read_bytes() for path in own.rglob("*") if path.is_file()}


def test_a_set_is_a_file_and_shows_what_it_says(send, own):
    answer = send("POST", "indicator_sets", SET)
    assert answer.status_code == 201
    assert answer["Location"] == "/api/indicator_sets/swingsigma/mine"
    text = (own / "swingsigma/indicator_sets/mine.yaml").read_text()
    assert text.startswith("name: mine\nversion: 1\nindicators:\n  - {name: rsi")
    shown = send("GET", "indicator_sets/swingsigma/mine").json()
    assert (shown["version"], shown["yaml"], shown["used_by"]) == (1, text, [])
    assert shown["certificate"]["state"] == "none"


def test_a_name_that_is_taken_is_a_conflict(send):
    assert send("POST", "indicator_sets", SET).status_code == 201
    answer = send("POST", "indicator_sets", SET)
    assert (answer.status_code, answer.json()["code"]) == (409, "definition.exists")


def test_a_change_counts_the_version_and_keeps_the_comments(send, own):
    path = "indicator_sets/swingsigma/swing_eq_breakout_scanner"
    seen = send("GET", path)
    said = seen.json()["definition"]
    said["indicators"][3]["window"] = 10
    answer = send("PUT", path, said, **{"If-Match": seen["ETag"]})
    assert answer.status_code == 422  # the model's gates read rsi_14
    assert "rsi_14" in answer.json()["detail"]
    said["indicators"].append({"name": "ret", "window": 5})
    said["indicators"][3]["window"] = 14
    answer = send("PUT", path, said, **{"If-Match": seen["ETag"]})
    assert answer.json()["version"] == 2
    assert "# the prior 20 bars, today excluded" in answer.json()["yaml"]


def test_who_has_not_seen_the_last_change_is_told(send):
    path = f"models/swingsigma/{MODEL}"
    seen = send("GET", path)["ETag"]
    patch = {"params": {"adx_min": 20}}
    assert send("PATCH", path, patch, **{"If-Match": seen}).status_code == 200
    for method, body in (("PATCH", patch), ("PUT", SCANNER), ("DELETE", {})):
        answer = send(method, path, body, **{"If-Match": seen})
        assert (answer.status_code, method) == (412, method)
    assert send("PATCH", path, patch).status_code == 412  # none at all


def test_a_patch_changes_one_key_and_leaves_the_rest_of_the_file(send, own):
    path, file = f"models/swingsigma/{MODEL}", f"swingsigma/model_configs/{MODEL}.yaml"
    before = (own / file).read_text()
    send("PATCH", path, {"params": {"adx_min": 20}}, **{"If-Match": "*"})
    after = (own / file).read_text()
    assert after == before.replace("adx_min: 18", "adx_min: 20")


def test_null_takes_a_key_away(send, own):
    path = f"models/swingsigma/{MODEL}"
    answer = send("PATCH", path, {"policy": None}, **{"If-Match": "*"})
    assert "policy" not in answer.json()["definition"]


def test_a_model_is_named_by_its_parts_and_brings_set_and_policy(send, own):
    answer = send("POST", "models", SCANNER)
    assert answer.status_code == 201
    made = answer.json()
    assert made["model_id"] == "universe_eq_swing_daily_mine"
    assert made["written"] == [
        "swingsigma/indicator_sets/mine.yaml",
        "swingsigma/policies/my_policy.yaml",
        "swingsigma/model_configs/universe_eq_swing_daily_mine.yaml",
    ]
    assert all((own / path).is_file() for path in made["written"])
    assert made["problems"] == []


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"ticker": "BRK.B"}, "brkb_eq_swing_daily_mine"),
        ({"variant": None}, "universe_eq_swing_daily"),
        ({"variant": "two_words"}, "universe_eq_swing_daily_two_words"),
    ],
)
def test_names_are_made_of_ticker_and_variant(send, parts, name):
    body = {k: v for k, v in (SCANNER | parts).items() if v is not None}
    if "ticker" in parts:
        del body["universe"]
    assert send("POST", "models", body).json()["model_id"] == name


def test_a_model_with_a_fault_in_one_file_writes_none(send, own):
    before = files(own)
    bad = SCANNER | {"gates": {"all": [{"name": "a", "when": "rsi_41 > 5"}]}}
    answer = send("POST", "models", bad)
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/gates/all/0/when")
    assert "gate 'a', column 1" in fault["message"]
    assert "Did you mean 'rsi_14'?" in fault["hint"]
    bad = SCANNER | {"policy": {"name": "p", "policy": {"risk": {"capital": -1}}}}
    (fault,) = send("POST", "models", bad).json()["errors"]
    assert fault["pointer"] == "/policy/policy/risk/capital"
    assert files(own) == before
    assert not DefinitionVersion.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({}, 400, ["/pack", "/kind", "/indicator_set"]),
        ({"kind": "gbm"}, 400, ["/pack", "/indicator_set", "/label"]),
        ({"pack": "swingsigma"}, 422, ["/kind", "/indicator_set"]),
        (
            {"pack": "swingsigma", "kind": "scanner"},
            422,
            ["/indicator_set", "/score"],
        ),
        (
            {"pack": "swingsigma", "kind": "gbm", "label": {}, "indicator_set": {}},
            422,
            ["/indicator_set/indicators", "/label/kind"],
        ),
        (
            {
                "pack": "swingsigma",
                "kind": "scanner",
                "indicator_set": "swing_eq_default",
                "gates": {"all": [{"name": "a"}]},
                "score": {"one": {"weight": 100}, "two": {"value": "rsi_14"}},
            },
            422,
            ["/gates/all/0", "/score/one/value", "/score/two/weight"],
        ),
    ],
)
def test_every_key_that_is_missing_is_named_with_its_pointer(
    send, own, body, status, pointers
):
    before = files(own)
    answer = send("POST", "models", body)
    assert answer.status_code == status
    assert sorted(one["pointer"] for one in answer.json()["errors"]) == sorted(pointers)
    assert files(own) == before


def test_what_is_used_is_not_deleted(send):
    send("POST", "models", SCANNER)
    for path in ("indicator_sets/swingsigma/mine", "policies/swingsigma/my_policy"):
        answer = send("DELETE", path)
        assert (answer.status_code, answer.json()["code"]) == (409, "definition.in_use")
        assert "universe_eq_swing_daily_mine" in answer.json()["detail"]
    assert send("DELETE", "models/swingsigma/universe_eq_swing_daily_mine").content == (
        b""
    )
    assert send("DELETE", "indicator_sets/swingsigma/mine").status_code == 204
    assert send("GET", "indicator_sets/swingsigma/mine").status_code == 404


def test_the_same_key_gives_the_same_answer(send):
    key = {"Idempotency-Key": "one"}
    first = send("POST", "indicator_sets", SET, **key)
    again = send("POST", "indicator_sets", SET, **key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = send("POST", "indicator_sets", SET | {"name": "other"}, **key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.reused")


def test_a_key_whose_work_has_been_deleted_makes_nothing_up(send):
    key = {"Idempotency-Key": "one"}
    send("POST", "indicator_sets", SET, **key)
    send("DELETE", "indicator_sets/swingsigma/mine")
    again = send("POST", "indicator_sets", SET, **key)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency.gone")


def test_a_version_stands_for_one_content_for_good(send):
    path = "indicator_sets/swingsigma/mine"
    assert send("POST", "indicator_sets", SET).json()["version"] == 1
    more = [*SET["indicators"], {"name": "ret", "window": 3}]
    body = {"name": "mine", "indicators": more}
    assert send("PUT", path, body, **{"If-Match": "*"}).json()["version"] == 2
    assert send("DELETE", path).status_code == 204
    assert send("POST", "indicator_sets", SET).json()["version"] == 3


@pytest.mark.parametrize(
    ("path", "body", "pointers"),
    [
        (
            "indicator_sets",
            {"pack": "swingsigma", "name": "copy", "indicators": [], "version": 7,
             "clone_of": "swingsigma/swing_eq_default"},
            {"/indicators", "/version"},
        ),
        ("packs", {"id": "copy", "clone_of": "swingsigma", "name": "x"}, {"/name"}),
    ],
)  # fmt: skip
def test_a_copy_takes_no_content_beside_it(send, own, path, body, pointers):
    before = files(own)
    answer = send("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "input.both")
    assert {one["pointer"] for one in answer.json()["errors"]} == pointers
    assert files(own) == before


def test_what_a_copy_is_for_can_be_noted(send):
    body = {"pack": "swingsigma", "name": "copy", "note": "to try",
            "clone_of": "swingsigma/swing_eq_default"}  # fmt: skip
    assert send("POST", "indicator_sets", body).status_code == 201
    asked = "packs/swingsigma/history?kind=indicator_set&name=copy"
    (state,) = send("GET", asked).json()["versions"]
    assert state["note"].endswith("swing_eq_default.yaml: to try")


def test_a_text_that_reads_as_another_is_refused(send, own):
    before = files(own)
    answer = send("POST", "indicator_sets", SET | {"description": "a \u202e b"})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/description")
    assert files(own) == before


def test_yaml_comes_in_as_it_is(send_yaml, own):
    text = "# Mine.\nname: mine\nindicators:\n  - {name: rsi, window: 14}  # yes\n"
    answer = send_yaml("POST", "indicator_sets?pack=swingsigma", text)
    assert answer.status_code == 201
    kept = (own / "swingsigma/indicator_sets/mine.yaml").read_text()
    assert kept == text.replace("name: mine\n", "name: mine\nversion: 1\n")


def test_a_change_of_comments_alone_is_no_new_version(send_yaml, send, own):
    path = "policies/swingsigma/topn_score_v1"
    text = send("GET", path).json()["yaml"]
    answer = send_yaml("PUT", path, "# Ours.\n" + text, **{"If-Match": "*"})
    assert (answer.json()["version"], answer.json()["yaml"][:8]) == (1, "# Ours.\n")
    rows = DefinitionVersion.objects.filter(name="topn_score_v1")
    assert sorted(rows.values_list("revision", "action")) == [
        (1, "found"),
        (2, "saved"),
    ]


#: name: (YAML, code, what its place says)
HOSTILE = {
    "a bomb": ("a: &a [x, x]\nb: [*a, *a]\n", "yaml.anchor", ":1"),
    "a tag": ("name: !!python/name:os.system x\n", "yaml.tag", ":1"),
    "deep": ("name: x\nindicators: " + "[" * 30 + "]" * 30, "yaml.depth", ":2"),
    "60,000 deep": ("[" * 60_000, "yaml.depth", ":1"),
    "a key twice": ("name: x\nname: y\n", "yaml.duplicate_key", ":2"),
    "NO": ("name: NO\nindicators: [{name: rsi}]\n", "spec.name", ":1"),
    "5:30": ("name: x\nindicators:\n - {name: rsi, window: 5:30}", None, ":3"),
    "012": ("name: 012\nindicators: [{name: rsi}]\n", "yaml.leading_zero", ":1"),
    "012 as a number": (
        "name: x\nindicators:\n - {name: rsi, window: 012}",
        "yaml.leading_zero",
        ":3",
    ),
    "a second document": ("name: x\n---\nname: y\n", "yaml.documents", ":2"),
    "a path": ("name: ../../x\nindicators: [{name: rsi}]\n", "spec.name", ":1"),
    "code": (
        "name: x\nindicators:\n - {expr: \"__import__('os').system('x')\", as: y}",
        "expression.sign",
        ":3",
    ),
    "65 KB": ("name: x\n" + "# x\n" * 17_000, "yaml.too_large", ":1"),
    "NUL": ("name: \0\n", None, ""),
    "not UTF-8": (b"name: x\n# \xff\n", "yaml.encoding", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_yaml_is_refused_with_its_line_and_changes_nothing(
    send_yaml, own, case
):
    text, code, place = HOSTILE[case]
    before = files(own)
    answer = send_yaml("POST", "indicator_sets?pack=swingsigma", text)
    assert answer.status_code in (400, 422)
    fault = answer.json()["errors"][0]
    assert code in (None, fault["code"])
    assert place in fault["pointer"]
    assert files(own) == before


def test_a_policy_is_checked_without_being_written(send, send_yaml, own):
    before = files(own)
    bad = {"name": "p", "policy": {"risk": {"capital": -1}, "selection": {"top_n": 0}}}
    found = send("POST", "validate_policy", bad).json()
    assert (found["valid"], found["policy"], len(found["problems"])) == (False, None, 2)
    assert found["problems"][0]["where"] == "/policy/risk/capital"
    good = send_yaml("POST", "validate_policy", "name: p\n").json()
    assert good["valid"]
    assert good["policy"]["policy"]["selection"]["top_n"] == 50
    assert files(own) == before


def test_a_pack_is_made_cloned_and_exported(send, own):
    made = send("POST", "packs", {"id": "mine", "name": "Mine", "version": "0.1.0"})
    assert (made.status_code, made["Location"]) == (201, "/api/packs/mine")
    copy = send("POST", "packs", {"id": "copy", "clone_of": "swingsigma"})
    assert copy.status_code == 201
    assert send("GET", "packs/copy/lint").json()["problems"] == []
    again = send("POST", "packs", {"id": "copy", "clone_of": "swingsigma"})
    assert (again.status_code, again.json()["code"]) == (409, "definition.exists")
    zipped = send("GET", "packs/copy/export")
    names = zipfile.ZipFile(io.BytesIO(zipped.content)).namelist()
    assert names[0] == "copy/pack.yaml"
    assert f"copy/model_configs/{MODEL}.yaml" in names
    assert not any(name.startswith("/") or ".." in name for name in names)


def test_a_model_is_cloned_into_another_pack_with_what_it_needs(send, own):
    send("POST", "packs", {"id": "mine", "name": "Mine", "version": "0.1.0"})
    body = {"pack": "mine", "clone_of": f"swingsigma/{MODEL}"}
    answer = send("POST", "models", body)
    assert answer.status_code == 201
    assert send("GET", "packs/mine/lint").json()["ok"]
    there = {path.name for path in (own / "mine").glob("*/*.yaml")}
    assert there == {
        f"{MODEL}.yaml",
        "swing_eq_breakout_scanner.yaml",
        "topn_equal_v1.yaml",
    }


def test_every_state_can_be_had_back(send):
    path = "policies/swingsigma/topn_equal_v1"
    first = send("GET", path).json()
    for top in (40, 30):
        said = {"policy": {"selection": {"top_n": top}}}
        send("PUT", path, said, **{"If-Match": "*"})
    about = "kind=policy&name=topn_equal_v1"
    states = send("GET", f"packs/swingsigma/history?{about}").json()["versions"]
    assert [(v["revision"], v["version"], v["action"]) for v in states] == [
        (3, 3, "saved"),
        (2, 2, "saved"),
        (1, 1, "found"),
    ]
    wanted = {"kind": "policy", "name": "topn_equal_v1", "revision": 1}
    back = send("POST", "packs/swingsigma/restore", wanted).json()
    assert back["version"] == 4
    assert back["definition"] == first["definition"] | {"version": 4}


def test_a_deleted_definition_can_be_had_back(send):
    send("POST", "indicator_sets", SET)
    send("DELETE", "indicator_sets/swingsigma/mine")
    wanted = {"kind": "indicator_set", "name": "mine", "revision": 1}
    send("POST", "packs/swingsigma/restore", wanted)
    assert send("GET", "indicator_sets/swingsigma/mine").status_code == 200


def test_a_file_changed_beside_the_site_is_shown_and_taken_in(send, own):
    send("POST", "indicator_sets", SET)
    path = own / "swingsigma/policies/topn_score_v1.yaml"
    path.write_text(path.read_text().replace("top_n: 20", "top_n: 10"))
    (own / "swingsigma/indicator_sets/mine.yaml").unlink()
    found = send("GET", "packs/swingsigma/drift").json()["drift"]
    assert [(row["name"], row["what"]) for row in found] == [
        ("mine", "deleted on disk"),
        ("topn_score_v1", "changed on disk"),
    ]
    assert send("POST", "packs/swingsigma/drift").json()["drift"] == []
    about = "kind=policy&name=topn_score_v1"
    states = send("GET", f"packs/swingsigma/history?{about}").json()["versions"]
    assert "top_n: 10" in states[0]["yaml"]
    assert states[0]["action"] == "found"
