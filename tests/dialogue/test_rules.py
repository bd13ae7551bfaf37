"""Rules at run time: conditions, forms and their unhappy paths, the fallback (Rasa's RulePolicy)."""

import pytest

from chatwright.dialogue.policies.rule import RulePolicy
from chatwright.schema.events import LoopInterrupted

from .talking import Bot, events, said

DOMAIN = """
intents: [greet, affirm, deny, book, inform, stop, faq, 问好, 查订单]
entities: [city, 城市]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  date: {type: text, mappings: [{type: custom}]}
  vip: {type: bool, mappings: [{type: custom}]}
  level: {type: categorical, values: [low, high], mappings: [{type: custom}]}
  tags: {type: list, mappings: [{type: custom}]}
  quiet: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  已登录: {type: bool, mappings: [{type: custom}]}
forms:
  trip_form: {required_slots: [city, date]}
  订单表单: {required_slots: [date]}
responses:
  utter_greet: [{text: hi}]
  utter_help: [{text: help}]
  utter_faq: [{text: faq}]
  utter_stop: [{text: ok}]
  utter_你好: [{text: 你好}]
  utter_请登录: [{text: 请登录}]
  utter_done: [{text: done}]
actions: [action_book, action_查询]
"""
BOOKING = """
- rule: start
  steps: [{intent: book}, {action: trip_form}, {active_loop: trip_form}]
- rule: submit
  condition: [{active_loop: trip_form}]
  steps:
  - action: trip_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}]
  - action: action_book
"""
ASKED = ("> book", "trip_form", "loop trip_form", "= requested_slot=city")


def bot(rules: str, stories: str = "", **options: object) -> Bot:
    paths = f"rules:\n{rules}\n" + (f"stories:\n{stories}" if stories else "")
    return Bot(DOMAIN, paths, policies=[{"name": "RulePolicy", **options}])


GREET = "- {rule: greet, steps: [{intent: greet}, {action: utter_greet}]}"


def test_a_rule_answers_and_then_listens() -> None:
    it = bot(GREET)
    assert it.next("> greet") == "utter_greet"
    assert it.next("> greet", "utter_greet") == "action_listen"


def test_chinese_names() -> None:
    it = bot("- {rule: 问候, steps: [{intent: 问好}, {action: utter_你好}]}")
    decision = it.decide("> 问好")
    assert decision.action == "utter_你好"
    assert decision.evidence[0].summary == "rule '问候'"


def test_a_rule_applies_in_the_middle_of_any_conversation() -> None:
    assert bot(GREET).next("> inform", "utter_help", "> greet") == "utter_greet"


def test_evidence_names_the_rule_and_its_place() -> None:
    evidence = bot(GREET).decide("> greet").evidence[0]
    assert evidence.kind == "rule"
    assert evidence.source is not None
    assert evidence.source.endswith(":2")


@pytest.mark.parametrize(
    ("wanted", "slot", "applies"),
    [
        ("city: Rome", "city=Oslo", True),
        ("city: Rome", None, False),
        ("city: null", None, True),
        ("city: null", "city=Rome", False),
        ("vip: true", "vip=true", True),
        ("vip: true", "vip=false", False),
        ("vip: false", "vip=false", True),
        ("vip: false", None, False),
        ("vip: null", "vip=false", False),
        ("level: high", "level=HIGH", True),
        ("level: high", "level=low", False),
        ("tags: [a]", "tags=[b, c]", True),
        ("tags: [a]", "tags=[]", False),
        ("tags: [a]", None, False),
        ("tags: []", "tags=[a]", True),
        ("tags: null", "tags=[a]", False),
        ("tags: null", None, True),
        ("quiet: x", None, True),
        ("已登录: true", "已登录=true", True),
        ("已登录: true", "已登录=false", False),
    ],
)
def test_a_slot_in_a_condition_is_compared_by_what_the_policies_see(
    wanted: str, slot: str | None, applies: bool
) -> None:
    it = bot(f"""
- rule: r
  condition: [{{slot_was_set: [{{{wanted}}}]}}]
  steps: [{{intent: greet}}, {{action: utter_greet}}]
""")
    lines = [f"= {slot}"] if slot else []
    assert (it.next(*lines, "> greet") == "utter_greet") == applies


def test_the_rule_that_demands_more_wins_whatever_the_order() -> None:
    special = """
- rule: not logged in
  condition: [{slot_was_set: [{已登录: null}]}]
  steps: [{intent: 查订单}, {action: utter_请登录}]
"""
    general = "- {rule: orders, steps: [{intent: 查订单}, {action: action_查询}]}"
    for rules in (f"{special}\n{general}", f"{general}\n{special}"):
        assert bot(rules).next("> 查订单") == "utter_请登录"
        assert bot(rules).next("= 已登录=true", "> 查订单") == "action_查询"


def test_entities_of_a_rule_must_be_those_of_the_message() -> None:
    it = bot(
        f"{GREET}\n- {{rule: city, steps: [{{intent: greet, entities: [city]}}, {{action: utter_help}}]}}"
    )
    assert it.next("> greet") == "utter_greet"
    assert it.next("> greet city=Rome", "= city=Rome") == "utter_help"


def test_a_rule_at_the_start_of_the_conversation_only() -> None:
    it = bot(
        "- {rule: first, conversation_start: true, steps: [{intent: greet}, {action: utter_help}]}\n" + GREET
    )
    assert it.next("> greet") == "utter_help"
    assert it.next("> greet", "utter_help", "> greet") == "utter_greet"


def test_a_rule_that_does_not_wait_lets_another_go_on() -> None:
    rules = """
- {rule: first, wait_for_user_input: false, steps: [{intent: greet}, {action: utter_greet}]}
- {rule: second, steps: [{action: utter_greet}, {action: utter_help}]}
"""
    assert bot(rules).next("> greet", "utter_greet") == "utter_help"
    assert bot(rules).next("> greet", "utter_greet", "utter_help") == "action_listen"


def test_a_written_snippet_marker_is_the_same() -> None:
    steps = '[{action: "..."}, {intent: greet}, {action: utter_greet}, {action: "..."}]'
    goes_on = "- {rule: on, steps: [{action: utter_greet}, {action: utter_help}]}"
    it = bot(f"- {{rule: r, steps: {steps}}}\n{goes_on}")
    assert it.next("> deny", "utter_done", "> greet", "utter_greet") == "utter_help"


def test_rules_on_texts_come_first() -> None:
    it = bot(GREET + '\n- {rule: text, steps: [{user: "你好 bot"}, {action: utter_你好}]}')
    decision = it.decide('> greet "你好 bot"')
    assert decision.action == "utter_你好"
    assert decision.proposals[0].end_to_end
    assert it.next('> greet "hello"') == "utter_greet"
    assert it.next('> restart "你好 bot"') == "utter_你好"


@pytest.mark.parametrize(
    ("intent", "action"),
    [("restart", "action_restart"), ("back", "action_back"), ("session_start", "action_session_start")],
)
def test_default_intents(intent: str, action: str) -> None:
    it = bot(GREET)
    assert it.next(f"> {intent}") == action
    assert it.next(f"> {intent}", "utter_greet") == "action_default_fallback"
    assert it.next(*ASKED, f"> {intent}") == action


def test_a_running_form_takes_the_message_and_then_waits() -> None:
    it = bot(BOOKING + GREET)
    assert it.next("> book") == "trip_form"
    decision = it.decide(*ASKED)
    assert (decision.action, decision.confidence) == ("action_listen", 1.0)
    assert decision.proposals[0].no_user
    assert it.next(*ASKED, "> greet") == "trip_form"
    assert it.next(*ASKED, "> restart") == "action_restart"


def test_a_finished_form_is_submitted() -> None:
    it = bot(BOOKING)
    done = (*ASKED, "> inform", "trip_form", "= requested_slot=null", "loop")
    assert it.next(*done) == "action_book"
    assert it.next(*done, "action_book") == "action_listen"


def test_a_form_that_declines_lets_a_rule_answer_and_comes_back() -> None:
    it = bot(BOOKING + GREET)
    asked = (*ASKED, "> greet", "! trip_form")
    assert it.next(*asked) == "utter_greet"
    assert it.next(*asked, "utter_greet") == "trip_form"
    assert it.next(*asked, "utter_greet", "trip_form") == "action_listen"


def test_a_form_that_declines_what_no_rule_knows_falls_back() -> None:
    decision = bot(BOOKING).decide(*ASKED, "> greet", "! trip_form")
    assert (decision.action, decision.confidence) == ("action_default_fallback", 0.3)


def test_a_rule_for_the_form_itself_falls_back_when_it_declines() -> None:
    assert bot(BOOKING).next(*ASKED, "> book", "! trip_form") == "action_default_fallback"


def test_a_rule_under_the_form_goes_before_a_general_one() -> None:
    it = bot(
        BOOKING
        + GREET
        + """
- rule: in the form
  condition: [{active_loop: trip_form}]
  steps: [{intent: greet}, {action: utter_help}, {action: trip_form}, {active_loop: trip_form}]
"""
    )
    assert it.next("> greet") == "utter_greet"
    asked = (*ASKED, "> greet", "! trip_form")
    assert it.next(*asked) == "utter_help"
    assert it.next(*asked, "utter_help") == "trip_form"


STOP = """
- story: stop
  steps:
  - intent: book
  - action: trip_form
  - active_loop: trip_form
  - intent: stop
  - action: utter_stop
  - intent: affirm
  - action: trip_form
  - active_loop: trip_form
"""


def test_a_story_that_waits_inside_the_form_keeps_the_form_from_coming_back() -> None:
    general = "- {rule: stop, steps: [{intent: stop}, {action: utter_stop}]}"
    asked = (*ASKED, "> stop", "! trip_form", "utter_stop")
    assert bot(BOOKING + general).next(*asked) == "trip_form"
    it = bot(BOOKING + general, STOP, enable_fallback_prediction=False, check_for_contradictions=False)
    assert it.decide(*asked).proposals[0].action is None


def test_a_form_entered_again_after_an_interruption_does_not_validate() -> None:
    it = Bot(
        DOMAIN,
        f"rules:\n{BOOKING}\nstories:\n{STOP}",
        policies=[{"name": "RulePolicy"}, {"name": "MemoizationPolicy"}],
    )
    decision = it.decide(*ASKED, "> stop", "! trip_form", "utter_stop", "> affirm")
    assert decision.action == "trip_form"
    assert decision.policy == "MemoizationPolicy"
    assert LoopInterrupted(is_interrupted=True) in decision.events


def test_a_rule_that_enters_the_form_again_interrupts_it() -> None:
    it = bot(
        BOOKING
        + """
- rule: go on
  condition: [{active_loop: trip_form}]
  steps: [{intent: affirm}, {action: trip_form}, {active_loop: trip_form}]
"""
    )
    asked = (*ASKED, "> stop", "! trip_form", "utter_stop")
    decision = it.decide(*asked, "> affirm")
    assert decision.action == "trip_form"
    assert LoopInterrupted(is_interrupted=True) in decision.events


def test_active_loop_null_means_no_form() -> None:
    it = bot(
        BOOKING
        + """
- rule: outside
  condition: [{active_loop: null}]
  steps: [{intent: faq}, {action: utter_help}]
- rule: anywhere
  steps: [{intent: faq}, {action: utter_faq}]
"""
    )
    assert it.next("> faq") == "utter_help"
    assert it.next(*ASKED, "> faq", "! trip_form") == "utter_faq"


def test_the_fallback_can_be_named_and_turned_off() -> None:
    it = bot(GREET, core_fallback_action_name="utter_help", core_fallback_threshold=0.7)
    decision = it.decide("> deny")
    assert (decision.action, decision.confidence) == ("utter_help", 0.7)
    off = bot(GREET, enable_fallback_prediction=False).decide("> deny")
    assert (off.action, off.confidence) == ("action_listen", 0.0)


def test_the_confidence_of_the_intent_can_be_the_rules() -> None:
    it = bot(GREET, use_nlu_confidence_as_score=True)
    assert it.decide(events("utter_x", "action_listen"), [said("greet", confidence=0.6)]).confidence == 0.6


def test_turns_that_only_rules_know_are_marked() -> None:
    story = "- {story: s, steps: [{intent: deny}, {action: utter_help}]}"
    it = bot(GREET + "\n- {rule: deny, steps: [{intent: deny}, {action: utter_help}]}", story)
    assert it.decide("> greet").hide_rule_turn
    assert not it.decide("> deny").hide_rule_turn
    assert not bot(GREET, story, check_for_contradictions=False).decide("> greet").hide_rule_turn


def test_rules_survive_saving(tmp_path) -> None:
    it = bot(BOOKING + GREET, STOP)
    policy = it.decider.policies[0]
    policy.save(tmp_path)
    assert RulePolicy.load(tmp_path) == policy
