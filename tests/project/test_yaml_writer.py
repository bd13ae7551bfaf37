"""Edits keep what people wrote; a file is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ProjectError, YamlError
from chatwright.project.yaml_reader import plain, read_yaml, read_yaml_text
from chatwright.project.yaml_writer import dump_yaml, edit_yaml, ensure_assistant_id, write_text, write_yaml

MIXED = """\
# The domain of Ann's bot.

intents:
    - greet      # says hello
    - bye
responses:
  utter_hi:
  - text: "Hi"   # short
    condition:
      - {type: slot, name: a, value: True}
  # a comment between
  utter_bye:
  - text: '再见 👋'
slots:
  a: {type: bool, initial_value: null, mappings: []}
"""


def test_lines_that_do_not_change_stay_as_they_are(tmp_path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(MIXED)
    with edit_yaml(path) as content:
        content["responses"]["utter_new"] = [{"text": "新的"}]
        content["intents"].append("thank")
    lines = path.read_text().splitlines()
    assert [line for line in MIXED.splitlines() if line not in lines] == []
    assert plain(read_yaml(path).data)["responses"]["utter_new"] == [{"text": "新的"}]
    assert plain(read_yaml(path).data)["intents"] == ["greet", "bye", "thank"]


def test_no_change_writes_nothing(tmp_path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(MIXED)
    before = path.stat()
    with edit_yaml(path):
        pass
    assert path.read_text() == MIXED
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_an_error_while_editing_leaves_the_file_alone(tmp_path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(MIXED)

    def edit_and_fail() -> None:
        with edit_yaml(path) as content:
            content["intents"] = []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        edit_and_fail()
    assert path.read_text() == MIXED
    assert os.listdir(tmp_path) == ["domain.yml"]


def test_new_files_and_files_of_comments(tmp_path) -> None:
    with edit_yaml(tmp_path / "new" / "config.yml") as content:
        content["language"] = "zh"
    assert (tmp_path / "new" / "config.yml").read_text() == "language: zh\n"
    path = tmp_path / "endpoints.yml"
    path.write_text("# nothing yet\n#tracker_store:\n")
    with edit_yaml(path) as content:
        content["store"] = {"url": "sqlite:///x.db"}
    assert path.read_text() == "# nothing yet\n#tracker_store:\nstore:\n  url: sqlite:///x.db\n"


def test_broken_files_are_not_edited(tmp_path) -> None:
    path = tmp_path / "domain.yml"
    for text in ("a: 1\na: 2\n", "a: [\n"):
        path.write_text(text)
        with pytest.raises(YamlError), edit_yaml(path) as content:
            content["b"] = 1
        assert path.read_text() == text
    path.write_bytes(b"\xff")
    with pytest.raises(YamlError, match="UTF-8"), edit_yaml(path):
        pass


def test_writing_keeps_permissions_and_links(tmp_path) -> None:
    target = tmp_path / "real.yml"
    target.write_text("a: 1\n")
    target.chmod(0o640)
    link = tmp_path / "link.yml"
    link.symlink_to(target)
    write_text(link, "a: 2\n")
    assert link.is_symlink()
    assert target.read_text() == "a: 2\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_failing_disk_leaves_the_old_file(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text("a: 1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError, match="No space left"):
        write_text(path, "a: 2\n")
    assert path.read_text() == "a: 1\n"
    assert os.listdir(tmp_path) == ["a.yml"]


def test_assistant_id_is_made_once(tmp_path) -> None:
    path = tmp_path / "mybot" / "config.yml"
    path.parent.mkdir()
    path.write_text("# hello\nassistant_id: placeholder_default  # change me\nlanguage: en\n")
    name = ensure_assistant_id(path)
    assert name.startswith("mybot-")
    lines = [" ".join(line.split()) for line in path.read_text().splitlines()]  # the comment keeps its column
    assert lines == ["# hello", f"assistant_id: {name} # change me", "language: en"]
    assert ensure_assistant_id(path) == name


def test_texts_of_several_lines_become_blocks(tmp_path) -> None:
    path = tmp_path / "nlu.yml"
    write_yaml(path, {"nlu": [{"intent": "a", "examples": "- 一\n- two\n"}]})
    assert path.read_text() == "nlu:\n- intent: a\n  examples: |\n    - 一\n    - two\n".replace(
        "    -", "    -"
    )


_TEXT = st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=8) | st.sampled_from(
    [
        "yes",
        "no",
        "on",
        "null",
        "12",
        "1e3",
        "2023-01-01",
        "${HOME}",
        "a: b",
        "- x",
        "#",
        "a\nb\n",
        " x",
        "",
        "<<",
        "=",
    ]
)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
        max_leaves=10,
    )
)
def test_what_is_written_is_read_again(value: object) -> None:
    assert plain(read_yaml_text(dump_yaml({"v": value})).data) == {"v": value}


def test_public_example_of_the_docs(tmp_path: Path) -> None:
    import doctest

    import chatwright.project.annotations
    import chatwright.project.yaml_reader
    import chatwright.project.yaml_scalars
    import chatwright.project.yaml_writer

    for module in (
        chatwright.project.annotations,
        chatwright.project.yaml_reader,
        chatwright.project.yaml_scalars,
        chatwright.project.yaml_writer,
    ):
        assert doctest.testmod(module).failed == 0
        assert doctest.testmod(module).attempted
