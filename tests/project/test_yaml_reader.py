"""YAML reading: values, places, and everything that is refused."""

import math
import os
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.errors import YamlError
from chatwright.project.yaml_reader import (
    MAX_ALIASES,
    MAX_DEPTH,
    YamlMap,
    locate_path,
    plain,
    read_yaml,
    read_yaml_text,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("007", 7),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("12:30:45", "12:30:45"),
        ("2023-11-07", "2023-11-07"),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("你好 👋", "你好 👋"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    if text == "-":
        assert read_yaml_text("a:\n-").data == {"a": [None]}
    else:
        found = read_yaml_text(f"a: {text}\n").data["a"]
        assert found == value
        assert type(found) is type(value)


def test_infinities_and_very_long_numbers() -> None:
    data = read_yaml_text(f"a: .inf\nb: -.inf\nc: .nan\nd: {'9' * 5000}\n").data
    assert data["a"] == math.inf
    assert data["b"] == -math.inf
    assert math.isnan(data["c"])
    assert data["d"] == "9" * 5000


def test_every_key_and_item_has_its_place() -> None:
    doc = read_yaml_text("slots:\n  city:\n    type: text\n    mappings:\n    - type: custom\n", "domain.yml")
    slots = doc.data["slots"]
    assert str(slots.location("city")) == "domain.yml:2 (slots.city)"
    assert str(slots["city"]["mappings"].location(0)) == "domain.yml:5 (slots.city.mappings[0])"
    mapping = slots["city"]["mappings"][0]
    assert mapping.location("type") == locate_path(doc.data, ("slots", "city", "mappings", 0, "type"))
    assert mapping.location("type").column == 7
    # An unknown key gives the mapping itself.
    assert mapping.location("entity").line == 5


def test_anchors_and_merge_keys() -> None:
    data = read_yaml_text("a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: {<<: [*x, {r: 4}]}\n").data
    assert data == {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}, "c": {"p": 1, "q": 2, "r": 4}}


def test_environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_HOST", "example.org")
    text = "a: http://${SHOP_HOST}/x\nb: '${SHOP_HOST}'\nc: |\n  ${SHOP_HOST}\n"
    assert read_yaml_text(text).data == {
        "a": "http://example.org/x",
        "b": "${SHOP_HOST}",
        "c": "${SHOP_HOST}\n",
    }
    monkeypatch.delenv("SHOP_HOST")
    with pytest.raises(YamlError, match="SHOP_HOST is not set") as caught:
        read_yaml_text("\nurl: ${SHOP_HOST}\n", "endpoints.yml")
    assert str(caught.value.location) == "endpoints.yml:2 (url)"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands twice, in lines 1 and 3"),
        ("a:\n  b: {c: 1, c: 2}\n", 2, "'c' stands twice"),
        ("1: a\ntrue: b\n", 2, "stands twice"),
        ("a:\n\t- b\n", 2, "tab"),
        ("a: !!python/object:os.system x\n", 1, "tag !!python/object:os.system"),
        ("a: !thing {}\n", 1, "tag !thing"),
        ("a: 1\n---\nb: 2\n", 3, "several documents"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 'open\n", 2, "unexpected end of stream"),
        ("a: *nobody\n", 1, "no anchor"),
        ("a: &x [*x]\n", 1, "no anchor"),
        ("a: 1\nb: x\x07\n", 2, "forbids"),
        ("[1, 2]: 3\n", 1, "a key must be"),
        ("a: {<<: 3}\n", 1, "merges mappings only"),
        ("a: \ud800\n", 0, "cannot be encoded"),
    ],
)
def test_what_is_refused_names_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError, match=message) as caught:
        read_yaml_text(text, "x.yml")
    assert caught.value.location is not None
    assert (caught.value.location.file, caught.value.location.line) == ("x.yml", line)
    assert caught.value.fix


def test_bombs_are_refused_at_once() -> None:
    laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
    )
    long = f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 50)}]\n"
    many = "a: &a 1\nb: [" + ", ".join(["*a"] * (MAX_ALIASES + 1)) + "]\n"
    chain = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, MAX_DEPTH + 2))
    deep = "[" * 200_000
    started = time.perf_counter()
    for text in (laughs, long, many, chain, deep):
        with pytest.raises(YamlError, match=r"alias|nested"):
            read_yaml_text(text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 你好".encode("gb18030"), "GBK"),
        ("a: 你好".encode("utf-16"), "UTF-16"),
        (b"\x00\x01\x02\xff", "binary"),
        (b"a: caf\xe9\n", "8-bit"),
    ],
)
def test_other_encodings_are_named(tmp_path, content: bytes, message: str) -> None:
    path = tmp_path / "domain.yml"
    path.write_bytes(b"x: 1\n" + content if b"\xff" not in content[:2] else content)
    with pytest.raises(YamlError, match=message) as caught:
        read_yaml(path)
    assert caught.value.fix == "save the file as UTF-8"


def test_byte_order_mark_and_empty_files(tmp_path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes("﻿a: 你\n".encode())
    assert read_yaml(path).data == {"a": "你"}
    path.write_text("# nothing\n")
    assert read_yaml(path).data == {}


def test_unreadable_files(tmp_path) -> None:
    with pytest.raises(YamlError, match="cannot be read"):
        read_yaml(tmp_path / "absent.yml")
    with pytest.raises(YamlError, match="cannot be read"):
        read_yaml(tmp_path)
    huge = tmp_path / "huge.yml"
    with open(huge, "wb") as stream:
        os.truncate(stream.fileno(), 65 * 1024 * 1024)
    with pytest.raises(YamlError, match="larger than 64 MiB"):
        read_yaml(huge)


def _read_or_refused(read: Callable[[], object]) -> bool:
    """True where reading works or ends with an error that says what to do."""
    try:
        read()
    except YamlError as error:
        return bool(error.fix)
    return True


@given(st.text())
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    assert _read_or_refused(lambda: read_yaml_text(text))


_BITS = "a|b:| |\n|  |- |? |: |[|]|{|}|&x |*x|<<|>|'|\"|#|!!str |!x |---|...|\t|${A}|~|1|\\|,"
_YAML_BITS = st.lists(st.sampled_from([*_BITS.split("|"), "|", "%YAML 1.1\n", "\x85", "\u2028", "\ufeff"]))


@given(_YAML_BITS)
@settings(max_examples=500)
def test_any_mix_of_yaml_marks_is_read_or_refused(bits: list[str]) -> None:
    assert _read_or_refused(lambda: read_yaml_text("".join(bits)))


@given(st.binary())
def test_any_bytes_are_read_or_refused(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yml"
    path.write_bytes(content)
    assert _read_or_refused(lambda: read_yaml(path))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(alphabet=st.characters(exclude_categories=["C", "Z"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="abc中", min_size=1), inner),
    max_leaves=20,
)


@given(_JSON)
def test_json_is_yaml(value: object) -> None:
    import json

    doc = read_yaml_text(json.dumps({"v": value}, ensure_ascii=False))
    assert plain(doc.data) == {"v": value}
    assert isinstance(doc.data, YamlMap)


def test_a_hundred_thousand_lines_take_seconds() -> None:
    from chatwright.project.read_nlu import nlu_from_yaml

    text = "nlu:\n" + "".join(
        f"- intent: i{i}\n  examples: |\n"
        + "".join(f"    - book [flight](thing) number {j} to [Berlin](city)\n" for j in range(1000))
        for i in range(100)
    )
    started = time.perf_counter()
    data = nlu_from_yaml(text)
    assert len(data.examples) == 100_000
    assert time.perf_counter() - started < 15  # about 1.5 s on a quiet machine
