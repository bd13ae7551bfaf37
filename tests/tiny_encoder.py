"""A transformer encoder small enough to be made in a test."""

from pathlib import Path
from typing import Any

WORDS = "card money lost where is my the transfer hello good day bye arrive not pay refund please".split()
LETTERS = [*"abcdefghijklmnopqrstuvwxyz?!.,'0123456789", *"退款我的卡在哪里"]
SIZES = {
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 128,
    "max_position_embeddings": 66,
    "initializer_range": 0.2,
}
MORE = {
    "distilbert": {"hidden_dim": 128},
    "albert": {"embedding_size": 32},
    "electra": {"embedding_size": 32},
}


def make_checkpoint(folder: Path, kind: str = "bert", **config: Any) -> Path:
    """A checkpoint with random weights, as Transformers saves it.

    Args:
        kind: ``model_type`` of Transformers: ``bert``, ``distilbert``, ``roberta``, ``albert`` …
    """
    import torch
    from transformers import AutoConfig, AutoModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    # RoBERTa counts places from the number of the padding on, and that is 1 in every checkpoint.
    pieces = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *LETTERS, *(f"##{c}" for c in LETTERS)]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", "utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    torch.manual_seed(0)
    sizes = {**SIZES, **MORE.get(kind, {}), "vocab_size": len(pieces), "pad_token_id": 1, **config}
    AutoModel.from_config(AutoConfig.for_model(kind, **sizes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
