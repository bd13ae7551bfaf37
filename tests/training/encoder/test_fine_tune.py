"""Fine-tuning teaches an encoder to tell intents apart, and goes on where it was cut off."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from chatwright.errors import TrainingError
from chatwright.training.encoder import fine_tune as module
from chatwright.training.encoder.fine_tune import Recipe, fine_tune, recipe_for
from chatwright.training.encoder.fit_encoder import sentence_encoder
from chatwright.training.encoder.pooled import SentenceEncoder
from tiny_encoder import make_checkpoint

EXAMPLES = {
    "lost_card": ["where is my card", "my card is lost", "lost card", "card not arrive", "the card is lost"],
    "greet": ["hello", "good day", "hello hello", "hello good day", "good good day"],
    "refund": ["refund please", "pay my money", "money not pay", "please refund my money", "refund money"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]
NAMES = {label: label.replace("_", " ") for label in EXAMPLES}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint"))


def load(checkpoint: Path) -> SentenceEncoder:
    return sentence_encoder(str(checkpoint))


def recipe(**changed: object) -> Recipe:
    return recipe_for(len(TEXTS), **{"epochs": 6, "learning_rate": 2e-3, "batch": 8, **changed})


def separation(encoder: SentenceEncoder) -> float:
    """Mean cosine within intents less that between them."""
    vectors = encoder.embed(TEXTS)
    cosines = vectors @ vectors.T
    same = np.array(LABELS)[:, None] == np.array(LABELS)[None, :]
    return float(cosines[same].mean() - cosines[~same].mean())


def test_intents_move_apart(checkpoint: Path) -> None:
    encoder = load(checkpoint)
    before = separation(encoder)
    words = encoder.model.get_input_embeddings().weight.detach().clone()
    report = fine_tune(encoder, TEXTS, LABELS, names=NAMES, recipe=recipe(epochs=12))
    assert separation(encoder) > before + 0.3
    assert report.losses[-1] < report.losses[0]
    assert report.unseen == []
    assert not encoder.model.training
    assert (encoder.model.get_input_embeddings().weight == words).all()


def test_the_same_seed_gives_the_same_encoder(checkpoint: Path) -> None:
    vectors = []
    for seed in (1, 1, 2):
        encoder = load(checkpoint)
        fine_tune(encoder, TEXTS, LABELS, recipe=recipe(epochs=2, seed=seed))
        vectors.append(encoder.embed(TEXTS))
    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-4


def test_a_run_that_was_cut_off_goes_on(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load(checkpoint)
    wanted = fine_tune(whole, TEXTS, LABELS, names=NAMES, recipe=recipe(held_out=0.2, patience=9))

    def cut(run: module._Run, number: int) -> float:
        if number == 3:
            raise KeyboardInterrupt
        return original(run, number)

    original = module._Run.epoch
    monkeypatch.setattr(module._Run, "epoch", cut)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(load(checkpoint), TEXTS, LABELS, names=NAMES, recipe=recipe(held_out=0.2, patience=9),
                  checkpoint=tmp_path / "run")  # fmt: skip
    trained: list[int] = []
    monkeypatch.setattr(module._Run, "epoch", lambda run, n: (trained.append(n), original(run, n))[1])
    resumed = load(checkpoint)
    found = fine_tune(resumed, TEXTS, LABELS, names=NAMES, recipe=recipe(held_out=0.2, patience=9),
                      checkpoint=tmp_path / "run")  # fmt: skip
    assert trained[0] == 3
    assert found.losses == pytest.approx(wanted.losses, rel=1e-3)
    assert found.unseen == wanted.unseen
    np.testing.assert_allclose(resumed.embed(TEXTS), whole.embed(TEXTS), atol=1e-2)


def test_it_stops_when_what_is_held_out_gets_no_better(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accuracies = iter([0.5, 0.7, 0.6, 0.7, 0.65, 0.9])
    seen: list[np.ndarray] = []
    encoder = load(checkpoint)

    def judge(run: module._Run, texts: object, targets: object) -> float:
        seen.append(encoder.embed(TEXTS))
        return next(accuracies)

    monkeypatch.setattr(module._Run, "accuracy", judge)
    report = fine_tune(encoder, TEXTS, LABELS, recipe=recipe(epochs=6, held_out=0.2, patience=2))
    assert report.held_out == [0.5, 0.7, 0.6, 0.7]
    assert len(report.unseen) == 3
    np.testing.assert_allclose(encoder.embed(TEXTS), seen[3], atol=1e-6)


def test_one_intent_is_refused(checkpoint: Path) -> None:
    with pytest.raises(TrainingError, match="two intents"):
        fine_tune(load(checkpoint), ["hello"], ["greet"])
