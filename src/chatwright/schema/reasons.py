"""The sentences that tell why, in Chinese and English: one catalogue for all floors.

A reason is put in words in both languages where it is found. Who reads it, and in which language, shows only
later: the person in the terminal, or whoever looks at the conversation in the inspector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatwright.schema.why import Evidence

__all__ = ["REASONS", "Phrase", "evidence", "phrase"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in both languages."""

    en: str
    zh: str

    def told(self, language: str | None) -> str:
        """The words in a language; in English where it is another than these two."""
        return self.zh if language == "zh" else self.en


REASONS: Mapping[str, Phrase] = {
    # What was understood
    "understood": Phrase(
        "understood {intent} ({confidence:.2f}), language {language}",
        "理解为 {intent}（{confidence:.2f}），语言 {language}",
    ),
    "token": Phrase("'{word}' speaks for {label}", "“{word}”指向 {label}"),
    "example": Phrase("like the example '{example}' of {label}", "与 {label} 的例句“{example}”相似"),
    "calibration": Phrase(
        "about any of the labels with {known:.2f}: nearest example {nearest:.2f}, known words {words:.2f}, "
        "known characters {characters:.2f}; calibrated {basis}",
        "属于已知类别的可能性为 {known:.2f}：最近的例句 {nearest:.2f}，认识的词 {words:.2f}，"
        "认识的字符 {characters:.2f}；{basis}校准",
    ),
    "basis.others": Phrase(
        "on other bots' messages, for want of own ones", "因自己的例句太少，用其他机器人的消息"
    ),
    "basis.own": Phrase(
        "on {count} held-out examples (error {error:.2f})", "用 {count} 条留出的例句（误差 {error:.2f}）"
    ),
    "keyword": Phrase("the message holds '{keyword}'", "消息中有“{keyword}”"),
    "fallback.unsure": Phrase(
        "not sure: {intent} has {confidence:.2f}, less than {threshold:g}",
        "没有把握：{intent} 为 {confidence:.2f}，低于 {threshold:g}",
    ),
    "fallback.out_of_scope": Phrase(
        "out of scope: about any of the intents with {in_scope:.2f}, less than {threshold:g}",
        "超出范围：属于任一意图的可能性为 {in_scope:.2f}，低于 {threshold:g}",
    ),
    "fallback.ambiguous": Phrase(
        "{first} ({first_confidence:.2f}) and {second} ({second_confidence:.2f}) "
        "are closer than {threshold:g}",
        "{first}（{first_confidence:.2f}）与 {second}（{second_confidence:.2f}）相差不到 {threshold:g}",
    ),
    # What a message means in its context
    "context": Phrase("{why}: read as “{rewritten}”", "{why}：理解为“{rewritten}”"),
    "fragment": Phrase("a fragment goes on from “{question}”, {fates}", "短句承接“{question}”，{fates}"),
    "fragment.added": Phrase("{value} is added", "加上 {value}"),
    "fragment.replaced": Phrase("{value} takes the place of {old}", "{value} 代替 {old}"),
    "reference": Phrase("{gap} is {value}, of which was spoken before", "{gap}指前面说过的 {value}"),
    "reference.omitted": Phrase("what is left out", "省略的部分"),
    "reference.word": Phrase("“{word}”", "“{word}”"),
    "choice": Phrase("“{words}” of what was listed is {title}", "所列各项中，“{words}”是 {title}"),
    # What was decided
    "decided": Phrase("{action} by {policy}", "{action}，由 {policy} 决定"),
    "decided.surely": Phrase(
        "{action} by {policy} ({confidence:.2f})", "{action}，由 {policy} 决定（{confidence:.2f}）"
    ),
    "failed": Phrase("failed: {message}", "失败：{message}"),
    "rule": Phrase("rule '{rule}'", "规则“{rule}”"),
    "rule.default": Phrase(
        "the default intent '{intent}' always runs {action}", "默认意图“{intent}”总是执行 {action}"
    ),
    "loop.goes_on": Phrase("rule '{rule}' is done, {loop} goes on", "规则“{rule}”已完成，{loop} 继续进行"),
    "loop.takes": Phrase("{loop} is active and takes the message", "{loop} 正在进行，由它处理这条消息"),
    "loop.waits": Phrase("{loop} has asked and waits for the answer", "{loop} 已提问，等待回答"),
    "fallback.no_rule": Phrase(
        "no rule applies; other policies must be surer than {threshold:g}",
        "没有适用的规则；其他策略的把握须高于 {threshold:g}",
    ),
    "story": Phrase("this conversation is story '{story}'", "这段对话与故事“{story}”一致"),
    "story.end": Phrase(
        "this conversation, its first {count} actions forgotten is story '{story}'",
        "不计前 {count} 个动作，这段对话与故事“{story}”一致",
    ),
    "story.alike": Phrase(
        "most alike is story '{story}', which does it too", "最相似的是故事“{story}”，其中也这样做"
    ),
    "learned": Phrase("learned from the stories", "从故事中学到"),
    "learned.because": Phrase(
        "learned from the stories, because of {reasons}", "从故事中学到，依据是 {reasons}"
    ),
    "learned.unless": Phrase("{learned}; {changes}", "{learned}；{changes}"),
    "what_if": Phrase("{change} it would be {action}", "{change}则会是 {action}"),
    "what_if.intent": Phrase("with intent {intent}", "若意图是 {intent} "),
    "what_if.no_entity": Phrase("without entity {entity}", "若没有实体 {entity} "),
    "what_if.no_loop": Phrase("outside {loop}", "若不在 {loop} 中"),
    "what_if.no_past": Phrase("without what came before", "若没有前面的对话"),
    "what_if.no_slot": Phrase("without slot {slot}", "若未填槽位 {slot} "),
    "what_if.slot": Phrase("with slot {slot}", "若已填槽位 {slot} "),
    "what_if.slot_value": Phrase("with slot {slot} {value}", "若槽位 {slot} 为 {value} "),
    "learned.simulated": Phrase("learned from simulated users: {choice}", "从模拟用户中学到：{choice}"),
    "ask": Phrase("ask for {slots}", "询问 {slots}"),
    "ask.ends": Phrase("end {form}", "结束 {form}"),
    "ask.gives_up": Phrase("give up with {action}", "以 {action} 放弃"),
    "learned.gave_up": Phrase("the form was given up", "表单已放弃"),
    "unlikely": Phrase(
        "'{intent}' hardly comes here in the stories, more likely is '{likeliest}'",
        "故事中此处很少出现“{intent}”，更可能是“{likeliest}”",
    ),
    "followup": Phrase("{action} was asked for by the action before", "上一个动作要求执行 {action}"),
    "nothing": Phrase("no policy proposes anything", "没有策略提出动作"),
    "topic": Phrase(
        "{form} was interrupted, and what interrupted it is done", "{form} 曾被打断，打断它的事已办完"
    ),
}
"""Sentences, and phrases that stand within them; a sentence is named for its kind of evidence, or
``kind.which``. ``{name}`` is a gap."""
_BETWEEN = Phrase(", ", "，")


def phrase(key: str, /, **values: Any) -> Phrase:
    """A phrase of the catalogue with its gaps filled, by texts, numbers, phrases or lists of these.

    >>> phrase("what_if", change=phrase("what_if.intent", intent="greet"), action="utter_hi")
    Phrase(en='with intent greet it would be utter_hi', zh='若意图是 greet 则会是 utter_hi')
    """
    template = REASONS[key]
    return Phrase(
        *(
            template.told(language).format(**{name: _told(value, language) for name, value in values.items()})
            for language in ("en", "zh")
        )
    )


def evidence(
    key: str,
    /,
    source: str | None = None,
    score: float | None = None,
    data: Mapping[str, Any] | None = None,
    **values: Any,
) -> Evidence:
    """A reason with its sentence in both languages.

    Args:
        key: of the sentence in the catalogue.
        values: what fills its gaps, as in ``phrase``.
    """
    said = phrase(key, **values)
    return Evidence(key.partition(".")[0], said.en, source, score, data or {}, {"zh": said.zh})


def _told(value: Any, language: str) -> Any:
    if isinstance(value, Phrase):
        return value.told(language)
    if isinstance(value, list | tuple):
        return _BETWEEN.told(language).join(str(_told(one, language)) for one in value)
    return value
