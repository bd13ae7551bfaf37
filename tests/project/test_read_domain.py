"""The domain: Rasa's format, merging, leftovers of Rasa 2, and the round trip through JSON."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ProjectInvalid
from chatwright.project.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, Domain, MappingCondition
from chatwright.project.read_domain import domain_from_json, domain_from_yaml, read_domain


def _problems(tmp_path, *texts: str) -> tuple[Domain, list[tuple[str, str]]]:
    paths = []
    for number, text in enumerate(texts):
        path = tmp_path / f"d{number}.yml"
        path.write_text(text)
        paths.append(path)
    domain, problems = read_domain(paths)
    return domain, [(problem.severity, problem.code) for problem in problems]


def test_a_full_domain() -> None:
    domain = domain_from_yaml(
        """
intents:
- greet
- inform: {use_entities: [city], ignore_entities: [size]}
- chat: {use_entities: []}
- faq: {use_entities: true}
entities:
- city: {roles: [from, to], groups: ['1']}
- size: {influence_conversation: false}
slots:
  city:
    type: rasa.shared.core.slots.TextSlot
    mappings:
    - {type: from_entity, entity: city, role: to, not_intent: chat}
    - type: from_text
      intent: [inform, null]
      conditions:
      - {active_loop: ship_form, requested_slot: city}
      - {active_loop: null}
  size: {type: categorical, values: [Small, 1, true], mappings: [{type: custom, action: action_size}]}
  level: {type: float, min_value: -1, max_value: 5, initial_value: 2, mappings: []}
  anything: {type: any, mappings: [{type: custom}]}
  own: {type: my.Slot, mappings: [], maximum: 3}
responses:
  utter_hi:
  - text: Hi {city}
    channel: slack
    condition: [{type: slot, name: city, value: Berlin}]
    language: en
    id: one
    metadata: {a: 1}
  - custom: {blocks: [{a: 1}]}
  utter_faq/hours:
  - text: nine
forms:
  ship_form: {required_slots: [city, size], ignored_intents: [chat]}
actions: [action_size, {action_all: {send_domain: true}}, utter_hi, action_listen]
e2e_actions: [Bye now]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: false}
config: {store_entities_as_slots: false}
"""
    )
    assert tuple(domain.intents) == ("greet", "inform", "chat", "faq", *DEFAULT_INTENTS)
    assert domain.intents["inform"].use_entities == ("city", "city#from", "city#to", "city#1")
    assert domain.intents["inform"].ignore_entities == ("size",)
    assert domain.intents["chat"].use_entities == ()
    assert domain.intents["faq"].use_entities is None
    assert domain.entities["city"].roles == ("from", "to")
    assert not domain.entities["size"].influence_conversation
    city = domain.slots["city"]
    assert city.type == "text"
    assert (city.mappings[0].role, city.mappings[0].not_intent) == ("to", ("chat",))
    assert city.mappings[1].intent == ("inform",)
    assert city.mappings[1].conditions == (
        MappingCondition("ship_form", "city"),
        MappingCondition(None, None),
    )
    assert domain.slots["size"].values == ("small", "1", "true")
    level = domain.slots["level"]
    assert (level.min_value, level.max_value, level.initial_value) == (-1.0, 5.0, 2)
    assert not domain.slots["anything"].influence_conversation
    assert domain.slots["own"].options == {"maximum": 3}
    assert [name for name, slot in domain.slots.items() if slot.is_default] == [
        "requested_slot",
        "session_started_metadata",
    ]
    first, second = domain.responses["utter_hi"]
    assert first.content == {"text": "Hi {city}"}
    assert (first.channel, first.language, first.id, first.metadata) == ("slack", "en", "one", {"a": 1})
    assert first.condition == ({"type": "slot", "name": "city", "value": "Berlin"},)
    assert second.content == {"custom": {"blocks": [{"a": 1}]}}
    assert domain.forms["ship_form"].required_slots == ("city", "size")
    assert domain.send_domain_actions == {"action_all"}
    assert domain.session.expiration_minutes == 0
    assert not domain.session.carry_over_slots
    assert not domain.store_entities_as_slots
    assert domain.retrieval_intents == ("faq",)
    assert domain.action_names == (
        *DEFAULT_ACTIONS,
        "action_size",
        "action_all",
        "utter_hi",
        "utter_faq/hours",
        "utter_faq",
        "ship_form",
        "Bye now",
    )
    assert domain.user_actions == {"action_size", "action_all", "action_listen"}
    assert domain_from_json(json.loads(json.dumps(domain.to_json()))) == domain


def test_knowledge_base_slots_and_own_requested_slot() -> None:
    domain = domain_from_yaml(
        "actions: [action_query_knowledge_base]\nforms: {f: {required_slots: []}}\n"
        "slots: {requested_slot: {type: categorical, values: [a], mappings: [{type: custom}]}}\n"
    )
    assert "knowledge_base_last_object_type" in domain.slots
    assert not domain.slots["requested_slot"].is_default


def test_split_domain_first_wins_and_warns(tmp_path) -> None:
    domain, problems = _problems(
        tmp_path,
        "intents: [a]\nactions: [x]\nresponses: {utter_a: [{text: one}]}\n",
        "intents: [a, b]\nresponses: {utter_a: [{text: two}], utter_b: [{text: b}]}\n"
        "session_config: {session_expiration_time: 5}\n",
    )
    assert list(domain.intents)[:2] == ["a", "b"]
    assert domain.responses["utter_a"][0].content == {"text": "one"}
    assert domain.session.expiration_minutes == 5
    assert problems == [("warning", "duplicate-name")] * 2
    assert domain.responses["utter_b"][0].location.file.endswith("d1.yml")


SLOT = "slots: {s: {type: text, mappings: [{type: custom}]}}\n"


@pytest.mark.parametrize(
    ("text", "severity", "code"),
    [
        ("intents: [a, a]", "error", "duplicate-name"),
        ("actions: [a, a]", "error", "duplicate-name"),
        ("entities: [a, a]", "error", "duplicate-name"),
        ("intents: [{a: null}]", "error", "empty-options"),
        ("intents: [[a]]", "error", "bad-domain-item"),
        ("intents: [null]", "error", "bad-domain-item"),
        ("intents: {a: b}", "error", "wrong-type"),
        ("intents: [{a: {triggers: utter_x}}]", "error", "rasa-2-leftover"),
        ("intents: [{a: {use_entity: []}}]", "warning", "unknown-key"),
        (
            "entities: [e]\nintents: [{a: {use_entities: [e], ignore_entities: [e]}}]",
            "warning",
            "used-and-ignored",
        ),
        ("slots: {s: text}", "error", "bad-slot"),
        ("slots: {s: {mappings: []}}", "error", "bad-slot"),
        ("slots: {s: {type: txt, mappings: []}}", "error", "unknown-slot-type"),
        (
            "slots: {s: {type: any, influence_conversation: true, mappings: []}}",
            "error",
            "any-slot-influences",
        ),
        ("slots: {s: {type: float, min_value: low, mappings: []}}", "error", "wrong-type"),
        ("slots: {s: {type: text, mappings: [{type: from_entities}]}}", "error", "unknown-mapping"),
        ("slots: {s: {type: text, mappings: [{type: from_entity}]}}", "error", "incomplete-mapping"),
        ("slots: {s: {type: text, mappings: [{type: from_intent}]}}", "error", "incomplete-mapping"),
        ("slots: {s: {type: text, mappings: {type: custom}}}", "error", "wrong-type"),
        ("slots: {s: {type: text, mapping: [], mappings: []}}", "warning", "unknown-key"),
        ("slots: {s: {type: categorical, values: [a, null], mappings: []}}", "warning", "null-category"),
        ("slots: {s: {type: categorical, mappings: []}}", "warning", "no-values"),
        (
            "slots: {s: {type: categorical, values: [a], initial_value: b, mappings: []}}",
            "warning",
            "initial-value",
        ),
        ("slots: {s: {type: text}}", "warning", "rasa-2-leftover"),
        ("responses: {utter_a: {text: a}}", "error", "bad-response"),
        ("responses: {utter_a: [a]}", "error", "bad-response"),
        ("responses: {utter_a: [{text: 1}]}", "error", "bad-response"),
        ("responses: {utter_a: [{text: null}]}", "error", "bad-response"),
        ("responses: {utter_a: [{txt: a, text: a}]}", "warning", "unknown-key"),
        ("responses: {utter_a: [{text: a, condition: [x]}]}", "error", "bad-condition"),
        ("forms: {f: [a]}", "error", "bad-form"),
        ("forms: {f: {}}", "warning", "no-required-slots"),
        ("forms: {f: {required_slots: a}}", "error", "wrong-type"),
        ("forms: [f]", "warning", "rasa-2-leftover"),
        ("templates: {utter_a: [{text: a}]}", "warning", "rasa-2-leftover"),
        ("session_config: {session_expiration_time: long}", "error", "wrong-type"),
        ("respones: {}", "warning", "unknown-key"),
    ],
)
def test_faults(tmp_path, text: str, severity: str, code: str) -> None:
    _, problems = _problems(tmp_path, text + "\n")
    assert problems == [(severity, code)]


def test_strict_reading_raises() -> None:
    with pytest.raises(ProjectInvalid) as caught:
        domain_from_yaml("intents: [a, a]\nslots: {s: 1}\n")
    assert [str(problem.location) for problem in caught.value.problems] == [
        "<string>:1 (intents[1])",
        "<string>:2 (slots.s)",
    ]


def test_rasa_2_forms_and_slots_are_lifted(tmp_path) -> None:
    domain, problems = _problems(
        tmp_path,
        """
entities: [name, age]
slots:
  name: {type: text}
  age: {type: unfeaturized, auto_fill: false}
  mood: {type: text, mappings: [{type: custom}]}
forms:
  who:
    required_slots:
      name: []
      mood: [{type: from_text, not_intent: stop}]
      note: [{type: from_text}]
""",
    )
    assert {severity for severity, _ in problems} == {"warning"}
    assert domain.forms["who"].required_slots == ("name", "mood", "note")
    name, mood = domain.slots["name"].mappings, domain.slots["mood"].mappings
    assert [(m.type, m.entity, m.conditions) for m in name] == [
        ("from_entity", "name", (MappingCondition("who"),)),
        ("from_entity", "name", ()),
    ]
    assert [m.type for m in mood] == ["custom", "from_text"]
    assert mood[1].conditions == (MappingCondition("who", "mood"),)
    assert (domain.slots["age"].type, domain.slots["age"].mappings[0].type) == ("any", "custom")
    assert domain.slots["note"].mappings[0].conditions == (MappingCondition("who", "note"),)
    # What is stored in a bundle is already lifted.
    assert domain_from_json(domain.to_json()) == domain


_NAMES = st.text(alphabet="ab_城市-", min_size=1, max_size=4)
_VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2)
)
_MAPPINGS = st.fixed_dictionaries(
    {"type": st.just("from_entity"), "entity": _NAMES},
    optional={
        "role": _NAMES,
        "intent": _NAMES | st.lists(_NAMES),
        "conditions": st.lists(st.fixed_dictionaries({"active_loop": st.none() | _NAMES})),
    },
)
_DOMAINS = st.fixed_dictionaries(
    {},
    optional={
        "intents": st.lists(_NAMES, unique=True),
        "entities": st.dictionaries(_NAMES, st.lists(_NAMES, unique=True)).map(
            lambda roles: [{name: {"roles": found}} for name, found in roles.items()]
        ),
        "slots": st.dictionaries(
            _NAMES,
            st.fixed_dictionaries(
                {"type": st.sampled_from(["text", "bool", "list", "float"]), "mappings": st.lists(_MAPPINGS)},
                optional={"initial_value": _VALUES, "influence_conversation": st.booleans()},
            ),
        ),
        "responses": st.dictionaries(
            _NAMES,
            st.lists(
                st.fixed_dictionaries(
                    {"text": st.text()},
                    optional={"channel": _NAMES, "language": st.sampled_from(["zh", "en"])},
                )
            ),
        ),
        "forms": st.dictionaries(_NAMES, st.fixed_dictionaries({"required_slots": st.lists(_NAMES)})),
        "actions": st.lists(_NAMES, unique=True),
    },
)


@given(_DOMAINS)
def test_json_round_trip(data: dict) -> None:
    domain = domain_from_json(data)
    again = domain_from_json(json.loads(json.dumps(domain.to_json())))
    assert again == domain
    assert again.action_names == domain.action_names


@pytest.mark.parametrize("intensity", ["4", "true", "strong", "1.5"])
def test_an_intensity_that_does_not_exist_is_refused(tmp_path: Path, intensity: str) -> None:
    file = tmp_path / "domain.yml"
    mapping = f"{{type: from_emotion, emotion: anger, min_intensity: {intensity}}}"
    file.write_text(f"slots: {{upset: {{type: bool, mappings: [{mapping}]}}}}", "utf-8")
    _, problems = read_domain([file])
    assert [problem.code for problem in problems] == ["bad-intensity"]
