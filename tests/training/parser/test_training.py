"""Treebanks are read, scored and learnt from."""

from pathlib import Path

import numpy as np
import pytest

from chatwright.text.analysis import Sentence, Word
from chatwright.text.analysis.lemmas import Lemmas
from chatwright.text.analysis.net import ParserNet
from chatwright.text.analysis.word_vectors import WordVectors
from chatwright.training.parser.lemmas import fit_lemmas, lemma_accuracy
from chatwright.training.parser.score import score_gold_words, score_text
from chatwright.training.parser.segmenter import word_f1
from chatwright.training.parser.treebank import Gold, read_treebank, word_spans

CONLLU = """# newpar
# text = Dogs don't bark.
1\tDogs\tdog\tNOUN\t_\t_\t4\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\t_\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\t_\t_\t4\tadvmod\t_\t_
3.1\tloudly\tloudly\tADV\t_\t_\t_\t_\t_\t_
4\tbark\tbark\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
5\t.\t.\tPUNCT\t_\t_\t4\tpunct\t_\t_

# text = Cats sleep
1\tCats\tcat\tNOUN\t_\t_\t2\tnsubj\t_\t_
2\tsleep\tsleep\tVERB\t_\t_\t0\troot\t_\t_
"""


@pytest.fixture
def gold(tmp_path: Path) -> list[Gold]:
    (tmp_path / "small.conllu").write_text(CONLLU, "utf-8")
    return read_treebank(tmp_path / "small.conllu")


def as_analysed(gold: Gold, offset: int) -> Sentence:
    spans = [(offset + start, offset + end) for start, end in word_spans(gold)]
    rows = zip(gold.words, spans, gold.lemmas, gold.upos, gold.heads, gold.deprels, strict=True)
    words = tuple(Word(word, *span, lemma, upos, head, name) for word, span, lemma, upos, head, name in rows)
    return Sentence(spans[0][0], spans[-1][1], words)


def test_reading(gold: list[Gold]) -> None:
    assert gold[0].words == ("Dogs", "do", "n't", "bark", ".")
    assert gold[0].heads == (3, 3, 3, -1, 3)
    assert [sentence.begins_paragraph for sentence in gold] == [True, False]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.conllu").write_text("1\tone\n", "utf-8")
    with pytest.raises(ValueError, match=r"x\.conllu:1: .* ten columns"):
        read_treebank(tmp_path / "x.conllu")


def test_text_scores(gold: list[Gold]) -> None:
    right = [as_analysed(gold[0], 0), as_analysed(gold[1], len(gold[0].text) + 1)]
    scores = score_text(lambda text: right, gold)
    assert (scores.sentences, scores.words, scores.las) == (100, 100, 100)
    scores = score_text(lambda text: right[:1], gold)
    assert scores.words == pytest.approx(100 * 2 * 5 / (5 + 7))


def test_word_f1() -> None:
    assert word_f1([[(0, 1), (1, 3)]], [[(0, 1), (1, 2), (2, 3)]]) == pytest.approx(40.0)


def test_lemmas(gold: list[Gold]) -> None:
    lemmas = fit_lemmas(gold)
    assert lemma_accuracy(lemmas, gold) == 100
    assert lemmas.of("Birds", "NOUN") == "bird"
    assert Lemmas.from_json(lemmas.to_json()).of("Birds", "NOUN") == "bird"


def test_context_vectors_put_words_of_a_kind_together() -> None:
    pytest.importorskip("scipy")
    from chatwright.training.parser.context_vectors import fit_context_vectors

    lines = [
        f"the {noun} {verb} a {other} .".split()
        for noun in "cat dog cow".split()
        for verb in "sees hears".split()
        for other in "cat dog cow".split()
    ]
    rows = fit_context_vectors(lines, dimension=3)
    cat, dog, sees = rows.of(["Cat", "dog", "sees"])
    assert cat @ dog > cat @ sees
    assert not rows.of(["unknown"]).any()


def test_the_net_learns_goes_on_and_runs_alike_in_numpy(tmp_path: Path, gold: list[Gold]) -> None:
    torch = pytest.importorskip("torch")
    from chatwright.training.parser.fit import Settings, fit_parser
    from chatwright.training.parser.model import Sizes

    vectors = WordVectors(["dogs"], np.ones((1, 2), np.int8))
    sizes = Sizes(embedding=8, state=8, arc=8, relation=4, word_dropout=0, dropout=0)
    for epochs in (1, 40):
        lines: list[str] = []
        settings = Settings(epochs=epochs, rate=2e-2)
        fit_parser("en", gold, gold, vectors, tmp_path, settings, sizes, lines.append)
    assert lines[0].startswith("epoch 2:")
    net = ParserNet.load(tmp_path / "best")
    assert score_gold_words(net, gold).las == 100
    assert not list(tmp_path.rglob("*.pkl"))
    assert torch.get_default_dtype() == torch.float32


def test_numpy_and_torch_agree() -> None:
    torch = pytest.importorskip("torch")
    from chatwright.training.parser.fit import _arrays, _batch
    from chatwright.training.parser.model import Parser, Sizes

    torch.manual_seed(1)
    sentence = Gold("a b c", ("a", "b", "c"), ("a", "b", "c"), ("X",) * 3, (1, -1, 1), ("dep", "root", "dep"))
    vectors = WordVectors(["b"], np.full((1, 2), 50, np.int8))
    model = Parser(1, 2, 2, Sizes(embedding=8, state=6, arc=5, relation=4)).eval()
    net = ParserNet("en", ["X"], ["dep", "root"], vectors, _arrays(model))
    batch = _batch("en", [sentence], ["X"], ["dep", "root"], vectors)
    with torch.no_grad():
        states = model._encode(batch)
        arcs, relations = model._scores(states, batch.heads)
    ours = net._encode(sentence.words)
    np.testing.assert_allclose(ours, states[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(net._head_scores(ours), arcs[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(
        net._relation_scores(ours, batch.heads[0].numpy()), relations[0].numpy(), atol=1e-5
    )
