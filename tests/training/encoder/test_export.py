"""What cannot be run faithfully without PyTorch is refused when it is exported."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ctranslate2")
pytest.importorskip("onnxscript")

from chatwright.errors import TrainingError
from chatwright.training.encoder import export as module
from chatwright.training.encoder.fit_encoder import fit_encoder
from tiny_encoder import make_checkpoint


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    place = make_checkpoint(tmp_path / "t5", "t5", d_model=64, d_kv=32, d_ff=64, num_layers=1, num_heads=2)
    with pytest.raises(TrainingError, match=r"t5\) cannot be run without PyTorch: .*input_ids") as refused:
        fit_encoder(str(place), tmp_path / "exported")
    assert "BERT" in str(refused.value)


def test_vectors_that_come_out_otherwise_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE", 1.1)
    with pytest.raises(TrainingError, match="gives other vectors"):
        fit_encoder(str(make_checkpoint(tmp_path / "checkpoint")), tmp_path / "exported")
