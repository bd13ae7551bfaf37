"""Rows of response selection: which of 208 answers is meant (COVID-19 questions in other words, English).

There is no validation part: that the texts of the answers are learnt from was chosen by these rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from _nlu_measures import measure
from _nlu_sets import DataSet, covid_faq
from _table import Row

FEATURIZERS = {
    "light": {"name": "HouseVectorsFeaturizer"},
    "encoder, frozen": {"name": "EncoderFeaturizer", "model": "minilm", "fine_tune": "none"},
}


def answer_rows() -> Iterator[list[Row]]:
    """A question an answer, and several; light and with an encoder; with and without the answers' texts."""
    for data in (covid_faq(), covid_faq(further=True)):
        for setting in FEATURIZERS:
            yield [_row(data, setting, texts=True), _row(data, setting, texts=False)]


def _row(data: DataSet, setting: str, *, texts: bool) -> Row:
    selector = {"name": "ResponseSelector", "use_text_as_label": texts}
    measured = measure(data, [{"name": "MixedTokenizer"}, FEATURIZERS[setting], selector])
    best = [found.response_selector["default"]["response"]["intent_response_key"] for found in measured.found]
    right = sum(key == example.response_key for key, example in zip(best, data.test, strict=True))
    row = Row(data.name, "accuracy", setting if texts else f"{setting}, without the answers' texts")
    row.runs = [100 * right / len(data.test)]
    row.seconds, row.milliseconds = measured.seconds, measured.milliseconds
    return row
