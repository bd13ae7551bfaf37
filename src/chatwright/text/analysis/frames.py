"""Who did what to whom, when and where: predicate–argument frames from a dependency tree.

The roles: ``agent`` (who does, feels or is), ``patient`` (what it happens to), ``recipient`` (whom it
reaches or is done for), ``attribute`` (what somebody is, becomes or is called), ``content`` (what is said,
thought or begun: a clause), ``time``, ``place``, ``source``, ``goal`` (where to; until which value),
``companion``, ``instrument``, ``manner``, ``topic``, ``reason`` and ``amount`` (how long, how often, for how
much).

Modal verbs are no frames: they are the ``modality`` of one. A subject that is left out but said elsewhere in
the sentence (``he tried to sleep``, 我去买菜) is filled in. The method: the tree is rewritten until verbs
carry all that belongs to them, then closed classes of words tell the roles. Time is linear in the words, but
for words that stand in several arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chatwright.text.analysis.arguments import has_joined_end, phrase, role_of, value_of
from chatwright.text.analysis.frame_words import NOUNS, roles, words
from chatwright.text.analysis.tree import Node, Tree, span_of
from chatwright.text.analysis.universal import universal
from chatwright.text.values.value import Value

if TYPE_CHECKING:
    from chatwright.text.analysis import Sentence

__all__ = ["Argument", "Frame", "frames"]

_MODES = {**roles("chinese_modals"), **roles("english_modals")}
_CHINESE_MODALS = roles("chinese_modals")
_NEGATIONS = words("negations")
_ORDERS = words("orders")
_QUESTION_ROLES = roles("question_roles")
_TOLD = words("told")
_WHERE = {"in": "place", "on": "place", "at": "place", "near": "place", "在": "place", "to": "goal"}


@dataclass(frozen=True, slots=True)
class Argument:
    """A phrase and the part it plays."""

    role: str
    text: str
    start: int
    end: int
    value: Value | None = None
    """What it means, where it is a time, an amount …"""


@dataclass(frozen=True, slots=True)
class Frame:
    """A predicate with what belongs to it, in the order of the text."""

    predicate: str
    """Dictionary form."""
    start: int
    end: int
    arguments: tuple[Argument, ...]
    negated: bool = False
    modality: str | None = None
    """``want``, ``can``, ``must``, ``should`` or ``may``."""


def frames(sentence: Sentence, values: Sequence[Value] = ()) -> list[Frame]:
    """The frames of a parsed sentence, in the order of their predicates.

    Args:
        sentence: with Universal Dependencies of version 2 (English) or 1 (Chinese), or labels of spaCy.
        values: those of the text, with offsets as in the sentence.
    """
    language = "zh" if any("\u4e00" <= word.text[:1] <= "\u9fff" for word in sentence.words) else "en"
    tree = universal(Tree(sentence), language, values)
    found = [_frame(tree, node, values) for node in tree if _is_predicate(node)]
    return _with_loose_times(tree, found, values)


def _is_predicate(node: Node) -> bool:
    if node.is_a(
        "aux", "case", "mark", "cop", "compound", "fixed", "discourse", "punct", "amod", "det", "flat"
    ):
        return False
    if node.first("cop"):
        return True
    if node.upos == "VERB":
        return not (node.is_a("nmod", "nummod") and not node.first("nsubj", "obj"))
    if node.upos == "AUX" or (node.upos == "ADJ" and node.head is None):
        return True
    if node.is_a("advmod") or node.upos in ("PART", "X", "PUNCT", "ADP", "SCONJ"):
        return False
    return node.first("nsubj") is not None and not node.is_a("nsubj", "obj", "obl")


def _frame(tree: Tree, node: Node, values: Sequence[Value]) -> Frame:
    linking = node.first("cop")
    head = linking or node
    roles = list(_nominal(node, values) if linking else _verbal(node, values))
    if subject := _missing_subject(node):
        role = _role_of_shared(node, subject)
        if all(role != known for known, _ in roles):
            roles.append((role, phrase(subject, without=[node])))
    arguments = [_argument(tree, role, nodes, values) for role, nodes in roles]
    return Frame(
        _lemma(head),
        head.start,
        _end(head),
        tuple(sorted(arguments, key=lambda argument: argument.start)),
        _is_negated(tree, node),
        _modality(node),
    )


def _argument(tree: Tree, role: str, nodes: Sequence[Node], values: Sequence[Value]) -> Argument:
    start, end = span_of(nodes)
    text, at = "", start
    for node in tree.nodes[nodes[0].index : nodes[-1].index + 1]:
        text += " " * (node.start - at) + node.text
        at = node.end
    return Argument(role, text, start, end, value_of(nodes, values))


def _verbal(verb: Node, values: Sequence[Value]) -> Iterator[tuple[str, list[Node]]]:
    subjects = list(verb.having("nsubj"))
    topic = len(subjects) > 1 and verb.upos == "VERB" and not verb.first("obj") and subjects[0].upos != "PRON"
    for child in verb.children:
        role = role_of(child, verb, values)
        if role is None or _is_relative_pronoun(child) or (role == "agent" and child.text == "that"):
            continue
        if topic and child is subjects[0] and role == "agent":
            role = "patient"
        inner = child.first("nsubj") if role == "content" and verb.lemma in _ORDERS else None
        if inner and not verb.first("obj"):
            yield "recipient" if verb.lemma in _TOLD else "patient", phrase(inner)
            yield role, phrase(child, without=[inner])
        else:
            yield role, phrase(child)
    if antecedent := _antecedent(verb):
        yield antecedent


def _nominal(node: Node, values: Sequence[Value]) -> Iterator[tuple[str, list[Node]]]:
    """``X is Y``: who, what, and when or where."""
    aside = [*node.having("nsubj", "csubj", "cop", "aux", "expl", "advcl", "conj", "ccomp", "punct", "cc")]
    for child in node.having("obl", "advmod", "nmod"):
        if role_of(child, node, values) in ("time", "amount", "reason") and child.is_a("obl", "advmod"):
            aside.append(child)
            yield str(role_of(child, node, values)), phrase(child)
        elif child.lemma in _NEGATIONS:
            aside.append(child)
    for subject in node.having("nsubj", "csubj"):
        if not _is_relative_pronoun(subject):
            yield "patient" if node.first("expl") else "agent", phrase(subject)
    yield _complement(node, aside)
    if antecedent := _antecedent(node):
        yield antecedent


def _complement(node: Node, aside: Sequence[Node]) -> tuple[str, list[Node]]:
    """What stands behind ``is``: where somebody is, or what."""
    if node.lemma in _QUESTION_ROLES:
        return _QUESTION_ROLES[node.lemma], [node]
    words = phrase(node, without=aside)
    case = node.first("case")
    if case and node.upos in NOUNS and case.lemma in _WHERE:
        return _WHERE[case.lemma], words
    before = node.having("case") if case and case.upos == "ADP" else ()
    return "attribute", sorted([*before, *words], key=lambda word: word.index)


def _is_relative_pronoun(node: Node) -> bool:
    if node.text.lower() not in ("who", "which", "that", "whom"):
        return False
    return node.head is not None and node.head.deprel == "acl:relcl"


def _antecedent(verb: Node) -> tuple[str, list[Node]] | None:
    """The noun that a relative clause stands by, and its part in the clause."""
    noun = verb.head
    if noun is None or not verb.is_a("acl") or noun.upos not in (*NOUNS, "PART", "DET"):
        return None
    if any(mark.lemma == "to" for mark in verb.having("mark")):
        return None
    words = phrase(noun, without=[*noun.having("acl")])
    while len(words) > 1 and words[0].text in ("的", "那个", "那", "这个") and words[0].index < verb.index:
        words.pop(0)
    pronoun = next((child for child in verb.children if _is_relative_pronoun(child)), None)
    if pronoun:
        role = role_of(pronoun, verb, ())
        return (role, words) if role else None
    if verb.first("nsubj:pass", "aux:pass"):
        return ("patient", words) if not verb.first("nsubj") else None
    if not verb.first("nsubj"):
        participle = (
            verb.lemma != verb.text.lower()
            and verb.text.endswith(("ed", "en", "wn"))
            and noun.index < verb.index
        )
        return "patient" if participle else "agent", words
    return ("patient", words) if not verb.first("obj", "ccomp", "cop") else None


def _missing_subject(node: Node) -> Node | None:
    if node.first("nsubj", "csubj") or node.is_a("acl:relcl"):
        return None
    seen = {node}
    while (head := node.head) is not None and head not in seen:
        seen.add(head)
        told = head.first("obj", "iobj")
        orders = head.lemma in _ORDERS or (head.text.isascii() and head.lemma != "promise")
        if told and orders and node.is_a("xcomp", *(("ccomp",) if head.lemma in _ORDERS else ())):
            return told
        if head.upos in (*NOUNS, "PART") and not head.first("cop", "nsubj"):
            return None
        if not node.is_a("xcomp", "ccomp", "conj", "advcl", "acl", "dep", "root"):
            return None
        if node.is_a("ccomp") and node.text.isascii():
            return None
        if subject := head.first("nsubj"):
            return subject if subject.index < node.index else None
        node = head
    return _subject_further_left(node)


def _subject_further_left(node: Node) -> Node | None:
    """The first of several verbs in a row has it."""
    for child in node.having("acl", "advcl", "dep", "conj"):
        subject = child.first("nsubj")
        if child.index < node.index and subject and not child.first("mark", "punct"):
            return subject
    return None


def _role_of_shared(node: Node, subject: Node) -> str:
    return "patient" if node.first("aux:pass") else "agent"


def _is_negated(tree: Tree, node: Node) -> bool:
    if (node.text[:1] in "不没未别" and len(node.text) > 1) or "不" in node.text[1:-1]:
        return True
    if node.text == "没" or any(child.text[:1] == "不" for child in node.having("compound")):
        return True
    return any(_negates(tree, child) for child in node.children if child.is_a("advmod", "aux", "neg", "det"))


def _negates(tree: Tree, word: Node) -> bool:
    if (
        word.lemma not in _NEGATIONS
        and word.text.lower() not in _NEGATIONS
        and not (word.text[:1] in "不没" and word.text[1:] in _CHINESE_MODALS)
    ):
        return any(_negates(tree, child) for child in word.having("advmod"))
    if word.is_a("det"):
        return False
    around = tree.nodes[word.index - 1 : word.index + 2] if word.index else []
    return not (len(around) == 3 and around[0].text == around[2].text)  # 能不能 asks


def _modality(node: Node) -> str | None:
    for aux in node.having("aux"):
        text = aux.text.removeprefix("不")
        if mode := _MODES.get(text) or _MODES.get(aux.lemma):
            return (
                mode
                if aux.lemma not in ("have",) or (aux.first("mark") is None and _is_obliged(node))
                else None
            )
        if aux.lemma in ("like", "love"):
            return "want"
    return None


def _is_obliged(node: Node) -> bool:
    """``have to``, not the perfect."""
    return any(mark.lemma == "to" for mark in node.having("mark", "aux"))


def _lemma(head: Node) -> str:
    particle = head.first("compound:prt")
    return f"{head.lemma} {particle.lemma}" if particle else head.lemma[: _length(head)]


def _length(head: Node) -> int:
    """改到 and 放在 without their prepositions."""
    return 1 if has_joined_end(head) else len(head.lemma if head.text.isascii() else head.text)


def _end(head: Node) -> int:
    return head.start + _length(head) if not head.text.isascii() else head.end


def _with_loose_times(tree: Tree, found: list[Frame], values: Sequence[Value]) -> list[Frame]:
    """A time that hangs in no argument belongs to the verb whose clause it stands in, or to the first one."""
    taken = [(argument.start, argument.end) for frame in found for argument in frame.arguments]
    for value in values:
        if value.kind != "time" or any(start < value.end and value.start < end for start, end in taken):
            continue
        nodes = [node for node in tree if value.start <= node.start and node.end <= value.end]
        if not nodes or not found:
            continue
        number = _clause(tree, found, nodes[-1])
        argument = _argument(tree, "time", nodes, values)
        arguments = sorted((*found[number].arguments, argument), key=lambda argument: argument.start)
        found[number] = replace(found[number], arguments=tuple(arguments))
    return found


def _clause(tree: Tree, found: Sequence[Frame], node: Node) -> int:
    starts = {frame.start: number for number, frame in enumerate(found)}
    above = node.head
    while above is not None:
        head = above.first("cop") or above
        if head.start in starts:
            return starts[head.start]
        above = above.head
    return 0
