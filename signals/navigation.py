"""The rail: which pages there are, in their four groups."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One entry of the rail; `within` are the addresses at which it is marked."""

    name: str
    label: str
    icon: str
    words: str
    within: tuple[str, ...] = ()
    #: on a phone: in the bottom bar, or behind More
    first: bool = False

    def holds(self, url_name: str | None) -> bool:
        """Whether the address belongs to this page."""
        return url_name is not None and url_name in (self.name, *self.within)


RAIL: tuple[tuple[str, tuple[Page, ...]], ...] = (
    (
        "Decide",
        (
            Page(
                "today", "Today", "sunrise", "What passed, and what is due", first=True
            ),
            Page(
                "signals",
                "Signals",
                "list-ordered",
                "The ranked list of a session",
                ("signal",),
                first=True,
            ),
        ),
    ),
    (
        "Make",
        (
            Page(
                "models",
                "Models",
                "layers",
                "Every model of every pack",
                (
                    "model",
                    "model_backtest",
                    "backtest",
                    "model_train",
                    "training",
                    "calibrate",
                    "calibrate_start",
                    "promote",
                ),
                first=True,
            ),
            Page(
                "builder",
                "Builder",
                "blocks",
                "From an idea to a scanner that runs",
                ("builder_edit", "builder_turn", "builder_save"),
            ),
            Page(
                "leaderboard",
                "Leaderboard",
                "trophy",
                "Every backtest, and how much of it may be luck",
                ("compare",),
            ),
        ),
    ),
    (
        "Know",
        (
            Page(
                "data",
                "Data",
                "database",
                "Bars held, their quality, upload",
                ("dataset", "data_upload"),
            ),
            Page(
                "universes",
                "Universe",
                "orbit",
                "Who could be chosen on a session, and why",
                ("universe", "universe_create", "universe_save"),
            ),
            Page(
                "indicators",
                "Indicators",
                "sigma",
                "The catalogue, its charts and certificates",
                ("indicator",),
            ),
            Page(
                "packs",
                "Packs",
                "package",
                "Definitions, their faults and their history",
                ("pack", "pack_create", "definition", "definition_save"),
            ),
        ),
    ),
    (
        "Run",
        (
            Page(
                "runs",
                "Runs",
                "activity",
                "Jobs, their steps and results",
                ("run", "run_create"),
                first=True,
            ),
            Page(
                "health", "Health", "heart-pulse", "What must hold, and how to mend it"
            ),
        ),
    ),
)

PAGES: tuple[Page, ...] = tuple(page for _, pages in RAIL for page in pages)
