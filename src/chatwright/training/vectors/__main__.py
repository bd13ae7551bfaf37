"""``python -m chatwright.training.vectors``: train static vectors as the shipped ones were trained.

Run again after an interruption with the same ``--work`` folder, and finished stages are not repeated.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from chatwright.learn.fit_linear import one_thread
from chatwright.training.vectors.build import VectorSettings, build


def main() -> None:
    """Read the options, and train with a progress bar on standard error."""
    parser = argparse.ArgumentParser(prog="python -m chatwright.training.vectors", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with <language>.txt.xz")
    parser.add_argument(
        "--languages", nargs="+", default=["en", "zh"], help="which; the first owns shared words"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for what the stages leave")
    parser.add_argument("--out", type=Path, required=True, help="folder for the vectors")
    options = parser.parse_args()
    corpora = {language: options.corpus / f"{language}.txt.xz" for language in options.languages}
    for path in corpora.values():
        if not path.is_file():
            parser.error(
                f"{path} is missing: --corpus is a folder with a <language>.txt.xz for each of --languages"
            )
    with one_thread():  # sums in one order: the same text gives the same vectors
        _build(corpora, options.work, options.out)


def _build(corpora: dict[str, Path], work: Path, out: Path) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def report(stage: str, share: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=share)

        build(corpora, work, out, VectorSettings(), report)


if __name__ == "__main__":
    main()
