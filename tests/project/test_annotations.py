"""Entity annotations: the grammar, and that offsets always slice back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.project.annotations import AnnotationError, annotate, has_broken_marks, parse_annotated
from chatwright.schema.understanding import Entity


def _short(text: str) -> list[tuple]:
    _, entities = parse_annotated(text)
    return [(e.entity, e.value, e.start, e.end, e.role, e.group) for e in entities]


@pytest.mark.parametrize(
    ("text", "clean", "entities"),
    [
        ("[a](b)", "a", [("b", "a", 0, 1, None, None)]),
        ("x [NYC](city:New York) y", "x NYC y", [("city", "New York", 2, 5, None, None)]),
        ("[a](b:c:d)", "a", [("b", "c:d", 0, 1, None, None)]),
        ('to [SF]{"entity":"city","role":"to","group":"1"}', "to SF", [("city", "SF", 3, 5, "to", "1")]),
        ('[a]{"entity":"x","value":1}', "a", [("x", 1, 0, 1, None, None)]),
        (
            '[a][{"entity":"x"},{"entity":"y"}]',
            "a",
            [("x", "a", 0, 1, None, None), ("y", "a", 0, 1, None, None)],
        ),
        ("[魔都](城市:上海)见", "魔都见", [("城市", "上海", 0, 2, None, None)]),
        (
            "[👋🏽](emoji) [b](c)",
            "👋🏽 b",
            [("emoji", "👋🏽", 0, 2, None, None), ("c", "b", 3, 4, None, None)],
        ),
        ("[a](b)(c)", "a(c)", [("b", "a", 0, 1, None, None)]),
        ("[a](b))", "a)", [("b", "a", 0, 1, None, None)]),
        ("[[a](b)", "[a", [("b", "[a", 0, 2, None, None)]),
    ],
)
def test_grammar(text: str, clean: str, entities: list[tuple]) -> None:
    assert parse_annotated(text)[0] == clean
    assert _short(text) == entities


@pytest.mark.parametrize(
    "text", ["[a] (b)", "[a](b:)", "[a]()", "[a]{}", "[](x)", "[a]](b)", '[a][{"entity":"x"}', "a]b["]
)
def test_other_brackets_are_text(text: str) -> None:
    assert parse_annotated(text) == (text, ())


@pytest.mark.parametrize(
    "text", ["[a]{bad}", '[a]{"role":"x"}', '[a]{"entity":"x","value":{"k":1}}', '[a]{"entity":null}']
)
def test_broken_json_is_an_error_that_names_the_words(text: str) -> None:
    with pytest.raises(AnnotationError, match="annotation of 'a'"):
        parse_annotated(text)


_WORD = st.text(
    alphabet=st.characters(exclude_characters='[](){}:"\\', exclude_categories=["Cs"]), min_size=1
)
_NAME = st.text(alphabet="abc_城市", min_size=1)


@st.composite
def _marked(draw) -> tuple[str, tuple[Entity, ...]]:
    text, entities = draw(_WORD), []
    for _ in range(draw(st.integers(0, 4))):
        words = draw(_WORD)
        value = draw(st.just(words) | _WORD | st.integers())
        role, group = draw(st.none() | _NAME), draw(st.none() | _NAME)
        for name in draw(st.lists(_NAME, min_size=1, max_size=2, unique=True)):
            span = {"start": len(text), "end": len(text) + len(words)}
            entities.append(Entity(entity=name, value=value, role=role, group=group, **span))
        text += words + draw(_WORD)
    return text, tuple(entities)


@given(_marked())
def test_annotating_and_parsing_are_inverse(marked: tuple[str, tuple[Entity, ...]]) -> None:
    text, entities = marked
    assert parse_annotated(annotate(text, entities)) == (text, entities)


@given(st.text(alphabet='ab[](){}:", entityrole'))
def test_offsets_slice_back(text: str) -> None:
    try:
        clean, entities = parse_annotated(text)
    except AnnotationError:
        return
    for entity in entities:
        assert 0 <= entity.start < entity.end <= len(clean)
        assert f"[{clean[entity.start : entity.end]}]" in text


@pytest.mark.parametrize(
    "text",
    [
        "买[红色的[苹果](item)](item)",
        "买[苹果(item)",
        '买[香蕉]{"entity": "item"',
        "买[](item)",
        "买[梨]()",
        "买[苹果] (item)",
        "买[苹果]（item）",
        "买【苹果】(item)",
    ],
)
def test_half_a_mark_is_seen(text: str) -> None:
    assert has_broken_marks(parse_annotated(text)[0])


@pytest.mark.parametrize(
    "text",
    ["[图片] 这个怎么用", "see [1] and (2)", "a[0]", "买[苹果](item)和[梨](item)", "(a) [b", "【急】退款"],
)
def test_brackets_that_mean_something_else_are_let_be(text: str) -> None:
    assert not has_broken_marks(parse_annotated(text)[0])
