"""What only the whole project shows: each fault planted into a good project is found, with its place."""

import shutil
from pathlib import Path

import pytest

from chatwright.project.project import Project
from chatwright.project.validate import validate

SHOP = Path(__file__).parent / "data" / "shop"


@pytest.fixture
def shop(tmp_path) -> Path:
    return shutil.copytree(SHOP, tmp_path / "shop")


def _edit(root: Path, file: str, old: str, new: str) -> int:
    """Replace the first ``old``; returns its line."""
    path = root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


DOMAIN, FORMS, NLU, DIALOGUE = "domain/base.yml", "domain/forms.yml", "data/nlu.yml", "data/dialogue.yml"


@pytest.mark.parametrize(
    ("file", "old", "new", "severity", "code", "fix"),
    [
        # stories and rules
        (DIALOGUE, "intent: greet", "intent: gret", "warning", "unknown-intent", "did you mean 'greet'?"),
        (DIALOGUE, "- city: 北京", "- citty: 北京", "warning", "unknown-entity", "did you mean 'city'?"),
        (
            DIALOGUE,
            "action: action_order_status",
            "action: action_order_state",
            "error",
            "unknown-action",
            "did you mean 'action_order_status'?",
        ),
        (
            DIALOGUE,
            "action: utter_greet",
            "action: utter_great",
            "warning",
            "unknown-action",
            "'utter_greet'",
        ),
        (
            DIALOGUE,
            "active_loop: ship_form",
            "active_loop: shop_form",
            "error",
            "unknown-form",
            "'ship_form'",
        ),
        (DIALOGUE, "{颜色: 红}", "{颜: 红}", "error", "unknown-slot", "'颜色'"),
        (DIALOGUE, "{颜色: 红}", "{颜色: 绿}", "warning", "unknown-value", "declare"),
        (
            DIALOGUE,
            "  steps:\n  - intent: greet",
            "  steps:\n  - checkpoint: nowhere\n  - intent: greet",
            "warning",
            "unknown-checkpoint",
            "declare",
        ),
        # the domain
        (
            FORMS,
            "required_slots: [destination",
            "required_slots: [destinatoin",
            "error",
            "unknown-slot",
            "'destination'",
        ),
        (FORMS, "ignored_intents: greet", "ignored_intents: gret", "warning", "unknown-intent", "'greet'"),
        (
            FORMS,
            "utter_ask_destination",
            "utter_ask_dest",
            "warning",
            "slot-not-asked",
            "'utter_ask_destination'",
        ),
        (FORMS, "entity: city", "entity: cities", "warning", "unknown-entity", "'city'"),
        (FORMS, "role: to", "role: too", "warning", "unknown-role", "'to'"),
        (FORMS, "      role: to\n", "", "warning", "mapping-without-role", "from, to"),
        (
            FORMS,
            "- active_loop: ship_form",
            "- active_loop: shop_form",
            "error",
            "unknown-form",
            "'ship_form'",
        ),
        (
            FORMS,
            "requested_slot: confirmed",
            "requested_slot: confirmd",
            "warning",
            "unknown-requested-slot",
            "'confirmed'",
        ),
        (FORMS, "intent: affirm", "intent: afirm", "warning", "unknown-intent", "'affirm'"),
        (
            FORMS,
            "type: from_entity\n      entity: 颜色",
            "type: from_text",
            "warning",
            "from-text-always",
            "active_loop",
        ),
        (FORMS, "/order_status{", "/order_state{", "warning", "unknown-intent", "'order_status'"),
        (FORMS, "- text: 你好！\n", "- text: 你好{destinatio}\n", "warning", "unknown-slot", "'destination'"),
        (
            FORMS,
            "- text: Sure?\n",
            "- text: Sure?\n    condition: [{type: slot, name: confirmd, value: true}]\n",
            "warning",
            "unknown-slot",
            "'confirmed'",
        ),
        (DOMAIN, "use_entities: [city]", "use_entities: [citi]", "warning", "unknown-entity", "'city'"),
        (DOMAIN, "- affirm\n", "- affirm\n- affirmm\n", "warning", "unused-intent", "rule"),
        (DOMAIN, "- affirm\n", "- affirm\n- greeet\n", "warning", "no-examples", "add some"),
        # NLU data
        (NLU, "- intent: affirm", "- intent: afirm", "warning", "unknown-intent", "'affirm'"),
        (NLU, "](颜色)", "](颜)", "warning", "unknown-entity", "'颜色'"),
        (NLU, '"role": "from"', '"role": "form"', "warning", "unknown-role", "'from'"),
        (NLU, '"role": "from"', '"group": "1"', "warning", "unknown-group", "declare"),
        (NLU, "- 好的", "- hello", "warning", "ambiguous-example", "one intent"),
        (NLU, "    - hi there\n    - 你好\n", "", "warning", "few-examples", "about ten"),
        (NLU, "utter_faq/refund", "utter_faq/refnd", "warning", "no-answer", "'faq/refnd'"),
        (NLU, "utter_faq/refund", "utter_faq/refnd", "warning", "no-examples", "'faq/refund'"),
        (NLU, "- intent: faq/refund", "- intent: faq", "warning", "mixed-retrieval", "faq/…"),
        # languages
        (FORMS, "  - text: Hello!\n    language: en\n", "", "error", "missing-language", "language: en"),
        (
            FORMS,
            "text: Hello!\n    language: en",
            "text: Hello!\n    language: eng",
            "error",
            "unknown-language",
            "'en'",
        ),
        (
            FORMS,
            "text: Hello!\n    language: en",
            "text: Hello!",
            "error",
            "missing-language",
            "language: en",
        ),
        # config
        ("config.yml", "assistant_id: shop", "", "warning", "no-assistant-id", "assistant_id"),
        ("config.yml", "languages: [zh, en]", "", "warning", "no-language", "language: en"),
        (
            "endpoints.yml",
            "store:\n  url: sqlite:///conversations.db",
            "tracker_store: {type: mongod}",
            "warning",
            "other-store",
            "store:",
        ),
        ("endpoints.yml", "store:", "lock_store: {type: redis}\nstore:", "warning", "other-store", "lock:"),
    ],
)
def test_a_planted_fault_is_found(shop, file, old, new, severity, code, fix) -> None:
    line = _edit(shop, file, old, new)
    problems = [problem for problem in validate(Project.load(shop)) if problem.code == code]
    assert problems, [str(problem) for problem in validate(Project.load(shop))]
    assert severity in {problem.severity for problem in problems}
    assert any(fix in problem.fix for problem in problems), [problem.fix for problem in problems]
    assert all(problem.location for problem in problems)
    if file in (DIALOGUE, NLU) and code.startswith("unknown"):
        assert any(p.location.file == file and abs(p.location.line - line) <= 2 for p in problems)


def test_a_response_with_conditions_only(shop) -> None:
    _edit(
        shop,
        FORMS,
        "- text: Hello!\n",
        "- text: Hello!\n    condition: [{type: slot, name: confirmed, value: true}]\n",
    )
    _edit(
        shop,
        FORMS,
        "- text: 你好！\n",
        "- text: 你好！\n    condition: [{type: slot, name: confirmed, value: true}]\n",
    )
    assert [problem.code for problem in validate(Project.load(shop))] == ["no-default-variation"]


def test_responses_are_used_in_stories_or_in_python(shop) -> None:
    with open(shop / FORMS, "a") as stream:
        stream.write("  utter_extra:\n  - {text: 多, language: zh}\n  - {text: more, language: en}\n")
    assert [problem.code for problem in validate(Project.load(shop))] == ["unused-response"]
    (shop / "actions").mkdir()
    (shop / "actions" / "more.py").write_text("dispatcher.utter_message(response='utter_extra')\n")
    assert validate(Project.load(shop)) == []


def test_wordless_variations_speak_every_language(shop) -> None:
    _edit(shop, FORMS, "  - text: Sure?\n    language: en\n", "  - text: '{confirmed} 👍?'\n")
    assert validate(Project.load(shop)) == []


def test_a_project_of_one_language_may_leave_variations_out(shop) -> None:
    _edit(shop, "config.yml", "languages: [zh, en]", "language: zh")
    problems = validate(Project.load(shop))
    assert {(problem.severity, problem.code) for problem in problems} == {("warning", "unknown-language")}


def test_nothing_is_said_to_be_missing_when_a_file_cannot_be_read(shop) -> None:
    (shop / NLU).write_text("nlu: [\n")
    codes = {problem.code for problem in validate(Project.load(shop)) if problem.severity == "warning"}
    assert not codes & {"no-examples", "unused-intent", "unused-response"}


def test_problems_are_sorted_and_unique(shop) -> None:
    for file, old, new in (
        (NLU, "- intent: affirm", "- intent: afirm"),
        (FORMS, "entity: city", "entity: cities"),
        (DIALOGUE, "intent: greet", "intent: gret"),
    ):
        _edit(shop, file, old, new)
    problems = validate(Project.load(shop))
    places = [(problem.location.file, problem.location.line) for problem in problems]
    assert places == sorted(places)
    assert len(set(problems)) == len(problems)
    assert problems == validate(Project.load(shop))


def test_an_intent_whose_entities_fill_slots_is_used(tmp_path) -> None:
    files = {
        "config.yml": "language: en\nassistant_id: a\n",
        "domain.yml": """
intents: [inform, idle, greet]
responses: {utter_hi: [{text: hi}]}
entities: [size]
slots:
  size:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: size}]
""",
        "data/nlu.yml": """
nlu:
- intent: inform
  examples: |
    - [large](size)
    - [small](size) please
- intent: idle
  examples: |
    - hm
    - well
- intent: greet
  examples: |
    - hi
    - hello
rules:
- rule: greet
  steps: [{intent: greet}, {action: utter_hi}]
""",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    unused = [p.message for p in validate(Project.load(tmp_path)) if p.code == "unused-intent"]
    assert len(unused) == 1
    assert "'idle'" in unused[0]


@pytest.mark.parametrize(
    ("pipeline", "code"),
    [
        ("[{name: MixedTokenizer}, {name: IntentClassifier}]", "no-emotions"),
        ("[{name: MixedTokenizer}, {name: EmotionClassifier}]", "unknown-emotion"),
        ("[{name: MixedTokenizer}, {name: EmotionClassifier, examples: moods.tsv}]", None),
        ("[{name: MixedTokenizer}, {name: my_nlu.Moods}]", None),
    ],
)
def test_a_slot_from_emotions_needs_them_found(tmp_path: Path, pipeline: str, code: str | None) -> None:
    (tmp_path / "config.yml").write_text(f"language: en\npipeline: {pipeline}", "utf-8")
    slots = "slots: {mood: {type: text, mappings: [{type: from_emotion, emotion: angr}]}}"
    (tmp_path / "domain.yml").write_text(slots, "utf-8")
    found = [p for p in validate(Project.load(tmp_path)) if "emotion" in p.code]
    assert [problem.code for problem in found] == ([code] if code else [])
    assert code != "unknown-emotion" or "'anger'" in found[0].fix
