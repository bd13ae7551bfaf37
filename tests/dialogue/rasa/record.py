"""Records what Rasa 3.6 decides in random conversations with the bots of this folder.

Run it with the Python of an environment that holds ``rasa==3.6.*``; it writes ``traces.json`` beside each
bot.
``test_rasa_decisions.py`` holds Chatwright to these decisions, and needs no Rasa.

    python tests/dialogue/rasa/record.py
"""

import json
import logging
import os
import random
import tempfile
import warnings
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", RASA_TELEMETRY_ENABLED="false")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import structlog  # noqa: E402

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))

from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble  # noqa: E402
from rasa.core.policies.memoization import AugmentedMemoizationPolicy, MemoizationPolicy  # noqa: E402
from rasa.core.policies.rule_policy import RulePolicy  # noqa: E402
from rasa.engine.graph import ExecutionContext, GraphSchema  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.engine.storage.resource import Resource  # noqa: E402
from rasa.shared.core import events as e  # noqa: E402
from rasa.shared.core.generator import TrainingDataGenerator  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa.shared.importers.importer import TrainingDataImporter  # noqa: E402
from rasa.shared.utils import validation  # noqa: E402

# Rasa's schema wants a Latin letter in each slot and form name; its policies do not care.
validation.validate_yaml_schema = lambda *args, **kwargs: None

POLICIES = (
    (RulePolicy, {}),
    (MemoizationPolicy, {"max_history": None}),
    (AugmentedMemoizationPolicy, {"max_history": 4, "priority": 2}),
)
CONVERSATIONS = 25
DROPPED = ("timestamp", "metadata", "policy", "confidence", "message_id", "input_channel", "data")


class Talk:
    """One random conversation; what Rasa decides is done, with made-up effects."""

    def __init__(self, domain, policies, hidden, stories, chance):
        self.domain, self.policies, self.hidden = domain, policies, hidden
        self.stories, self.chance = stories, chance
        self.tracker = DialogueStateTracker("x", domain.slots)
        self.events, self.checks = [], []
        self.slots = [s for s in domain.slots if s.name not in ("requested_slot", "session_started_metadata")]

    def add(self, *events):
        for event in events:
            self.tracker.update(event)
            self.events.append(
                {k: v for k, v in event.as_dict().items() if v is not None and k not in DROPPED}
            )

    def run(self):
        self.add(
            e.ActionExecuted("action_session_start"), e.SessionStarted(), e.ActionExecuted("action_listen")
        )
        told = [m.intent_name for m in self.chance.choice(self.stories) if isinstance(m, e.UserUttered)]
        for turn in range(self.chance.randint(2, 8)):
            self.turn(told[turn] if turn < len(told) and self.chance.random() < 0.7 else None)
        return {"events": self.events, "checks": self.checks}

    def turn(self, intent):
        known = [i for i in self.domain.intents if i not in ("session_start", "nlu_fallback")]
        intent = intent or self.chance.choice(known)
        entities = []
        if self.chance.random() < 0.3:
            entities = [
                {"entity": self.chance.choice(self.domain.entities), "value": "v", "start": 0, "end": 1}
            ]
        self.add(e.UserUttered("words", {"name": intent, "confidence": 1.0}, entities))
        self.add(*self.domain.slots_for_entities(entities))
        for _ in range(8):
            if self.step() in ("action_listen", "action_session_start"):
                return
        self.add(e.ActionExecuted("action_listen"))

    def step(self):
        followup = self.tracker.followup_action
        predictions = [
            p.predict_action_probabilities(self.tracker, self.domain, self.hidden) for p in self.policies
        ]
        names = self.domain.action_names_or_texts

        def best(prediction):
            highest = max(prediction.probabilities)
            return names[prediction.probabilities.index(highest)] if highest > 0 else None

        said = [
            [
                best(p),
                round(max(p.probabilities), 4),
                p.is_no_user_prediction,
                p.hide_rule_turn,
                len(p.events),
            ]
            for p in predictions
        ]
        winner = DefaultPolicyPredictionEnsemble._best_policy_prediction(
            predictions, self.tracker, self.domain
        )
        action = followup or best(winner) or "action_listen"
        self.checks.append([len(self.events), said, action])
        before = [] if followup else list(winner.events)
        if self.tracker.latest_action_name == "action_listen":
            before.append(e.DefinePrevUserUtteredFeaturization(False))
        effects = self.effects(action)
        if effects is None:
            self.add(e.ActionExecutionRejected(action))
            return None
        hidden = bool(winner.hide_rule_turn) and not followup
        self.add(*before, e.ActionExecuted(action, hide_rule_turn=hidden), *effects)
        return action

    def effects(self, action):
        if action in self.domain.form_names:
            return self.form(action)
        fixed = {
            "action_default_fallback": [e.UserUtteranceReverted()],
            "action_back": [e.UserUtteranceReverted(), e.UserUtteranceReverted()],
            "action_restart": [e.Restarted()],
            "action_session_start": [e.SessionStarted(), e.ActionExecuted("action_listen")],
        }
        if action in fixed:
            return fixed[action]
        if action.startswith("action_") and action != "action_listen" and self.chance.random() < 0.6:
            slot = self.chance.choice(self.slots)
            return [e.SlotSet(slot.name, self.chance.choice([None, True, False, "high", "low", 3, ["a"]]))]
        return []

    def form(self, name):
        tracker = self.tracker
        first = tracker.active_loop_name != name
        heard = not first and tracker.latest_action_name == "action_listen"
        if heard and not tracker.is_active_loop_interrupted and self.chance.random() < 0.4:
            return None
        events = [e.ActiveLoop(name)] if first else []
        requested = tracker.get_slot("requested_slot")
        if heard and requested:
            events.append(e.SlotSet(requested, "high"))
        known = {event.key for event in events if isinstance(event, e.SlotSet)}
        required = self.domain.required_slots_for_form(name)
        missing = next((s for s in required if tracker.get_slot(s) is None and s not in known), None)
        events.append(e.SlotSet("requested_slot", missing))
        return events if missing else [*events, e.ActiveLoop(None)]


def record(folder):
    importer = TrainingDataImporter.load_from_config(
        str(folder / "config.yml"), str(folder / "domain.yml"), [str(folder / "data.yml")]
    )
    domain = importer.get_domain()
    trackers = TrainingDataGenerator(importer.get_stories(), domain, augmentation_factor=0).generate()
    storage = LocalModelStorage.create(Path(tempfile.mkdtemp()))
    context = ExecutionContext(GraphSchema({}))
    policies = []
    for kind, options in POLICIES:
        config = {**kind.get_default_config(), **options}
        policies.append(kind(config, storage, Resource(kind.__name__), context))
        policies[-1].train(trackers, domain)
    hidden = policies[0]._get_rule_only_data()
    chance = random.Random(36)
    stories = [list(tracker.events) for tracker in trackers]
    talks = [Talk(domain, policies, hidden, stories, chance).run() for _ in range(CONVERSATIONS)]
    lines = ",\n".join(json.dumps(talk, ensure_ascii=False, separators=(",", ":")) for talk in talks)
    (folder / "traces.json").write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    for domain_file in sorted(Path(__file__).parent.glob("*/domain.yml")):
        record(domain_file.parent)
