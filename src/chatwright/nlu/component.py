"""What every part of the NLU pipeline is: it is fitted once and then enriches messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Emotion, Entity, IntentScore, Token, Understanding
from chatwright.schema.why import Evidence

__all__ = ["Component", "FitReport", "Message"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message on its way through the pipeline. A component gives a changed copy (``replace``)."""

    text: str
    language: str | None = None
    """Language to process it in; None where the text does not tell."""
    tokens: Sequence[Token] = ()
    intent: IntentScore = field(default=IntentScore(None, 0.0))
    ranking: Sequence[IntentScore] = ()
    in_scope: float | None = None
    entities: Sequence[Entity] = ()
    response_selector: Mapping[str, Any] = field(default_factory=dict)
    emotion: Emotion | None = None
    evidence: Sequence[Evidence] = ()

    def understanding(self) -> Understanding:
        """What was understood at the end."""
        return Understanding(
            text=self.text,
            language=self.language,
            tokens=self.tokens,
            intent=self.intent,
            ranking=self.ranking,
            in_scope=self.in_scope,
            entities=self.entities,
            response_selector=self.response_selector,
            emotion=self.emotion,
            evidence=self.evidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FitReport:
    """What a component says of its training."""

    component: str
    """Name as in the configuration."""
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, such as the number of examples."""

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {"component": self.component, "seconds": round(self.seconds, 3), **self.details}


@runtime_checkable
class Component(Protocol):
    """A part of the pipeline. It is made from its entry of ``config.yml``, fitted, saved and loaded.

    ``requires`` and ``provides`` name fields of ``Message`` (``tokens``, ``intent``, ``entities``,
    ``response_selector``, ``emotion``), so that the order is checked before anything is trained.
    """

    requires: ClassVar[frozenset[str]]
    provides: ClassVar[frozenset[str]]
    name: str
    """Name as in the configuration; what its entities carry as ``extractor``."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """A component that is not trained yet.

        Raises:
            ComponentError: an option has a value that it cannot have.
        """
        ...

    def fit(self, data: NluData, messages: Sequence[Message]) -> FitReport:
        """Learn from the data.

        Args:
            data: all NLU data of the project.
            messages: ``data.examples`` in the same order, as the components before left them.
        """
        ...

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Enriched copies of the messages, in the same order."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was learnt into ``folder``, which exists and is empty."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of ``save``."""
        ...
