"""What components around one text classifier have in common: options, training's outcome, saving, loading."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from chatwright.errors import ComponentError
from chatwright.nlu.text_classifier import TextClassifier

__all__ = ["TextComponent"]

RANKING_LENGTH = 10


@dataclass(slots=True)
class TextComponent:
    """A component that holds a text classifier; ``ranking_length`` (10; 0 for all) labels are named."""

    requires: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset()

    name: str
    config: Mapping[str, Any]
    model: TextClassifier | None = None
    """None without any example that it could learn from."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """From its entry of config.yml.

        Raises:
            ComponentError: ``ranking_length`` is not a number of labels.
        """
        length = config.get("ranking_length", RANKING_LENGTH)
        if isinstance(length, bool) or not isinstance(length, int) or length < 0:
            raise ComponentError(
                f"{config.get('name', cls.__name__)}: ranking_length cannot be {length!r}",
                fix="write a number of intents, such as 10, or 0 for all",
            )
        return cls(str(config.get("name", cls.__name__)), dict(config))

    @property
    def ranking_length(self) -> int:
        """How many labels a ranking names; 0 for all."""
        return self.config.get("ranking_length", RANKING_LENGTH)

    def learnt(self) -> dict[str, Any]:
        """JSON values to keep beside the classifier, by attribute."""
        return {}

    def save(self, folder: Path) -> None:
        """Write what was learnt into ``folder``, which exists and is empty."""
        content = {"config": self.config, "trained": self.model is not None, "learnt": self.learnt()}
        (folder / "component.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        if self.model is not None:
            self.model.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of ``save``."""
        content = json.loads((folder / "component.json").read_text("utf-8"))
        found = cls.from_config(content["config"])
        for attribute, value in content["learnt"].items():
            setattr(found, attribute, value)
        found.model = TextClassifier.load(folder) if content["trained"] else None
        return found
