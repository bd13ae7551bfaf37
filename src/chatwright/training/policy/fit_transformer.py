"""Training the Transformer policy on stories, on the CPU.

Whole conversations are read at once: each state is taught what was done after it, looking back only. Some
conversations follow another one, as they do in a bot that has been talking for a while. The schedule is fixed
by the number of stories and the learning rate falls to zero, so that the last weights are the best ones; on
held-out stories the loss did not rise again within it, so nothing is held out of training.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix
from torch import Tensor
from torch.nn import functional

from chatwright.dialogue.policies.features import parts_of, words_of
from chatwright.dialogue.policies.history import learned_decisions
from chatwright.dialogue.policies.turn_net import TurnFeatures, TurnNet
from chatwright.dialogue.states import State
from chatwright.dialogue.training_stories import TrainingDialogue
from chatwright.project.domain import Domain
from chatwright.training.one_thread import one_thread
from chatwright.training.policy.net import Conversation, NetOptions, TextTable, TurnModule, batch_of

__all__ = ["FittedNet", "fit_net"]

BATCH = 16
"""Conversations a step."""
RATE = 2e-3
DECAY = 1e-2
WARM_UP = 0.1
"""Share of the steps in which the learning rate rises."""
PASSES = 24
STEPS = (400, 20_000)
"""``PASSES`` over the stories, but at least and at most so many steps, where the configuration is silent."""
FOLLOWING = 0.25
"""Share of the conversations that follow another one."""
PRIOR = 0.2
"""How far scores are freed from how frequent an action is (logit adjustment, arXiv 2007.07314)."""
ALIKE = 0.1
"""How much less alike a text may be to be half right as well (1 - likeness, at 1/e)."""
LEAST_SEEN = 2
"""States and bot texts that must show a word; what shows once only is learned by heart."""

Told = Sequence[tuple[State, str]]
"""The states of a story, each with what was done after it."""


@dataclass(frozen=True, slots=True)
class FittedNet:
    """A trained net and what belongs to it."""

    net: TurnNet
    features: TurnFeatures
    actions: Sequence[str]
    texts: int
    """How many of the actions, at the end, are bot texts."""


def fit_net(
    stories: Sequence[TrainingDialogue],
    domain: Domain,
    *,
    reach: int,
    seed: int,
    augmentation: int,
    options: NetOptions,
    passes: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> FittedNet | None:
    """The net of the stories; None where they show fewer than two actions.

    Args:
        reach: how many states back the net looks.
        augmentation: 0 teaches each story alone.
        passes: over the stories, in place of the schedule.
        progress: told the share of the steps that are done.
    """
    told = [found for story in stories if (found := _told(story, domain))]
    actions = {action for story in told for _, action in story}
    if len(actions) < 2:
        return None
    said = {action for action in actions if action in domain.e2e_actions}
    named, spoken = sorted(actions - said), sorted(said)
    features = _features(told, said)
    texts: dict[str, int] = {text: number for number, text in enumerate(spoken)}
    numbers = {action: number for number, action in enumerate([*named, *spoken])}
    conversations = [_conversation(story, features, texts, numbers) for story in told]
    table = TextTable([features.text_rows(text) for text in texts])
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        module = TurnModule(len(features.parts), len(features.words), len(named), table, reach, options)
        likeness = _Likeness(table, len(spoken))
        trainer = _Trainer(
            module, conversations, len(named), likeness, random.Random(seed), FOLLOWING * bool(augmentation)
        )
        trainer.run(_steps(len(told), passes), progress)
        net = _exported(module, conversations, len(spoken))
    return FittedNet(net, features, [*named, *spoken], len(spoken))


def _told(story: TrainingDialogue, domain: Domain) -> Told:
    return [(states[-1], action) for states, action in learned_decisions(story, domain, None)]


def _features(told: Sequence[Told], said: set[str]) -> TurnFeatures:
    states = [state for story in told for state, _ in story]
    parts = {part for state in states for part in parts_of(state) if not part.startswith("text=")}
    parts -= {f"after={text}" for text in said}
    texts = [*said, *(state.text for state in states if state.text)]
    words = Counter(word for text in texts for word in set(words_of(text)))
    kept = (word for word, count in words.items() if count >= LEAST_SEEN)
    return TurnFeatures(*({name: row for row, name in enumerate(sorted(names))} for names in (parts, kept)))


def _conversation(
    story: Told, features: TurnFeatures, texts: dict[str, int], numbers: Mapping[str, int]
) -> Conversation:
    heard, said = [], []
    for state, _ in story:
        heard.append(texts.setdefault(state.text, len(texts)) if state.text else -1)
        spoken = features.words and features.is_text(state.previous)
        said.append(texts.setdefault(str(state.previous), len(texts)) if spoken else -1)
    turns = [features.rows_of(state) for state, _ in story]
    return Conversation(turns, heard, said, [numbers[action] for _, action in story])


class _Likeness:
    """Of texts: half by their words, rare ones weighing more, half by their house vectors."""

    def __init__(self, table: TextTable, count: int) -> None:
        rows = [np.unique(words[words >= 0].numpy()) for words in table.words[:count]]
        columns = np.concatenate([np.zeros(0, np.int64), *rows])
        weights = 1 + np.log((1 + count) / (1 + np.bincount(columns, minlength=1)))
        ends = np.cumsum([0, *map(len, rows)])
        bags = csr_matrix((weights[columns], columns, ends), (count, len(weights)))
        lengths = np.sqrt(bags.multiply(bags).sum(axis=1))
        self.words: Any = bags.multiply(1 / np.maximum(lengths, 1e-9)).tocsr()
        self.vectors = table.vectors[:count].numpy()

    def between(self, first: Tensor, second: Tensor) -> Tensor:
        """(M, N) 1 for the same text, down to 0; from the numbers of M and N texts."""
        alike = (self.words[first.numpy()] @ self.words[second.numpy()].T).toarray()
        if self.vectors.shape[1]:
            close = self.vectors[first.numpy()] @ self.vectors[second.numpy()].T
            alike = (alike + np.maximum(close, 0)) / 2
        return torch.from_numpy(alike.astype(np.float32))


def _steps(stories: int, passes: int | None) -> int:
    batches = -(-stories // BATCH)
    return passes * batches if passes is not None else min(max(PASSES * batches, STEPS[0]), STEPS[1])


@dataclass(slots=True)
class _Trainer:
    module: TurnModule
    conversations: Sequence[Conversation]
    named: int
    likeness: _Likeness
    chance: random.Random
    following: float

    def run(self, steps: int, progress: Callable[[float], None] | None) -> None:
        optimiser = torch.optim.AdamW(self.module.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, max(steps, 2), pct_start=WARM_UP)
        self.module.train()
        for step, conversations in zip(range(steps), self._batches(), strict=False):
            loss = self._loss(conversations)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.module.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if progress and step % 20 == 0:
                progress(step / steps)
        self.module.eval()

    def _batches(self) -> Iterator[list[Conversation]]:
        order = list(self.conversations)
        while True:
            self.chance.shuffle(order)
            for start in range(0, len(order), BATCH):
                yield [self._after_another(c) for c in order[start : start + BATCH]]

    def _after_another(self, conversation: Conversation) -> Conversation:
        if self.chance.random() >= self.following:
            return conversation
        return self.chance.choice(self.conversations).then(conversation)

    def _loss(self, conversations: Sequence[Conversation]) -> Tensor:
        """Surprise at what was done, of the named actions and the texts of this batch."""
        batch = batch_of(conversations)
        taught = batch.actions >= 0
        queries, right = self.module.queries(batch)[taught], batch.actions[taught]
        scores = queries @ self.module.named.weight.T + self.module.bias
        spoken = torch.unique(right[right >= self.named]) - self.named
        if not len(spoken):
            return functional.cross_entropy(scores, right)
        scores = torch.cat([scores, queries @ self.module.answers(spoken).T], 1)
        return functional.cross_entropy(scores, self._targets(right, spoken))

    def _targets(self, right: Tensor, spoken: Tensor) -> Tensor:
        """(N, A + S) shares of what is right: beside the text that was said those that are like it."""
        targets = torch.zeros(len(right), self.named + len(spoken))
        is_text = right >= self.named
        targets[~is_text, right[~is_text]] = 1
        likeness = self.likeness.between(right[is_text] - self.named, spoken)
        targets[is_text, self.named :] = ((likeness - 1) / ALIKE).softmax(1)
        return targets


def _exported(module: TurnModule, conversations: Sequence[Conversation], spoken: int) -> TurnNet:
    named = module.named.weight.shape[0]
    counts = np.bincount([a for c in conversations for a in c.actions], minlength=named)[:named]
    bias = module.bias.detach().numpy() - PRIOR * np.log(np.maximum(counts, 1) / counts.sum())
    texts = torch.arange(spoken)
    with torch.no_grad():
        answers = module.answers(texts) if spoken else torch.zeros(0, module.options.width)
        kinds = functional.normalize(module.text(texts), dim=1) if spoken else answers
        vectors = torch.cat([module.named.weight, answers])
    return TurnNet(
        module.arrays()
        | {
            "actions": vectors.numpy(),
            "kinds": kinds.numpy().astype(np.float16),
            "bias": np.concatenate([bias, np.zeros(spoken)]).astype(np.float32),
        },
        module.options.heads,
    )
