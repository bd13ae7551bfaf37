"""The segmenter gives jieba's words, from arrays that are cached safely."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.errors import ProjectError
from chatwright.text.chinese_dictionary import FIRST, LAST, Dictionary, load_dictionary
from chatwright.text.chinese_words import Segmenter, read_dictionary

SENTENCES = """
    我来到北京清华大学 他来到了网易杭研大厦 小明硕士毕业于中国科学院计算所后在日本京都大学深造
    请问退款什么时候到账 我的快递怎么还没有发货 这个商品有没有黑色的 结婚的和尚未结婚的 乒乓球拍卖完了
    我想把收货地址改成杭州市西湖区文三路 买一送一的活动还有吗 你们客服的态度太差了我要投诉
    工信处女干事每月经过下属科室都要亲口交代二十四口交换机 李小福是创新办主任也是云计算方面的专家
""".split()
KNOWN = sorted(
    {
        "订单",
        "退款",
        "北京",
        "大学",
        "清华大学",
        "客服",
        "什么",
        "时候",
        "手机",
        "我",
        "的",
        "了",
        "在",
        "没有",
    }
)


@pytest.fixture(scope="module")
def jieba(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import jieba

    jieba.setLogLevel(logging.ERROR)
    jieba.dt.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    jieba.initialize()
    return jieba


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_are_split_as_jieba_does(jieba: Any, sentence: str) -> None:
    assert list(Segmenter().cut(sentence)) == list(jieba.cut(sentence))


RUNS = st.lists(
    st.one_of(st.sampled_from(KNOWN), st.characters(min_codepoint=FIRST, max_codepoint=LAST)), max_size=12
).map("".join)


@given(RUNS)
def test_any_run_is_split_as_jieba_does(jieba: Any, run: str) -> None:
    assert list(Segmenter().cut(run)) == list(jieba.cut(run))


@given(
    st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x2FFFF, codec="utf-8"), max_size=30)
)
def test_the_words_together_are_the_run(run: str) -> None:
    assert "".join(Segmenter(["北京大学东门", run[:3]]).cut(run)) == run


@pytest.mark.parametrize(
    ("word", "text"),
    [("北京大学东门", "我在北京大学东门等你"), ("小蓝瓶", "我要小蓝瓶"), ("石墨烯电池", "有石墨烯电池吗")],
)
def test_words_of_the_project_are_kept_whole(word: str, text: str) -> None:
    assert word not in Segmenter().cut(text)
    assert word in Segmenter([word]).cut(text)


def test_a_short_word_of_the_project_does_not_tear_longer_ones() -> None:
    assert list(Segmenter(["上海"]).cut("晚上海边很冷")) == list(Segmenter().cut("晚上海边很冷"))
    assert list(Segmenter(["大学"]).cut("北京大学")) == ["北京大学"]


def test_projects_do_not_share_their_words() -> None:
    with_word, without = Segmenter(["石墨烯电池"]), Segmenter()
    assert list(with_word.cut("石墨烯电池")) == ["石墨烯电池"]
    assert list(without.cut("石墨烯电池")) != ["石墨烯电池"]


def test_jieba_itself_is_not_imported() -> None:
    code = (
        "import sys\nfrom chatwright.text.chinese_words import Segmenter\n"
        "print(list(Segmenter(['新词']).cut('退款新词')), 'jieba' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (out.stdout, out.stderr) == ("['退款', '新词'] False\n", "")


def fresh() -> Dictionary:
    return load_dictionary.__wrapped__()


def same(one: Dictionary, other: Dictionary) -> bool:
    arrays = ("keys", "weights", "emissions")
    equal = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
    return equal and (one.longest, one.total) == (other.longest, other.total)


def cached_file(cache: Path) -> Path:
    (found,) = (cache / "chatwright").iterdir()
    return found


def test_the_cache_is_written_once_and_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = fresh()
    written = cached_file(tmp_path).stat()
    assert same(fresh(), built)
    assert cached_file(tmp_path).stat().st_mtime_ns == written.st_mtime_ns
    assert written.st_mode & 0o077 == 0


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was executed",))


def hostile(path: Path) -> None:
    np.savez(path, keys=np.array([Hostile()], dtype=object))


def unsorted(path: Path) -> None:
    with np.load(path) as file:
        content = dict(file)
    np.savez(path, **{**content, "keys": content["keys"][::-1]})


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not an archive"),
        lambda path: path.write_bytes(path.read_bytes()[:-5000]),
        lambda path: path.write_bytes(path.read_bytes()[:9000] + b"\x00" * 64 + path.read_bytes()[9064:]),
        hostile,
        unsorted,
    ],
    ids=["empty", "foreign", "cut off", "overwritten", "pickle", "unsorted"],
)
def test_a_damaged_cache_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Any
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh()
    path = cached_file(tmp_path)
    good = path.read_bytes()
    damage(path)
    assert path.read_bytes() != good
    assert same(fresh(), load_dictionary())
    assert cached_file(tmp_path).stat().st_size == len(good)


def test_without_a_cache_folder_it_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert same(fresh(), load_dictionary())


def test_user_dictionaries_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\ufeff小蓝瓶 3 n\n\n  石墨烯  \n", "utf-8")
    (tmp_path / "b.txt").write_text("云南白药\n", "utf-8")
    assert read_dictionary(tmp_path / "a.txt") == ["小蓝瓶", "石墨烯"]
    assert read_dictionary(tmp_path) == ["小蓝瓶", "石墨烯", "云南白药"]


@pytest.mark.parametrize("content", [None, "小蓝瓶".encode("gb18030")])
def test_an_unreadable_user_dictionary_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "words.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ProjectError, match="dictionary cannot be read") as caught:
        read_dictionary(path)
    assert "dictionary_path" in caught.value.fix
    assert caught.value.location is not None
    assert caught.value.location.file == str(path)


def test_a_word_at_the_end_that_begins_a_longer_one() -> None:
    segmenter = Segmenter(["北京", "北京大学"])
    assert list(segmenter.cut("我在北京")) == ["我", "在", "北京"]
    assert list(segmenter.cut("我在北京大学")) == ["我", "在", "北京大学"]


def test_kinds_of_words() -> None:
    kinds = {(a, b): kind for a, b, kind in load_dictionary().kinds_in("王小姐去北京大学")}
    assert kinds[4, 6] == "ns"
    assert kinds[4, 8] == "nt"
    assert kinds[0, 1] == "nr"
