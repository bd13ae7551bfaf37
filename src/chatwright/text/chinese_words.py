"""Chinese words, segmented by jieba with its dictionary in a cache of our own.

jieba keeps its cache as a ``marshal`` file in the temporary folder, where anyone may write; ours is JSON in
the user's cache folder.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from chatwright.errors import Location, ProjectError

__all__ = ["Segmenter", "read_dictionary"]

logger = logging.getLogger(__name__)


class _Frequencies(dict[str, int]):
    """Words of a project over the shared dictionary, which stays as it is."""

    def __init__(self, shared: dict[str, int]) -> None:
        super().__init__()
        self._shared = shared

    def get(self, key: str, default: Any = None) -> Any:
        found = super().get(key)
        return self._shared.get(key, default) if found is None else found

    def __missing__(self, key: str) -> int:
        return self._shared[key]

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._shared


class Segmenter:
    """Splits runs of Chinese characters into words.

    Args:
        words: further words of the project; each is kept whole where it stands in a text.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(dict.fromkeys(words))
        self._cut = None

    def cut(self, run: str) -> Iterator[str]:
        """The words of a run, in order; together they are the run."""
        if self._cut is None:
            self._cut = self._tokenizer().cut
        return self._cut(run)

    def _tokenizer(self) -> Any:
        jieba = _jieba()
        shared, total = _dictionary()
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = _Frequencies(shared), total
        tokenizer.initialized = True
        for word in self.words:
            tokenizer.add_word(word)
        return tokenizer


def read_dictionary(path: Path) -> list[str]:
    """Words of a jieba user dictionary, or of every file in a folder of them: the first thing on each line.

    Raises:
        ProjectError: the path cannot be read.
    """
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    try:
        lines = [line for file in files for line in file.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"the dictionary cannot be read: {error}",
            fix="correct dictionary_path; the file must be UTF-8",
            location=Location(str(path)),
        ) from error
    return [line.split()[0] for line in lines if line.strip()]


def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old escapes in its source, and pkg_resources
        import jieba
    jieba.setLogLevel(logging.WARNING)
    return jieba


@functools.cache
def _dictionary() -> tuple[dict[str, int], int]:
    """Frequencies of words and, as 0, of their beginnings; and the sum of all. Shared, never changed."""
    source = Path(_jieba().__file__).parent / "dict.txt"
    cached = _cache_file(source)
    try:
        content = orjson.loads(cached.read_bytes())
        return content["words"], content["total"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # there is none yet, or it is damaged
    words, total = _parse(source)
    _keep(cached, orjson.dumps({"words": words, "total": total}))
    return words, total


def _parse(source: Path) -> tuple[dict[str, int], int]:
    words: dict[str, int] = {}
    total = 0
    for line in source.read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        words[word] = int(count)
        total += int(count)
        for end in range(1, len(word)):
            words.setdefault(word[:end], 0)
    return words, total


def _cache_file(source: Path) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    status = source.stat()
    name = hashlib.sha256(f"{source}/{status.st_size}/{status.st_mtime_ns}".encode()).hexdigest()[:16]
    return Path(base) / "chatwright" / f"jieba-{name}.json"


def _keep(path: Path, content: bytes) -> None:
    """Write in one step; without a cache folder, the next process parses again."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except (OSError, RuntimeError) as error:
        logger.info("the dictionary is not cached: %s", error)
