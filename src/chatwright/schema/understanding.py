"""What the bot understood of one message. The JSON form is Rasa's parse result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatwright.schema.why import Evidence

__all__ = ["EMOTIONS", "Emotion", "Entity", "IntentScore", "Token", "Understanding"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``text[start:end]`` of the message is its surface."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A value found in a message. Offsets count Unicode code points of the message text."""

    entity: str
    value: Any
    start: int
    end: int
    role: str | None = None
    group: str | None = None
    confidence: float | None = None
    confidence_role: float | None = None
    confidence_group: float | None = None
    extractor: str = ""
    processors: tuple[str, ...] = ()
    additional_info: Mapping[str, Any] = field(default_factory=dict)
    """Normalised form and its unit, such as ``{"kind": "money", "value": 12.5, "unit": "CNY"}``."""

    def to_json(self) -> dict[str, Any]:
        """The entity as it stands in Rasa's parse result; absent fields are left out."""
        out: dict[str, Any] = {
            "entity": self.entity,
            "start": self.start,
            "end": self.end,
            "value": self.value,
        }
        if self.confidence is not None:
            out["confidence_entity"] = self.confidence
        if self.role is not None:
            out["role"] = self.role
            if self.confidence_role is not None:
                out["confidence_role"] = self.confidence_role
        if self.group is not None:
            out["group"] = self.group
            if self.confidence_group is not None:
                out["confidence_group"] = self.confidence_group
        if self.extractor:
            out["extractor"] = self.extractor
        if self.processors:
            out["processors"] = list(self.processors)
        if self.additional_info:
            out["additional_info"] = dict(self.additional_info)
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Entity:
        """The inverse of ``to_json``; offsets default to 0, as in external triggers."""
        return cls(
            entity=str(data["entity"]),
            value=data.get("value"),
            start=int(data.get("start") or 0),
            end=int(data.get("end") or 0),
            role=data.get("role"),
            group=data.get("group"),
            confidence=data.get("confidence_entity"),
            confidence_role=data.get("confidence_role"),
            confidence_group=data.get("confidence_group"),
            extractor=data.get("extractor") or "",
            processors=tuple(data.get("processors") or ()),
            additional_info=dict(data.get("additional_info") or {}),
        )


EMOTIONS = {
    "neutral": "neutral",
    "joy": "positive",
    "gratitude": "positive",
    "surprise": "neutral",
    "confusion": "neutral",
    "disappointment": "negative",
    "sadness": "negative",
    "fear": "negative",
    "anger": "negative",
}
"""Emotions that the models of the house tell apart, each with its sentiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emotion:
    """How the writer of a message feels."""

    label: str
    """One of ``EMOTIONS``, or a class of the project's own."""
    confidence: float
    """Probability of the label."""
    intensity: int
    """0 (none) to 3: anger 1 is annoyance and 3 is rage, fear 1 is a worry and 3 is panic."""
    sentiment: str
    """``positive``, ``neutral`` or ``negative``."""
    sentiment_confidence: float
    """Probability of the sentiment: that of all labels that have it."""

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "label": self.label,
            "confidence": self.confidence,
            "intensity": self.intensity,
            "sentiment": self.sentiment,
            "sentiment_confidence": self.sentiment_confidence,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Emotion:
        """The inverse of ``to_json``."""
        return cls(**data)


@dataclass(frozen=True, slots=True)
class IntentScore:
    """An intent with its calibrated probability."""

    name: str | None
    confidence: float

    def to_json(self) -> dict[str, Any]:
        """``{"name", "confidence"}``."""
        return {"name": self.name, "confidence": self.confidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """Everything understood of one message."""

    text: str
    language: str | None = None
    """``zh``, ``en`` …; None where the text does not tell (numbers, "OK", emoji)."""
    tokens: Sequence[Token] = ()
    intent: IntentScore = IntentScore(None, 0.0)
    ranking: Sequence[IntentScore] = ()
    """Best first; ``nlu_fallback`` stands first where the fallback classifier put it."""
    in_scope: float | None = None
    """Probability that the message is about any of the intents; None where nobody asked."""
    entities: Sequence[Entity] = ()
    response_selector: Mapping[str, Any] = field(default_factory=dict)
    """Rasa's ``response_selector`` object, as §11 of its parse result."""
    emotion: Emotion | None = None
    """None where nothing in the pipeline looks for it."""
    evidence: Sequence[Evidence] = ()

    def to_json(self) -> dict[str, Any]:
        """Rasa's parse result; ours (language, emotion, evidence) rides under ``chatwright``."""
        out: dict[str, Any] = {
            "text": self.text,
            "intent": self.intent.to_json(),
            "entities": [entity.to_json() for entity in self.entities],
            "text_tokens": [[token.start, token.end] for token in self.tokens],
            "intent_ranking": [score.to_json() for score in self.ranking],
        }
        if self.response_selector:
            out["response_selector"] = dict(self.response_selector)
        ours: dict[str, Any] = {}
        if self.language:
            ours["language"] = self.language
        if self.in_scope is not None:
            ours["in_scope"] = self.in_scope
        if self.emotion:
            ours["emotion"] = self.emotion.to_json()
        if self.evidence:
            ours["evidence"] = [evidence.to_json() for evidence in self.evidence]
        if ours:
            out["chatwright"] = ours
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Understanding:
        """Read a parse result of Rasa's or ours; missing parts are empty."""
        text = data.get("text") or ""
        intent = data.get("intent") or {}
        ours = data.get("chatwright") or {}
        return cls(
            text=text,
            language=ours.get("language"),
            in_scope=ours.get("in_scope"),
            tokens=tuple(Token(text[a:b], a, b) for a, b in data.get("text_tokens") or ()),
            intent=IntentScore(intent.get("name"), float(intent.get("confidence") or 0.0)),
            ranking=tuple(
                IntentScore(score.get("name"), float(score.get("confidence") or 0.0))
                for score in data.get("intent_ranking") or ()
            ),
            entities=tuple(Entity.from_json(entity) for entity in data.get("entities") or ()),
            response_selector=dict(data.get("response_selector") or {}),
            emotion=Emotion.from_json(ours["emotion"]) if ours.get("emotion") else None,
            evidence=tuple(Evidence.from_json(evidence) for evidence in ours.get("evidence") or ()),
        )
