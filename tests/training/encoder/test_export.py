"""What cannot be run faithfully without PyTorch is refused when it is exported."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ctranslate2")

from chatwright.errors import TrainingError
from chatwright.training.encoder import export as module
from chatwright.training.encoder.fit_encoder import fit_encoder
from tiny_encoder import make_checkpoint


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    from transformers import AutoTokenizer, ElectraConfig, ElectraModel

    place = make_checkpoint(tmp_path / "checkpoint")
    tokenizer = AutoTokenizer.from_pretrained(place)
    sizes = {"hidden_size": 64, "embedding_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    ElectraModel(ElectraConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(tmp_path / "electra")
    tokenizer.save_pretrained(tmp_path / "electra")
    with pytest.raises(TrainingError, match=r"electra.*cannot be run without PyTorch") as refused:
        fit_encoder(str(tmp_path / "electra"), tmp_path / "exported")
    assert "BERT family" in str(refused.value)


def test_vectors_that_come_out_otherwise_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE", 1.1)
    with pytest.raises(TrainingError, match="gives other vectors"):
        fit_encoder(str(make_checkpoint(tmp_path / "checkpoint")), tmp_path / "exported")
