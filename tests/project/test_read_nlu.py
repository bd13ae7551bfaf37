"""NLU data from YAML and from Rasa-NLU's JSON."""

import json

import pytest

from chatwright.errors import ProjectInvalid
from chatwright.project.findings import Findings
from chatwright.project.read_nlu import NluCollector, nlu_from_yaml, read_nlu
from chatwright.project.read_nlu_json import read_nlu_json
from chatwright.project.yaml_reader import read_yaml_text


def _read(text: str):
    findings = Findings()
    data = read_nlu([read_yaml_text(text, "nlu.yml")], findings)
    return data, [(p.severity, p.code, str(p.location)) for p in findings.problems]


def test_everything_in_one_file() -> None:
    data = nlu_from_yaml(
        """
nlu:
- intent: greet
  metadata: {topic: hello}
  examples: |
    - hi
    -   你好
    -
- intent: faq/hours
  examples:
  - text: |
      when open
    metadata: {mood: calm}
  - 几点
  - 12
- synonym: Berlin
  examples: |
    - B-town
- regex: zip
  examples: |
    - \\d{5}
- lookup: country
  examples: |
    - Albania
    - 中国
- intent: travel
  examples: |
    - to [NYC](city:New York)
"""
    )
    assert [(e.text, e.intent, e.response_key) for e in data.examples] == [
        ("hi", "greet", None),
        ("你好", "greet", None),
        ("when open", "faq", "faq/hours"),
        ("几点", "faq", "faq/hours"),
        ("12", "faq", "faq/hours"),
        ("to NYC", "travel", None),
    ]
    assert data.examples[0].metadata == {"intent": {"topic": "hello"}}
    assert data.examples[2].metadata == {"example": {"mood": "calm"}}
    assert data.synonyms == {"B-town": "Berlin", "NYC": "New York"}
    assert [(r.name, r.pattern) for r in data.regexes] == [("zip", "\\d{5}")]
    assert data.lookups[0].phrases == ("Albania", "中国")
    assert data.intents() == ["greet", "faq", "travel"]


def test_each_example_knows_its_line() -> None:
    data, _ = _read(
        "nlu:\n- intent: a\n  examples: |\n    - one\n\n    - two\n- intent: b\n  examples:\n  - three\n"
    )
    assert [example.location.line for example in data.examples] == [4, 6, 9]


def test_lines_without_a_dash_are_named_and_dropped() -> None:
    data, problems = _read("nlu:\n- intent: a\n  examples: |\n    - one\n    two\n     - three\n")
    assert [example.text for example in data.examples] == ["one"]
    assert problems == [
        ("warning", "dropped-line", "nlu.yml:5 (nlu[0].examples)"),
        ("warning", "dropped-line", "nlu.yml:6 (nlu[0].examples)"),
    ]


@pytest.mark.parametrize(
    ("item", "severity", "code"),
    [
        ("- intent: a\n  synonym: b\n  examples: |\n    - x", "warning", "unknown-nlu-item"),
        ("- entity: a\n  examples: |\n    - x", "warning", "unknown-nlu-item"),
        ("- just text", "warning", "unknown-nlu-item"),
        ("- intent: [a]\n  examples: |\n    - x", "error", "bad-nlu-item"),
        ("- intent: a", "warning", "no-examples"),
        ("- intent: a\n  examples: {b: c}", "error", "wrong-type"),
        ("- intent: a\n  examples: [[1]]", "error", "wrong-type"),
        ("- intent: a\n  examples: |\n    - '[x]{broken}'", "error", "bad-annotation"),
        ("- regex: a\n  examples: |\n    - '(x'", "error", "bad-regex"),
        (
            "- synonym: a\n  examples: |\n    - x\n- synonym: b\n  examples: |\n    - x",
            "warning",
            "synonym-conflict",
        ),
        ("- intent: a\n  exmples: |\n    - x", "warning", "unknown-key"),
    ],
)
def test_faults(item: str, severity: str, code: str) -> None:
    _, problems = _read(f"nlu:\n{item}\n")
    assert (severity, code) in [problem[:2] for problem in problems]


def test_strict_reading_raises_everything_at_once() -> None:
    with pytest.raises(ProjectInvalid) as caught:
        nlu_from_yaml("nlu:\n- intent: a\n  examples: |\n    - '[x]{1'\n    - '[y]{2}'\n    - '[z]{3}'\n")
    assert [problem.severity for problem in caught.value.problems].count("error") == 2


def test_rasa_nlu_json(tmp_path) -> None:
    (tmp_path / "countries.txt").write_text("Albania\n\n中国\n")
    city = {"start": 3, "end": 5, "value": "San Francisco", "entity": "city"}
    lookups = [{"name": "country", "elements": "countries.txt"}, {"name": "c", "elements": ["a"]}]
    content = {
        "rasa_nlu_data": {
            "common_examples": [
                {"text": "to SF", "intent": "go", "entities": [city]},
                {"text": "几点", "intent": "faq/hours"},
                {"text": "x", "entities": [{"start": 3, "end": 9, "entity": "city"}]},
            ],
            "entity_synonyms": [{"value": "New York", "synonyms": ["NYC"]}],
            "regex_features": [{"name": "zip", "pattern": "[0-9]{5}"}],
            "lookup_tables": lookups,
        }
    }
    findings, collector = Findings(), NluCollector()
    read_nlu_json(json.loads(json.dumps(content)), "nlu.json", findings, collector, folder=tmp_path)
    data = collector.data()
    assert [(e.text, e.intent, e.response_key) for e in data.examples] == [
        ("to SF", "go", None),
        ("几点", "faq", "faq/hours"),
        ("x", None, None),
    ]
    assert data.examples[0].entities[0].value == "San Francisco"
    assert data.synonyms == {"SF": "San Francisco", "NYC": "New York"}
    assert [lookup.phrases for lookup in data.lookups] == [("Albania", "中国"), ("a",)]
    assert [problem.code for problem in findings.problems] == ["bad-annotation"]


def test_other_json_is_named_and_skipped(tmp_path) -> None:
    findings = Findings()
    read_nlu_json({"luis_schema_version": "7"}, "luis.json", findings, NluCollector(), folder=tmp_path)
    read_nlu_json([1], "list.json", findings, NluCollector(), folder=tmp_path)
    assert [problem.code for problem in findings.problems] == ["unknown-json", "unknown-json"]
    assert "LUIS" in findings.problems[0].message
