"""A project for rasa-sdk: its domain, and its actions as people write them for Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["ACTIONS", "DOMAIN", "write_sdk_project"]

DOMAIN: dict[str, Any] = {
    "intents": ["order", "inform", "ask"],
    "entities": ["size", "city"],
    "slots": {
        "size": {"type": "text", "mappings": [{"type": "from_entity", "entity": "size"}]},
        "口味": {"type": "text", "mappings": [{"type": "custom"}]},
        "extra": {"type": "text", "mappings": [{"type": "custom"}]},
        "city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
    },
    "forms": {"pizza_form": {"required_slots": ["size", "口味"]}},
    "responses": {
        "utter_hello": [
            {"text": "Hello {name}!", "language": "en", "buttons": [{"title": "Hi", "payload": "/ask"}]},
            {"text": "你好，{name}！", "language": "zh"},
        ],
        "utter_ask_size": [{"text": "Size?"}],
        "utter_ask_口味": [{"text": "什么口味？"}],
        "utter_ask_extra": [{"text": "Extra?"}],
    },
    "actions": [
        "action_say",
        "action_everything",
        "action_decline",
        "action_crash",
        "action_history",
        "action_validate_slot_mappings",
        "validate_pizza_form",
        "action_of_nobody",
    ],
}

ACTIONS = '''
"""Actions as written for Rasa."""

from actions.words import GREETED
from rasa_sdk import Action, FormValidationAction, ValidationAction
from rasa_sdk.events import (
    ActionExecuted, ActionReverted, ActiveLoop, AllSlotsReset, BotUttered, ConversationPaused,
    ConversationResumed, FollowupAction, ReminderCancelled, ReminderScheduled, SlotSet,
)
from rasa_sdk.interfaces import ActionExecutionRejection
import datetime


class Say(Action):
    def name(self):
        return "action_say"

    def run(self, dispatcher, tracker, domain):
        buttons = [{"title": "+", "payload": "/x"}]
        dispatcher.utter_message(response="utter_hello", name=GREETED, buttons=buttons)
        dispatcher.utter_message(text="literal", image="http://x/i.png")
        dispatcher.utter_message(json_message={"a": 1})
        return []


class Everything(Action):
    def name(self):
        return "action_everything"

    async def run(self, dispatcher, tracker, domain):
        return [
            SlotSet("city", "北京"),
            FollowupAction("action_say"),
            ReminderScheduled("ask", trigger_date_time=datetime.datetime(2030, 1, 2, 3, 4, 5), name="r",
                              kill_on_user_message=False),
            ReminderCancelled(name="r"),
            ConversationPaused(),
            ConversationResumed(),
            ActiveLoop(None),
            BotUttered("by hand"),
            ActionExecuted("action_listen"),
            ActionReverted(),
            AllSlotsReset(),
        ]


class Decline(Action):
    def name(self):
        return "action_decline"

    def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name(), "not now")


class Crash(Action):
    def name(self):
        return "action_crash"

    def run(self, dispatcher, tracker, domain):
        raise ValueError("secret 4711")


class History(Action):
    def name(self):
        return "action_history"

    def run(self, dispatcher, tracker, domain):
        said = [event["text"] for event in tracker.events if event["event"] == "user"]
        known = ",".join(sorted((domain or {}).get("forms", {})))
        dispatcher.utter_message(text=f"{tracker.sender_id}|{'/'.join(said)}|{tracker.latest_message['text']}|{known}")
        return []


class ValidatePizzaForm(FormValidationAction):
    def name(self):
        return "validate_pizza_form"

    async def required_slots(self, domain_slots, dispatcher, tracker, domain):
        return domain_slots + ["extra"] if tracker.slots.get("size") == "large" else domain_slots

    def validate_size(self, value, dispatcher, tracker, domain):
        if value not in ("small", "large"):
            dispatcher.utter_message(text=f"no {value}")
            return {"size": None}
        return {"size": value}

    async def extract_口味(self, dispatcher, tracker, domain):
        text = tracker.latest_message.get("text", "")
        return {"口味": text[1:]} if text.startswith("加") else {}

    async def extract_extra(self, dispatcher, tracker, domain):
        if tracker.slots.get("requested_slot") == "extra":
            return {"extra": tracker.latest_message.get("text")}
        return {}


class ValidateMappings(ValidationAction):
    def validate_city(self, value, dispatcher, tracker, domain):
        return {"city": value.title()}
'''


def write_sdk_project(folder: Path) -> Path:
    """Write a package ``actions`` into ``folder``."""
    package = folder / "actions"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "words.py").write_text('GREETED = "Ann 安"\n', "utf-8")
    (package / "deep").mkdir()
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "classes.py").write_text(ACTIONS, "utf-8")
    return folder
