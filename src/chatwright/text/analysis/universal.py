"""One kind of tree for all parsers: verbs carry their arguments, prepositions and modals hang below.

Chinese treebanks label with version 1 of Universal Dependencies and take prepositions for verbs (在, 给, 用);
English pipelines of spaCy hang nouns under prepositions. Both become trees of version 2, where also modal
verbs (想, 要, ``want to``) are parts of the verb whose mode they tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatwright.text.analysis.chinese_repairs import repair_chinese
from chatwright.text.analysis.english_repairs import repair_english
from chatwright.text.analysis.frame_words import NOUNS, roles, words
from chatwright.text.analysis.tree import Node, Tree
from chatwright.text.values.value import Value

__all__ = ["universal"]

_CHINESE_MODALS = roles("chinese_modals")
_ENGLISH_MODALS = roles("english_modals")
_COURTESIES = words("courtesies")
_NO_VERBS = words("no_verbs")
_CHINESE_PREPOSITIONS = roles("chinese_prepositions")
_JOINED = roles("joined")


_RELATIONS = {
    "dobj": "obj",
    "dative": "iobj",
    "nsubjpass": "nsubj:pass",
    "csubjpass": "csubj:pass",
    "auxpass": "aux:pass",
    "neg": "advmod",
    "nmod:tmod": "obl:tmod",
    "npadvmod": "obl:tmod",
    "relcl": "acl:relcl",
    "prt": "compound:prt",
    "poss": "nmod:poss",
    "attr": "xcomp",
    "acomp": "xcomp",
    "aux:caus": "case",
    "agent": "prep",
}
_VERBAL = ("VERB", "ADJ", "AUX")
_FORMS_OF_BE = ("is", "are", "was", "were", "be", "been", "being", "am")
_WITH_TO = ("have", "need", "want", "ought")


def universal(tree: Tree, language: str, values: Sequence[Value] = ()) -> Tree:
    """The tree itself, rewritten in place."""
    (repair_chinese if language == "zh" else repair_english)(tree, values)
    for node in tree:
        node.deprel = _RELATIONS.get(node.deprel, node.deprel)
        _hang_objects_over_prepositions(node)
        if language == "en" and node.upos == "VERB" and _looks_passive(node):
            _make_passive(node)
    for node in tree:
        is_loose = node.deprel == "nmod" or (node.deprel == "advmod" and language == "zh")
        if is_loose and node.head and node.head.upos in _VERBAL and node.upos in NOUNS:
            node.deprel = "obl"
    if language == "zh":
        for node in list(tree):
            _chinese_word(tree, node)
        for node in list(tree):
            _chinese_preposition(tree, node)
    _lift_modals(tree, _CHINESE_MODALS if language == "zh" else _ENGLISH_MODALS)
    return tree


def _hang_objects_over_prepositions(node: Node) -> None:
    """ClearNLP: verb → prep → pobj becomes verb → obl → case."""
    if node.deprel not in ("pobj", "pcomp") or not node.head or not node.head.head:
        return
    preposition = node.head
    verb = preposition.head
    node.move(verb, "nmod" if verb and verb.upos in NOUNS else "obl")
    preposition.move(node, "case")


def _looks_passive(verb: Node) -> bool:
    """``was stolen``: a participle behind a form of ``be``."""
    if verb.text.lower().endswith("ing") or verb.lemma == verb.text.lower():
        return False
    helpers = [aux for aux in verb.having("aux", "cop") if aux.index < verb.index]
    return bool(helpers) and (helpers[-1].lemma == "be" or helpers[-1].text.lower() in _FORMS_OF_BE)


def _make_passive(verb: Node) -> None:
    for child in verb.children:
        if child.deprel == "cop":
            child.deprel = "aux:pass"
        elif child.deprel == "nsubj":
            child.deprel = "nsubj:pass"


def _chinese_word(tree: Tree, node: Node) -> None:
    """Version 1 for Chinese calls adverbs and conjunctions ``mark`` and has a clause word 的 of its own."""
    if node.deprel == "mark" and node.upos == "ADV":
        node.deprel = "advmod"
    if node.upos == "PART" and node.text in ("的", "之") and node.is_a("acl"):
        node.deprel = "mark"
    if node.deprel == "mark" and node.head and node.index > node.head.index and node.text in _JOINED:
        _give_following_noun(node)


def _give_following_noun(preposition: Node) -> None:
    """放 在 门口: the preposition behind a verb goes to the noun behind it."""
    verb = preposition.head
    after = [
        child
        for child in (verb.children if verb else ())
        if child.index > preposition.index and child.is_a("obj", "iobj", "obl")
    ]
    if after and verb:
        preposition.move(after[0], "case")
        after[0].move(verb, "obl")


def _chinese_preposition(tree: Tree, node: Node) -> None:
    """在 + place, 把 + object, 帮 + person before a verb, where they were taken for verbs."""
    if node.text not in _CHINESE_PREPOSITIONS:
        return
    noun = _noun_behind(tree, node)
    if noun is None or (node.deprel == "case" and node.head is noun):
        return
    verb = _verb_of(node, noun)
    if verb is None:
        return
    if _is_below(verb, node):
        tree.lift(_branch(verb, node), "case")
    if _is_below(verb, noun):
        return
    noun.move(verb, "obl")
    for child in list(node.children):
        child.move(verb, child.deprel)
    node.move(noun, "case")


def _noun_behind(tree: Tree, preposition: Node) -> Node | None:
    """Head of the noun phrase that begins behind the preposition."""
    head = preposition.head
    if preposition.deprel == "case" and head and head.index > preposition.index and head.upos in NOUNS:
        return head
    start = preposition.index + 1
    if start >= len(tree.nodes):
        return None
    node = tree.nodes[start]
    while (
        node.head
        and node.head.index > preposition.index
        and not (
            node.head.upos in ("VERB", "AUX") and node.is_a("obj", "obl", "nsubj", "iobj", "advmod", "aux")
        )
    ):
        node = node.head
    return node if node.upos in (*NOUNS, "PART", "DET") and node.text not in ("了", "着", "过") else None


def _verb_of(preposition: Node, noun: Node) -> Node | None:
    """The verb that the phrase belongs to; None where the preposition is the verb itself."""
    head = preposition.head
    for candidate in (head, noun.head):
        if candidate is None or candidate in (preposition, noun):
            continue
        if candidate.upos in _VERBAL and candidate.index > noun.index:
            return candidate
    behind = [child for child in preposition.children if child.index > noun.index and _is_next_verb(child)]
    if behind:
        return behind[0]
    if head and head.index < preposition.index and head.upos in _VERBAL and preposition.text in _JOINED:
        return head
    return None


def _is_next_verb(node: Node) -> bool:
    relations = ("xcomp", "ccomp", "conj", "dep", "acl", "advcl", *(("obj",) if node.upos == "VERB" else ()))
    return node.upos in _VERBAL and node.is_a(*relations)


def _branch(node: Node, top: Node) -> Node:
    """The child of ``top`` that ``node`` is or hangs under."""
    while node.head is not None and node.head is not top:
        node = node.head
    return node


def _is_below(node: Node, top: Node) -> bool:
    above = node.head
    while above is not None:
        if above is top:
            return True
        above = above.head
    return False


def _lift_modals(tree: Tree, modals: dict[str, str]) -> None:
    for node in list(tree):
        following = tree.nodes[node.index + 1].text if node.index + 1 < len(tree.nodes) else ""
        someone = node.text + following == "有人"
        is_small = node.lemma in modals or node.text in _COURTESIES or node.text in _NO_VERBS or someone
        if not (is_small or _is_wish(node) or _is_future(node)):
            continue
        behind = (child for child in node.children if child.index > node.index and _is_next_verb(child))
        main = next(behind, None)
        if main is None or _own_subject(node, main) or (node.lemma in _WITH_TO and not _has_to(main)):
            continue
        tree.lift(main, "advmod" if node.text in _NO_VERBS else "aux")
        for child in main.having("cop"):
            if child.index < node.index:
                child.deprel = "aux"  # of ``able``


def _is_wish(node: Node) -> bool:
    """``would like to``."""
    return node.lemma in ("like", "love") and any(aux.lemma in ("would", "'d") for aux in node.having("aux"))


def _is_future(node: Node) -> bool:
    """``going to`` before a verb."""
    return node.text.lower() == "going" and any(_has_to(child) for child in node.having("xcomp"))


def _has_to(node: Node) -> bool:
    return any(mark.lemma == "to" for mark in node.having("mark", "aux"))


def _own_subject(modal: Node, main: Node) -> list[Node]:
    """Somebody else who is to do it: ``I want him to go``."""
    others = [*main.having("nsubj"), *modal.having("obj", "iobj")]
    if modal.text in _COURTESIES or modal.text == "有":
        others = []
    return [other for other in others if modal.index < other.index < main.index]
