"""Rule, memoization and augmented memoization policies decide as Rasa 3.6 decided.

``rasa/record.py`` recorded random conversations with the bots in ``rasa/``: what each policy proposed before
every action, and which action won.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwright.dialogue.contradictions import check
from chatwright.dialogue.decider import Decider
from chatwright.dialogue.fit_dialogue import fit_policies
from chatwright.dialogue.tracker import Tracker
from chatwright.project.project import Project
from chatwright.schema.events import events_from_json

FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "rasa").glob("*/traces.json"))


class Recorded:
    """A bot and its recorded conversations."""

    def __init__(self, folder: Path) -> None:
        self.project = Project.load(folder, data=["data.yml"])
        assert not self.project.errors
        self.domain = self.project.domain
        self.decider: Decider = fit_policies(
            self.project.config.policies, self.project.stories, self.project.rules, self.domain
        )
        self.talks: list[Any] = json.loads((folder / "traces.json").read_text("utf-8"))


BOTS = {folder.name: Recorded(folder) for folder in FOLDERS}


def proposals(bot: Recorded, tracker: Tracker) -> list[list[Any]]:
    """In the form of the records: action, confidence, excludes others, hidden from stories, events."""
    out = []
    for policy in bot.decider.policies:
        p = policy.predict(tracker, bot.domain)
        action = p.action if p.confidence > 0 else None
        out.append([action, round(p.confidence, 4), p.no_user, p.hide_rule_turn, len(p.events)])
    return out


def compare(bot: Recorded, tracker: Tracker, talk: dict[str, Any], done: int) -> set[str]:
    """Tell the tracker the rest of the conversation, and compare on the way; gives the actions."""
    events = events_from_json(talk["events"])
    seen = set()
    for at, said, action in talk["checks"]:
        if at < done:
            continue
        tracker.update_all(events[done:at])
        done = at
        if tracker.latest_action_name is not None:  # before that a follow-up listens, whatever policies say
            assert (at, proposals(bot, tracker)) == (at, said)
        assert (at, bot.decider.decide(tracker).action) == (at, action)
        seen.add(action)
    return seen


@pytest.mark.parametrize("name", BOTS)
def test_every_proposal_and_every_choice_is_rasas(name: str) -> None:
    bot = BOTS[name]
    seen = {action for talk in bot.talks for action in compare(bot, Tracker("x", bot.domain), talk, 0)}
    assert len(seen) > 8


@pytest.mark.parametrize("name", BOTS)
def test_what_rasa_accepts_has_no_errors(name: str) -> None:
    project = BOTS[name].project
    problems = check(project.stories, project.rules, project.domain, project.config.policies)
    assert [problem for problem in problems if problem.severity == "error"] == []


@given(st.sampled_from(sorted(BOTS)), st.data())
def test_a_restored_conversation_is_decided_on_alike(name: str, data: st.DataObject) -> None:
    bot = BOTS[name]
    talk = data.draw(st.sampled_from(bot.talks))
    cut = data.draw(st.integers(0, len(talk["events"])))
    first = Tracker("x", bot.domain)
    first.update_all(events_from_json(talk["events"][:cut]))
    restored = Tracker.restore("x", bot.domain, json.loads(json.dumps(first.snapshot())))
    compare(bot, restored, talk, cut)
