"""Near-duplicates: what is found, compared with trying all pairs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from chatwright.doctor.near_duplicates import SIMILAR, _grams, _jaccard, near_duplicates, normal_form


def test_the_normal_form_is_without_case_width_and_punctuation() -> None:
    assert normal_form("Where IS my order？！") == normal_form("where is my order")
    assert normal_form("ＡＢＣ") == "abc"
    assert normal_form("?!") == ""


def test_texts_that_differ_little_are_found_in_both_languages() -> None:
    texts = [
        "where can i find the invoice of my last order",
        "cancel everything",
        "where can i find the invoice of my last orders",
        "请问我昨天下的订单什么时候可以发货",
        "请问我昨天下的订单什么时候可以发货呢",
    ]
    assert {(a, b) for a, b, _ in near_duplicates(texts)} == {(0, 2), (3, 4)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab 退款", min_size=1, max_size=14), unique=True, max_size=20))
def test_all_that_is_found_is_alike(texts: list[str]) -> None:
    forms = list(dict.fromkeys(normal_form(text) for text in texts))
    found = list(near_duplicates(forms))
    assert len({(a, b) for a, b, _ in found}) == len(found)
    for first, second, alike in found:
        assert first < second
        assert alike == _jaccard(_grams(forms[first]), _grams(forms[second])) >= SIMILAR


def test_nearly_all_pairs_are_found() -> None:
    texts = [f"please send the parcel number {n} to the office in the main street" for n in range(60)]
    pairs = {
        (a, b)
        for a in range(60)
        for b in range(a + 1, min(60, a + 5))
        if _jaccard(_grams(texts[a]), _grams(texts[b])) >= SIMILAR
    }
    found = {(a, b) for a, b, _ in near_duplicates(texts)}
    assert len(pairs - found) <= 0.02 * len(pairs)


def test_a_hundred_thousand_equal_bands_do_not_make_all_pairs() -> None:
    texts = [f"where is parcel {n:05d} that i have ordered from your shop last week" for n in range(3000)]
    assert sum(1 for _ in near_duplicates(texts)) < 3000 * 16 * 24
