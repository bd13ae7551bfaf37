"""Teaching over HTTP: refused unless it was asked for; a lesson of its own; kept whole, or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwright.project.project import Project
from chatwright.trainer import train
from small_bot import write_project

STEPS = ("begin", "understand", "hear", "act", "undo", "keep")
SAID = "the tiny kind, 谢谢"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bot with a form and entities; not to be changed."""
    folder = write_project(tmp_path_factory.mktemp("taught"))
    train(folder)
    return folder


@pytest.fixture(autouse=True)
def nothing_else_is_written(project: Path) -> Any:
    """Whatever is taught, the lines that stood in the files stay."""
    before = texts(project)
    yield
    after = texts(project)
    for path, text in before.items():
        assert [line for line in text.splitlines() if line not in after[path].splitlines()] == []


def texts(project: Path) -> dict[Path, str]:
    return {path: path.read_text("utf-8") for path in project.rglob("*.yml")}


class Teacher:
    """A person at the page: keeps the lesson, and sends it along."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.state: dict[str, Any] = {}

    async def ask(self, step: str, **body: Any) -> httpx.Response:
        lesson = {} if step == "begin" else {"lesson": self.state["lesson"]}
        address = f"http://localhost/api/lessons/{step}"
        return await self.client.post(address, json={**lesson, **body})

    async def take(self, step: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask(step, **body)
        assert answer.status_code == 200, answer.text
        if step != "keep":
            self.state = answer.json()
        return answer.json()

    async def confirm(self) -> None:
        """What was understood is right."""
        message = self.state["message"]
        parsed = message["parse_data"]
        await self.take("hear", message=message, intent=parsed["intent"]["name"], entities=parsed["entities"])

    async def go_on(self) -> list[str]:
        """What the bot does is right, until it listens."""
        done = []
        while not self.state["waits"]:
            done.append(self.state["next"]["action"])
            await self.take("act", action=done[-1])
        return done

    async def greet(self) -> None:
        """A lesson of one turn, in which everything is right."""
        await self.take("begin")
        await self.take("understand", text="hello you")
        await self.confirm()
        await self.go_on()


async def talk(client: httpx.AsyncClient, *messages: str) -> list[dict[str, Any]]:
    """Ann's conversation with the bot; gives its events."""
    for message in messages:
        await client.post("/webhooks/rest/webhook", json={"sender": "ann", "message": message})
    return (await client.get("/api/conversations/ann/events")).json()["events"]


def position(events: list[dict[str, Any]], text: str) -> int:
    return next(index for index, event in enumerate(events) if event.get("text") == text)


def story(project: Path, name: str) -> Any:
    return next(story for story in Project.load(project).stories if story.name == name)


def examples(project: Path, intent: str) -> list[Any]:
    return [example for example in Project.load(project).nlu.examples if example.intent == intent]


async def test_teaching_is_off_until_it_is_asked_for(serve: Any, project: Path) -> None:
    before = texts(project)
    token = {"Authorization": "Bearer a-token"}
    for settings in ({}, {"enable_api": True, "auth_token": "a-token"}):
        async with serve(**settings) as client:
            choices = (await client.get("http://localhost/api/lessons", headers=token)).json()
            assert choices == {"allowed": False, "intents": [], "entities": [], "actions": []}
            for step in STEPS:
                answer = await client.post(f"http://localhost/api/lessons/{step}", json={}, headers=token)
                assert answer.status_code == 403
                assert "chatwright interactive --web" in answer.json()["message"]
    assert texts(project) == before


async def test_where_no_token_is_asked_for_this_machine_alone_may_teach(serve: Any) -> None:
    async with serve(teach=True) as client:
        for host, code in (("localhost", 200), ("127.0.0.1:5005", 200), ("evil.example", 400)):
            # A name of a stranger's that leads here: to the browser it is the stranger's own site.
            begun = await client.post(f"http://{host}/api/lessons/begin", json={})
            assert begun.status_code == code
        form = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
        sent = await client.post("http://localhost/api/lessons/begin", content="{}", headers=form)
        assert sent.status_code == 400  # JSON must be named, which browsers ask leave for
    async with serve(teach=True, auth_token="a-token") as client:
        for headers, code in (({}, 401), ({"Authorization": "Bearer a-token"}, 200)):
            begun = await client.post("http://localhost/api/lessons/begin", json={}, headers=headers)
            assert begun.status_code == code


async def test_names_to_choose_from(serve: Any) -> None:
    async with serve(teach=True) as client:
        choices = (await client.get("http://localhost/api/lessons")).json()
    assert choices["intents"][:2] == ["greet", "bye"]
    assert choices["actions"][0] == "action_listen"
    assert {"utter_hours", "pizza_form", "action_bake", "action_default_fallback"} <= set(choices["actions"])
    assert "action_session_start" not in choices["actions"]
    assert [entity["entity"] for entity in choices["entities"]] == ["size", "topping"]


async def test_a_turn_of_a_conversation_is_corrected_and_kept(serve: Any, project: Path) -> None:
    async with serve(teach=True) as client:
        events = await talk(client, "hello", SAID, "when do you open")
        teacher = Teacher(client)
        await teacher.take("begin", conversation="ann", events=position(events, SAID))
        assert teacher.state["message"]["text"] == SAID
        assert [e.get("text") for e in teacher.state["lesson"]["events"] if e["event"] == "user"] == ["hello"]

        marked = {"entity": "size", "start": 4, "end": 8}
        message = teacher.state["message"]
        await teacher.take("hear", message=message, intent="inform", entities=[marked])
        assert teacher.state["examples"] == ["the [tiny](size) kind, 谢谢"]
        assert teacher.state["next"]["action"]
        await teacher.take("act", action="utter_hours")
        said = [e["text"] for e in teacher.state["lesson"]["events"] if e["event"] == "bot"]
        assert said[-1] == "We open at ten."
        await teacher.take("act", action="action_listen")
        assert teacher.state["waits"]

        await teacher.take("understand", text="bye")
        await teacher.confirm()
        assert await teacher.go_on() == ["utter_bye", "action_listen"]
        kept = await teacher.take("keep", name="tiny")
        assert kept == {"files": ["data/stories.yml", "data/nlu.yml"]}
        assert await talk(client) == events  # Ann's conversation is as it was
        rows = (await client.get("/api/conversations")).json()["conversations"]
        assert [row["conversation"] for row in rows] == ["ann"]
    told = [
        getattr(step, "intent", None) or getattr(step, "name", None) for step in story(project, "tiny").steps
    ]
    assert told == ["greet", "utter_greet", "inform", "utter_hours", "bye", "utter_bye"]
    (example,) = [example for example in examples(project, "inform") if example.text == SAID]
    assert [(e.entity, e.value, e.start, e.end) for e in example.entities] == [("size", "tiny", 4, 8)]
    assert "hello" in [example.text for example in examples(project, "greet")]
    train(project)  # what was kept is valid


async def test_what_was_found_just_so_keeps_its_value(serve: Any, project: Path) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.take("begin")
        await teacher.take("understand", text="来一个大的披萨")
        (found,) = teacher.state["message"]["parse_data"]["entities"]
        assert found["value"] == "large"
        bare = {key: found[key] for key in ("entity", "start", "end")}
        message = teacher.state["message"]
        await teacher.take("hear", message=message, intent="order_pizza", entities=[bare])
        assert await teacher.go_on() == ["pizza_form", "action_listen"]
        await teacher.take("keep", name="a large one")
    assert [e.value for e in story(project, "a large one").steps[0].entities] == ["large"]


async def test_a_message_is_taken_back_and_understood_anew(serve: Any, project: Path) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.take("begin")
        assert (await teacher.ask("undo")).status_code == 400
        await teacher.take("understand", text="hello")
        await teacher.confirm()
        await teacher.go_on()
        before = teacher.state["lesson"]
        await teacher.take("understand", text="good day")
        await teacher.confirm()
        await teacher.go_on()
        await teacher.take("undo")
        assert teacher.state["lesson"] == before
        assert teacher.state["message"]["text"] == "good day"
        await teacher.take("hear", message=teacher.state["message"], intent="bye", entities=[])
        assert teacher.state["examples"] == ["hello", "good day"]
        assert await teacher.go_on() == ["utter_bye", "action_listen"]


async def test_a_payload_says_itself_what_it_means(serve: Any) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.take("begin")
        await teacher.take("understand", text='/inform{"size": "large"}')
        await teacher.take("hear", message=teacher.state["message"], intent="greet", entities=[])
        heard = teacher.state["lesson"]["events"][teacher.state["lesson"]["heard"][0]]
        assert heard["parse_data"]["intent"]["name"] == "inform"
        assert teacher.state["examples"] == []


@pytest.mark.parametrize("text", ["see [this](size)", 'see [this]{"size"}'])
async def test_what_looks_like_marks_is_no_example(serve: Any, text: str) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.take("begin")
        await teacher.take("understand", text=text)
        await teacher.take("hear", message=teacher.state["message"], intent="inform", entities=[])
        assert teacher.state["examples"] == []


async def test_an_action_that_fails_is_shown_and_the_lesson_goes_on(serve: Any) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.take("begin")
        await teacher.take("understand", text="no thanks")
        await teacher.take("hear", message=teacher.state["message"], intent="deny", entities=[])
        assert await teacher.go_on() == ["action_break", "action_listen"]


def spoilt(state: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**state["lesson"], **changes}


async def test_what_is_wrong_is_told_and_nothing_is_written(serve: Any, project: Path) -> None:
    before = texts(project)
    async with serve(teach=True) as client:
        events = await talk(client, "hello")
        teacher = Teacher(client)
        for begun, words in (
            ({"conversation": "bob"}, "no message"),
            ({"conversation": "ann", "events": 0}, "no message"),
            ({"conversation": "ann", "events": len(events)}, "no message"),
            ({"conversation": "ann", "events": -1}, "events"),
        ):
            answer = await teacher.ask("begin", **begun)
            assert (answer.status_code, words in answer.json()["message"]) == (400, True), answer.text
        await teacher.take("begin")
        begun = teacher.state
        await teacher.take("understand", text=SAID)
        message = teacher.state["message"]
        size = {"entity": "size", "start": 4, "end": 8}
        user = begun["lesson"]["events"][0]
        wrong: list[tuple[str, dict[str, Any], str]] = [
            ("understand", {"text": ""}, "text"),
            ("understand", {"text": "x" * 4001}, "text"),
            ("understand", {"text": "x", "lesson": {}}, "lesson"),
            ("understand", {"text": "x", "lesson": spoilt(begun, conversation="ann")}, "conversation"),
            ("understand", {"text": "x", "lesson": spoilt(begun, heard=[0])}, "no messages"),
            ("understand", {"text": "x", "lesson": spoilt(begun, heard=[99])}, "no messages"),
            ("understand", {"text": "x", "lesson": spoilt(begun, events=[{"event": "martian"}])}, "martian"),
            ("understand", {"text": "x", "lesson": spoilt(begun, events=[user] * 2001)}, "2000"),
            ("hear", {"message": message, "intent": "infrom"}, "did you mean 'inform'?"),
            ("hear", {"message": user, "intent": "inform"}, "no message"),
            ("hear", {"message": {"event": "user", "text": " "}, "intent": "inform"}, "no message"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "entity": "siez"}]},
             "did you mean 'size'?"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "end": 99}]}, "99"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "end": 4}]}, "no words"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "start": 3, "end": 4}]},
             "no words"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "start": -1}]}, "start"),
            ("hear", {"message": message, "intent": "inform", "entities": [{**size, "role": "x"}]}, "role"),
            ("act", {"action": "utter_huors"}, "did you mean 'utter_hours'?"),
            ("act", {"action": "action_session_start"}, "action_session_start"),
            ("keep", {"name": "early"}, "nothing was said yet"),
            ("keep", {"name": ""}, "name"),
            ("keep", {"name": "a\nb"}, "name"),
        ]  # fmt: skip
        for step, body, words in wrong:
            answer = await teacher.ask(step, **body)
            assert (answer.status_code, words in answer.json()["message"]) == (400, True), (step, answer.text)
        strange = {"event": "user", "text": "x", "parse_data": {"intent": {"name": "old", "confidence": 1}}}
        lesson = spoilt(begun, events=[*begun["lesson"]["events"], strange])
        answer = await teacher.ask("keep", name="x", lesson=lesson)
        assert (answer.status_code, "no intent 'old'" in answer.text) == (400, True)
    assert texts(project) == before


async def test_a_broken_file_is_told_and_nothing_is_written(serve: Any, project: Path) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.greet()
        with (project / "data" / "nlu.yml").open("a") as file:
            file.write("nlu: 1: 2\n")
        before = texts(project)
        answer = await teacher.ask("keep", name="x")
        assert (answer.status_code, "data/nlu.yml:69 (nlu): key" in answer.text) == (400, True), answer.text
        assert texts(project) == before


async def test_lessons_that_are_kept_at_once_are_all_kept(serve: Any, project: Path) -> None:
    async with serve(teach=True) as client:
        teacher = Teacher(client)
        await teacher.greet()
        names = [f"lesson {number}" for number in range(8)]
        await asyncio.gather(*(teacher.take("keep", name=name) for name in names))
    read = Project.load(project)
    assert {story.name for story in read.stories} >= set(names)
    assert [example.text for example in read.nlu.examples].count("hello you") == 1
