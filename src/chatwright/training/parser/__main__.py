"""``python -m chatwright.training.parser zh --data FOLDER --work FOLDER``: trains ``weights/parser-zh``.

A run that was stopped goes on. What it made lies in ``WORK/zh/best``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from chatwright.text.analysis.word_vectors import WordVectors
from chatwright.training.parser.context_vectors import fit_context_vectors, running_text
from chatwright.training.parser.fit import Settings, fit_parser
from chatwright.training.parser.lemmas import fit_lemmas
from chatwright.training.parser.model import Sizes
from chatwright.training.parser.segmenter import fit_segmenter
from chatwright.training.parser.treebank import part_of

EPOCHS = {"en": 9, "zh": 10}
SIZES = Sizes(state=192)
CHARACTERS = {"en": 100_000_000, "zh": 8_000_000}
"""How much running text the vectors are made of."""


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(prog="python -m chatwright.training.parser", description=__doc__)
    parser.add_argument("language", choices=sorted(EPOCHS))
    parser.add_argument("--data", type=Path, required=True, help="folder with the treebanks and corpus/")
    parser.add_argument("--work", type=Path, required=True, help="folder of the run")
    parser.add_argument("--epochs", type=int, help="instead of the number chosen for the language")
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()

    import torch

    torch.set_num_threads(chosen.threads)
    language, folder = chosen.language, chosen.work / chosen.language
    gold, development = part_of(chosen.data, language, "train"), part_of(chosen.data, language, "dev")
    if language == "zh":
        (folder / "best").mkdir(parents=True, exist_ok=True)
        (folder / "best" / "segmenter.crfsuite").write_bytes(segmenter := fit_segmenter(gold))
        lines = running_text(chosen.data / "corpus" / "zh.txt.xz", CHARACTERS["zh"], segmenter)
    else:
        lines = running_text(chosen.data / "corpus" / "en.txt.xz", CHARACTERS["en"])
    if not (folder / "vocabulary.txt").exists():
        fit_context_vectors(lines).save(folder)
    vectors = WordVectors.load(folder)
    settings = Settings(epochs=chosen.epochs or EPOCHS[language])
    fit_parser(
        language,
        gold,
        development,
        vectors,
        folder,
        settings,
        SIZES,
        lambda line: print(line, flush=True),
    )
    if language == "en":
        (folder / "best" / "lemmas.json").write_text(fit_lemmas(gold).to_json(), "utf-8")


if __name__ == "__main__":
    main()
