"""What the bot would do next, in Rasa's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.bot import Bot
from chatwright.schema.decision import Decision

__all__ = ["prediction_json"]


def prediction_json(bot: Bot, decision: Decision, state: Mapping[str, Any]) -> dict[str, Any]:
    """Rasa's answer of ``/predict``: every action with its probability, the most probable first."""
    scores = dict.fromkeys(bot.domain.action_names, 0.0) | dict(decision.scores)
    scores[decision.action] = max(scores.get(decision.action, 0.0), decision.confidence)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    return {
        "scores": [{"action": name, "score": score} for name, score in ranked],
        "policy": decision.policy,
        "confidence": decision.confidence,
        "tracker": state,
    }
