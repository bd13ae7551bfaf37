"""The learning curve of a project's own data."""

from collections.abc import Sequence

from chatwright.evaluate.learning_curve import learning_curve, learning_curve_svg
from chatwright.project.nlu_data import NluData, NluExample
from chatwright.schema.understanding import IntentScore, Understanding

DATA = NluData([NluExample(f"{word} {n}", word) for word in ("greet", "bye", "order") for n in range(20)])


def test_more_examples_are_learnt_from_and_the_held_out_fifth_never() -> None:
    parts: list[set[str]] = []
    scored: set[str] = set()

    def fit(data: NluData):
        parts.append({e.text for e in data.examples})

        def parse(texts: Sequence[str]) -> list[Understanding]:
            assert not parts[-1] & set(texts)
            scored.update(texts)
            known = {text.split()[0] for text in parts[-1]}
            return [
                Understanding(
                    text=t, intent=IntentScore(word if (word := t.split()[0]) in known else None, 1.0)
                )
                for t in texts
            ]

        return parse

    points = learning_curve(DATA, fit, runs=2, shares=(0.25, 1.0))
    assert [point.examples for point in points] == [12, 48]
    assert parts[0] < parts[1]
    assert parts[2] != parts[0], "each run has its own draw"
    assert [point.accuracy for point in points] == [1.0, 1.0]
    assert "48 examples" in learning_curve_svg(points)


def test_no_point_of_tiny_data_repeats_another() -> None:
    tiny = NluData([NluExample(f"{word} {n}", word) for word in ("greet", "bye") for n in range(3)])
    trained = 0

    def fit(data: NluData):
        nonlocal trained
        trained += 1
        return lambda texts: [Understanding(text=text, intent=IntentScore("bye", 1.0)) for text in texts]

    points = learning_curve(tiny, fit, runs=2)
    assert [(point.share, point.examples) for point in points] == [(0.5, 2), (1.0, 4)]
    assert trained == 4
