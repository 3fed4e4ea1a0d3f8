"""Indicator sets, policies and models over the API: made, changed, taken away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from packs_app import certificates, definitions, packs
from packs_app import definition_serializers as shapes
from packs_app.definition_documents import definition_document
from packs_app.definitions import Action, Definition, Draft
from packs_app.drafting import drafts_of_model
from packs_app.kinds import MODEL, POLICY, SET, Kind
from sigma_api.etags import etag_of, seen_by
from sigma_api.idempotency import IDEMPOTENCY_KEY, key_of
from sigma_api.parsers import StrictJSONParser, YamlTextParser
from sigma_api.problems import Fault, Refused, malformed, names_in_address
from sigma_api.schema import page_of
from sigma_api.serializers import Strict
from sigma_api.views import ApiView
from sigma_core.specs import policies
from sigma_core.specs.schema import MODEL_KINDS

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read."
)


def bodies(kind: type[Strict]) -> dict[str, Any]:
    """A body in JSON, or the file itself."""
    return {"application/json": kind, "application/yaml": OpenApiTypes.STR}


def refuse_beside_clone(wanted: Mapping[str, Any], taken: Collection[str]) -> None:
    """Refused with each key that a copy can't take: it would be lost in silence."""
    lost = [key for key in wanted if key not in taken and key != "clone_of"]
    if lost:
        message = "a copy takes its content from what it is a copy of."
        hint = "Copy first, then change it."
        faults = [Fault(f"/{key}", "input.both", message, hint) for key in lost]
        raise Refused(400, faults)


class DefinitionView(ApiView):
    """What the calls about one kind of definition share."""

    roles: ClassVar = {
        "POST": "builder",
        "PUT": "builder",
        "PATCH": "builder",
        "DELETE": "builder",
    }
    parser_classes = (StrictJSONParser, YamlTextParser)
    kind: ClassVar[Kind]
    body_kind: ClassVar[type[Strict]]

    def wanted(self) -> dict[str, Any]:
        """The body in its shape, as it was sent."""
        self.checked(self.body_kind)
        return dict(self.body)

    def pack_of(self, wanted: Mapping[str, Any]) -> str:
        """Where it shall be: the body says, or the query for a YAML body."""
        pack = wanted.get("pack") or self.query.get("pack")
        if not pack:
            hint = "Say `pack` in the body, or ?pack= beside YAML."
            first = Fault("/pack", "input.required", "In which pack?", hint)
            raise Refused(400, [first, *self.missing(wanted)])
        return str(pack)

    def missing(self, wanted: Mapping[str, Any]) -> list[Fault]:
        """The keys that a body of content lacks; a model's name makes itself."""
        if "yaml" in wanted or "clone_of" in wanted:
            return []
        spec = MODEL_KINDS.get(str(wanted.get("kind")), self.kind.spec)
        needed = [key for key, one in spec.model_fields.items() if one.is_required()]
        return [
            Fault(f"/{key}", "input.required", f"key {key!r} is missing.", "Add it.")
            for key in needed
            if key not in wanted and key != "model_id"
        ]

    def draft(
        self, wanted: Mapping[str, Any], name: str, if_match: str | None
    ) -> Draft:
        """What shall be written to a file that is there."""
        given = content_of(wanted)
        if "yaml" in wanted:
            return Draft(self.kind, name, text=wanted["yaml"], if_match=if_match)
        return Draft(self.kind, name, content=given, if_match=if_match)

    def created(self, wanted: dict[str, Any]) -> list[Definition]:
        """Make it: from YAML, from its keys, or as a clone."""
        pack, key = self.pack_of(wanted), key_of(self.request)
        user, note = self.request.user, str(wanted.get("note") or "")
        if source := wanted.get("clone_of"):
            refuse_beside_clone(wanted, {"pack", "note", self.kind.key})
            from_pack, _, name = str(source).partition("/")
            new_name = str(wanted.get(self.kind.key) or name)
            cloned = packs.clone_definition(
                kind=self.kind,
                pack=from_pack,
                name=name,
                to_pack=pack,
                new_name=new_name,
                user=user,  # type: ignore[arg-type] # HasRole lets no stranger in
                note=note,
                key=key,
            )
            return [cloned]
        return definitions.save(
            pack=pack,
            drafts=self.new_drafts(pack, wanted),
            user=user,  # type: ignore[arg-type] # as above
            note=note,
            key=key,
            asked=wanted,
        )

    def new_drafts(self, pack: str, wanted: Mapping[str, Any]) -> list[Draft]:
        """The files of a body."""
        content = content_of(wanted)
        new = {"new": True, "action": Action.CREATED}
        if "yaml" in wanted:
            return [Draft(self.kind, text=wanted["yaml"], **new)]
        return [Draft(self.kind, content=content, **new)]

    def content(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The keys of a body that are content."""
        return content_of(wanted)

    def shown(self, one: Definition, status: int = 200) -> Response:
        """One definition with its ETag."""
        headers = {"ETag": etag_of(one.sha)}
        if status == 201:
            headers["Location"] = reverse(
                ADDRESSES[one.kind.name], args=[one.pack, one.name]
            )
        return Response(self.document(one), status=status, headers=headers)

    def document(self, one: Definition) -> dict[str, Any]:
        """How it reads as JSON."""
        return definition_document(one)


def content_of(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a body that are content; 400 for keys beside a whole file."""
    content = {key: one for key, one in wanted.items() if key not in shapes.ABOUT}
    if "yaml" in wanted and content:
        pointer = f"/{next(iter(content))}"
        message = "This stands in the YAML; send one or the other."
        raise malformed(pointer, "input.both", message)
    return content


class Listing(DefinitionView):
    """The list of a kind, and where one is made."""

    queries: ClassVar = {"GET": shapes.InPack, "POST": shapes.PackQuery}

    def listed(self) -> Response:
        """A page of them."""
        found = definitions.list_definitions(
            kind=self.kind, pack=self.query.get("pack")
        )
        return self.page_of_list(
            found, key=lambda one: [one.pack, one.name], width=2, show=self.document
        )


class One(DefinitionView):
    """One of a kind, by pack and name."""

    def read(self, pack: str, name: str) -> Definition:
        """It, or 404."""
        with names_in_address():
            return definitions.find(pack=pack, kind=self.kind, name=name)

    def replaced(self, pack: str, name: str) -> Response:
        """Write the body over it; needs If-Match."""
        self.read(pack, name)
        seen = seen_by(self.request, needed=True)
        wanted = self.wanted()
        return self.written(pack, self.draft(wanted, name, seen), wanted)

    def written(self, pack: str, draft: Draft, wanted: Mapping[str, Any]) -> Response:
        """The draft, written."""
        (saved,) = definitions.save(
            pack=pack,
            drafts=[draft],
            user=self.request.user,  # type: ignore[arg-type] # as above
            note=str(wanted.get("note") or ""),
        )
        return self.shown(saved)

    def deleted(self, pack: str, name: str) -> Response:
        """Take it away."""
        seen = seen_by(self.request, needed=False)
        with names_in_address():
            definitions.delete_definition(
                pack=pack,
                kind=self.kind,
                name=name,
                if_match=seen,
                user=self.request.user,  # type: ignore[arg-type] # as above
            )
        return Response(status=204)


class IndicatorSets(Listing):
    """`/api/indicator_sets`."""

    kind, body_kind = SET, shapes.SetBody

    def document(self, one: Definition) -> dict[str, Any]:
        """With what was proved of it."""
        standing = certificates.of_set(one)
        return definition_document(one) | {"certificate": standing.as_document()}

    @extend_schema(responses=page_of(shapes.SetShape, "SetPage"))
    def get(self, request: Request) -> Response:
        """All indicator sets by pack and name."""
        return self.listed()

    @extend_schema(
        request=bodies(shapes.SetBody),
        parameters=[IDEMPOTENCY_KEY],
        responses={201: shapes.SetShape},
    )
    def post(self, request: Request) -> Response:
        """Make a set: its file in packs/<pack>/indicator_sets, version 1."""
        return self.shown(self.created(self.wanted())[-1], status=201)


class OneIndicatorSet(One):
    """`/api/indicator_sets/<pack>/<name>`."""

    kind, body_kind = SET, shapes.SetBody
    document = IndicatorSets.document

    @extend_schema(responses=shapes.SetShape)
    def get(self, request: Request, pack: str, name: str) -> Response:
        """One set: what it says, its text, who uses it."""
        return self.shown(self.read(pack, name))

    @extend_schema(
        request=bodies(shapes.SetBody),
        parameters=[IF_MATCH],
        responses=shapes.SetShape,
    )
    def put(self, request: Request, pack: str, name: str) -> Response:
        """Replace a set; its version goes up by one. Needs If-Match."""
        return self.replaced(pack, name)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, pack: str, name: str) -> Response:
        """Delete a set that no model uses; its history stays."""
        return self.deleted(pack, name)


class Policies(Listing):
    """`/api/policies`."""

    kind, body_kind = POLICY, shapes.PolicyBody

    @extend_schema(responses=page_of(shapes.DefinitionShape, "PolicyPage"))
    def get(self, request: Request) -> Response:
        """All policies by pack and name."""
        return self.listed()

    @extend_schema(
        request=bodies(shapes.PolicyBody),
        parameters=[IDEMPOTENCY_KEY],
        responses={201: shapes.DefinitionShape},
    )
    def post(self, request: Request) -> Response:
        """Make a policy: its file in packs/<pack>/policies, version 1."""
        return self.shown(self.created(self.wanted())[-1], status=201)


class OnePolicy(One):
    """`/api/policies/<pack>/<name>`."""

    kind, body_kind = POLICY, shapes.PolicyBody

    @extend_schema(responses=shapes.DefinitionShape)
    def get(self, request: Request, pack: str, name: str) -> Response:
        """One policy: what it says, its text, who uses it."""
        return self.shown(self.read(pack, name))

    @extend_schema(
        request=bodies(shapes.PolicyBody),
        parameters=[IF_MATCH],
        responses=shapes.DefinitionShape,
    )
    def put(self, request: Request, pack: str, name: str) -> Response:
        """Replace a policy; its version goes up by one. Needs If-Match."""
        return self.replaced(pack, name)

    @extend_schema(parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, pack: str, name: str) -> Response:
        """Delete a policy that no model and no pack uses; its history stays."""
        return self.deleted(pack, name)


class ValidatePolicy(ApiView):
    """`/api/validate_policy`."""

    roles: ClassVar = {"POST": "viewer"}
    parser_classes = (StrictJSONParser, YamlTextParser)

    @extend_schema(
        request=bodies(shapes.PolicyBody), responses=shapes.CheckedPolicyShape
    )
    def post(self, request: Request) -> Response:
        """All problems of a policy at once, or what it says with its defaults."""
        self.checked(shapes.PolicyBody)
        wanted = dict(self.body)
        content = content_of(wanted)
        policy, problems = (
            policies.validate_text(wanted["yaml"], where="yaml")
            if "yaml" in wanted
            else policies.validate_document(definitions.Body("", content))
        )
        return Response(
            {
                "valid": policy is not None,
                "problems": [problem.as_dict() for problem in problems],
                "policy": policy.model_dump(mode="json", by_alias=True)
                if policy
                else None,
            }
        )


class ModelWriting(DefinitionView):
    """What the calls that write models share."""

    kind, body_kind = MODEL, shapes.ModelBody

    def new_drafts(self, pack: str, wanted: Mapping[str, Any]) -> list[Draft]:
        """The model, and the set and policy that are to be written with it."""
        if "yaml" in wanted:
            return super().new_drafts(pack, wanted)
        return drafts_of_model(pack=pack, content=content_of(wanted))

    def shown_with(self, saved: list[Definition], status: int) -> Response:
        """The model with all files that were written."""
        answer = self.shown(saved[-1], status)
        answer.data["model_id"] = saved[-1].name
        answer.data["written"] = [one.path for one in saved]
        return answer


#: where one of each kind is
ADDRESSES = {
    SET.name: "api_indicator_set",
    POLICY.name: "api_policy",
    MODEL.name: "api_model",
}
