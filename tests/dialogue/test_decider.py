"""Choosing among the policies, keeping them, and policies of the user's own."""

from pathlib import Path
from typing import Any

import pytest

from chatwright.dialogue.decider import Decider
from chatwright.dialogue.fit_dialogue import DEFAULT_POLICIES, check_policies, fit_policies, policy_notices
from chatwright.errors import ComponentError, MissingExtraError
from chatwright.schema.decision import PolicyPrediction
from chatwright.schema.events import ActionExecutionRejected, EntitiesAdded, FollowupAction, UserFeaturization

from .talking import Bot

DOMAIN = """
intents: [greet, 问好]
actions: [action_a, action_b]
forms: {form: {required_slots: []}}
e2e_actions: ["你好！"]
"""
PATHS = """
stories:
- {story: s, steps: [{intent: greet}, {action: action_a}]}
rules:
- {rule: r, steps: [{intent: 问好}, {action: action_b}]}
"""
BOT = Bot(DOMAIN, PATHS)


class Says:
    """A policy that always proposes the same."""

    def __init__(self, name: str, priority: int = 1, scores: Any = None, **options: Any) -> None:
        self.name, self.priority = name, priority
        self.proposal = PolicyPrediction(policy=name, priority=priority, scores=scores or {}, **options)

    def predict(self, tracker: Any, domain: Any) -> PolicyPrediction:
        return self.proposal

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> "Says":
        raise NotImplementedError


def decide(*policies: Says, after: Any = ("> greet",)) -> Any:
    return Decider(policies, BOT.domain).decide(BOT.after(*after))


def test_the_surest_wins_whatever_the_priority() -> None:
    decision = decide(Says("low", 1, {"action_a": 0.9}), Says("high", 9, {"action_b": 0.8}))
    assert (decision.action, decision.policy, decision.confidence) == ("action_a", "low", 0.9)


def test_the_priority_decides_between_equals_and_the_order_between_those() -> None:
    assert decide(Says("low", 1, {"action_a": 0.9}), Says("high", 2, {"action_b": 0.9})).policy == "high"
    assert decide(Says("first", 1, {"action_a": 0.9}), Says("second", 1, {"action_b": 0.9})).policy == "first"


def test_a_running_loop_excludes_all_others() -> None:
    decision = decide(Says("sure", 9, {"action_a": 1.0}), Says("loop", 1, {"form": 0.5}, no_user=True))
    assert decision.action == "form"


def test_predictions_from_words_exclude_those_from_intents() -> None:
    decision = decide(Says("intent", 9, {"action_a": 1.0}), Says("text", 1, {"你好！": 0.6}, end_to_end=True))
    assert decision.action == "你好！"
    assert decision.is_text
    assert decision.events == (UserFeaturization(use_text_for_featurization=True),)


def test_what_has_just_declined_counts_as_nothing() -> None:
    rejected = ("> greet", [ActionExecutionRejected(name="form")])
    policies = (Says("one", 9, {"form": 1.0}), Says("two", 1, {"form": 0.9, "action_b": 0.1}))
    assert decide(*policies, after=rejected).action == "action_b"
    assert decide(*policies, after=(*rejected, "action_a")).action == "form"


def test_nobody_proposes_anything() -> None:
    decision = decide(Says("one"), Says("two", 2, {"action_a": 0.0}))
    assert (decision.action, decision.confidence) == ("action_listen", 0.0)
    assert decide().action == "action_listen"


def test_all_events_are_applied_but_optional_ones_of_the_winner_only() -> None:
    mine, theirs, always = (EntitiesAdded(metadata={"n": n}) for n in range(3))
    decision = decide(
        Says("one", 1, {"action_a": 1.0}, optional_events=(mine,)),
        Says("two", 1, {"action_b": 0.5}, events=(always,), optional_events=(theirs,)),
    )
    assert [event.metadata.get("n") for event in decision.events] == [2, 0, None]


def test_how_the_message_was_read_is_noted_right_after_it_only() -> None:
    later = decide(Says("one", 1, {"action_a": 1.0}), after=("> greet", "action_b"))
    assert later.events == ()


def test_a_followup_goes_first_if_there_is_such_an_action() -> None:
    policy = Says("one", 1, {"action_a": 1.0})
    asked = decide(policy, after=("> greet", "action_b", [FollowupAction(name="action_b")]))
    assert (asked.action, asked.policy) == ("action_b", "followup_action")
    unknown = decide(policy, after=("> greet", "action_b", [FollowupAction(name="action_zzz")]))
    assert unknown.action == "action_a"


def test_the_first_thing_in_a_conversation_is_to_listen() -> None:
    assert decide(Says("one", 1, {"action_a": 1.0}), after=()).action == "action_listen"


def test_the_reason_is_kept() -> None:
    trace = decide(Says("one", 1, {"action_a": 0.5}), Says("two", 1, {"action_b": 0.25})).to_json()
    assert trace["proposals"] == [
        {"policy": "one", "action": "action_a", "confidence": 0.5},
        {"policy": "two", "action": "action_b", "confidence": 0.25},
    ]


def test_priorities_are_rasas_and_can_be_overridden() -> None:
    names = ["TEDPolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy", "RulePolicy"]
    it = Bot(DOMAIN, PATHS, policies=[{"name": name} for name in names])
    assert [policy.priority for policy in it.decider.policies] == [1, 3, 3, 4]
    it = Bot(DOMAIN, PATHS, policies=[{"name": name, "priority": 7} for name in names])
    assert [policy.priority for policy in it.decider.policies] == [7, 7, 7, 7]


def test_the_default_policies_work_together_and_survive_saving(tmp_path: Path) -> None:
    it = Bot(DOMAIN, PATHS, policies=list(DEFAULT_POLICIES))
    it.decider.save(tmp_path)
    loaded = Decider.from_folder(tmp_path, it.domain)
    for lines in (("> greet",), ("> 问好",), ("> greet", "action_a"), ("> 问好", "action_b", "> greet")):
        assert loaded.decide(it.after(*lines)) == it.decide(*lines)
    assert it.decide("> 问好").policy == "RulePolicy"
    assert it.decide("> greet").policy == "MemoizationPolicy"


def fit(name: str, **options: Any) -> Decider:
    return fit_policies([{"name": name, **options}], BOT.stories, BOT.rules, BOT.domain)


def test_rasas_module_paths_are_known() -> None:
    assert fit("rasa.core.policies.rule_policy.RulePolicy").policies[0].name == "RulePolicy"


def test_a_net_without_the_extra_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwright.dialogue.fit_dialogue.can_train", lambda: False)
    with pytest.raises(MissingExtraError, match="TransformerPolicy"):
        fit("TransformerPolicy")
    (problem,) = check_policies([{"name": "TransformerPolicy"}, {"name": "TEDPolicy"}])
    assert "chatwright[train]" in problem.fix
    assert problem.severity == "error"


def test_what_is_trained_otherwise_is_said() -> None:
    notices = policy_notices(
        [{"name": "UnexpecTEDIntentPolicy"}, {"name": "TEDPolicy"}, {"name": "RulePolicy"}]
    )
    assert [notice.split()[0] for notice in notices] == ["UnexpecTEDIntentPolicy", "TEDPolicy"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("FormPolicy", "use RulePolicy"),
        ("KerasPolicy", "use TEDPolicy"),
        ("MemoisationPolicy", "did you mean 'MemoizationPolicy'"),
        ("pathlib.Nothing", "has no class 'Nothing'"),
        ("pathlib.Path", "lacks fit, predict"),
    ],
)
def test_a_policy_that_cannot_be_had_is_named(name: str, message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        fit(name)


def test_a_policy_without_code_is_left_out_and_named() -> None:
    names = ["nowhere.Policy", "RulePolicy", "rasa_of_my_own.policies.Ensemble"]
    config = [{"name": name} for name in names]
    decider = fit_policies(config, BOT.stories, BOT.rules, BOT.domain)
    assert [policy.name for policy in decider.policies] == ["RulePolicy"]
    notices = policy_notices(config)
    assert [notice.split()[0] for notice in notices] == [names[0], names[2]]
    assert all("is left out: its code cannot be had (No module named" in notice for notice in notices)


OWN = """
import json
from chatwright.schema.decision import PolicyPrediction


class Cautious:
    def __init__(self, priority, actions):
        self.name, self.priority, self.actions = "Cautious", priority, actions

    @classmethod
    def fit(cls, config, dialogues):
        return cls(config.get("priority", 2), [story.name for story in dialogues.stories])

    def predict(self, tracker, domain):
        scores = {"action_b": 1.0} if tracker.latest_action_name == "action_listen" else {}
        return PolicyPrediction(policy=self.name, priority=self.priority, scores=scores)

    def save(self, folder):
        (folder / "own.json").write_text(json.dumps([self.priority, self.actions]), "utf-8")

    @classmethod
    def load(cls, folder):
        return cls(*json.loads((folder / "own.json").read_text("utf-8")))
"""


def test_a_policy_of_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_cautious_policies.py").write_text(OWN, "utf-8")
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    entry = {"name": "my_cautious_policies.Cautious", "priority": 5}
    decider = fit_policies([entry], BOT.stories, BOT.rules, BOT.domain, project_root=tmp_path)
    decision = decider.decide(BOT.after("> greet"))
    assert (decision.action, decision.policy) == ("action_b", "Cautious")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    decider.save(bundle)
    loaded = Decider.from_folder(bundle, BOT.domain, project_root=tmp_path)
    assert loaded.decide(BOT.after("> greet")) == decision
    assert loaded.policies[0].actions == ["s"]


def test_code_for_rasa_that_is_not_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_rasa_policies.py").write_text("from rasa.core.policies.policy import Policy\n", "utf-8")
    monkeypatch.setattr("sys.path", [*__import__("sys").path])
    (notice,) = policy_notices([{"name": "my_rasa_policies.Own"}], tmp_path)
    assert notice == "my_rasa_policies.Own is left out: its code cannot be had (No module named 'rasa')"
