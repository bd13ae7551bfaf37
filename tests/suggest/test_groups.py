"""Clusters, names, and the choice of what to label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import v_measure_score

from chatwright.suggest.choose import choose, uncertainty
from chatwright.suggest.cluster import cluster_vectors
from chatwright.suggest.courtesies import without_courtesies
from chatwright.suggest.draft import write_draft
from chatwright.suggest.group import group_messages
from chatwright.suggest.messages import Message
from chatwright.suggest.vectors import text_vectors


def blobs(kinds: int, each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(seed)
    gold = np.repeat(np.arange(kinds), each)
    rows = np.eye(kinds, 24)[gold] + draws.normal(0, 0.08, (len(gold), 24))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), gold


def same_parts(one: np.ndarray, other: np.ndarray) -> bool:
    return (
        len({*zip(one.tolist(), other.tolist(), strict=True)})
        == len(set(one.tolist()))
        == len(set(other.tolist()))
    )


@pytest.mark.parametrize("kinds", [3, 8])
def test_the_number_of_clear_clusters_is_found(kinds: int) -> None:
    vectors, gold = blobs(kinds, 40)
    assert same_parts(gold, cluster_vectors(vectors, min_cluster=5))


def test_many_messages_are_grouped_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwright.suggest.cluster.SMALL_GROUPS", 60)
    vectors, gold = blobs(6, 100)
    assert v_measure_score(gold, cluster_vectors(vectors, min_cluster=5, clusters=6)) > 0.8


def test_small_clusters_are_none_and_the_largest_is_first() -> None:
    vectors, gold = blobs(3, 30)
    keep = np.concatenate([np.flatnonzero(gold == 0)[:3], np.flatnonzero(gold > 0)])
    found = cluster_vectors(vectors[keep], min_cluster=5, clusters=3)
    assert set(found[:3].tolist()) == {-1}
    assert found.max() == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 12), st.integers(2, 6), st.integers(0, 5))
def test_any_few_rows_are_clustered(count: int, min_cluster: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    rows[: count // 3] = 0.0
    found = cluster_vectors(rows, min_cluster=min_cluster)
    assert len(found) == count
    assert all(np.sum(found == number) >= min_cluster for number in set(found.tolist()) - {-1})


@pytest.mark.parametrize("texts", [["a"], ["", ""], ["x", "y", "z"], ["🙂"] * 4, ["退款"] * 30])
def test_any_texts_have_vectors(texts: list[str]) -> None:
    vectors = text_vectors(texts)
    assert len(vectors) == len(texts)
    assert np.isfinite(vectors).all()


def test_groups_are_named_by_their_own_words_and_fold_near_duplicates() -> None:
    refunds = [f"I want a refund for my {thing}" for thing in "shoes hat coat bag lamp desk".split()]
    refunds += [
        "refund the money for the big old wooden table",
        "refund the money for the big old wooden tables",
    ]
    opening = [f"are you open on {day}" for day in "monday tuesday friday sunday easter christmas".split()]
    opening += ["when are you open today", "open at night"]
    groups = group_messages([Message(text, "en", 1) for text in refunds + opening], min_cluster=3)
    assert len({group.name for group in groups}) == len(groups)
    names = " ".join(group.name for group in groups)
    assert "refund" in names
    assert "open" in names
    texts = [message.text for group in groups for message in group.examples]
    assert sum("wooden table" in text for text in texts) == 1


def test_what_looks_like_marks_and_variables_is_plain_in_the_draft(tmp_path) -> None:
    from chatwright.project.project import Project

    messages = [Message(f"what is [{w}](city) {{x}} - # '{w}'", "en", 1) for w in "a b c d e f g".split()]
    for message in messages:
        message.answers = ["It is {name}: 'yes' # \"no\""]
    groups = group_messages(messages, min_cluster=2)
    write_draft(tmp_path / "draft", groups, name="draft")
    project = Project.load(tmp_path / "draft")
    assert project.problems == ()
    assert all(not example.entities for example in project.nlu.examples)
    texts = [v.content["text"] for found in project.domain.responses.values() for v in found]
    assert set(texts) == {"It is (name): 'yes' # \"no\""}


def test_the_choice_is_unsure_diverse_and_frequent() -> None:
    vectors, gold = blobs(4, 50)
    unsure = np.where(gold < 3, 0.9, 0.01)
    chosen = choose(vectors, unsure, np.ones(len(gold)), 6)
    assert len(set(chosen.tolist())) == 6
    assert set(gold[chosen].tolist()) == {0, 1, 2}
    counts = np.where(np.arange(len(gold)) == 7, 500.0, 1.0)
    assert 7 in choose(vectors, unsure, counts, 30)
    assert len(choose(vectors, unsure, np.ones(len(gold)), 1000)) == len(gold)


def test_uncertainty_is_of_the_best_two() -> None:
    assert uncertainty(np.array([[1.0, 0.0], [0.4, 0.4], [0.5, 0.25]])).tolist() == [0.0, 1.0, 0.75]


def test_greetings_and_thanks_make_no_group() -> None:
    asked = ("怎么开发票", "发票抬头写错了", "电子发票在哪里下载", "能开公司发票吗", "发票什么时候寄")
    late = ("快递怎么还没到", "包裹到哪里了", "物流一直不更新", "快递丢了吗", "快递几天能到")
    around = (("你好，", "，谢谢"), ("亲，在吗？", "啊"), ("请问", "呢"), ("", "，谢谢！"))
    said = [
        Message(f"{before}{text}{after}", "zh", 1)
        for number, text in enumerate(asked + late)
        for before, after in (around[number % 4], around[(number + 1) % 4])
    ]
    groups = group_messages(said, min_cluster=4)
    assert len(groups) == 2
    for group in groups:
        assert not any(word in group.name for word in ("谢谢", "你好", "请问"))
        about = sum(any(text in message.text for text in asked) for message in group.examples)
        assert max(about, len(group.examples) - about) >= 0.75 * len(group.examples)


def test_only_what_stands_around_is_taken_away() -> None:
    for text in ("谢谢", "hi there", "你好", "theatre tickets", "感谢信怎么写", "hide my profile", "😀"):
        assert without_courtesies(text) == text
    assert without_courtesies("Good morning, please cancel it, thank you very much!") == "cancel it"
