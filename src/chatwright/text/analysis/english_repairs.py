"""Times of English messages as one phrase of the verb, and small words that a parser mixes up."""

from __future__ import annotations

from collections.abc import Sequence

from chatwright.text.analysis.frame_words import NOUNS
from chatwright.text.analysis.tree import Node, Tree, gather
from chatwright.text.values.value import Value

__all__ = ["repair_english"]

_VERBAL = ("VERB", "AUX")


def repair_english(tree: Tree, values: Sequence[Value]) -> None:
    """Change the tree in place."""
    for node in tree:
        if node.lemma == "there" and node.is_a("nsubj"):
            node.deprel = "expl"
    for value in values:
        chunk = [
            node
            for node in tree
            if value.start <= node.start and node.end <= value.end and node.upos != "PUNCT"
        ]
        if value.kind == "time" and chunk:
            _hang_time(chunk)


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
