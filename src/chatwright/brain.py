"""The brain: a loaded bundle, without any memory of its own.

It understands a message, decides on an action and runs it; a ``Tracker`` that the caller holds is
the only state. ``turn.py`` strings these steps together into a turn, ``bot.py`` adds the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatwright.actions.call import ActionCall, History
from chatwright.actions.python_actions import PythonActions
from chatwright.actions.remote import RemoteActions
from chatwright.actions.runner import ActionRunner
from chatwright.bundle import Bundle, Manifest, open_bundle
from chatwright.dialogue.belief.dialogue_state import DialogueState
from chatwright.dialogue.context.context import CONTEXT_FILE, ConversationContext
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.topics import BACK_WORDS, back_responses, goes_back
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.profile import uses_profile
from chatwright.dialogue.tracker import Tracker
from chatwright.errors import BundleError
from chatwright.generate.nlg_server import response_source
from chatwright.nlu.payload import parse_payload
from chatwright.nlu.pipeline import Pipeline
from chatwright.project.domain import Domain
from chatwright.project.endpoints import Endpoints
from chatwright.project.read_domain import domain_from_json
from chatwright.schema.decision import Decision
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    Event,
)
from chatwright.schema.understanding import Understanding
from chatwright.text.language import detect

__all__ = ["Brain"]


class Brain:
    """Everything that answers, loaded once per process and bundle."""

    def __init__(
        self,
        *,
        manifest: Manifest,
        domain: Domain,
        languages: Sequence[str],
        pipeline: Pipeline | None,
        decider: Decider | None,
        runner: ActionRunner,
        context: ConversationContext | None = None,
    ) -> None:
        self.manifest = manifest
        self.domain = domain
        self.languages = tuple(languages)
        self.pipeline = pipeline
        self.decider = decider
        self.runner = runner
        self.context = context
        """None: each message is read by itself, as Rasa does."""
        # A snapshot is only valid for the code and the bundle that folded it.
        self.snapshot_key = f"{manifest.chatwright_version}/{manifest.bundle_id}"
        self.uses_profile = uses_profile(domain)
        self._entities = frozenset(domain.entities)

    @classmethod
    def load(
        cls, bundle: Bundle | Path | str, *, project_root: Path, endpoints: Endpoints | None = None
    ) -> Brain:
        """Load a bundle; the actions come from the project's folder, never from the bundle.

        Args:
            bundle: an opened bundle, or the path of one or of a folder of them.
            project_root: folder with ``actions.py`` or ``actions/``.
            endpoints: where the action server and the NLG server are, when there are any.

        Raises:
            BundleError: the bundle is damaged or foreign.
            ProjectError: the project's actions cannot be imported.
        """
        if not isinstance(bundle, Bundle):
            bundle = open_bundle(bundle)
        endpoints = endpoints or Endpoints()
        languages = bundle.manifest.languages or ("en",)
        nlu, dialogue = bundle.folder / "nlu", bundle.folder / "dialogue"
        with _foreign_parts_named(bundle):
            has_context = (bundle.folder / CONTEXT_FILE).is_file()
            context = ConversationContext.from_json(bundle.read_json(CONTEXT_FILE)) if has_context else None
            domain = domain_from_json(bundle.read_json("domain.json"))
            pipeline = Pipeline.load(nlu, project_root=project_root) if nlu.is_dir() else None
            decider = (
                Decider.from_folder(dialogue, domain, project_root=project_root)
                if dialogue.is_dir()
                else None
            )
            state = DialogueState.find(dialogue, domain)
        remote = RemoteActions(endpoints.action_endpoint) if endpoints.action_endpoint else None
        # As in Rasa, a project with an action server leaves its Python files to that server.
        python = None if remote else PythonActions.load(project_root)
        return cls(
            manifest=bundle.manifest,
            domain=domain,
            languages=languages,
            pipeline=pipeline,
            decider=decider,
            context=context,
            runner=ActionRunner(
                domain,
                response_source(domain, endpoints.nlg, default_language=languages[0]),
                python=python,
                remote=remote,
                state=state,
                root=project_root,
            ),
        )

    def language_of(self, text: str, tracker: Tracker | None, wish: str | None = None) -> str | None:
        """The language of a message; ``wish`` (the user's own choice) goes first.

        A conversation keeps its language through numbers, names and "OK".
        """
        if wish in self.languages:
            return wish
        if len(self.languages) == 1:
            return self.languages[0]
        current = tracker.language if tracker else None
        return detect(text, current=current, allowed=self.languages)

    def understand(
        self, text: str, tracker: Tracker | None = None, *, language: str | None = None
    ) -> Understanding:
        """What the bot understands of ``text``, given the conversation so far.

        Text of the form ``/intent{"entity": "value"}`` is taken as already understood.
        """
        payload = parse_payload(text, self.domain.intents, self._entities)
        if payload is not None:  # the name of an intent is no English
            return replace(payload, language=self.language_of("", tracker, language))
        found = self.language_of(text, tracker, language)
        if self.pipeline is None:
            return Understanding(text=text, language=found)
        current = found or (tracker.language if tracker else None) or self.languages[0]
        understanding = self.pipeline.parse([text], [current])[0]
        return replace(
            understanding, language=found, response_selector=self._answered(understanding.response_selector)
        )

    def _answered(self, selector: Mapping[str, Any]) -> Mapping[str, Any]:
        """The selector's choice with the words of its answer, which the domain holds."""
        return {
            key: {**entry, "response": self._with_words(entry["response"])}
            if isinstance(entry, Mapping)
            else entry
            for key, entry in selector.items()
        }

    def _with_words(self, response: Mapping[str, Any]) -> Mapping[str, Any]:
        variations = self.domain.responses.get(response.get("utter_action") or "", ())
        return {**response, "responses": [dict(variation.content) for variation in variations]}

    def requests(self, heard: Understanding, tracker: Tracker) -> list[Understanding]:
        """The parts of a message that wants several things, in order; nothing for one that wants one."""
        if self.context is None:
            return []
        return self.context.requests(heard, tracker, lambda text: self._again(heard, tracker, text))

    def resolve(self, heard: Understanding, tracker: Tracker) -> Resolution | None:
        """What a message means after those before it; None where it stands by itself."""
        if self.context is None:
            return None
        return self.context.resolve(heard, tracker, lambda text: self._again(heard, tracker, text))

    def _again(self, heard: Understanding, tracker: Tracker, text: str) -> Understanding:
        """What is understood of other words in the place of a message."""
        return self.understand(text, tracker, language=heard.language)

    def decide(self, tracker: Tracker) -> Decision:
        """The next action and why."""
        if self.decider is None:
            return Decision(action="action_listen", confidence=1.0, policy="none")
        return self.decider.decide(tracker)

    async def act(
        self,
        tracker: Tracker,
        decision: Decision,
        *,
        channel: str,
        idempotency_key: str,
        history: History | None = None,
    ) -> list[Event]:
        """Run the decided action and apply what it did to ``tracker``.

        Returns:
            The new events in order: the prediction's, the action, what the action did. A rejected
            action gives a single ``action_execution_rejected``.
        """
        view = tracker.copy()
        view.update_all(decision.events)
        outcome = await self.runner.run(
            decision.action,
            view,
            channel=channel,
            idempotency_key=idempotency_key,
            is_text=decision.is_text,
            question=decision.question,
            history=history,
        )
        if outcome and isinstance(outcome[0], ActionExecutionRejected):
            events: list[Event] = [
                ActionExecutionRejected(
                    name=decision.action, policy=decision.policy, confidence=decision.confidence
                )
            ]
        else:
            executed = ActionExecuted(
                name=None if decision.is_text else decision.action,
                action_text=decision.action if decision.is_text else None,
                policy=decision.policy,
                confidence=decision.confidence,
                hide_rule_turn=decision.hide_rule_turn,
            )
            events = [*decision.events, executed, *outcome]
        tracker.update_all(events)
        return events

    def goes_back(self, tracker: Tracker, decision: Decision) -> Decision | None:
        """The decision to go on with a form that was interrupted, where config.yml asks for that."""
        if self.context is None or not self.context.options.topics:
            return None
        return goes_back(tracker, decision)

    async def say_back(self, tracker: Tracker, form: str, *, channel: str) -> list[Event]:
        """Say that an interrupted form goes on, where config.yml asks for that."""
        if self.context is None or not self.context.options.topics:
            return []
        call = ActionCall(tracker=tracker, channel=channel, idempotency_key="")
        response = next((name for name in back_responses(form) if name in self.domain.responses), None)
        language = tracker.language or self.languages[0]
        events: list[Event] = [BotUttered(text=BACK_WORDS.get(language, BACK_WORDS["en"]))]
        if response is not None:
            events = await self.runner.utter(response, call)
        tracker.update_all(events)
        return events

    async def extract_slots(
        self, tracker: Tracker, *, channel: str, idempotency_key: str, history: History | None = None
    ) -> list[Event]:
        """Fill slots from the latest message (``action_extract_slots``) and apply them."""
        events = await self.runner.run(
            "action_extract_slots",
            tracker,
            channel=channel,
            idempotency_key=idempotency_key,
            history=history,
        )
        tracker.update_all(events)
        return events

    async def close(self) -> None:
        """Release connections to action servers."""
        await self.runner.close()


@contextmanager
def _foreign_parts_named(bundle: Bundle) -> Iterator[None]:
    """A part that this version cannot read is the bundle's fault, not a reason to fall over."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, OSError) as error:
        raise BundleError(
            f"{bundle.path.name} holds a part that this version cannot read: {error!r}",
            fix="train again with `chatwright train --force`",
        ) from error
