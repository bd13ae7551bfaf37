"""Which part a phrase plays for its verb."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chatwright.text.analysis.frame_words import roles, words
from chatwright.text.analysis.tree import Node, span_of
from chatwright.text.values.value import Value

__all__ = ["has_joined_end", "phrase", "role_of", "value_of"]

_CHINESE_PREPOSITIONS = roles("chinese_prepositions")
_JOINED = roles("joined")
_JOINED_ENDS = words("joined_ends")
_ENGLISH_PREPOSITIONS = roles("english_prepositions")
_QUESTION_ROLES = roles("question_roles")
_DEGREES = words("degrees")
_MANNER_WORDS = words("manner_words")
_NO_MANNER = words("no_manner")
_MOTION = words("motion")
_NEGATIONS = words("negations")
_ORDERS = words("orders")
_PEOPLE = words("people")
_PLACES = words("places")
_TIMES = words("times")
_TOLD = words("told")
_VERB_COUNTS = words("verb_counts")
_WHOLE_VERBS = words("whole_verbs")


_GOES = re.compile("[没不别]?(?:[去来回到飞]|前往|返回|[走跑赶飞来回送][进回到去])[了过]?$")
_BOUNDS = ("后", "前", "内", "以后", "以前", "之前", "之后", "之内", "开始", "ago", "later")
_MAY_BE_TIME = ("obl", "nmod", "obj", "iobj", "nsubj", "dep", "nummod")
_WORD_PARTS = ("case:suff", "case:pref", "case:dec")
"""What belongs to the noun: 快递 员."""
_BESIDE_NOUN = ("case", "punct", "mark", "discourse", "parataxis", "cc", "vocative", "advcl")


def role_of(node: Node, verb: Node, values: Sequence[Value]) -> str | None:
    """The role of a dependent; None where it is not an argument."""
    relation = node.deprel.split(":")[0]
    if relation == "advmod":
        return _of_adverb(node, verb)
    value = value_of(phrase(node), values)
    behind = _behind_joined(node, verb)
    if behind and not (value and value.kind == "duration"):
        return behind
    timed = (
        _of_time(node, value, verb.upos == "ADJ")
        if relation in _MAY_BE_TIME and node.upos not in ("VERB", "AUX")
        else None
    )
    if timed:
        return None if relation == "nsubj" and timed == "amount" else timed
    if node.deprel in ("nsubj:pass", "csubj:pass"):
        return "recipient" if verb.first("obj") and verb.lemma in _TOLD else "patient"
    if relation == "nsubj" and node.lemma == "it" and verb.lemma in ("rain", "snow"):
        return None
    if relation == "nsubj" and verb.first("expl"):
        return "patient"
    if relation in ("nsubj", "csubj"):
        return "place" if _is_location(node) else "agent"
    names = verb.lemma in ("call", "name", "elect") and verb.first("iobj") and verb.first("obj")
    if names and relation in ("iobj", "obj"):
        return "patient" if relation == "iobj" else "attribute"
    if relation == "iobj":
        reached = verb.first("obj", "ccomp") or (verb.first("xcomp") and verb.lemma in _TOLD)
        return "recipient" if reached else "patient"
    if relation == "obj":
        return _of_object(node, verb)
    if relation in ("obl", "nmod"):
        return "agent" if node.deprel == "obl:agent" else _of_oblique(node, verb)
    if relation in ("xcomp", "ccomp"):
        return None if _GOES.match(verb.text) else _of_complement(node)
    return None


def _behind_joined(node: Node, verb: Node) -> str | None:
    """改到 + goal, 放在 + place, 借给 + recipient."""
    if node.index < verb.index or not has_joined_end(verb):
        return None
    bare = node.is_a("obj", "obl", "nmod", "iobj") and not node.first("case")
    others = [other for other in verb.having("obj", "obl", "iobj") if verb.index < other.index < node.index]
    return _JOINED[verb.text[1]] if bare and not others else None


def has_joined_end(verb: Node) -> bool:
    """改到, 放在: a verb that its preposition has grown together with."""
    text = verb.text.rstrip("了")
    return len(text) == 2 and text[1] in _JOINED_ENDS and text not in _WHOLE_VERBS


def phrase(node: Node, *, without: Sequence[Node] = ()) -> list[Node]:
    """The words of an argument: what hangs below its head, without prepositions and punctuation around it."""

    def is_outside(child: Node) -> bool:
        if child in without:
            return True
        if child.is_a("conj") and child.upos == "VERB" and node.upos != "VERB":
            return True
        is_inner = child.head is not node or child.deprel in _WORD_PARTS
        if is_inner or (child.lemma == "to" and child.is_a("mark")) or (child.text + node.text == "为什么"):
            return False
        return child.is_a(*_BESIDE_NOUN)

    nodes = node.subtree(is_outside)
    while len(nodes) > 1 and (nodes[-1].is_a("punct") or nodes[-1].text in ("的", "了", "吗", "呢", "吧")):
        nodes.pop()
    while (
        len(nodes) > 1
        and nodes[1].text != "什么"
        and (nodes[0].is_a("punct", "case") and nodes[0].upos in ("PUNCT", "ADP", "VERB"))
        and nodes[0].deprel not in _WORD_PARTS
    ):
        nodes.pop(0)
    return nodes


def value_of(nodes: Sequence[Node], values: Sequence[Value]) -> Value | None:
    """The value that takes up most of a phrase."""
    start, end = span_of(nodes)
    for value in values:
        shared = min(end, value.end) - max(start, value.start)
        if shared * 2 >= end - start and shared > 0:
            return value
    return None


def _of_time(node: Node, value: Value | None, verb_is_adjective: bool) -> str | None:
    """Time or extent, where the phrase says so."""
    cases = {case.lemma for case in node.having("case")}
    if value and not value.start <= node.start < value.end and node.text not in _BOUNDS:
        value = None  # the value of a part: 昨天的会议
    if value and value.kind == "time":
        return _goal_or_time(node, cases)
    if value and value.kind == "duration" and not node.is_a("nsubj"):
        return (
            "time"
            if cases & {"in", "within", "before", "after"} or node.text in ("后", "前", "内")
            else "amount"
        )
    if (
        value
        and value.kind in ("percent", "distance", "money")
        and (node.is_a("obl") or value.kind == "percent")
    ):
        return None if cases & {"to", "到", "至", "from", "从"} else "amount"
    if value and value.kind == "number" and value.value in range(1900, 2100) and cases & {"in", "since"}:
        return "time"
    if (
        node.lemma in _VERB_COUNTS
        or node.text in _VERB_COUNTS
        or "".join(word.text for word in phrase(node)) in _VERB_COUNTS
    ):
        return "amount"
    if node.deprel == "obl:tmod" or (node.lemma in _TIMES and not node.is_a("nsubj", "obj")):
        return _goal_or_time(node, cases)
    return None


def _goal_or_time(node: Node, cases: set[str]) -> str | None:
    if node.is_a("nsubj", "iobj") and node.deprel != "nsubj":
        return None
    if cases & {"to", "到", "至"}:
        return "goal"
    return "time"


def _of_adverb(node: Node, verb: Node) -> str | None:
    word = node.lemma
    if word in _NEGATIONS or word in _DEGREES or node.text in _DEGREES:
        return None
    if word == "where" and verb.lemma in _MOTION:
        return "goal"
    if word in _QUESTION_ROLES:
        return _QUESTION_ROLES[word]
    if word in _TIMES or node.text.lower() in _TIMES:
        return "time"
    if word in _PLACES:
        return "goal" if verb.lemma in _MOTION else "place"
    if word == "twice" or word == "once":
        return "amount"
    if word in _MANNER_WORDS or word.endswith("地") or node.first("mark") or _is_ly(word):
        return "manner"
    return None


def _is_ly(word: str) -> bool:
    return word.isascii() and word.endswith("ly") and word not in _NO_MANNER


def _of_object(node: Node, verb: Node) -> str:
    if node.text.endswith("ing") and node.upos == "VERB" and not node.first("det"):
        return "content"
    has_clause = verb.first("xcomp", "ccomp") is not None
    if has_clause and verb.lemma in _TOLD and verb.lemma in _ORDERS:
        return "recipient"
    if (
        verb.lemma in _TOLD
        and node.lemma in _PEOPLE
        and (verb.first("ccomp") or verb.lemma in ("告诉", "tell", "问"))
    ):
        return "recipient"
    objects = [child for child in verb.having("obj") if child.index != node.index]
    if objects and node.index < objects[0].index and verb.lemma in _TOLD:
        return "recipient"
    if node.lemma in _PLACES and verb.lemma in _MOTION:
        return "goal"
    if _GOES.match(verb.text):
        return "goal"
    if verb.lemma in ("在", "住在", "位于"):
        return "place"
    return "source" if verb.lemma == "来自" else "patient"


def _of_oblique(node: Node, verb: Node) -> str | None:
    cases = sorted(node.having("case"), key=lambda case: case.index)
    words = [case.text if case.text in _CHINESE_PREPOSITIONS else case.lemma for case in cases]
    if not words:
        return _of_bare_noun(node, verb)
    word = words[0]
    if word == "为" and node.text == "什么":
        return "reason"
    if word in ("because", "due", "owing"):
        return "reason"
    if word == "out" and "of" in words:
        return "source"
    if word in _JOINED and cases[0].index > verb.index and cases[0].text in _JOINED:
        return _JOINED[word]
    role = _CHINESE_PREPOSITIONS.get(word) or _ENGLISH_PREPOSITIONS.get(word)
    if role is None or role == "none":
        return None
    return _refined(role, word, node, verb)


def _refined(role: str, word: str, node: Node, verb: Node) -> str:
    is_person = node.lemma in _PEOPLE or (node.upos == "PROPN" and verb.lemma in _TOLD)
    if word in ("to", "向") and (is_person or verb.lemma in _TOLD) and verb.lemma not in ("move", "transfer"):
        return "recipient"
    if word == "with":
        together = is_person or node.upos == "PROPN" or verb.lemma in ("talk", "meet", "discuss", "study")
        return "companion" if together else "instrument"
    if word == "by":
        passive = verb.first("aux:pass", "nsubj:pass", "csubj:pass") or verb.is_a("acl")
        return "agent" if passive else "instrument"
    if (
        word in ("为", "for")
        and not is_person
        and node.upos == "NOUN"
        and verb.lemma in ("欢呼", "apologize", "thank", "pay")
    ):
        return "reason"
    if word == "of" and verb.lemma == "make":
        return "instrument"
    if word in ("in", "into", "at") and verb.lemma in ("arrive", "translate", "cut", "fall", "turn"):
        return "goal"
    if word == "由" and verb.first("nsubj:pass", "nsubj") is None and not is_person:
        return "agent"
    return role


def _of_bare_noun(node: Node, verb: Node) -> str | None:
    """Without a preposition: places before and behind Chinese verbs."""
    if _is_location(node):
        return "goal" if verb.lemma in _MOTION and node.index > verb.index else "place"
    return None


def _is_location(node: Node) -> bool:
    """桌子上, 附近: nouns that end where things are."""
    text = "".join(word.text for word in node.subtree() if not word.is_a("punct"))
    if text.isascii():
        return False
    last = node.subtree()[-1].text
    return node.text in _PLACES or last in _PLACES or (len(text) > 1 and text[-1] in "上里下内旁")


def _of_complement(node: Node) -> str:
    state = node.text.endswith("ed") and not node.children  # keep the door closed
    if (node.upos in ("VERB", "AUX") and not state) or node.first("cop", "nsubj"):
        return "content"
    return "attribute"
