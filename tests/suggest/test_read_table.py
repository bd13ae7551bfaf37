"""Logs of every format and encoding, and the errors for people."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ProjectError
from chatwright.suggest.columns import Columns, find_columns, is_agent
from chatwright.suggest.messages import read_log
from chatwright.suggest.read_table import read_rows


def written(tmp_path: Path, name: str, content: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "log.csv", "消息,编号\n什么时候发货,1\n怎么退款,2\n".encode(encoding))
    assert [row["消息"] for _, row in read_rows(path)] == ["什么时候发货", "怎么退款"]


def test_encodings_may_change_from_line_to_line(tmp_path: Path) -> None:
    content = b"text\n" + "怎么退款\n".encode() + "什么时候发货\n".encode("gb18030") + b"caf\xff\xff\n"
    texts = [row["text"] for _, row in read_rows(written(tmp_path, "log.csv", content))]
    assert texts[:2] == ["怎么退款", "什么时候发货"]
    assert texts[2].startswith("caf")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = f'id{delimiter}text\n1{delimiter}"a, b; c"\n\n2{delimiter}"two\nlines"\n'
    path = written(tmp_path, "log.csv", content)
    assert [(line, row["text"]) for line, row in read_rows(path)] == [(2, "a, b; c"), (5, "two\nlines")]


def test_json_lines_and_plain_lines(tmp_path: Path) -> None:
    path = written(tmp_path, "log.jsonl", json.dumps({"message": "hi", "n": 3, "x": None}) + "\n\n")
    assert list(read_rows(path)) == [(1, {"message": "hi", "n": "3", "x": ""})]
    path = written(tmp_path, "log.txt", "one\n\ntwo, three\n")
    assert list(read_rows(path)) == [(1, {"text": "one"}), (3, {"text": "two, three"})]


def test_a_workbook(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["message", "n"], ["怎么退款", 1], [None, None], ["where is it", 2.5]):
        book.active.append(row)
    book.save(tmp_path / "log.xlsx")
    assert [row for _, row in read_rows(tmp_path / "log.xlsx")] == [
        {"message": "怎么退款", "n": "1"},
        {"message": "where is it", "n": "2.5"},
    ]


def test_a_title_may_stand_above_the_names_of_columns(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["客服记录导出", None], ["2026-01-05"], [], ["客户消息", "回复"], ["怎么退款", "好的"]):
        book.active.append(row)
    book.save(tmp_path / "log.xlsx")
    assert list(read_rows(tmp_path / "log.xlsx")) == [(5, {"客户消息": "怎么退款", "回复": "好的"})]
    file = written(tmp_path, "log.csv", "客服记录导出,\n客户消息,回复\n怎么退款,好的\n")
    assert list(read_rows(file)) == [(3, {"客户消息": "怎么退款", "回复": "好的"})]


def test_a_table_without_names_loses_no_message(tmp_path: Path) -> None:
    file = written(tmp_path, "log.csv", "在吗？我要退款\n怎么开发票\n")
    assert [row["column 1"] for _, row in read_rows(file)] == ["在吗？我要退款", "怎么开发票"]
    file = written(tmp_path, "two.csv", "1,where is my order?\n2,cancel it\n")
    assert [row["column 2"] for _, row in read_rows(file)] == ["where is my order?", "cancel it"]


def test_one_column_has_no_title(tmp_path: Path) -> None:
    file = written(tmp_path, "log.csv", "text\nhello, you\n" + "bye, now\n" * 6)
    assert [row["text"] for _, row in read_rows(file)] == ["hello, you"] + ["bye, now"] * 6


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("log.csv", b"", "is empty"),
        ("log.csv", b" \n\n", "is empty"),
        ("log.csv", b"PK\x03\x04....", "Excel workbook"),
        ("log.csv", b"\x89PNG\x00\x01", "not text"),
        ("log.xlsx", b"text\nhello\n", "no Excel workbook"),
        ("log.jsonl", b"hello\n", "no JSON"),
        ("log.jsonl", b"[1]\n", "no JSON object"),
        ("log.csv", b'text\n"' + b"x" * 200_000, "cell that cannot be read"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(ProjectError, match=said) as caught:
        list(read_rows(written(tmp_path, name, content)))
    assert caught.value.fix


def test_broken_lines_are_passed_over_and_told(tmp_path: Path) -> None:
    good = [json.dumps({"text": f"where is parcel {number}"}) for number in range(5)]
    path = written(tmp_path, "log.jsonl", "\n".join([good[0], '{"text": "cut', *good[1:], "[1]"]))
    log = read_log(path, {})
    assert (log.rows, len(log.messages)) == (5, 5)
    assert [(error.location and error.location.line, error.message) for error in log.broken] == [
        (2, log.broken[0].message),
        (7, "the log has a line that is no JSON object"),
    ]
    assert "no JSON: " in log.broken[0].message


def test_a_log_of_broken_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no JSON") as caught:
        read_log(written(tmp_path, "log.jsonl", '{"text": "where is it"}\nhello\nyou\n'), {})
    assert caught.value.location
    assert caught.value.location.line == 2


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    with zipfile.ZipFile(tmp_path / "log.xlsx", "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(ProjectError, match="cannot be read"):
        list(read_rows(tmp_path / "log.xlsx"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_rows(tmp_path / "none.csv")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.csv", "any.jsonl", "any.txt"):
        try:
            for line, row in read_rows(written(folder, name, content)):
                assert line > 0
                assert all(isinstance(cell, str) for cell in row.values())
        except ProjectError:
            pass


# Columns


def test_columns_are_found_by_name_and_by_content() -> None:
    rows = [
        {"ID": str(n), "Role": ["user", "agent"][n % 2], "Message": f"hello there {n}", "session-id": "a"}
        for n in range(10)
    ]
    found = find_columns(rows, {})
    assert found == Columns("Message", None, "Role", "session-id", frozenset({"agent"}))
    assert [is_agent(row, found) for row in rows[:2]] == [False, True]
    rows = [{"a": str(n), "b": "x", "c": f"some words of length {n}"} for n in range(20)]
    assert find_columns(rows, {}).text == "c"


def test_who_begins_a_conversation_is_the_customer() -> None:
    rows = [
        {"session": str(n // 2), "speaker": ["Q7", "Z"][n % 2], "text": f"words number {n}"} for n in range(8)
    ]
    assert find_columns(rows, {}).agents == {"z"}


def test_a_column_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ProjectError, match="no column 'mesage'") as caught:
        find_columns([{"message": "hi", "n": "1"}], {"text": "mesage"})
    assert "did you mean 'message'" in caught.value.fix


def test_a_table_without_messages_is_refused() -> None:
    with pytest.raises(ProjectError, match="no column of messages"):
        find_columns([{"a": "1", "b": "2"}, {"a": "3", "b": "4"}], {})


# Messages


def test_messages_are_counted_answered_and_masked(tmp_path: Path) -> None:
    rows = [
        "session,role,text",
        "1,user,Where is it?",
        "1,agent,On its way.",
        "2,user,where is it",
        "2,agent,Call 415-555-0132.",
        "3,user,/restart",
        "3,user,12345",
        f"3,user,{'long ' * 200}",
        "4,user,我的手机是13812345678，打给我",
    ]
    log = read_log(written(tmp_path, "log.csv", "\n".join(rows)), {})
    assert (log.rows, log.said, log.left_out) == (8, 6, 3)
    first, second = log.messages
    assert (first.text, first.count, first.line) == ("Where is it?", 2, 2)
    assert first.answers == ["On its way.", "Call <phone>."]
    assert (second.text, second.language) == ("我的手机是<phone>，打给我", "zh")


def test_an_answer_may_stand_in_the_row(tmp_path: Path) -> None:
    log = read_log(written(tmp_path, "log.csv", "问题,回答\n怎么退款,点退款\n什么时候发货,\n"), {})
    assert [(m.text, m.answers) for m in log.messages] == [("怎么退款", ["点退款"]), ("什么时候发货", [])]


def test_of_very_many_messages_a_sample_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatwright.suggest.messages.MAX_DIFFERENT", 50)
    lines = [f"message about thing {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(500)]
    path = written(tmp_path, "log.txt", "\n".join(lines))
    log = read_log(path, {})
    assert 10 <= len(log.messages) <= 50
    assert sum(m.count for m in log.messages) + log.left_out == log.said == 500
    assert [m.text for m in read_log(path, {}).messages] == [m.text for m in log.messages]


@pytest.mark.parametrize("content", ["text\n", "text\n12\n34\n"])
def test_a_log_without_messages_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ProjectError):
        read_log(written(tmp_path, "log.csv", content), {})
