"""Follow-up questions: ``and the blue one?``, ``那它多少钱?``, ``the second one``, ``something cheaper``.

A message is read in the light of the latest questions, in one of three ways:

- a *choice* names one of the things that the bot listed, by its place;
- an *ellipsis* is a fragment: its values take the place of those of the same kind in the question before,
  which is asked anew;
- a *reference* is a question of its own with a gap: a pronoun, or nothing where an entity belongs. The gap is
  filled with what was spoken of.

What the training data say of the intents (``IntentSchema``) decides what belongs to which question; the
rewritten words go through the understanding of the bot once more. A message that is clear on its own is left
alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatwright.dialogue.context.choices import chosen, find_choice
from chatwright.dialogue.context.ellipsis import asked_anew, asked_with_whatever
from chatwright.dialogue.context.focus import Focus
from chatwright.dialogue.context.message import Message, Understand
from chatwright.dialogue.context.references import completed
from chatwright.dialogue.context.resolution import Resolution
from chatwright.dialogue.context.schema import IntentSchema
from chatwright.schema.understanding import Understanding

__all__ = ["FollowUps"]


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Reads messages in their context.

    Args:
        schema: what the training data say of the bot's questions.
    """

    schema: IntentSchema

    def resolve(self, heard: Understanding, focus: Focus, understand: Understand) -> Resolution | None:
        """What a message means after those before it; None where it stands by itself.

        Args:
            heard: what was understood of it alone.
            understand: what the bot understands of other words.
        """
        if heard.text.startswith("/") or not heard.text.strip():
            return None
        message = Message(heard, focus, self.schema, understand)
        if (choice := find_choice(heard.text, focus.options)) is not None:
            return chosen(message, choice)
        if focus.asks or not focus.questions:
            return None  # what is said to a form's question answers it
        return asked_anew(message) or completed(message) or asked_with_whatever(message)
