"""NLU scores and reports: Rasa's files, and one page that needs nothing from outside."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chatwright.evaluate.html_report import confusion_matrix_svg, histogram_svg, render_report
from chatwright.evaluate.nlu_evaluation import (
    Label,
    NluEvaluation,
    classification_report,
    cross_validate,
    evaluate_nlu,
)
from chatwright.evaluate.report_files import write_nlu_files
from chatwright.evaluate.story_evaluation import StepResult, StoryEvaluation, StoryResult
from chatwright.evaluate.test_run import TestRun
from chatwright.project.annotations import parse_annotated
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import Entity, IntentScore, Token, Understanding


def example(marked: str, intent: str, key: str | None = None) -> NluExample:
    text, entities = parse_annotated(marked)
    return NluExample(text, intent, key, entities)


def understood(
    marked: str, *ranking: tuple[str, float], extractor: str = "CRFEntityExtractor", answer: str | None = None
) -> Understanding:
    text, entities = parse_annotated(marked)
    words = [(word.start(), word.end()) for word in re.finditer(r"\w+", text)]
    scores = tuple(IntentScore(name, confidence) for name, confidence in ranking)
    chosen = {"default": {"response": {"intent_response_key": answer, "confidence": 0.8}}} if answer else {}
    return Understanding(
        text=text,
        tokens=[Token(text[a:b], a, b) for a, b in words],
        intent=scores[0] if scores else IntentScore(None, 0.0),
        ranking=scores,
        entities=[
            Entity(
                entity=e.entity, value=e.value, start=e.start, end=e.end, role=e.role, confidence=0.7,
                extractor=extractor,
            )
            for e in entities
        ],
        response_selector=chosen,
    )  # fmt: skip


EXAMPLES = [
    example("hello", "greet"),
    example("你好", "greet"),
    example("fly to [Rome](city) [now](time)", "book"),
    example("去 [罗马](city)", "book"),
    example("when", "faq", "faq/hours"),
    example("<script>alert(1)</script>", "<b>odd</b>"),
]
FOUND = [
    understood("hello", ("greet", 0.9), ("book", 0.1)),
    understood("你好", ("nlu_fallback", 0.3), ("greet", 0.25)),
    understood("fly to [Rome](city) now", ("book", 1.0)),
    understood("[去](city) [罗马](city)", ("greet", 0.6)),
    understood("when", ("faq", 0.7), answer="faq/price"),
    understood("<script>alert(1)</script>", ("greet", 0.2)),
]


def evaluation() -> NluEvaluation:
    return evaluate_nlu(lambda texts: FOUND, EXAMPLES)


def test_a_fallback_is_undone_before_scoring() -> None:
    result = evaluation()
    assert result.fallbacks == 1
    assert result.intents[1] == Label("你好", "greet", "greet", 0.25)
    assert result.intent_accuracy() == pytest.approx(4 / 6)


def test_entities_are_scored_token_by_token() -> None:
    labels = evaluation().entities["CRFEntityExtractor"]
    marked = [(label.text, label.gold, label.predicted) for label in labels if label.gold != label.predicted]
    assert marked == [("now", "time", "no_entity"), ("去", "no_entity", "city")]
    report = evaluation().entity_report("CRFEntityExtractor")
    assert report["city"]["recall"] == 1
    assert report["city"]["precision"] == pytest.approx(2 / 3)
    assert report["time"]["confused_with"] == {}
    assert "no_entity" not in report


def test_roles_and_groups_are_part_of_the_label() -> None:
    gold = [example('[Rome]{"entity": "city", "role": "to"}', "book")]
    found = [understood("[Rome](city)", ("book", 1.0))]
    (label,) = evaluate_nlu(lambda texts: found, gold).entities["CRFEntityExtractor"]
    assert (label.gold, label.predicted) == ("city.to", "city")


def test_extractors_that_learn_nothing_from_the_data_are_not_scored() -> None:
    found = [understood("[Rome](city)", ("book", 1.0), extractor="DucklingEntityExtractor")]
    assert list(evaluate_nlu(lambda texts: found, [example("[Rome](city)", "book")]).entities) == ["none"]


def test_answers_to_questions_are_scored() -> None:
    assert evaluation().responses == [Label("when", "faq/hours", "faq/price", 0.8)]
    assert evaluation().response_accuracy() == 0


def test_the_report_counts_gold_labels_only() -> None:
    labels = [Label("a", "x", "x", 1.0), Label("b", "x", "never", 1.0), Label("c", "y", "x", 1.0)]
    report = classification_report(labels)
    assert set(report) == {"x", "y", "accuracy", "macro avg", "weighted avg", "micro avg"}
    assert report["accuracy"] == pytest.approx(1 / 3)
    assert report["x"]["confused_with"] == {"never": 1}
    assert report["y"]["confused_with"] == {"x": 1}
    assert report["x"]["support"] == 2


def test_nothing_to_report() -> None:
    assert classification_report([]) == {}
    assert classification_report([Label("a", "no_entity", "no_entity", 1.0)], ignore="no_entity") == {}


def test_evaluations_add_up() -> None:
    both = evaluation() + evaluation()
    assert len(both.intents) == 12
    assert both.fallbacks == 2
    assert len(both.entities["CRFEntityExtractor"]) == 2 * len(evaluation().entities["CRFEntityExtractor"])


def test_cross_validation_tests_each_example_once_and_never_on_what_it_learned() -> None:
    data = NluData([NluExample(f"{intent} {n}", intent) for intent in ("a", "问") for n in range(6)])
    seen: list[set[str]] = []

    def fit(part: NluData):
        learned = {e.text: e.intent for e in part.examples}
        seen.append(set(learned))
        return lambda texts: [understood(text, (learned.get(text) or "unknown", 1.0)) for text in texts]

    results = cross_validate(data, fit, folds=3)
    tested = [label.text for _, test in results for label in test.intents]
    assert sorted(tested) == sorted(e.text for e in data.examples)
    assert all(train.intent_accuracy() == 1 for train, _ in results)
    assert all(test.intent_accuracy() == 0 for _, test in results)
    assert all(len(part) == 8 for part in seen)


def test_too_little_data_for_cross_validation() -> None:
    data = NluData([NluExample("a", "x"), NluExample("b", "x")])
    assert cross_validate(data, lambda part: lambda texts: [], folds=3) == []


def test_the_files_are_rasas(tmp_path: Path) -> None:
    written = write_nlu_files(evaluation(), tmp_path, successes=True)
    assert {path.name for path in written} == {
        f"{name}_{kind}"
        for name in ("intent", "CRFEntityExtractor", "response_selection")
        for kind in ("report.json", "errors.json", "successes.json", "confusion_matrix.svg", "histogram.svg")
    }

    def read(name: str):
        return json.loads((tmp_path / name).read_text("utf-8"))

    assert read("intent_errors.json")[0] == {
        "text": "去 罗马", "intent": "book", "intent_prediction": {"name": "greet", "confidence": 0.6},
    }  # fmt: skip
    assert len(read("intent_successes.json")) == 4
    assert read("intent_report.json")["book"]["confused_with"] == {"greet": 1}
    (first, second) = read("CRFEntityExtractor_errors.json")
    assert first["text"] == "fly to Rome now"
    assert [entity["entity"] for entity in first["entities"]] == ["city", "time"]
    assert [entity["entity"] for entity in first["predicted_entities"]] == ["city"]
    assert second["text"] == "去 罗马"
    assert read("response_selection_errors.json") == [
        {
            "text": "when",
            "intent_response_key_target": "faq/hours",
            "intent_response_key_prediction": {"name": "faq/price", "confidence": 0.8},
        }
    ]


def test_files_that_were_not_asked_for_are_not_written(tmp_path: Path) -> None:
    write_nlu_files(evaluation(), tmp_path, errors=False, plots=False)
    assert {path.name for path in tmp_path.iterdir()} == {
        "intent_report.json", "CRFEntityExtractor_report.json", "response_selection_report.json",
    }  # fmt: skip


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def step(kind: str, expected: str, predicted: str, *, why: str = "") -> StepResult:
    labels = [Label("", expected, predicted, 1.0)]
    return StepResult(
        kind=kind,
        expected=expected,
        predicted=predicted,
        passed=expected == predicted,
        why=why,
        labels=labels,
    )


STORIES = StoryEvaluation(
    [
        StoryResult("good", None, [step("action", "utter_greet", "utter_greet")]),
        StoryResult("<img src=x onerror=1>", None, [step("action", "utter_a", "<script>", why="rule '<i>'")]),
    ]
)


@pytest.fixture
def run() -> TestRun:
    return TestRun(title="我的机器人 <b>", nlu=evaluation(), stories=STORIES, train_accuracy=0.95)


def test_the_page_stands_alone(run: TestRun) -> None:
    text = render_report(run)
    page = Page(text)
    assert page.links == []
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "@import" not in text
    assert "url(" not in text
    urls = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert urls <= {"http://www.w3.org/2000/svg"}  # the name of a format, never fetched


def test_the_page_shows_matrices_histograms_and_figures(run: TestRun) -> None:
    text = render_report(run)
    assert text.count('aria-label="confusion matrix"') == 3
    assert text.count('aria-label="confidence histogram"') == 3
    page = Page(text)
    assert "1 / 2" in page.text
    assert "66.7 %" in page.text
    assert "95.0 %" in page.text
    assert "我的机器人" in page.text


def test_the_page_shows_what_people_wrote_as_text(run: TestRun) -> None:
    page = Page(render_report(run))
    assert "<script>alert(1)</script>" in page.text
    assert "<img src=x onerror=1>" in page.text
    assert not {"img", "script", "i"} & set(page.tags)


def test_a_matrix_holds_each_pair_and_names_it() -> None:
    labels = [Label("", "a", "a", 1.0), Label("", "a", "b", 1.0), Label("", "<b>", "a", 1.0)]
    svg = confusion_matrix_svg(labels)
    assert svg.count("<rect") == 3
    assert "a → b: 1" in svg
    assert "&lt;b&gt; → a: 1" in svg


def test_a_big_matrix_keeps_the_labels_that_are_confused() -> None:
    labels = [Label("", f"fine{n}", f"fine{n}", 1.0) for n in range(100)]
    labels.append(Label("", "wrong", "other", 1.0))
    svg = confusion_matrix_svg(labels)
    assert "wrong → other: 1" in svg
    assert "fine7 → fine7" not in svg


def test_a_histogram_has_right_and_wrong_sides() -> None:
    labels = [Label("", "a", "a", 0.99), Label("", "a", "a", 1.0), Label("", "a", "b", 0.12)]
    svg = histogram_svg(labels)
    assert "0.95 to 1.00: 2" in svg
    assert "0.10 to 0.15: 1" in svg
    assert svg.count('class="right"') == 1
    assert svg.count('class="wrong"') == 1


def test_a_run_writes_everything_and_sums_it_up(run: TestRun, tmp_path: Path) -> None:
    written = run.write(tmp_path)
    assert written[-1].name == "report.html"
    assert all(path.is_file() for path in written)
    summary = json.loads(json.dumps(run.summary()))
    assert summary["passed"] is False
    assert summary["conversations"]["passed"] == 1
    assert summary["conversations"]["failed"] == [{"story": "<img src=x onerror=1>", "location": None}]
    assert summary["intents"]["total"] == 6
    assert summary["entities"]["CRFEntityExtractor"] == pytest.approx(0.533, abs=0.001)


def test_an_empty_run_passes(tmp_path: Path) -> None:
    run = TestRun(title="empty")
    assert run.passed
    assert [path.name for path in run.write(tmp_path)] == ["report.html"]
    assert run.summary() == {"title": "empty", "model": None, "passed": True}
