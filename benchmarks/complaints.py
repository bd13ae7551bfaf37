"""Is anger recognised? 200 complaints a language that no training data contains.

Written apart from the starter's training examples, by another hand. Beside the share that is
recognised stands the share of the starter's held-out ordinary messages taken for complaints.

    python benchmarks/complaints.py

The sentences that were missed are written to a file only when one is named: who writes training data
must not see them.

    python benchmarks/complaints.py --misses misses.json
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from _peers import HERE, keep
from chatwright.brain import Brain
from chatwright.project.read_nlu import read_nlu_files
from chatwright.starters.create import create
from chatwright.trainer import train

INTENT = "complain"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--misses", type=Path, help="file for the sentences that were missed")
    options = parser.parse_args()
    result: dict[str, Any] = {}
    missed: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        project = create(Path(scratch) / "shop", template="customer-service", language="both")
        trained = train(project)
        brain = Brain.load(trained.path, project_root=project)
        for language in ("zh", "en"):
            lines = (HERE / "data" / f"complaints.{language}.txt").read_text("utf-8").splitlines()
            found = [brain.understand(line).intent for line in lines]
            held_out = read_nlu_files([project / "tests" / "nlu" / f"{language}.yml"]).examples
            ordinary = [example.text for example in held_out if example.intent != INTENT]
            alarms = [text for text in ordinary if brain.understand(text).intent.name == INTENT]
            result[language] = {
                "complaints": len(lines),
                "recognised": sum(score.name == INTENT for score in found) / len(lines),
                "ordinary_messages": len(ordinary),
                "false_alarms": len(alarms) / len(ordinary),
            }
            missed[language] = [
                line for line, score in zip(lines, found, strict=True) if score.name != INTENT
            ]
    keep("complaints", result)
    if options.misses:
        options.misses.write_text(json.dumps(missed, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
