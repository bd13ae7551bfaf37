"""How well, how fast and how honestly are messages understood, with few examples and with many?

    CHATWRIGHT_DATA=… chatwright bench nlu [--only TEXT] [--quick] [--fresh] [--with-peer path/to/rasa-venv]

The default pipeline, the deep one and the one with an encoder, each beside a common baseline (TF-IDF of
words and characters, linear support vector machine) in the same run. Everything was chosen on training and
validation parts; the test parts are only scored. Rows are kept as they are measured in results/nlu.json, so
that the run can be stopped and goes on; rows that are there already are skipped unless ``--fresh``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from _answer_rows import answer_rows
from _encoder_rows import FEW_SHOT, FULL, OUT_OF_SCOPE, encoder_rows
from _frame_rows import frame_rows
from _little_rows import little_rows, reason_rows
from _nlu_measures import (
    PipelineConfig,
    accuracy,
    baseline,
    calibration_error,
    confidence,
    measure,
    out_of_scope,
    right,
)
from _nlu_rasa import PEER_FILE, rasa_rows
from _nlu_sets import FEWCLUE, DataSet, clinc150_with_out_of_scope, few_shot, fewclue, full
from _peers import RESULTS, machine
from _sentiment_rows import chinese_rows, goemotions_row
from _slot_rows import WITH_ENCODER, slot_rows
from _speed_rows import speed_rows
from _syntax_rows import syntax_rows
from _table import Row, Rows, chart, markdown, peer_figures
from _unlisted_rows import unlisted_rows

SEEDS = (0, 1, 2)
MUST_LIGHT = {
    "clinc150 full": 93.5, "clinc150 10-shot": 82.5, "clinc150 5-shot": 74.0,
    "banking77 full": 92.0, "banking77 10-shot": 76.5, "banking77 5-shot": 64.0,
    "hwu64 full": 89.5, "hwu64 10-shot": 72.5, "hwu64 5-shot": 63.5,
}  # fmt: skip
BEST = {
    "clinc150 full": 97.3, "clinc150 10-shot": 94.8, "clinc150 5-shot": 92.6,
    "banking77 full": 94.9, "banking77 10-shot": 89.8, "banking77 5-shot": 84.0,
    "hwu64 full": 92.6, "hwu64 10-shot": 87.4, "hwu64 5-shot": 82.5,
}  # fmt: skip

Group = Callable[[bool], Iterator[list[Row]]]
"""Measures its rows; told whether a quick run is wanted."""


def intents(quick: bool) -> Iterator[list[Row]]:
    """Few examples an intent (three draws) and whole training parts (three seeds)."""
    names = ("banking77", "hwu64", "clinc150")
    for shots in (10, 5):
        for name in names:
            draws = [few_shot(name, shots, draw) for draw in SEEDS[: 1 if quick else None]]
            yield [_intent_row(draws)]
    if not quick:
        for name in names:
            yield [_intent_row([full(name)] * len(SEEDS))]


def _intent_row(sets: list[DataSet]) -> Row:
    name = sets[0].name
    row = Row(name, "accuracy", "light", must=MUST_LIGHT[name], best=BEST[name])
    for number, data in enumerate(sets):
        same = number > 0 and data.train is sets[number - 1].train
        measured = measure(data, _seeded(number) if same or name.endswith("full") else None)
        row.runs.append(accuracy(measured.found, data.test))
        row.linear.append(row.linear[-1] if same else baseline(data))
        row.seconds, row.milliseconds = measured.seconds, measured.milliseconds
        row.more["calibration_error"] = calibration_error(
            confidence(measured.found), right(measured.found, data.test)
        )
    return row


def _seeded(seed: int) -> PipelineConfig:
    """The default pipeline with another seed in what draws at random."""
    from chatwright.nlu.registry import DEFAULT_PIPELINE

    return [
        {**entry, "random_seed": 42 + seed} if entry["name"] == "IntentClassifier" else entry
        for entry in DEFAULT_PIPELINE
    ]


def scope(quick: bool) -> Iterator[list[Row]]:
    """Messages that are about none of the intents, with and without examples of such."""
    for name, data in (("clinc150 full", full("clinc150")), ("", clinc150_with_out_of_scope())):
        if quick:
            return
        measured = measure(data)
        found = out_of_scope(measured, data)
        row = Row("clinc150 with out-of-scope" if not name else "clinc150 without out-of-scope examples",
                  "out-of-scope recall", "light", [found["recall"]], must=55.0, best=81.5,
                  seconds=measured.seconds, milliseconds=measured.milliseconds, more=found)  # fmt: skip
        row.more["in_scope_accuracy"] = accuracy(measured.found, data.test)
        yield [row]


def chinese(quick: bool) -> Iterator[list[Row]]:
    """FewCLUE: mean of five samples a task, and the mean of the tasks."""
    rows = []
    for task in FEWCLUE:
        row = Row(f"fewclue {task}", "accuracy", "light")
        for sample in range(1 if quick or task == "iflytek" else 5):
            data = fewclue(task, sample)
            measured = measure(data)
            row.runs.append(accuracy(measured.found, data.test))
            row.linear.append(baseline(data))
            row.seconds, row.milliseconds = measured.seconds, measured.milliseconds
        rows.append(row)
        yield [row]
    mean = sum(row.value for row in rows) / len(rows)
    linear = sum(sum(row.linear) / len(row.linear) for row in rows) / len(rows)
    yield [Row("fewclue mean", "accuracy", "light", [mean], [linear], must=linear + 3)]


def vectors(quick: bool) -> Iterator[list[Row]]:
    """The default pipeline without the house vectors, on the first few-shot samples."""
    from chatwright.nlu.registry import DEFAULT_PIPELINE

    plain = [entry for entry in DEFAULT_PIPELINE if entry["name"] != "HouseVectorsFeaturizer"]
    sets = [few_shot(name, shots) for shots in (10, 5) for name in ("banking77", "hwu64", "clinc150")]
    sets += [fewclue(task, 0) for task in FEWCLUE]
    for data in sets:
        row = Row(data.name, "accuracy", "light, first sample")
        bare = Row(data.name, "accuracy", "light, first sample, without house vectors")
        for each, config in ((row, None), (bare, plain)):
            measured = measure(data, config)
            each.runs = [accuracy(measured.found, data.test)]
            each.seconds, each.milliseconds = measured.seconds, measured.milliseconds
        row.must = bare.value
        yield [row, bare]


def slots(quick: bool) -> Iterator[list[Row]]:
    """Intents and entities of the light pipeline on whole training parts."""
    yield from slot_rows(("light",))


def deep(quick: bool) -> Iterator[list[Row]]:
    """The same of the joint net: an hour."""
    if not quick:
        yield from slot_rows(("deep",))


def joint_encoder(quick: bool) -> Iterator[list[Row]]:
    """The joint net with an encoder as it is, in English: half an hour."""
    if not quick:
        yield from slot_rows(("encoder",), names=WITH_ENCODER)


def encoder(quick: bool) -> Iterator[list[Row]]:
    """A fine-tuned encoder: few examples in minutes, whole training parts in hours."""
    for name in FEW_SHOT if quick else (*FEW_SHOT, *FULL):
        one = quick or name == OUT_OF_SCOPE
        yield list(encoder_rows([name], SEEDS[: 1 if one else None]).values())


def sentiment(quick: bool) -> Iterator[list[Row]]:
    """Opinions and emotions."""
    found = [*chinese_rows()] + (
        [] if quick else [goemotions_row(encoder=False), goemotions_row(encoder=True)]
    )
    for row in found:
        encoded = row["data"].endswith("MiniLM")
        yield [
            Row(
                row["data"].removesuffix(" with MiniLM"),
                row["metric"],
                "encoder" if encoded else "light",
                [row["value"]],
                [row["linear"]],
                must=45.0 if encoded else row["linear"],
                best=50.3 if row["data"].startswith("goemotions") else None,
                seconds=row["train_seconds"],
                milliseconds=row.get("milliseconds"),
            )
        ]


def names(quick: bool) -> Iterator[list[Row]]:
    """Names that no lookup table holds, and names that one holds, said alone."""
    yield from unlisted_rows(SEEDS[: 1 if quick else None])


def answers(quick: bool) -> Iterator[list[Row]]:
    """Answers of a retrieval intent."""
    yield from answer_rows()


def frames(quick: bool) -> Iterator[list[Row]]:
    """Who did what to whom: by the parser, and by patterns alone."""
    for language, finders in frame_rows().items():
        for finder, scores in finders.items():
            named = ((metric.replace("_", " "), value) for metric, value in scores.items())
            yield [Row(f"frames {language}", metric, finder, [value]) for metric, value in named]


def syntax(quick: bool) -> Iterator[list[Row]]:
    """Parts of speech, heads and relations of treebanks; words of Chinese."""
    for language, found in syntax_rows().items():
        must = found["must"]
        name = f"UD {language}"
        yield [Row(name, m.upper(), "gold words", [v], must=must[m]) for m, v in found["gold"].items()]
        yield [Row(name, m.upper(), "raw text", [v]) for m, v in found["text"].items()]
        if "segmentation" in found:
            words = found["segmentation"]
            yield [Row(name, "word F1", "raw text, words alone", [words], must=must["segmentation"])]


def little(quick: bool) -> Iterator[list[Row]]:
    """Five examples an intent, multiplied; the baseline is the same without."""
    yield from little_rows(SEEDS[: 1 if quick else None])


def reasons(quick: bool) -> Iterator[list[Row]]:
    """Whether the words that are named as the reason of a decision carry it."""
    yield from reason_rows()


GROUPS: Mapping[str, Group] = {
    "intents": intents,
    "vectors": vectors,
    "scope": scope,
    "chinese": chinese,
    "slots": slots,
    "names": names,
    "sentiment": sentiment,
    "little": little,
    "reasons": reasons,
    "answers": answers,
    "frames": frames,
    "syntax": syntax,
    "encoder": encoder,
    "deep": deep,
    "joint_encoder": joint_encoder,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--only", action="append", choices=GROUPS, help="these groups of rows only")
    arguments.add_argument(
        "--quick", action="store_true", help="first samples only, and no whole training parts"
    )
    arguments.add_argument("--fresh", action="store_true", help="measure groups again that are there already")
    arguments.add_argument("--with-peer", type=Path, help="virtual environment with Rasa 3.6: hours")
    options = arguments.parse_args()
    rows = Rows(RESULTS / ("nlu_quick.json" if options.quick else "nlu.json"))
    rows.machine = rows.machine or machine()
    for name in options.only or GROUPS:
        if options.fresh or name not in rows.done:
            for measured in GROUPS[name](options.quick):
                rows.keep(*measured)
                print(markdown(measured).splitlines()[-1], flush=True)
            rows.finish(name)
    if options.with_peer:
        if options.fresh or "speed" not in rows.done:
            rows.keep(*speed_rows(options.with_peer))
            rows.finish("speed")
        rasa_rows(options.with_peer)
    accuracies = peer_figures(PEER_FILE)
    listed = list(rows.rows.values())
    rows.path.with_suffix(".md").write_text(markdown(listed, accuracies), "utf-8")
    rows.path.with_suffix(".svg").write_text(chart(listed), "utf-8")
    print(f"\n{markdown(listed, accuracies)}\nwritten: {rows.path} and its table and chart beside it")


if __name__ == "__main__":
    main()
