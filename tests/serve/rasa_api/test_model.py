"""Bundles are exchanged, texts understood, events judged, projects trained and tested over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from chatwright.bot import Bot
from chatwright.bundle import open_bundle
from chatwright.serve import training_jobs
from small_bot import FILES

PROJECT = "\n".join(
    FILES[name].replace('version: "3.1"\n', "") for name in ("config.yml", "domain.yml", "data/nlu.yml")
) + FILES["data/rules.yml"].replace('version: "3.1"\n', "")
YAML = {"content-type": "application/yaml"}


class Neighbour(ThreadingHTTPServer):
    """A server beside ours: gives a bundle, takes callbacks."""

    def __init__(self, bundle: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bundle, self.asked, self.told = bundle, [], []
        self.called = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Neighbour

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("If-None-Match")))
        unchanged = self.headers.get("If-None-Match") == '"one"'
        self.send_response(304 if unchanged else 404 if self.path.startswith("/none") else 200)
        self.send_header("ETag", '"one"')
        self.send_header("filename", "../../from-neighbour.tar.gz")
        self.end_headers()
        if not unchanged:
            self.wfile.write(self.server.bundle)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.headers["Content-Type"], self.headers.get("filename"), body))
        self.send_response(200)
        self.end_headers()
        self.server.called.set()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def neighbour(bot: Bot) -> Iterator[Neighbour]:
    server = Neighbour(bot.model_file.read_bytes())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_versions_and_status_are_told(client: httpx.AsyncClient, bot: Bot) -> None:
    assert set((await client.get("/version")).json()) == {"version", "minimum_compatible_version"}
    assert (await client.get("/status")).json() == {
        "model_file": bot.model_file.name,
        "model_id": bot.bundle_id,
        "num_active_training_jobs": 0,
    }


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/yaml", "application/yaml"),
        ("text/html, application/x-yaml;q=0.9", "application/yaml"),
    ],
)
async def test_the_domain_comes_in_the_form_that_is_asked_for(
    client: httpx.AsyncClient, bot: Bot, accept: str, kind: str
) -> None:
    from chatwright.project.yaml_reader import plain, read_yaml_text

    answer = await client.get("/domain", headers={"accept": accept})
    assert answer.headers["content-type"].startswith(kind)
    read = answer.json() if kind.endswith("json") else plain(read_yaml_text(answer.text, "domain").data)
    assert read == bot.domain.to_json()


async def test_other_forms_of_the_domain_are_not_acceptable(client: httpx.AsyncClient) -> None:
    answer = await client.get("/domain", headers={"accept": "text/html"})
    assert answer.status_code == 406
    assert answer.json()["reason"] == "NotAcceptable"


async def test_a_text_is_understood(client: httpx.AsyncClient) -> None:
    for body in ({"text": "你好"}, {"text": ["你好", "bye"], "message_id": "1", "more": 1}):
        parsed = (await client.post("/model/parse", json=body)).json()
        assert parsed["text"] == "你好"
        assert parsed["intent"]["name"] == "greet"
        assert parsed["intent_ranking"][0] == parsed["intent"]


async def test_other_services_are_imitated(client: httpx.AsyncClient) -> None:
    async def parse(mode: str) -> dict[str, Any]:
        body = {"text": '/inform{"size": "large", "topping": "火腿"}'}
        return (await client.post("/model/parse", params={"emulation_mode": mode}, json=body)).json()

    wit = await parse("WIT")
    assert wit["intents"] == [{"name": "inform", "confidence": 1.0}]
    assert wit["entities"]["size:size"][0]["value"] == "large"
    luis = (await parse("luis"))["prediction"]
    assert luis["topIntent"] == "inform"
    assert luis["intents"] == {"inform": {"score": 1.0}}
    assert luis["entities"]["topping"] == ["火腿"]
    assert luis["entities"]["$instance"]["size"][0]["type"] == "size"
    flow = (await parse("DIALOGFLOW"))["queryResult"]
    assert flow["parameters"] == {"size": ["large"], "topping": ["火腿"]}
    assert flow["intent"]["displayName"] == "inform"
    unknown = await client.post("/model/parse?emulation_mode=SIRI", json={"text": "hi"})
    assert unknown.status_code == 400
    assert "emulation_mode" in unknown.text


async def test_what_has_no_text_is_not_parsed(client: httpx.AsyncClient) -> None:
    for body in ({}, {"text": []}, {"text": None}, {"text": 7}, [], "hi"):
        answer = await client.post("/model/parse", json=body)
        assert answer.status_code == 400, body
        assert answer.json()["status"] == "failure"


async def test_events_of_no_conversation_are_judged(client: httpx.AsyncClient, bot: Bot) -> None:
    events = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "hi", "parse_data": {"intent": {"name": "greet", "confidence": 1.0}}},
    ]
    answer = (await client.post("/model/predict", json=events)).json()
    assert answer["scores"][0]["action"] == "utter_greet"
    assert [event["event"] for event in answer["tracker"]["events"]] == ["action", "user"]
    assert await bot.store.conversations() == []


async def test_a_bundle_is_unloaded_and_another_one_served(
    client: httpx.AsyncClient, project: Path, bot: Bot
) -> None:
    assert (await client.delete("/model")).status_code == 204
    for path in ("/status", "/domain", "/conversations/ann/tracker"):
        answer = await client.get(path)
        assert answer.status_code == 409
        assert answer.json()["reason"] == "Conflict"
    relative = str(bot.model_file.relative_to(project))
    answer = await client.put("/model", json={"model_file": relative})
    assert answer.status_code == 204
    assert answer.content == b""
    assert (await client.get("/status")).json()["model_id"] == bot.bundle_id


async def test_what_is_no_bundle_is_refused_and_the_served_one_stays(
    client: httpx.AsyncClient, tmp_path: Path, bot: Bot
) -> None:
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(bot.model_file.read_bytes()[:-200])
    for body, word in [
        ({"model_file": str(damaged)}, "bundle"),
        ({"model_file": "nowhere.tar.gz"}, "there is no bundle"),
        ({"model_file": "/etc/passwd"}, "bundle"),
        ({"model_file": "a\x00b"}, "bundle"),
        ({"remote_storage": "aws"}, "not offered"),
        ({"model_server": {"url": "file:///etc/passwd"}}, "model server"),
        ({"model_server": {"url": "http://127.0.0.1:1/"}}, "model server"),
        ({"model_server": {"url": "https://127.0.0.1:1/", "cafile": "no.pem"}}, "model server"),
        ({}, "no bundle"),
    ]:
        answer = await client.put("/model", json=body)
        assert answer.status_code == 400, body
        assert word in answer.json()["message"]
    assert (await client.get("/status")).json()["model_id"] == bot.bundle_id


async def test_a_bundle_is_fetched_once_from_a_model_server(
    client: httpx.AsyncClient, project: Path, neighbour: Neighbour
) -> None:
    server = {"url": f"{neighbour.url}/models/shop", "token": "secret", "token_name": "key"}
    for _ in range(2):
        answer = await client.put("/model", json={"model_server": server})
        assert answer.status_code == 204, answer.text
    assert neighbour.asked == [("/models/shop?key=secret", None), ("/models/shop?key=secret", '"one"')]
    (fetched,) = (project / "models").glob("fetched-*.tar.gz")  # the name it was sent under is no file name
    assert open_bundle(fetched).manifest.bundle_id == (await client.get("/status")).json()["model_id"]
    fetched.unlink()
    answer = await client.put("/model", json={"model_server": {"url": f"{neighbour.url}/none"}})
    assert "404" in answer.json()["message"]
    neighbour.bundle = b"no bundle"
    answer = await client.put("/model", json={"model_server": {"url": f"{neighbour.url}/bad"}})
    assert "gives no bundle" in answer.json()["message"]
    assert list((project / "models").glob("*.tmp")) == []


async def test_a_project_in_one_document_is_trained(
    client: httpx.AsyncClient, project: Path, tmp_path: Path
) -> None:
    before = set((project / "models").iterdir())
    answer = await client.post(
        "/model/train", params={"save_to_default_model_directory": False}, content=PROJECT, headers=YAML
    )
    assert answer.status_code == 200, answer.text
    assert set((project / "models").iterdir()) == before
    path = tmp_path / answer.headers["filename"]
    path.write_bytes(answer.content)
    assert open_bundle(path).manifest.assistant_id == "small"
    assert (await client.put("/model", json={"model_file": str(path)})).status_code == 204
    assert (await client.post("/model/parse", json={"text": "你好"})).json()["intent"]["name"] == "greet"
    assert (await client.get("/status")).json()["num_active_training_jobs"] == 0


async def test_jobs_under_way_are_counted_until_their_worker_dies(
    client: httpx.AsyncClient, project: Path
) -> None:
    async with training_jobs.job_folder(project, training=True) as folder:
        assert (await client.get("/status")).json()["num_active_training_jobs"] == 1
        of_a_dead_worker = folder.with_name(folder.name.rsplit("-", 2)[0] + "-999999999-x")
        of_a_dead_worker.mkdir()
        try:
            assert (await client.get("/status")).json()["num_active_training_jobs"] == 1
        finally:
            of_a_dead_worker.rmdir()
    assert (await client.get("/status")).json()["num_active_training_jobs"] == 0


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("", "empty"),
        ("- a list", "mapping"),
        ("language: [en", ""),
        ("language: en\nimporters:\n- name: MultiProjectImporter\n", "importers"),
        ("language: en\n", "nothing to train"),
        ("language: en\nintents: [greet]\nresponses:\n  utter_x:\n  - text: ${HOME_OF_SECRETS}\n", "HOME_OF"),
    ],
)
async def test_what_cannot_be_trained_is_refused_with_the_reason(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: str, word: str
) -> None:
    monkeypatch.setenv("HOME_OF_SECRETS", "sesame")
    answer = await client.post("/model/train", content=body, headers=YAML)
    assert answer.status_code == 400, answer.text
    assert word in answer.text
    assert "sesame" not in answer.text
    assert "Traceback" not in answer.text


async def test_every_problem_of_a_project_is_named_with_its_line(client: httpx.AsyncClient) -> None:
    broken = PROJECT + "\n".join(["", "stories:", "- steps: []", "- story: b", "  steps: 7", ""])
    answer = await client.post("/model/train", content=broken, headers=YAML)
    assert answer.status_code == 400
    problems = answer.json()["details"]["problems"]
    lines = broken.splitlines()
    assert {problem["severity"] for problem in problems} == {"error"}
    assert [lines[problem["line"] - 1].strip() for problem in problems] == ["- steps: []", "steps: 7"]


async def test_a_callback_gets_the_bundle_or_the_reason(
    client: httpx.AsyncClient, neighbour: Neighbour
) -> None:
    import asyncio

    for body in (PROJECT, "- a list"):
        neighbour.called.clear()
        answer = await client.post(
            "/model/train",
            params={"callback_url": f"{neighbour.url}/done", "save_to_default_model_directory": False},
            content=body,
            headers=YAML,
        )
        assert answer.status_code == 204
        assert await asyncio.to_thread(neighbour.called.wait, 60)
    (kind, name, bundle), (_, _, reason) = neighbour.told
    assert (kind, name[-7:], bundle[:2]) == ("application/gzip", ".tar.gz", b"\x1f\x8b")
    assert json.loads(reason)["code"] == 400


@pytest.mark.parametrize("e2e", [False, True])
async def test_stories_are_scored(client: httpx.AsyncClient, e2e: bool) -> None:
    story = """\
stories:
- story: greeting
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
  - user: 再见
    intent: bye
  - action: utter_bye
"""
    answer = await client.post("/model/test/stories", params={"e2e": e2e}, content=story, headers=YAML)
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert result["is_end_to_end_evaluation"] is e2e
    assert result["accuracy"] == result["f1"] == result["precision"] == 1.0
    assert {"action": "utter_greet", "predicted": "utter_greet"}.items() <= result["actions"][0].items()
    assert result["report"]["conversation_accuracy"]["correct"] == 1
    assert result["in_training_data_fraction"] == 1.0
    empty = await client.post("/model/test/stories", content="stories: []", headers=YAML)
    assert empty.status_code == 400


@pytest.mark.parametrize("kind", ["application/yaml", "application/json"])
async def test_understanding_is_scored(client: httpx.AsyncClient, kind: str) -> None:
    data = "nlu:\n- intent: greet\n  examples: |\n    - hello\n    - 你好\n"
    data += "- intent: bye\n  examples: |\n    - hi there\n"
    if kind.endswith("json"):
        examples = [("hello", "greet"), ("你好", "greet"), ("hi there", "bye")]
        common = [{"text": text, "intent": intent} for text, intent in examples]
        data = json.dumps({"rasa_nlu_data": {"common_examples": common}})
    answer = await client.post("/model/test/intents", content=data, headers={"content-type": kind})
    assert answer.status_code == 200, answer.text
    scores = answer.json()["intent_evaluation"]
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert [error["text"] for error in scores["errors"]] == ["hi there"]
    assert scores["errors"][0]["intent_prediction"]["name"] == "greet"
    assert scores["report"]["greet"]["support"] == 2


async def test_understanding_is_cross_validated(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/model/test/intents", params={"cross_validation_folds": 2}, content=PROJECT, headers=YAML
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["intent_evaluation"]["predictions"]) >= 40
    too_many = await client.post(
        "/model/test/intents", params={"cross_validation_folds": 50}, content=PROJECT, headers=YAML
    )
    assert too_many.status_code == 400
    assert "50 examples" in too_many.json()["message"]
