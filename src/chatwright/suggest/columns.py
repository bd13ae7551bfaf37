"""Which column of a log holds the message, who speaks, in which conversation, and the answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatwright.errors import ProjectError, did_you_mean
from chatwright.suggest.read_table import Row

__all__ = ["Columns", "find_columns", "is_agent"]

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "text": tuple(
        "text message content utterance query question msg body comment request transcript 消息 内容 "
        "消息内容 聊天内容 文本 问题 提问 客户问题 用户问题 咨询内容 留言 描述".split()
    ),
    "answer": tuple(
        "answer reply response agent_reply solution 回答 回复 答复 答案 客服回复 回复内容".split()
    ),
    "speaker": tuple(
        "speaker role sender from author who direction participant 角色 发送方 发送人 发送者 说话人 "
        "身份".split()
    ),
    "conversation": tuple(
        "conversation conversation_id session session_id chat_id ticket ticket_id thread thread_id "
        "dialogue_id dialog_id case_id 会话 会话id 对话 对话id 工单 工单号 会话编号".split()
    ),
}
_AGENT = frozenset(
    "agent bot operator assistant staff support advisor rep representative seller system outbound out "
    "客服 坐席 座席 机器人 商家 卖家 人工 人工客服 系统".split()
)
_CUSTOMER = frozenset(
    "user customer client visitor guest human consumer buyer inbound in caller 客户 用户 顾客 访客 买家 "
    "咨询者".split()
)
SAMPLE = 500
TELLING = 0.5
"""Share of cells with letters that a column of messages has at least."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns; None where there is none."""

    text: str
    answer: str | None = None
    speaker: str | None = None
    conversation: str | None = None
    agents: frozenset[str] = frozenset()
    """Cells of ``speaker`` that mean the service's side."""


def find_columns(rows: Sequence[Row], chosen: Mapping[str, str | None]) -> Columns:
    """The columns, by their names, and for the message by what stands in them.

    Args:
        rows: the first ones of the log.
        chosen: ``text``, ``answer``, ``speaker``, ``conversation`` → the column that a person named.

    Raises:
        ProjectError: there is no such column, or none that holds messages.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    found: dict[str, str | None] = {}
    for what, known in _KNOWN.items():
        name = chosen.get(what)
        if name is not None and name not in names:
            raise ProjectError(
                f"the log has no column '{name}'",
                fix=did_you_mean(name, names) or f"its columns are {', '.join(names)}",
            )
        found[what] = name or next((n for n in names if _plain(n) in known and n not in found.values()), None)
    text = found["text"] or _by_content(rows, [n for n in names if n not in found.values()])
    if text is None:
        raise ProjectError(
            f"the log has no column of messages; its columns are {', '.join(names)}",
            fix="name it with --text-column",
        )
    speaker = found["speaker"]
    agents = _agents(rows, speaker, found["conversation"]) if speaker else frozenset()
    return Columns(text, found["answer"], speaker, found["conversation"], agents)


def is_agent(row: Row, columns: Columns) -> bool:
    """Whether the service says it."""
    return columns.speaker is not None and row.get(columns.speaker, "").strip().lower() in columns.agents


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _by_content(rows: Sequence[Row], names: Sequence[str]) -> str | None:
    """The column with the longest different cells that are made of words."""
    best, longest = None, 2.0
    for name in names:
        cells = [row.get(name, "") for row in rows]
        worded = [cell for cell in cells if re.search(r"[^\W\d_]{2}", cell)]
        if len(worded) < TELLING * len(cells) or (len(set(cells)) < len(cells) / 4 and len(cells) > 8):
            continue
        length = sum(map(len, worded)) / len(worded)
        if length > longest:
            best, longest = name, length
    return best


def _agents(rows: Sequence[Row], speaker: str, conversation: str | None) -> frozenset[str]:
    """Who is not the customer: by known words, else who does not begin conversations."""
    said = Counter(row.get(speaker, "").strip().lower() for row in rows)
    said.pop("", None)
    named = frozenset(name for name in said if name in _AGENT or re.sub(r"[\d_ #-]+$", "", name) in _AGENT)
    if named or any(name in _CUSTOMER for name in said):
        return named or frozenset(name for name in said if name not in _CUSTOMER)
    if conversation is None or len(said) != 2:
        return frozenset()
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row.get(conversation, ""), row.get(speaker, "").strip().lower())
    beginner, _ = Counter(first.values()).most_common(1)[0]
    return frozenset(said) - {beginner}
