"""The failpoints of runs: those of `packs_app.failpoints`, which stands below."""

from packs_app.failpoints import FailpointHit, hit, parse

__all__ = ["FailpointHit", "hit", "parse"]
