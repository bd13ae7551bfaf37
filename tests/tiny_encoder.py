"""A transformer encoder small enough to be made in a test."""

from pathlib import Path
from typing import Any

WORDS = "card money lost where is my the transfer hello good day bye arrive not pay refund please".split()
LETTERS = [*"abcdefghijklmnopqrstuvwxyz?!.,'0123456789", *"退款我的卡在哪里"]


def make_checkpoint(folder: Path, kind: str = "bert", **config: Any) -> Path:
    """A checkpoint with random weights, as Transformers saves it.

    Args:
        kind: ``bert`` or ``distilbert``.
    """
    import torch
    from transformers import (
        BertConfig,
        BertModel,
        BertTokenizerFast,
        DistilBertConfig,
        DistilBertModel,
    )

    folder.mkdir(parents=True, exist_ok=True)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *LETTERS, *(f"##{c}" for c in LETTERS)]
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", "utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64)
    torch.manual_seed(0)
    if kind == "bert":
        model: Any = BertModel(
            BertConfig(
                vocab_size=len(pieces),
                hidden_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=128,
                max_position_embeddings=64,
                initializer_range=0.2,
                **config,
            )
        )
    else:
        model = DistilBertModel(
            DistilBertConfig(
                vocab_size=len(pieces),
                dim=64,
                n_layers=2,
                n_heads=2,
                hidden_dim=128,
                max_position_embeddings=64,
                initializer_range=0.2,
                **config,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
