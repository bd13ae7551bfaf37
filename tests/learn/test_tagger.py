"""The conditional random field."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from chatwright.learn.fit_tagger import fit_tagger
from chatwright.learn.tagger import OUTSIDE, Tagger

SEQUENCES = [
    ([["w=go"], ["w=to"], [f"w={city}", "upper"]], ["O", "O", "U-city:to"])
    for city in ("oslo", "rome", "bonn")
] + [([["w=from"], [f"w={city}", "upper"]], ["O", "U-city:from"]) for city in ("oslo", "rome", "bonn")]


def kind(label: str) -> str:
    return label.split(":")[0]


def test_an_unseen_word_is_found_by_its_context() -> None:
    tagger = Tagger(fit_tagger(SEQUENCES), kind)
    found = tagger.tag([["w=go"], ["w=to"], ["w=lima", "upper"]])
    assert [tagged.label for tagged in found] == ["O", "O", "U-city:to"]
    assert 0 < found[2].probability <= found[2].together <= 1
    assert found[2].together > found[2].probability  # the other role takes a share


def test_nothing_to_tell_apart_is_no_model(tmp_path: Path) -> None:
    assert fit_tagger([]) == b""
    assert fit_tagger([([["a"], ["b"]], ["O", "O"])]) == b""
    Tagger(b"").save(tmp_path)
    assert [t.label for t in Tagger.load(tmp_path).tag([["a"], ["b"]])] == [OUTSIDE, OUTSIDE]


def test_a_saved_tagger_is_the_same(tmp_path: Path) -> None:
    tagger = Tagger(fit_tagger(SEQUENCES), kind)
    tagger.save(tmp_path)
    items = [["w=from"], ["w=kyoto", "upper"], ["w=to"]]
    assert Tagger.load(tmp_path, kind=kind).tag(items) == tagger.tag(items)
    assert tagger.tag([]) == []


def test_threads_do_not_mix_their_sequences() -> None:
    tagger = Tagger(fit_tagger(SEQUENCES), kind)
    texts = [[["w=from"], ["w=oslo", "upper"]], [["w=go"], ["w=to"], ["w=rome", "upper"]]]
    expected = [tagger.tag(text) for text in texts]
    wrong: list[int] = []

    def work(number: int) -> None:
        wrong.extend(number for _ in range(300) if tagger.tag(texts[number]) != expected[number])

    threads = [threading.Thread(target=work, args=(number % 2,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("length", [1, 600])
def test_every_item_gets_a_label(length: int) -> None:
    assert len(Tagger(fit_tagger(SEQUENCES), kind).tag([["w=oslo"]] * length)) == length
