"""A conversation as the server would tell it to the inspector, made of the real event classes."""

from __future__ import annotations

from typing import Any

from chatwright.schema.decision import Decision, PolicyPrediction
from chatwright.schema.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    FeedbackGiven,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from chatwright.schema.understanding import Entity, IntentScore, Understanding
from chatwright.schema.why import Evidence

CONVERSATION = "web-3f2a 测试 #1?"
"""With blanks, signs and Chinese: ids come from channels and may hold anything."""
STARTED = 1_790_000_000.0

ORDER_TEXT = "📦 my order 20231107 cost ￥128, where is it?"


def understanding(
    text: str, language: str | None, ranking: list[tuple[str, float]], *entities: Entity, why: str = ""
) -> Understanding:
    """What was understood, with one sentence of evidence."""
    scores = tuple(IntentScore(name, score) for name, score in ranking)
    evidence = (Evidence("example", why, "data/nlu.yml:41", 0.87),) if why else ()
    return Understanding(
        text=text, language=language, intent=scores[0], ranking=scores, entities=entities, evidence=evidence
    )


def entity_at(text: str, surface: str, name: str, **rest: Any) -> Entity:
    """The entity whose surface is ``surface``; offsets count code points."""
    start = text.index(surface)
    fields = {"value": surface, "start": start, "end": start + len(surface), **rest}
    return Entity(entity=name, **fields)


def step(
    action: str,
    policy: str,
    confidence: float,
    why: str = "",
    source: str | None = None,
    zh: str = "",
    **rest: Any,
) -> Any:
    """A step of the why-trace, as ``Decision`` writes it."""
    proposals = (
        PolicyPrediction(policy="RulePolicy", priority=6, scores={action: confidence}),
        PolicyPrediction(policy="MemoizationPolicy", priority=3, scores={"utter_greet": 0.31}),
    )
    decision = Decision(
        action=action,
        policy=policy,
        confidence=confidence,
        evidence=(Evidence("rule", why, source, translations={"zh": zh} if zh else {}),) if why else (),
        proposals=proposals if why else (),
    )
    return {**decision.to_json(), "ms": 1.2, **rest}


def _turn_1() -> tuple[list[Event], dict[str, Any]]:
    heard = understanding("你好", "zh", [("greet", 0.98), ("thanks", 0.01)], why='closest example: "你好呀"')
    events: list[Event] = [
        ActionExecuted(name="action_session_start", policy="session", confidence=1.0),
        SessionStarted(),
        ActionExecuted(name="action_listen"),
        UserUttered(text="你好", understanding=heard, input_channel="web", message_id="m1"),
        ActionExecuted(name="utter_greet", policy="RulePolicy", confidence=1.0),
        BotUttered(
            text="你好！我是小梅。<b>要我做什么？</b>",
            data={
                "buttons": [
                    {"title": "查订单", "payload": "/track_order"},
                    {"title": "退货", "payload": "/return"},
                ]
            },
        ),
        ActionExecuted(name="action_listen", policy="RulePolicy", confidence=1.0),
    ]
    steps = [
        step("action_session_start", "session", 1.0),
        step("utter_greet", "RulePolicy", 1.0, 'rule "say hello" matches', "data/rules.yml:3"),
        step("action_listen", "RulePolicy", 1.0, "the rule ends here", "data/rules.yml:5"),
    ]
    return events, {
        "turn": 1,
        "steps": steps,
        "timing_ms": {"understand": 1.4, "decide": 0.6, "act": 0.9},
        **_trace(heard),
    }


def _turn_2() -> tuple[list[Event], dict[str, Any]]:
    heard = understanding(
        ORDER_TEXT,
        "en",
        [
            ("track_order", 0.91),
            ("return_item", 0.06),
            ("complain", 0.02),
            ("greet", 0.006),
            ("bye", 0.003),
            ("x", 0.001),
        ],
        entity_at(ORDER_TEXT, "20231107", "order_number", extractor="RegexEntityExtractor", confidence=0.99),
        entity_at(
            ORDER_TEXT,
            "￥128",
            "price",
            role="paid",
            extractor="ValueExtractor",
            additional_info={"kind": "money", "value": 128, "unit": "CNY"},
        ),
        why='closest example: "where is my order"',
    )
    events: list[Event] = [
        UserUttered(text=ORDER_TEXT, understanding=heard, input_channel="web", message_id="m2"),
        SlotSet(name="order_number", value="20231107"),
        ActionExecuted(name="action_look_up", policy="MemoizationPolicy", confidence=0.97),
        SlotSet(name="order_number", value="20231108"),
        BotUttered(text="It is on its way: https://track.example/20231107", data={}),
        ActionExecuted(name="return_form", policy="RulePolicy", confidence=1.0),
        ActiveLoop(name="return_form"),
        BotUttered(text="Why do you want to return it?", data={}),
        ActionExecuted(name="action_listen", policy="RulePolicy", confidence=1.0),
    ]
    steps = [
        step(
            "action_look_up",
            "MemoizationPolicy",
            0.97,
            'story "track an order", step 2',
            "data/stories.yml:12",
            zh="故事“查订单”，第 2 步",
        ),
        step("return_form", "RulePolicy", 1.0, "the form asks for its next slot", "domain.yml:88"),
        step("action_listen", "RulePolicy", 1.0),
    ]
    return events, {
        "turn": 2,
        "steps": steps,
        "timing_ms": {"understand": 2.0, "decide": 1.1, "act": 35.5},
        **_trace(heard),
    }


def _turn_3() -> tuple[list[Event], dict[str, Any]]:
    heard = understanding(
        "how long does a refund take?", "en", [("ask_refund_time", 0.83), ("return_item", 0.12)]
    )
    error = {"code": "action-failed", "message": "action_refund_time took longer than 10 s"}
    events: list[Event] = [
        UserUttered(
            text="how long does a refund take?", understanding=heard, input_channel="web", message_id="m3"
        ),
        ActionExecutionRejected(name="return_form", policy="RulePolicy", confidence=1.0),
        ActionExecuted(name="action_refund_time", policy="TEDPolicy", confidence=0.64).with_metadata(
            chatwright={"error": error}
        ),
        BotUttered(text="Sorry, I could not find that out.", data={}),
        ActionExecuted(name="action_listen", policy="RulePolicy", confidence=1.0),
    ]
    steps = [
        step("return_form", "RulePolicy", 1.0, rejected=True),
        step("action_refund_time", "TEDPolicy", 0.64, "seven similar stories go on like this", error=error),
        step("action_listen", "RulePolicy", 1.0),
    ]
    return events, {
        "turn": 3,
        "steps": steps,
        "timing_ms": {"understand": 1.8, "decide": 1.0, "act": 10000.0},
        **_trace(heard),
    }


def _trace(heard: Understanding) -> dict[str, Any]:
    trace = {
        "text": heard.text,
        "language": heard.language,
        "intent": heard.intent.name,
        "confidence": heard.intent.confidence,
        "ranking": [score.to_json() for score in heard.ranking],
        "entities": [entity.to_json() for entity in heard.entities],
        "evidence": [evidence.to_json() for evidence in heard.evidence],
    }
    return {"understanding": trace}


def _signed(events: list[Event], turn: int) -> list[dict[str, Any]]:
    out = []
    for offset, event in enumerate(events):
        ours = {**event.metadata.get("chatwright", {}), "turn": turn}
        at = STARTED + turn * 60 + offset / 10
        out.append({**event.with_metadata(chatwright=ours).to_json(), "timestamp": at})
    return out


def turn_of(
    number: int, heard: Understanding, step: Any, reply: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A plain turn: heard, one action, one reply."""
    events: list[Event] = [
        UserUttered(text=heard.text, understanding=heard, input_channel="web", message_id=f"m{number}"),
        ActionExecuted(name=step["action"], policy=step["policy"], confidence=step["confidence"]),
        SlotSet(name=reply, value=reply),
        BotUttered(text=reply, data={"buttons": [{"title": reply, "payload": reply}]}),
        ActionExecuted(name="action_listen"),
    ]
    return _signed(events, number), {"turn": number, "steps": [step], "timing_ms": {}, **_trace(heard)}


def conversation() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Events and why-traces of a conversation of three turns, the second rated as poor."""
    events: list[dict[str, Any]] = []
    traces: list[dict[str, Any]] = []
    for number, (happened, why) in enumerate((_turn_1(), _turn_2(), _turn_3()), 1):
        events += _signed(happened, number)
        traces.append(why)
    events.append({**FeedbackGiven(turn=2, value="down").to_json(), "timestamp": STARTED + 300})
    return events, traces


def tracker() -> dict[str, Any]:
    """The state after it."""
    return {
        "sender_id": CONVERSATION,
        "slots": {"order_number": "20231108", "reason": None, "items": ["shirt", "socks"]},
        "active_loop": {"name": "return_form"},
        "paused": False,
    }
