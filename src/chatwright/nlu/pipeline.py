"""The NLU pipeline: components in order, from a text to what was understood of it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from chatwright.errors import ChatwrightError, ComponentError, Location
from chatwright.nlu.component import Component, FitReport, Message
from chatwright.nlu.registry import Enlarger, import_component, plan_pipeline
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Understanding

__all__ = ["Pipeline"]

_LOG = logging.getLogger(__name__)

_CHINESE = "你好"
"""The dictionary of Chinese words is read with the bot, and not with its first message."""

Progress = Callable[[str, float], None]


class Pipeline:
    """Components that understand messages, one after the other.

    Attributes:
        notices: what is done otherwise than the configuration says, a sentence each.
    """

    def __init__(
        self,
        components: Sequence[Component],
        kinds: Sequence[str],
        notices: Sequence[str] = (),
        *,
        chinese: bool = False,
        enlargers: Sequence[Enlarger] = (),
    ) -> None:
        self.components = tuple(components)
        self.notices = list(notices)
        self._kinds = tuple(kinds)
        self._chinese = chinese
        self._enlargers = tuple(enlargers)

    @classmethod
    def from_config(
        cls,
        entries: Sequence[Mapping[str, Any]] | None,
        languages: Sequence[str],
        *,
        project_root: Path | None = None,
    ) -> Self:
        """An untrained pipeline; the default one of the languages where ``entries`` is None or empty.

        Args:
            entries: ``pipeline:`` of config.yml.
            languages: of the bot, such as ``["zh", "en"]``.
            project_root: folder of components of the user's own, and of files that options name.

        Raises:
            ComponentError: an entry is unknown, misplaced or misconfigured.
        """
        plan = plan_pipeline(entries, languages, project_root=project_root)
        kinds = [step.kind for step in plan.steps]
        components = [import_component(s.kind, project_root).from_config(s.config) for s in plan.steps]
        return cls(components, kinds, plan.notices, chinese=plan.chinese, enlargers=plan.enlargers)

    def fit(self, data: NluData, *, progress: Progress | None = None) -> list[FitReport]:
        """Train every component on the project's data.

        Args:
            progress: told the component at work and the fraction of components that are done.
        """
        reports = []
        for enlarger in self._enlargers:
            before = len(data.examples)
            data = enlarger.enlarge(data, self._parser_of)
            added = {"added": len(data.examples) - before}
            reports.append(FitReport(component=type(enlarger).__name__, details=added))
        return reports + self._fit_components(data, progress)

    def _parser_of(self, data: NluData) -> Callable[[Sequence[str]], list[Understanding]]:
        self._fit_components(data, None)
        return self.parse

    def _fit_components(self, data: NluData, progress: Progress | None) -> list[FitReport]:
        messages = [Message(text=example.text) for example in data.examples]
        reports = []
        for number, component in enumerate(self.components):
            if progress:
                progress(component.name, number / len(self.components))
            try:
                reports.append(component.fit(data, messages))
            except Exception as error:
                if not self._is_own(number) or isinstance(error, ChatwrightError):
                    raise
                raise _failed(self._kinds[number], error) from error
            if self._is_read_later(number):
                messages = component.process(messages)
        if progress:
            progress("done", 1.0)
        return reports

    def _is_read_later(self, number: int) -> bool:
        """Ours learn from tokens and examples alone; what users' own learn from is not known."""
        own = any(self._is_own(later) for later in range(number + 1, len(self._kinds)))
        return own or "tokens" in self.components[number].provides

    def _is_own(self, number: int) -> bool:
        """Whether the component is the user's."""
        return not self._kinds[number].startswith("chatwright.")

    def parse(
        self, texts: Sequence[str], languages: Sequence[str | None] | None = None
    ) -> list[Understanding]:
        """What is understood of each text. A component of the user's own that fails is passed over.

        Args:
            languages: language of each text, where it is known.
        """
        messages = [
            Message(text=text, language=language)
            for text, language in zip(texts, languages or [None] * len(texts), strict=True)
        ]
        for number, component in enumerate(self.components):
            try:
                messages = component.process(messages)
            except Exception:
                if not self._is_own(number):
                    raise
                _LOG.exception("component %s failed; it is passed over", self._kinds[number])
        return [message.understanding() for message in messages]

    def save(self, folder: Path) -> None:
        """Write every component into a folder of its own under ``folder``, which exists."""
        steps = []
        for number, (component, kind) in enumerate(zip(self.components, self._kinds, strict=True)):
            name = f"{number}_{kind.rsplit('.', 1)[-1]}"
            (folder / name).mkdir()
            component.save(folder / name)
            steps.append({"folder": name, "kind": kind})
        content = {"steps": steps, "notices": self.notices, "chinese": self._chinese}
        (folder / "pipeline.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, *, project_root: Path | None = None) -> Self:
        """The inverse of ``save``.

        Raises:
            ComponentError: a component of the user's own cannot be imported any more.
        """
        content = json.loads((folder / "pipeline.json").read_text("utf-8"))
        kinds = [step["kind"] for step in content["steps"]]
        components = [
            import_component(step["kind"], project_root).load(folder / step["folder"])
            for step in content["steps"]
        ]
        for component in components:
            if content["chinese"] and "tokens" in component.provides:
                component.process([Message(text=_CHINESE)])
        return cls(components, kinds, content["notices"], chinese=content["chinese"])


def _failed(kind: str, error: Exception) -> ComponentError:
    """With the line of the user's code."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return ComponentError(
        f"component {kind} failed while it learnt: {type(error).__name__}: {error}",
        fix="correct it there",
        location=Location(frame.filename, frame.lineno or 0),
    )
