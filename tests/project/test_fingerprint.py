"""Fingerprints change exactly when the part that depends on the edit must be trained again."""

import shutil
from pathlib import Path

import pytest

from chatwright.project.fingerprint import dialogue_fingerprint, nlu_fingerprint, project_fingerprint
from chatwright.project.project import Project

SHOP = Path(__file__).parent / "data" / "shop"


def _prints(root: Path) -> tuple[str, str, str]:
    project = Project.load(root)
    return nlu_fingerprint(project), dialogue_fingerprint(project), project_fingerprint(project)


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("domain/forms.yml", "Hello!", "Hello there!", "..P"),
        ("data/nlu.yml", "At nine.", "At ten.", "N.P"),
        ("domain/forms.yml", "- text: Sure?", "- text: Sure?\n    channel: slack", "..P"),
        ("domain/base.yml", "session_expiration_time: 30", "session_expiration_time: 3", "..P"),
        ("config.yml", "assistant_id: shop", "assistant_id: other", "..P"),
        ("data/nlu.yml", "    - hello\n", "    - hello\n    - hey\n", "N.P"),
        ("data/nlu.yml", '"role": "from"', '"role": "to"', "N.P"),
        ("data/nlu.yml", "- 沪", "- 申城", "N.P"),
        ("data/nlu.yml", "\\d{8}", "\\d{9}", "N.P"),
        ("data/nlu.yml", "    - 北京\n    - 上海\n", "    - 上海\n    - 北京\n", "N.P"),
        ("config.yml", "pipeline:", "pipeline: [{name: KeywordIntentClassifier}]", "N.P"),
        ("config.yml", "languages: [zh, en]", "languages: [en, zh]", "N.P"),
        ("domain/base.yml", "roles: [from, to]", "roles: [from, to, via]", "NDP"),
        ("domain/forms.yml", "responses:\n", "responses:\n  utter_new: [{text: new}]\n", ".DP"),
        ("domain/forms.yml", "type: bool", "type: any", ".DP"),
        ("domain/base.yml", "- action_order_status", "- action_order_status\n- action_more", ".DP"),
        (
            "data/dialogue.yml",
            "- action: utter_greet",
            "- action: utter_greet\n  - action: action_ship",
            ".DP",
        ),
        ("data/dialogue.yml", "wait_for_user_input: false", "wait_for_user_input: true", ".DP"),
        ("config.yml", "policies: null", "policies: [{name: RulePolicy}]", ".DP"),
        ("config.yml", "# A small shop", "# A tiny\n\n# shop", "..."),
        ("data/dialogue.yml", "\nrules:", "\n\n\nrules:", "..."),
        ("tests/test_order.yml", "asks for hours", "asks", "..."),
        ("endpoints.yml", "5055", "5056", "..."),
    ],
)
def test_an_edit_changes_what_depends_on_it(tmp_path, file, old, new, changed) -> None:
    root = shutil.copytree(SHOP, tmp_path / "shop")
    before = _prints(root)
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))
    after = _prints(root)
    marks = "".join(name if a != b else "." for name, a, b in zip("NDP", before, after, strict=True))
    assert marks == changed


def test_they_are_stable_across_places_and_files(tmp_path) -> None:
    root = shutil.copytree(SHOP, tmp_path / "elsewhere")
    (root / "data" / "nlu.yml").rename(root / "data" / "anything.yaml")
    assert _prints(root) == _prints(SHOP)
    assert all(len(digest) == 64 for digest in _prints(root))


def test_answers_do_not_count_where_no_selector_learns_their_texts(tmp_path) -> None:
    root = shutil.copytree(SHOP, tmp_path / "shop")
    config = root / "config.yml"
    config.write_text("languages: [zh, en]\npipeline: [{name: ResponseSelector, use_text_as_label: false}]\n")
    before = _prints(root)
    nlu = root / "data" / "nlu.yml"
    nlu.write_text(nlu.read_text().replace("At nine.", "At ten."))
    assert _prints(root)[0] == before[0]
