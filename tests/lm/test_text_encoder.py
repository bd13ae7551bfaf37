"""Encoders at run time: the same vectors as PyTorch, without it."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from chatwright.errors import BundleError
from chatwright.lm.text_encoder import TextEncoder, load_encoder
from chatwright.nlu.tag_features import units_of
from chatwright.schema.understanding import Token
from hard_texts import HARD

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ctranslate2")
pytest.importorskip("onnxscript")

TEXTS = ["where is my card?", "hello", "refund please", "my money is lost, where did the transfer go", "退款"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from chatwright.training.encoder.fit_encoder import fit_encoder
    from tiny_encoder import make_checkpoint

    place = tmp_path_factory.mktemp("encoder")
    fit_encoder(str(make_checkpoint(place / "checkpoint")), place / "exported")
    return place / "exported"


@pytest.mark.parametrize(
    ("kind", "pooling"),
    [("bert", "mean"), ("bert", "cls"), ("distilbert", "mean"), ("roberta", "cls"), ("xlm-roberta", "mean"),
     ("albert", "mean"), ("electra", "cls")],
)  # fmt: skip
def test_vectors_are_those_of_pytorch(kind: str, pooling: str, tmp_path: Path) -> None:
    from chatwright.training.encoder.export import export
    from chatwright.training.encoder.fit_encoder import sentence_encoder
    from tiny_encoder import make_checkpoint

    encoder = sentence_encoder(str(make_checkpoint(tmp_path / "checkpoint", kind)), pooling=pooling)
    export(encoder, tmp_path / "exported", name="tiny")
    found = TextEncoder(tmp_path / "exported").embed(TEXTS)
    assert (found * encoder.embed(TEXTS)).sum(axis=1).min() > 0.995


def test_vectors_have_length_one_and_do_not_depend_on_company(folder: Path) -> None:
    together = TextEncoder(folder).embed(TEXTS * 20)
    alone = np.concatenate([TextEncoder(folder).embed([text]) for text in TEXTS])
    assert together.shape == (100, 64)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(together[:5], alone, atol=2e-2)
    np.testing.assert_array_equal(together[:5], together[95:])


def test_any_text_has_a_vector(folder: Path) -> None:
    encoder = TextEncoder(folder)
    vectors = encoder.embed([*HARD, "a " * 100_000, "啊" * 100_000])
    assert np.isfinite(vectors).all()
    assert encoder.embed([]).shape == (0, 64)


def test_it_is_loaded_once_a_process(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    assert load_encoder(folder) is load_encoder(tmp_path / "copy")
    assert (
        load_encoder(folder).fingerprint == json.loads((folder / "encoder.json").read_text())["fingerprint"]
    )


def test_a_saved_copy_gives_the_same_vectors(folder: Path, tmp_path: Path) -> None:
    TextEncoder(folder).save(tmp_path / "saved")
    np.testing.assert_array_equal(
        TextEncoder(tmp_path / "saved").embed(TEXTS), TextEncoder(folder).embed(TEXTS)
    )


def test_threads_share_it(folder: Path) -> None:
    encoder = TextEncoder(folder)
    wanted = encoder.embed(TEXTS)
    found: list[np.ndarray] = []

    def work(number: int) -> None:
        for turn in range(20):
            encoder.embed([f"card {number} {turn}"])
        found.append(encoder.embed(TEXTS))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for vectors in found:
        np.testing.assert_allclose(vectors, wanted, atol=2e-2)


def test_no_deep_learning_framework_is_imported(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from chatwright.lm.text_encoder import load_encoder\n"
        f"load_encoder(Path({str(folder)!r})).embed(['hello'])\n"
        "print([n for n in ('torch', 'transformers', 'sklearn', 'scipy', 'pandas') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no encoder"):
        load_encoder(tmp_path)


def test_words_have_vectors_in_their_context(folder: Path) -> None:
    encoder = TextEncoder(folder)
    card, lost, strange = Token("card", 0, 4), Token("lost", 5, 9), Token("\x00", 9, 10)
    texts = ["card lost\x00", "card please", "card lost\x00"]
    first, second, third = encoder.embed_words(texts, [[card, lost, strange], [card], [card]])
    assert first.shape == (3, 64)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), [1, 1, 0], rtol=1e-5)
    np.testing.assert_array_equal(first[0], third[0])
    assert first[0] @ second[0] < 0.999
    (whole,) = encoder.embed_words(["card lost"], [[Token("card lost", 0, 9)]])
    assert whole[0] @ first[0] > 0.3
    assert encoder.embed_words([], []) == []


def test_words_of_any_text_have_vectors(folder: Path) -> None:
    texts = [*HARD, "a " * 1000]
    for text, found in zip(
        texts, TextEncoder(folder).embed_words(texts, [units_of(t) for t in texts]), strict=True
    ):
        assert found.shape == (len(units_of(text)), 64)
        assert np.isfinite(found).all()
