"""What an entry of the glossary is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word of the site: as shown, its meaning, formula and an example."""

    name: str
    meaning: str
    formula: str
    example: str

    def __str__(self) -> str:
        return f"{self.meaning} Formula: {self.formula}. Example: {self.example}."
