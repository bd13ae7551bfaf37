"""From a PyTorch encoder to the folder that ``lm/text_encoder.py`` reads."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path

from chatwright.errors import MissingExtraError, TrainingError
from chatwright.lm.text_encoder import TextEncoder
from chatwright.training.encoder.checkpoint import silently
from chatwright.training.encoder.onnx import to_onnx
from chatwright.training.encoder.pooled import SentenceEncoder

__all__ = ["export"]

FROM_CONFIG = {"position_embedding_type": "absolute"}
"""What the converter reads from config.json and Transformers 5 leaves out where it is the default."""
PROBES = (
    "hello",
    "where is my card?",
    "I'd like to book a table for 4 people at 7 pm",
    "我想退款",
    "请问你们几点开门",
)
CLOSE = 0.95
"""Least cosine of the exported vectors and those of PyTorch; int8 weights cost about 0.003."""


CONVERTIBLE = ("bert", "camembert", "distilbert", "roberta", "xlm-roberta")
"""Architectures that CTranslate2 runs as encoders; others go to ONNX Runtime, at half the speed."""
_FIX = "choose another encoder; any of the families of BERT and RoBERTa will do"


def export(encoder: SentenceEncoder, folder: Path, *, name: str) -> None:
    """Write the encoder with int8 weights into ``folder``.

    Args:
        name: of the checkpoint, for people who look into the folder.

    Raises:
        MissingExtraError: CTranslate2 is not installed; or, for another architecture, ONNX Runtime.
        TrainingError: the architecture cannot be run without PyTorch, or comes out otherwise there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kind = encoder.model.config.model_type
    runtime, file = ("ctranslate2", "model.bin") if kind in CONVERTIBLE else ("onnxruntime", "model.onnx")
    try:
        if runtime == "ctranslate2":
            _to_ctranslate2(encoder, folder)
        else:
            to_onnx(encoder, folder / file)
    except (ValueError, AttributeError, NotImplementedError, RuntimeError) as error:
        why = str(error.__cause__ or error).strip().split("\n")[0]
        raise TrainingError(
            f"the encoder {name!r} ({kind}) cannot be run without PyTorch: {why}", fix=_FIX
        ) from error
    encoder.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    digest = hashlib.sha256(encoder.pooling.encode())
    for written in (file, "tokenizer.json"):
        digest.update((folder / written).read_bytes())
    about = {
        "name": name,
        "runtime": runtime,
        "dimension": encoder.dimension,
        "pooling": encoder.pooling,
        "max_length": encoder.max_length,
        "fingerprint": digest.hexdigest(),
    }
    (folder / "encoder.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    cosines = (TextEncoder(folder).embed(PROBES) * encoder.embed(PROBES)).sum(axis=1)
    if cosines.min() < CLOSE:
        raise TrainingError(
            f"the encoder {name!r} gives other vectors when run without PyTorch (cosine {cosines.min():.2f})",
            fix=_FIX,
        )


def _to_ctranslate2(encoder: SentenceEncoder, folder: Path) -> None:
    try:
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise MissingExtraError("exporting an encoder", "encoder") from error
    with tempfile.TemporaryDirectory(prefix="chatwright-encoder-") as scratch:
        with silently():
            encoder.model.save_pretrained(scratch)
            encoder.tokenizer.save_pretrained(scratch)
        config = Path(scratch) / "config.json"
        config.write_text(json.dumps({**FROM_CONFIG, **json.loads(config.read_text("utf-8"))}), "utf-8")
        with silently():
            TransformersConverter(scratch).convert(str(folder), quantization="int8", force=True)
