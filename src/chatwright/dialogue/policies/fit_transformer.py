"""Training the Transformer policy: where PyTorch is, by ``training/policy/fit_transformer.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.dialogue.policies.fit_learned import precedents_of
from chatwright.dialogue.policies.precedents import Precedents
from chatwright.dialogue.policies.training_data import Dialogues
from chatwright.dialogue.policies.transformer import DEFAULT_HISTORY, TransformerPolicy
from chatwright.errors import MissingExtraError
from chatwright.learn.deep import can_train
from chatwright.schema.events import UserUttered

__all__ = ["fit_transformer"]


def fit_transformer(config: Mapping[str, Any], dialogues: Dialogues) -> TransformerPolicy | None:
    """The policy of the stories; None where they show fewer than two actions.

    Options: ``priority``, ``max_history`` (10), ``e2e_confidence_threshold`` (0.5), ``random_seed``,
    ``epochs`` (by the number of stories), and of the net ``transformer_size`` (64),
    ``number_of_transformer_layers`` (1), ``number_of_attention_heads`` (4), ``drop_rate`` (0.2).

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    if not can_train():
        raise MissingExtraError("training the TransformerPolicy", "train")
    from chatwright.training.policy.fit_transformer import fit_net
    from chatwright.training.policy.net import NetOptions

    named = {
        "transformer_size": "width",
        "number_of_transformer_layers": "layers",
        "number_of_attention_heads": "heads",
        "drop_rate": "dropout",
    }
    options = NetOptions(**{ours: config[theirs] for theirs, ours in named.items() if theirs in config})
    max_history = int(config.get("max_history") or DEFAULT_HISTORY)
    stories, domain = dialogues.stories, dialogues.domain
    fitted = fit_net(
        stories,
        domain,
        reach=max_history,
        seed=int(config.get("random_seed") or dialogues.seed),
        augmentation=dialogues.augmentation,
        options=options,
        passes=int(config["epochs"]) if "epochs" in config else None,
        progress=dialogues.progress,
    )
    if fitted is None:
        return None
    return TransformerPolicy(
        net=fitted.net,
        features=fitted.features,
        actions=fitted.actions,
        texts=fitted.texts,
        name=str(config.get("name", "TransformerPolicy")).rsplit(".", 1)[-1],
        priority=int(config.get("priority", 1)),
        max_history=max_history,
        text_threshold=float(config.get("e2e_confidence_threshold", 0.5)),
        reads_intents=any(
            isinstance(event, UserUttered) and event.intent is not None
            for story in stories
            for event in story.events
        ),
        hidden=dialogues.hidden,
        precedents=Precedents.of(precedents_of(stories, domain, max_history)),
    )
