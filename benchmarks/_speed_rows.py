"""Training and one message on BANKING77, ten examples an intent, beside Rasa 3.6 in the same run."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from _nlu_rasa import write_project
from _nlu_sets import few_shot
from _peers import RASA_ENV, Server, chatwright, copy_project, rasa, run_timed, served_chatwright, served_rasa
from _table import Row

MESSAGES = 300
TRAINS_FASTER, ANSWERS_FASTER = 10.0, 5.0
"""Times, at least."""


def speed_rows(environment: Path) -> list[Row]:
    """The same project, trained by the command line of each and asked over HTTP (``/model/parse``).

    Args:
        environment: virtual environment with Rasa 3.6.
    """
    data = few_shot("banking77", 10)
    texts = [example.text for example in data.test[:MESSAGES]]
    arguments = ("train", "nlu", "--nlu", "train.yml")
    with tempfile.TemporaryDirectory() as scratch:
        (ours := Path(scratch) / "ours").mkdir()
        write_project(data, ours)
        theirs = copy_project(ours, Path(scratch) / "theirs")
        our_training = run_timed(chatwright(*arguments), ours)
        their_training = run_timed(rasa(environment, *arguments), theirs, RASA_ENV)
        with served_chatwright(ours, "--enable-api") as server:
            our_message = _milliseconds(server, texts)
        with served_rasa(environment, theirs) as server:
            their_message = _milliseconds(server, texts)
    trained = Row(data.name, "training, times faster than Rasa", "light", must=TRAINS_FASTER)
    trained.runs = [their_training["seconds"] / our_training["seconds"]]
    trained.seconds = our_training["seconds"]
    trained.more = {"ours": our_training, "rasa": their_training}
    asked = Row(data.name, "a message over HTTP, times faster than Rasa", "light", must=ANSWERS_FASTER)
    asked.runs, asked.milliseconds = [their_message / our_message], our_message
    asked.more = {"rasa_milliseconds": their_message}
    return [trained, asked]


def _milliseconds(server: Server, texts: Sequence[str]) -> float:
    """Median of one message after the other, on one connection."""
    taken = []
    with httpx.Client(base_url=server.url, timeout=60) as client:
        for text in [*texts[:20], *texts]:
            started = time.perf_counter()
            client.post("/model/parse", content=json.dumps({"text": text})).raise_for_status()
            taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken[20:])
