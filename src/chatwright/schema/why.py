"""Reasons: why the bot understood, decided and said what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason behind an understanding, a decision or an answer."""

    kind: str
    """What it is: ``example``, ``token``, ``pattern``, ``rule``, ``story``, ``loop``, ``threshold``,
    ``mapping``, ``response``, ``fallback`` …"""
    summary: str
    """One sentence for a person, in English."""
    source: str | None = None
    """Where it stands, as ``file:line``, where it stands in a file."""
    score: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    translations: Mapping[str, str] = field(default_factory=dict)
    """Language → the sentence in it."""

    def told(self, language: str | None) -> str:
        """The sentence in a language; in English where it is not known in that."""
        return self.translations.get(language or "", self.summary)

    def to_json(self) -> dict[str, Any]:
        """JSON form without empty fields."""
        out: dict[str, Any] = {"kind": self.kind, "summary": self.summary}
        if self.source is not None:
            out["source"] = self.source
        if self.score is not None:
            out["score"] = self.score
        if self.data:
            out["data"] = dict(self.data)
        if self.translations:
            out["translations"] = dict(self.translations)
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """The inverse of ``to_json``."""
        return cls(
            data["kind"],
            data["summary"],
            data.get("source"),
            data.get("score"),
            dict(data.get("data", {})),
            dict(data.get("translations", {})),
        )
