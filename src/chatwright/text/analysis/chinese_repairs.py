"""What a parser of written Chinese gets wrong in messages, put right by closed classes of words.

The treebank is an encyclopedia: polite openings, questions and times before the verb are rare in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatwright.text.analysis.frame_words import NOUNS, words
from chatwright.text.analysis.tree import Node, Tree, gather
from chatwright.text.values.value import Value

__all__ = ["repair_chinese"]

_COURTESIES = words("courtesies")
_TOLD = words("told")
_RESULTS = "了懂到上开起下来去完见着动清"
_CANNOT = re.compile(f"不[{_RESULTS}]")
_THINKING = words("thinking")
_FUNCTION = ("neg", "advmod", "aux", "mark", "discourse")
_TIME = re.compile(
    r"(?:每[天年周月晚]|每个?(?:星期|月|周)[一二三四五六日天]?|每[周次])(?:和周[一二三四五六日])?"
    r"|什么时候|几点|几号|刚才|现在|马上|立刻|尽快|早点|改天|随时|平时|常常|经常|以后"
)
_UNTIL = ("到", "至", "成", "为")
_TIME_VERBS = ("开始",)
_AFTER = re.compile(r"[以之]?[前后内]|开始|左右")


def repair_chinese(tree: Tree, values: Sequence[Value]) -> None:
    """Change the tree in place."""
    for node in tree:
        _open_up(node)
    for node in tree:
        _part_courtesy(tree, node)
        _join_question(tree, node)
        _find_subject(node)
        _part_negation(tree, node)
        _part_listener(node)
        _part_result(tree, node)
        _name_what_is_dealt_with(tree, node)
        _part_small_words(tree, node)
        _give_reason(tree, node)
        _mark_relative(node)
    for node in list(tree):
        _give_content(tree, node)
        _give_object(tree, node)
    for value in values:
        for node in tree:
            if value.kind == "time" and value.start <= node.start < value.end:
                node.upos = "NOUN"
    for span in _times(tree, values):
        _hang_time(tree, *span)


def _open_up(node: Node) -> None:
    """Small words carry nothing: 我 没 去过."""
    if node.deprel in _FUNCTION and node.head and node.upos in ("ADV", "AUX", "VERB", "PART"):
        for child in list(node.children):
            if child.is_a("nsubj", "obj", "dobj", "nmod", "obl"):
                child.move(node.head, child.deprel)


def _part_courtesy(tree: Tree, node: Node) -> None:
    """请问 belongs to nothing; 请给 is 给."""
    if len(node.text) == 2 and node.text[0] == "请" and node.text not in _COURTESIES and node.upos != "NOUN":
        node.text = node.lemma = node.text[1:]
        node.start += 1
    if (
        node.text in _COURTESIES
        and node.head
        and not node.children
        and node.is_a("nmod", "nsubj", "acl", "dep")
    ):
        node.deprel = "discourse"
        root = next(other for other in tree if other.head is None)
        if node.head is not root:
            node.move(root, "discourse")


def _join_question(tree: Tree, node: Node) -> None:
    """能 不能, 有 没有: a question, no negation."""
    before = tree.nodes[node.index - 1] if node.index else None
    if before and node.text in ("不" + before.text, "没" + before.text):
        for child in list(node.children):
            child.move(before, child.deprel)
        if before.head is node:
            before.move(node.head, node.deprel)
        node.move(before, "discourse")
        node.upos = "PART"


def _part_negation(tree: Tree, node: Node) -> None:
    """不让 is 让; 听 不懂 is one verb that says it cannot be done."""
    before = tree.nodes[node.index - 1] if node.index else None
    if node.upos == "VERB" and len(node.text) == 2 and node.text[0] in "没不别":
        node.lemma = node.text[1:]
    if before and before.upos == "VERB" and _CANNOT.fullmatch(node.text) and before.head is not node:
        for child in list(node.children):
            child.move(before, child.deprel)
        node.move(before, "compound")
        node.upos = "PART"


def _part_result(tree: Tree, node: Node) -> None:
    """听 不 懂: one verb."""
    if node.text != "不" or not 0 < node.index < len(tree.nodes) - 1:
        return
    verb, result = tree.nodes[node.index - 1], tree.nodes[node.index + 1]
    if verb.upos not in ("VERB", "NOUN") or len(verb.text) > 1 or result.text not in _RESULTS:
        return
    if result.head is not verb and verb.head is result:
        tree.lift(verb, "compound")
    for child in list(result.children):
        if child is not node:
            child.move(verb, child.deprel)
    result.move(verb, "compound")
    node.move(verb, "compound")
    verb.upos, result.upos = "VERB", "PART"


def _name_what_is_dealt_with(tree: Tree, node: Node) -> None:
    """把 发票 寄到: between 把 and its verb there is a noun, and the only word there is it."""
    verb = node.head
    disposes = node.text == "把" or (node.text == "将" and node.deprel == "aux:caus")
    if not disposes or verb is None or verb.index != node.index + 2:
        return
    noun = tree.nodes[node.index + 1]
    if noun.upos != "VERB" or verb.upos != "VERB" or noun.head is not verb:
        return
    for child in list(noun.children):
        child.move(verb, child.deprel)
    noun.upos, noun.deprel = "NOUN", "dobj"


def _part_small_words(tree: Tree, node: Node) -> None:
    """一 下 behind a verb says nothing, and says that it is one; 在 before one says that it goes on."""
    if node.text == "下" and node.index and tree.nodes[node.index - 1].text == "一":
        if node.index > 1:
            verb = tree.nodes[node.index - 2]
            _make_verb(verb)
            if verb.upos == "VERB" and node.head is not verb:
                node.move(verb, "discourse")
        node.deprel = "discourse"
    following = tree.nodes[node.index + 1] if node.index + 1 < len(tree.nodes) else None
    if node.text == "在" and following and following.upos == "VERB" and not node.children:
        node.deprel, node.upos = "advmod", "ADV"


def _make_verb(node: Node) -> None:
    """查 一 下 我 的 订单: not a name, and above what comes behind it."""
    above = node.head
    if node.upos in ("NOUN", "PROPN", "X") and len(node.text) <= 2:
        node.upos = "VERB"
        if above and above.index > node.index and above.upos in NOUNS:
            node.move(above.head, above.deprel)
            for child in [child for child in above.children if child.index < node.index]:
                child.move(node, child.deprel)
            above.move(node, "obj")


def _give_object(tree: Tree, node: Node) -> None:
    """订 … 位子 without 的 between: the noun is the object, not what a relative clause tells of."""
    noun = node.head
    if node.upos != "VERB" or node.deprel != "acl:relcl" or noun is None or noun.index < node.index:
        return
    if all(other.text not in ("的", "之") for other in tree.between(node, noun)):
        tree.lift(node, "obj")


def _part_listener(node: Node) -> None:
    """告诉 我 他 来了: of two subjects, the one right behind the verb is told."""
    subjects = list(node.having("nsubj"))
    above = node.head
    if above and above.lemma in _TOLD and node.is_a("ccomp") and subjects:
        first = subjects[0]
        if first.index == above.index + 1 and (len(subjects) > 1 or first.upos == "PRON"):
            first.move(above, "obj")


def _give_reason(tree: Tree, node: Node) -> None:
    """因为 堵车 迟到: what stands between is the reason."""
    if node.text not in ("因为", "由于", "因") or node.index + 2 >= len(tree.nodes):
        return
    cause, verb = tree.nodes[node.index + 1 : node.index + 3]
    if cause.upos in ("VERB", "NOUN") and not cause.children and verb.upos in ("VERB", "ADV"):
        above = verb if verb.upos == "VERB" else verb.head
        if above and above is not cause:
            cause.move(above, "obl")
            node.move(cause, "case")
            cause.upos = "NOUN"


def _mark_relative(node: Node) -> None:
    """送餐 的 骑手: a verb that 的 ties to a noun."""
    ties = (child.text == "的" and child.index > node.index for child in node.children)
    if node.upos == "VERB" and node.is_a("det", "amod", "nmod", "acl") and any(ties):
        node.deprel = "acl:relcl"


def _find_subject(node: Node) -> None:
    """A bare pronoun before a verb is its subject."""
    if node.upos == "VERB" and not node.first("nsubj", "nsubjpass"):
        for child in node.children:
            if (
                child.deprel == "nmod"
                and child.upos == "PRON"
                and child.index < node.index
                and not child.children
            ):
                child.deprel = "nsubj"
                return


def _give_content(tree: Tree, node: Node) -> None:
    """我 怀疑 … 盗用: the verb of thinking is above what is thought."""
    verb = node.head
    if (
        node.lemma not in _THINKING
        or verb is None
        or verb.index < node.index
        or verb.upos not in ("VERB", "ADJ")
    ):
        return
    if not node.is_a("dep", "nmod", "acl", "advcl", "nsubj", "mark", "csubj", "aux"):
        return
    if any(other.upos == "PUNCT" for other in tree.between(node, verb)):
        return
    above, relation = verb.head, verb.deprel
    node.move(above, relation)
    for child in list(verb.children):
        if child.index < node.index and child is not node:
            child.move(node, child.deprel)
    verb.move(node, "ccomp")


def _times(tree: Tree, values: Sequence[Value]) -> Iterator[tuple[int, int]]:
    """Index of the first node of each time, and of the one behind it; widened by 每天, 以后 and the like."""
    text, offsets = "", []
    for node in tree:
        offsets += [node.index] * len(node.text)
        text += node.text
    start_of = {}
    place = 0
    for node in tree:
        start_of[node.start] = place
        place += len(node.text)
    found = [match.span() for match in _TIME.finditer(text)]
    for value in values:
        inside = [start_of[node.start] for node in tree if value.start <= node.start < value.end]
        if value.kind == "time" and inside:
            start = min(inside)
            end = start + sum(len(node.text) for node in tree if value.start <= node.start < value.end)
            found.append((start, end))
    joined: list[list[int]] = []
    for start, end in sorted(found):
        after = _AFTER.match(text, end)
        end = after.end() if after else end
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    for start, end in joined:
        yield offsets[start], offsets[end - 1] + 1


def _hang_time(tree: Tree, first: int, end: int) -> None:
    """A time that no 的 ties to a noun goes to the verb of its clause; what hung below it goes there too."""
    chunk = tree.nodes[first:end]
    head = chunk[-1]
    following = tree.nodes[end] if end < len(tree.nodes) else None
    before = tree.nodes[first - 1] if first else None
    if any(node.upos == "VERB" and node.text not in _TIME_VERBS for node in chunk):
        return
    if following and following.text == "的":
        gather(chunk)
        return
    if before and before.text.endswith(_UNTIL):
        _hang_goal(before, gather(chunk))
        return
    verb = _verb_of(tree, chunk, following)
    if verb is None:
        return
    relation = next((node for node in chunk if node.head not in chunk), head).deprel
    for child in [
        child for node in chunk for child in node.children if child not in chunk and child is not verb
    ]:
        is_subject = child.index < first and child.upos in (*NOUNS, "PART") and relation != "dobj"
        if child.deprel == "case" and child.index < first:
            continue
        child.move(verb, ("obl" if verb.first("nsubj") else "nsubj") if is_subject else child.deprel)
    if verb in head.children or _above(head, verb):
        return
    gather(chunk)
    head.move(verb, "obl:tmod")
    head.upos = "NOUN"


def _hang_goal(before: Node, head: Node) -> None:
    """改到 + time, 改 到 + time."""
    if before.upos == "VERB" and len(before.text) > 1:
        head.move(before, "obj")
    elif before.head and before.head.index < before.index:
        head.move(before.head, "obl")
        before.move(head, "case")


def _verb_of(tree: Tree, chunk: Sequence[Node], following: Node | None) -> Node | None:
    """The next verb before a comma, else the one that the time hangs below."""
    for node in tree.nodes[chunk[-1].index + 1 :]:
        if node.upos == "PUNCT" and node.index > chunk[-1].index + 1:
            break
        of_noun = node.is_a("acl") and node.head is not None and node.head.upos in NOUNS
        if node.upos == "VERB" and not of_noun and not node.is_a("case", "aux", "mark", "discourse", "amod"):
            return node
    above = chunk[-1].head
    while above is not None and (above in chunk or above.upos not in ("VERB", "ADJ")):
        above = above.head
    return above


def _above(node: Node, below: Node) -> bool:
    above = below.head
    while above is not None:
        if above is node:
            return True
        above = above.head
    return False
