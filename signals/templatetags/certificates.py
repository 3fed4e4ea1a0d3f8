"""The badge of a certificate beside an indicator, a set or a model."""

from __future__ import annotations

from typing import Any

from django import template

from packs_app import certificates, services
from packs_app.certificates import UNPROVED, Standing

register = template.Library()


@register.inclusion_tag("parts/badge.html")
def badge(standing: Standing) -> dict[str, Any]:
    """Where something stands, as a chip."""
    return {"standing": standing}


@register.inclusion_tag("parts/badge.html", takes_context=True)
def model_badge(context: template.Context, address: str) -> dict[str, Any]:
    """The badge of a model by pack/model_id."""
    return {"standing": _models(context).get(address, UNPROVED)}


@register.inclusion_tag("parts/certificate_note.html", takes_context=True)
def model_note(context: template.Context, address: str) -> dict[str, Any]:
    """Why the certificate of a model does not hold any more, and a way to prove it
    again; nothing where it holds or there is none."""
    return {
        "standing": _models(context).get(address, UNPROVED),
        "address": address,
        **{name: context.get(name) for name in ("request", "csrf_token", "key")},
    }


def _models(context: template.Context) -> dict[str, Standing]:
    """All models' standings: asked once for a page."""
    held: dict[str, Standing] | None = context.render_context.get("certificates")
    if held is None:
        held = certificates.of_models(services.list_models())
        context.render_context["certificates"] = held
    return held


@register.inclusion_tag("parts/badge.html", takes_context=True)
def set_badge(context: template.Context, address: str) -> dict[str, Any]:
    """The badge of an indicator set by pack/set; one query for all sets of a page."""
    held = context.render_context.get("set certificates")
    if held is None:
        held = certificates.of_sets(services.list_models())
        context.render_context["set certificates"] = held
    return {"standing": held.get(address, UNPROVED)}


@register.filter
def split_words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()
