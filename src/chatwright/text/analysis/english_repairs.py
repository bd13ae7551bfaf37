"""What a parser of written English gets wrong in messages: orders, times, phrases behind an object."""

from __future__ import annotations

from collections.abc import Sequence

from chatwright.text.analysis.frame_words import NOUNS, words
from chatwright.text.analysis.tree import Node, Tree, gather
from chatwright.text.values.value import Value

__all__ = ["repair_english"]

_VERBAL = ("VERB", "AUX")
_MOTION = words("motion")
_PEOPLE = words("people")
_TOLD = words("told")


def repair_english(tree: Tree, values: Sequence[Value]) -> None:
    """Change the tree in place."""
    for node in tree:
        if node.lemma == "there" and node.is_a("nsubj"):
            node.deprel = "expl"
    for node in tree:
        _read_order(node)
        _reattach(node)
        _by_means(node)
    for value in values:
        inside = [node for node in tree if value.start <= node.start and node.end <= value.end]
        chunk = [node for node in inside if node.upos != "PUNCT"]
        if value.kind == "time" and chunk:
            _hang_time(chunk)


def _read_order(node: Node) -> None:
    """Transfer 300 euros: what begins a sentence and has an object is a verb."""
    if node.head is None and node.upos in ("NOUN", "PROPN") and node.first("obj", "dobj"):
        node.upos = "VERB"


def _reattach(node: Node) -> None:
    """send it | to Ann, stolen | by a boy: to the verb rather than to its object."""
    noun = node.head
    verb = noun.head if noun else None
    case = node.first("case")
    if not (node.deprel == "nmod" and case and noun and verb and verb.upos == "VERB"):
        return
    passive = verb.first("aux:pass", "nsubj:pass", "auxpass", "nsubjpass")
    to_goal = case.lemma in ("to", "into", "from") and (verb.lemma in _MOTION or verb.lemma in _TOLD)
    for_whom = case.lemma == "for" and verb.lemma in _TOLD and node.lemma in _PEOPLE
    if noun.is_a("obj", "obl", "dobj") and (to_goal or for_whom or (case.lemma == "by" and passive)):
        node.move(verb, "obl")


def _by_means(node: Node) -> None:
    """to pay | by card: only a verb in the passive has an agent behind ``by``."""
    verb = node.head
    if node.deprel != "obl:agent" or verb is None or verb.first("aux:pass", "nsubj:pass"):
        return
    if verb.first("mark", "nsubj", "aux"):
        node.deprel = "obl"


def _hang_time(chunk: Sequence[Node]) -> None:
    """The words of a time belong together; behind a noun, to the verb: ``call Ann at 7 pm``."""
    for node in chunk:
        if node.upos != "ADP":
            node.upos = "NOUN"
    words = [node for node in chunk if node.upos != "ADP"] or chunk
    head = gather(words)
    above = head.head
    if above is None or above.upos in _VERBAL or (above.upos in NOUNS and above.index > head.index):
        if above is not None and above.upos in _VERBAL and not head.is_a("obl", "nsubj", "advmod"):
            head.deprel = "obl:tmod"
        return
    while above is not None and above.upos not in _VERBAL:
        above = above.head
    if above is not None:
        head.move(above, "obl")
