"""A dependency tree that may be rewritten: the working copy of a parsed sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatwright.text.analysis import Sentence

__all__ = ["Node", "Tree", "gather", "span_of"]


@dataclass(slots=True, eq=False)
class Node:
    """A word, its relation to its head, and its dependents in the order of the text."""

    index: int
    text: str
    start: int
    end: int
    lemma: str
    upos: str
    deprel: str
    head: Node | None = None
    children: list[Node] = field(default_factory=list)

    def having(self, *relations: str) -> Iterator[Node]:
        """Dependents by relation; ``nsubj`` also gives ``nsubj:pass``."""
        return (child for child in self.children if child.is_a(*relations))

    def first(self, *relations: str) -> Node | None:
        """The first of them."""
        return next(self.having(*relations), None)

    def is_a(self, *relations: str) -> bool:
        """Whether the relation to the head is one of these, or a kind of one of these."""
        return self.deprel in relations or self.deprel.split(":")[0] in relations

    def move(self, head: Node | None, deprel: str) -> None:
        """Hang the node and all below it under another head, unless that would close a ring."""
        if head is self or _is_above(self, head):
            return
        if self.head:
            self.head.children.remove(self)
        self.head, self.deprel = head, deprel
        if head:
            head.children.append(self)
            head.children.sort(key=lambda child: child.index)

    def subtree(self, leave_out: Callable[[Node], bool] = lambda node: False) -> list[Node]:
        """The node and all below it in the order of the text, without branches to leave out."""
        found, waiting = [], [self]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting += [child for child in node.children if not leave_out(child)]
        return sorted(found, key=lambda node: node.index)


class Tree:
    """The nodes of one sentence.

    Words whose head is themselves or lies outside the sentence are roots; a ring of heads is cut, so that
    every walk ends.
    """

    def __init__(self, sentence: Sentence) -> None:
        self.nodes = [
            Node(
                i, word.text, word.start, word.end, (word.lemma or word.text).lower(), word.upos, word.deprel
            )
            for i, word in enumerate(sentence.words)
        ]
        for node, word in zip(self.nodes, sentence.words, strict=True):
            head = word.head
            if 0 <= head < len(self.nodes) and head != node.index and not _is_above(node, self.nodes[head]):
                node.head = self.nodes[head]
                node.head.children.append(node)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def between(self, first: Node, last: Node) -> list[Node]:
        """Nodes that stand between two others."""
        return self.nodes[first.index + 1 : last.index]

    def lift(self, node: Node, as_relation: str) -> None:
        """Let a dependent take the place of its head with all that hung there; the head hangs below it."""
        old = node.head
        if old is None:
            return
        above, relation = old.head, old.deprel
        node.move(above, relation)
        for child in list(old.children):
            child.move(node, child.deprel)
        old.move(node, as_relation)


def gather(chunk: Sequence[Node]) -> Node:
    """Hang the words of a phrase below the last, which takes over what ties them to the rest."""
    head = chunk[-1]
    outer = next((node for node in chunk if node.head not in chunk), head)
    if outer is not head:
        head.move(outer.head, outer.deprel)
    for node in chunk[:-1]:
        if node.head is not head and node.head not in chunk[:-1]:
            node.move(head, "nmod")
    return head


def span_of(nodes: Iterable[Node]) -> tuple[int, int]:
    """Start and end in the text."""
    nodes = list(nodes)
    return min(node.start for node in nodes), max(node.end for node in nodes)


def _is_above(node: Node, other: Node | None) -> bool:
    while other is not None:
        if other is node:
            return True
        other = other.head
    return False
