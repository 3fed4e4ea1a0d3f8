"""The bodies and shapes of definitions in the API.

The bodies say which keys there are; what stands in them is checked as in a file, by
the one strict reader.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from packs_app.serializers import CertificateShape, ProblemShape
from sigma_api.serializers import Paged, Strict, Text

Shape = serializers.Serializer[Any]
YAML = "The whole file as YAML text, instead of its keys."
CLONE = "Copy this one (`pack/name`), as version 1."
#: keys of bodies that are no content
ABOUT = ("pack", "yaml", "clone_of", "note")


class InPack(Paged):
    """A list, of one pack or of all."""

    pack = Text(required=False, max_length=64)


class PackQuery(Strict):
    """For a YAML body, which can't say it: the pack."""

    pack = Text(required=False, max_length=64)


class Written(Strict):
    """What every body may have."""

    pack = Text(required=False, max_length=64, help_text="Only where it is made.")
    yaml = Text(required=False, max_length=200_000, help_text=YAML)
    clone_of = Text(required=False, max_length=200, help_text=CLONE)
    note = Text(required=False, allow_blank=True, max_length=500)
    version = serializers.IntegerField(required=False, help_text="Goes up by itself.")
    description = Text(required=False, allow_blank=True, max_length=2_000)


class SetBody(Written):
    """An indicator set."""

    name = Text(required=False, max_length=64)
    indicators = serializers.ListField(
        required=False,
        child=serializers.DictField(),
        help_text='Such as {"name": "rsi", "window": 14} or {"expr": …, "as": …}.',
    )
    preview = serializers.DictField(required=False)


class PolicyBody(Written):
    """A policy."""

    name = Text(required=False, max_length=64)
    policy = serializers.DictField(
        required=False, help_text="risk, selection, execution, alerting, run_gate."
    )


class ModelBody(Written):
    """A model: its file's keys, and (instead of model_id) the parts of its name.

    `indicator_set` and `policy` name one, or are one, written with the model: all
    files or none.
    """

    version = None  # type: ignore[assignment] # models count none
    model_id = Text(required=False, max_length=128)
    kind = serializers.ChoiceField(required=False, choices=["scanner", "gbm"])
    ticker = Text(required=False, max_length=20)
    universe = Text(required=False, max_length=64)
    asset = Text(required=False, max_length=8, help_text="Part of the name.")
    horizon = Text(required=False, max_length=16, help_text="Part of the name.")
    cadence = Text(required=False, max_length=8, help_text="Part of the name.")
    algo = Text(required=False, max_length=16, help_text="Part of the name.")
    variant = Text(required=False, max_length=64, help_text="Part of the name.")
    indicator_set = serializers.JSONField(required=False)
    policy = serializers.JSONField(required=False, allow_null=True)
    params = serializers.DictField(required=False)
    gates = serializers.DictField(required=False)
    score = serializers.DictField(required=False)
    label = serializers.DictField(required=False)
    train = serializers.DictField(required=False)
    max_age_days = serializers.IntegerField(required=False)
    tags = serializers.ListField(required=False, child=Text(max_length=64))


class ModelPatch(ModelBody):
    """Some keys of a model; null takes one away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.allow_null = True


class PackBody(Strict):
    """A new pack: its manifest's keys; or a clone of another."""

    clone_of = Text(required=False, max_length=64, help_text="Copy this pack.")
    id = Text(max_length=64)
    name = Text(required=False, max_length=100)
    version = Text(required=False, max_length=32)
    description = Text(required=False, allow_blank=True, max_length=2_000)
    assets = serializers.ListField(required=False, child=Text(max_length=8))
    horizons = serializers.ListField(required=False, child=Text(max_length=16))
    cadences = serializers.ListField(required=False, child=Text(max_length=8))
    providers = serializers.ListField(required=False, child=Text(max_length=16))
    default_universe = Text(required=False, max_length=64)
    default_policy = Text(required=False, max_length=64)
    benchmark = Text(required=False, max_length=20)
    tags = serializers.ListField(required=False, child=Text(max_length=64))


class ManifestBody(Strict):
    """The manifest of a pack, whole, as YAML."""

    yaml = Text(max_length=200_000, help_text=YAML)
    note = Text(required=False, allow_blank=True, max_length=500)


class RestoreBody(Strict):
    """Which file, and as in which of its revisions."""

    kind = serializers.ChoiceField(
        choices=["indicator_set", "model_config", "policy", "pack"]
    )
    name = Text(max_length=128)
    revision = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class HistoryQuery(Strict):
    """Which file."""

    kind = serializers.ChoiceField(
        choices=["indicator_set", "model_config", "policy", "universe", "pack"]
    )
    name = Text(max_length=128)


class DefinitionShape(Shape):
    """A definition; what a broken one lacks is null or empty."""

    kind = serializers.CharField()
    pack = serializers.CharField()
    name = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    path = serializers.CharField(help_text="Below the packs folder.")
    sha = serializers.CharField(help_text="Of the file's bytes: its ETag.")
    content_sha = serializers.CharField(
        allow_blank=True, help_text="Of what it says, as runs name it."
    )
    definition = serializers.DictField(help_text="What it says.")
    yaml = serializers.CharField(allow_blank=True)
    used_by = serializers.ListField(child=serializers.CharField())
    problems = ProblemShape(many=True)


class SetShape(DefinitionShape):
    """An indicator set, and what was proved of it."""

    certificate = CertificateShape(allow_null=True)


class WrittenModelShape(DefinitionShape):
    """A model that was written, and all files that were."""

    model_id = serializers.CharField()
    written = serializers.ListField(child=serializers.CharField())


class LocatedProblemShape(ProblemShape):
    """A problem with its file and line apart."""

    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class LintShape(Shape):
    """What the linter says of a pack."""

    pack = serializers.CharField()
    ok = serializers.BooleanField(help_text="No error; there may be warnings.")
    errors = serializers.IntegerField()
    warnings = serializers.IntegerField()
    problems = LocatedProblemShape(many=True)


class CheckedPolicyShape(Shape):
    """All problems of a policy, and what it says with its defaults filled in."""

    valid = serializers.BooleanField()
    problems = ProblemShape(many=True)
    policy = serializers.DictField(allow_null=True)


class VersionShape(Shape):
    """One state of a definition file."""

    revision = serializers.IntegerField()
    version = serializers.IntegerField(allow_null=True)
    action = serializers.CharField()
    sha = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    user = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    yaml = serializers.CharField(allow_blank=True)


class HistoryShape(Shape):
    """The states of one file, the newest first."""

    path = serializers.CharField()
    versions = VersionShape(many=True)


class DriftRowShape(Shape):
    """A file that was changed beside the site."""

    kind = serializers.CharField()
    name = serializers.CharField()
    path = serializers.CharField()
    what = serializers.CharField()


class DriftShape(Shape):
    """All of them."""

    drift = DriftRowShape(many=True)
