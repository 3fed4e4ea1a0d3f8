"""Strict shapes: unknown keys are errors, and a value is of the type it should be.

DRF's own fields are friendly: `CharField` takes the number 7, `BooleanField` the text
"off". In JSON the types are there, so a wrong one is a mistake worth naming.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from sigma_api.problems import Hinted, Refused, flat, malformed
from sigma_core.errors import did_you_mean

A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Strict(serializers.Serializer[Any]):
    """A body or a query in which every key is known."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """The checked values; all faults at once, unknown keys among them."""
        faults: dict[str, Any] = {}
        if isinstance(data, Mapping):
            known = [name for name, field in self.fields.items() if not field.read_only]
            for key in data:
                if key not in known:
                    hint = did_you_mean(str(key), known)
                    faults[key] = [Hinted("This key is unknown.", "unknown_key", hint)]
        try:
            values = super().run_validation(data)
        except ValidationError as error:
            if not isinstance(error.detail, dict):
                raise
            faults = self._hinted(error.detail) | faults
        if faults:
            refused = ValidationError()
            refused.detail = faults  # as it is: the constructor would drop the hints
            raise refused
        return values

    def _hinted(self, detail: dict[str, Any]) -> dict[str, Any]:
        return {
            name: [_with_hint(fault, self.fields.get(name)) for fault in faults]
            if isinstance(faults, list)
            else faults
            for name, faults in detail.items()
        }

    def create(self, validated_data: Any) -> Any:
        """Serializers here check; services act."""
        raise NotImplementedError("call a service")

    def update(self, instance: Any, validated_data: Any) -> Any:
        """Serializers here check; services act."""
        raise NotImplementedError("call a service")


def _with_hint(fault: Any, field: serializers.Field | None) -> Any:
    field = getattr(field, "child", field)
    hint = getattr(field, "hint", "")
    if getattr(fault, "code", "") == "invalid_choice":
        known = ", ".join(str(choice) for choice in getattr(field, "choices", ()))
        hint = f"Known: {known}."
    return Hinted(str(fault), fault.code, hint) if hint else fault


class Text(serializers.CharField):
    """A text, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> str:
        """The text as it came."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A number of a JSON body; neither a text nor true is one."""

    def to_internal_value(self, data: Any) -> float:
        """The number."""
        if isinstance(data, bool | str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of a JSON body; 30.0, a text or true is none."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """A date written YYYY-MM-DD; other ISO forms (week dates) are refused."""

    hint = "A date reads YYYY-MM-DD, such as 2017-06-30."
    default_error_messages: ClassVar = {"invalid": "This is not a date."}

    def to_internal_value(self, value: Any) -> date:
        """The date."""
        if not isinstance(value, str) or not A_DAY.fullmatch(value):
            self.fail("invalid")
        return super().to_internal_value(value)


class Moment(serializers.CharField):
    """A moment with its zone, as text in a query; a naive one is refused."""

    hint = "A moment reads 2026-03-11T18:35:00Z, with its zone."
    default_error_messages: ClassVar = {"invalid": "This is not a moment with a zone."}

    def to_internal_value(self, value: Any) -> Any:
        """The moment."""
        try:
            found = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            self.fail("invalid")
        if found.tzinfo is None:
            self.fail("invalid")
        return found


class Flag(serializers.BooleanField):
    """true or false; in a query or a form the words of these names."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag."""
        if isinstance(data, bool):
            return data
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class NoQuery(Strict):
    """The query of a call that takes none."""


class Paged(Strict):
    """The query of a list: how many rows, and where the page starts."""

    limit = serializers.IntegerField(
        min_value=1, max_value=500, default=100, help_text="Rows on a page."
    )
    cursor = Text(
        required=False, max_length=2000, help_text="From `next` of the page before."
    )


def read_query(kind: type[Strict], query: QueryDict) -> dict[str, Any]:
    """The checked query parameters; raises `Refused` with pointers like `?as_of`."""
    lists = {
        name
        for name, field in kind().fields.items()
        if isinstance(field, serializers.ListField | serializers.MultipleChoiceField)
    }
    for name, values in query.lists():
        if len(values) > 1 and name not in lists:
            raise malformed(f"?{name}", "input.repeated", "It is given more than once.")
    data = {name: _value(query, name, lists) for name in query}
    return checked(kind, data, pointer="?{}")


def _value(query: QueryDict, name: str, lists: set[str]) -> Any:
    return query.getlist(name) if name in lists else query[name]


def checked(kind: type[Strict], data: Any, *, pointer: str = "/{}") -> dict[str, Any]:
    """The values of `data` in a shape; raises `Refused` with every fault.

    `pointer` says how the place of a fault is written.
    """
    shape = kind(data=data)
    if shape.is_valid():
        return dict(shape.validated_data)
    raise Refused(
        400,
        [
            replace(fault, pointer=pointer.format(fault.pointer[1:]))
            if fault.pointer
            else fault
            for fault in flat(shape.errors)
        ],
    )
