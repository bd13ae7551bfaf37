"""Training the light learned policy."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chatwright.dialogue.policies.fit_state_model import Sample, fit_state_model
from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.learned import LearnedPolicy
from chatwright.dialogue.policies.precedents import Precedent, Precedents
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.schema.events import Event, UserUttered

__all__ = ["DEFAULT_HISTORY", "fit_learned", "glued", "precedents_of"]

DEFAULT_HISTORY = 5
MAX_GLUED = 400


def fit_learned(config: Mapping[str, Any], dialogues: Dialogues) -> LearnedPolicy:
    """Logistic regression over the decisions of the stories."""
    max_history = int(config.get("max_history") or DEFAULT_HISTORY)
    stories, domain, seed = dialogues.stories, dialogues.domain, dialogues.seed
    told = [*stories, *glued(stories, seed, dialogues.augmentation)]
    return LearnedPolicy(
        name=str(config.get("name", "TEDPolicy")).rsplit(".", 1)[-1],
        priority=int(config.get("priority", 1)),
        max_history=max_history,
        text_threshold=float(config.get("e2e_confidence_threshold", 0.5)),
        hidden=dialogues.hidden,
        texts=sorted({text for story in stories for event in story.events if (text := _bare_text(event))}),
        model=fit_state_model(_samples(told, domain, max_history), seed),
        precedents=Precedents.of(precedents_of(stories, domain, max_history)),
    )


def precedents_of(
    stories: Sequence[TrainingDialogue], domain: Domain, max_history: int | None
) -> Iterator[Precedent]:
    """The decisions of the stories with where they stand."""
    for story in stories:
        for states, action in learned_decisions(story, domain, max_history):
            yield states, action, story.name, story.source


def _samples(dialogues: Sequence[TrainingDialogue], domain: Domain, max_history: int) -> list[Sample]:
    seen: dict[Sample, None] = {}
    for dialogue in dialogues:
        for states, action in learned_decisions(dialogue, domain, max_history):
            seen[tuple(states), action] = None
    return list(seen)


def glued(stories: Sequence[TrainingDialogue], seed: int, augmentation: int) -> list[TrainingDialogue]:
    """Pairs of stories as one, drawn at random."""
    if len(stories) < 2 or not augmentation:
        return []
    chance = random.Random(seed)
    out = []
    for _ in range(min(augmentation * 10, MAX_GLUED, len(stories) ** 2)):
        first, second = chance.choice(stories), chance.choice(stories)
        # The first ends with a listen, and most begin with one; one of them is enough.
        out.append(TrainingDialogue("", [*first.events[:-1], *second.events], None))
    return out


def _bare_text(event: Event) -> str | None:
    """The text of a user step without intent."""
    return event.text if isinstance(event, UserUttered) and event.intent is None else None
