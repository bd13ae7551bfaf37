"""Loading whole projects, good and broken."""

import shutil
from pathlib import Path

import pytest

from chatwright.errors import ProjectInvalid
from chatwright.project.project import Project
from chatwright.project.validate import validate

SHOP = Path(__file__).parent / "data" / "shop"


def _write(root: Path, **files: str) -> Path:
    """``data__nlu`` writes ``data/nlu.yml``."""
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _codes(project: Project) -> list[tuple[str, str]]:
    return [(problem.severity, problem.code) for problem in project.problems]


def test_the_shop_is_read_whole() -> None:
    project = Project.load(SHOP)
    assert validate(project) == []
    assert project.config.languages == ["zh", "en"]
    assert project.config.pipeline is None
    assert project.config.policies is None
    assert project.config.assistant_id == "shop"
    assert project.domain.retrieval_intents == ("faq",)
    assert project.domain.responses["utter_faq/hours"][1].language == "en"
    assert project.domain.send_domain_actions == {"action_ship"}
    assert len(project.nlu.examples) == 11
    assert [story.name for story in project.stories] == ["order", "shipping"]
    assert [rule.name for rule in project.rules] == ["answer questions", "submit"]
    assert [story.name for story in project.test_stories] == ["asks for hours"]
    assert project.test_stories[0].steps[2].entities[0].value == "红"
    assert project.endpoints.action_endpoint is not None
    assert project.endpoints.action_endpoint.url == "http://localhost:5055/webhook"
    assert project.endpoints.store is not None
    assert project.credentials.access("socketio") == "signed"
    assert project.credentials.access("rest") is None
    assert project.credentials.channels == {"rest": {}, "socketio": {"user_message_evt": "user_uttered"}}


def test_places_are_relative_to_the_project() -> None:
    project = Project.load(SHOP)
    example = next(example for example in project.nlu.examples if example.text == "hi there")
    assert str(example.location) == "data/nlu.yml:6 (nlu[0].examples)"
    assert str(project.domain.slots["颜色"].location) == "domain/forms.yml:11 (slots.颜色)"


def test_other_paths_can_be_named(tmp_path) -> None:
    root = _write(
        tmp_path,
        conf__mine="language: en\n",
        parts__one="intents: [a]\n",
        parts__two="intents: [b]\nforeign: 1\n",
        more__x="nlu:\n- intent: a\n  examples: |\n    - x\n",
        single="nlu:\n- intent: b\n  examples: |\n    - y\n",
    )
    project = Project.load(root, config="conf/mine.yml", domain="parts", data=["more", "single.yml"])
    assert [name for name in ("a", "b") if name in project.domain.intents] == ["a", "b"]
    assert [example.text for example in project.nlu.examples] == ["x", "y"]
    assert _codes(project) == [("warning", "unknown-key")]


def test_nothing_there(tmp_path) -> None:
    for folder in (tmp_path / "absent", tmp_path):
        with pytest.raises(ProjectInvalid) as caught:
            Project.load(folder)
        assert caught.value.problems[0].code == "no-project"


def test_every_broken_file_is_reported_and_none_is_touched(tmp_path) -> None:
    root = _write(
        tmp_path,
        config="language: en\nlanguage: zh\n",
        domain="intents: [a, a]\nslots: {s: {type: txt, mappings: []}}\n",
        data__nlu="nlu:\n- intent: a\n  examples: |\n    - [x]{1}\n",
        data__stories="stories:\n\t- story: a\n",
        data__rules="rules:\n- rule: r\n  steps: [oops]\n",
        endpoints="action_endpoint: [1]\n",
        credentials="rest: 5\n",
    )
    (root / "data" / "bad.yml").write_bytes("nlu: 你好".encode("gb18030"))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    problems = validate(Project.load(root))
    found = {(p.code, p.location.file) for p in problems if p.severity == "error" and p.location}
    assert found == {
        ("unreadable-file", "config.yml"),
        ("duplicate-name", "domain.yml"),
        ("unknown-slot-type", "domain.yml"),
        ("bad-annotation", "data/nlu.yml"),
        ("unreadable-file", "data/stories.yml"),
        ("unreadable-file", "data/bad.yml"),
        ("bad-step", "data/rules.yml"),
        ("wrong-value", "endpoints.yml"),
        ("wrong-value", "credentials.yml"),
    }
    assert all(problem.fix and problem.location for problem in problems)
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_files_are_told_apart_by_content(tmp_path) -> None:
    root = _write(
        tmp_path,
        config="language: en\n",
        domain="intents: [a]\n",
        data__deep__er__mixed="nlu:\n- intent: a\n  examples: |\n    - x\n"
        "rules:\n- rule: r\n  steps: [{intent: a}]\nresponses:\n  utter_a/b: [{text: hi}]\n",
        data__test_x="stories:\n- story: t\n  steps: [{intent: a}]\n",
        data__domainish="intents: [b]\n",
        data__typo="storys: []\n",
        data__hidden="nlu: []\n",
    )
    (root / "data" / "hidden.yml").rename(root / "data" / ".hidden.yml")
    (root / "data" / "old.json").write_text(
        '{"rasa_nlu_data": {"common_examples": [{"text": "y", "intent": "a"}]}}'
    )
    (root / "data" / "broken.json").write_text("{")
    project = Project.load(root)
    assert sorted(example.text for example in project.nlu.examples) == ["x", "y"]
    assert [rule.name for rule in project.rules] == ["r"]
    assert project.stories == ()
    assert [story.name for story in project.test_stories] == ["t"]
    assert "utter_a/b" in project.domain.responses
    assert "b" not in project.domain.intents
    assert sorted(_codes(project)) == [
        ("error", "unreadable-file"),
        ("warning", "domain-in-data"),
        ("warning", "no-data"),
    ]
    typo = next(problem for problem in project.problems if problem.code == "no-data")
    assert typo.fix == "did you mean 'stories'?"


def test_versions(tmp_path) -> None:
    item = "nlu:\n- intent: a\n  examples: |\n    - {}\n"
    root = _write(
        tmp_path,
        config="language: en\n",
        domain='version: "2.0"\nintents: [a]\n',
        data__a='version: "3.0"\n' + item.format("same"),
        data__b='version: "3.2"\n' + item.format("newer"),
        data__c="version: 3.1\n" + item.format("number"),
        data__d='version: "2.0"\n' + item.format("old"),
        data__e='version: "x"\n' + item.format("odd"),
    )
    project = Project.load(root)
    assert [example.text for example in project.nlu.examples] == ["same", "number", "old", "odd"]
    versions = [problem for problem in project.problems if problem.code == "version"]
    assert [(problem.severity, problem.location.file) for problem in versions] == [
        ("warning", "data/b.yml"),
        ("warning", "data/c.yml"),
        ("warning", "data/e.yml"),
        ("warning", "domain.yml"),
    ]
    assert "data/d.yml" in versions[-1].message


def test_links_are_followed_but_not_in_circles(tmp_path) -> None:
    root = _write(tmp_path / "bot", config="language: en\n", domain="intents: [a]\n")
    elsewhere = _write(tmp_path / "elsewhere", x="nlu:\n- intent: a\n  examples: |\n    - far\n")
    (root / "data").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(elsewhere)
    assert [example.text for example in Project.load(root).nlu.examples] == ["far"]


def test_end_to_end_texts_become_actions(tmp_path) -> None:
    stories = "stories:\n- story: s\n  steps: [{user: hi}, {bot: Hello there}]\n"
    root = _write(tmp_path, config="language: en\n", domain="intents: [a]\n", data__s=stories)
    project = Project.load(root)
    assert project.domain.e2e_actions == ("Hello there",)
    assert project.domain.action_names[-1] == "Hello there"
    assert project.domain.to_json()["e2e_actions"] == ["Hello there"]


def test_several_projects_are_joined(tmp_path) -> None:
    rule = "rules:\n- rule: {0}\n  steps: [{{intent: {0}}}]\n"
    root = _write(
        tmp_path,
        config="importers: [{name: MultiProjectImporter}]\nimports: [bots/a]\n",
        domain="intents: [main]\n",
        data__r=rule.format("main"),
        bots__a__config="imports: [../b]\n",
        bots__a__domain="intents: [a]\nresponses: {utter_a: [{text: a}]}\n",
        bots__a__data__r=rule.format("a"),
        bots__b__config="imports: [../a, ../missing]\n",
        bots__b__domain="intents: [b]\n",
        bots__b__data__r=rule.format("b"),
    )
    project = Project.load(root)
    assert {"main", "a", "b"} <= set(project.domain.intents)
    assert sorted(rule.name for rule in project.rules) == ["a", "b", "main"]
    assert _codes(project) == [("error", "no-file")]


def test_custom_importers_are_named(tmp_path) -> None:
    importers = "importers: [{name: RasaFileImporter}, {name: git.GitImporter, url: x}]\n"
    root = _write(tmp_path, config=importers, domain="intents: [a]\n")
    problem = next(problem for problem in Project.load(root).problems if problem.code == "custom-importer")
    assert (problem.severity, problem.location.key) == ("warning", "importers[1]")


def test_config_values(tmp_path) -> None:
    root = _write(
        tmp_path,
        config="languages: zh\npipeline: [{epochs: 3}]\nrecipe: graph.v1\nassistant_id: 20220101\n"
        "langage: en\nmine: 1\n",
        domain="intents: [a]\n",
    )
    project = Project.load(root)
    assert _codes(project) == [
        ("error", "wrong-value"),
        ("warning", "unknown-key"),
        ("warning", "unknown-key"),
        ("error", "no-name"),
        ("error", "unknown-recipe"),
    ]
    assert project.config.assistant_id == "20220101"
    assert project.config.model_extra == {"langage": "en", "mine": 1}


def test_one_language_and_unknown_ones(tmp_path) -> None:
    root = _write(tmp_path, config="language: zh\n", domain="intents: [a]\n")
    config = Project.load(root).config
    assert (config.languages, config.declares_languages) == (["zh"], False)
    (root / "config.yml").write_text("languages: [zh, tlh]\n")
    project = Project.load(root)
    assert project.config.declares_languages
    assert _codes(project) == [("warning", "unknown-language")]


def test_endpoints_and_credentials(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    root = _write(
        tmp_path,
        config="language: en\n",
        domain="intents: [a]\n",
        endpoints="action_endpoint: {url: 'http://x', token: 12, selective_domain: true, extra: 1}\n"
        "tracker_store: {store_type: SQL, password: '${SECRET}'}\nlock_store: {type: redis, port: 6379}\n"
        "event_broker: {type: my.Broker}\nmodels: {url: http://m, wait_time_between_pulls: null}\n"
        "nlg: {url: http://n}\nstore: {url: 'postgresql://u:${SECRET}@h/db'}\nlock: {uri: x}\n"
        "action_endpiont: {}\n",
        credentials="slack:\n  slack_token: ${SECRET}\nrets:\nmy.Channel:\ntelegram: {access: everyone}\n",
    )
    project = Project.load(root)
    endpoints = project.endpoints
    assert endpoints.action_endpoint.token == "12"
    assert endpoints.action_endpoint.selective_domain
    assert "s3cret" not in repr(endpoints)
    assert (endpoints.tracker_store.kind, endpoints.event_broker.kind) == ("sql", "my.Broker")
    assert endpoints.lock_store.model_extra == {"port": 6379}
    assert endpoints.models.wait_time_between_pulls is None
    assert endpoints.lock is None
    assert project.credentials.channels["slack"] == {"slack_token": "s3cret"}
    assert "telegram" not in project.credentials.channels
    assert sorted((p.severity, p.code, p.location.line) for p in project.problems) == [
        ("error", "wrong-value", 5),  # telegram.access
        ("error", "wrong-value", 8),  # lock.uri
        ("error", "wrong-value", 8),  # lock without url
        ("warning", "quoted-variable", 2),
        ("warning", "quoted-variable", 7),
        ("warning", "unknown-channel", 3),
        ("warning", "unknown-key", 9),
    ]


def test_faults_in_tests_do_not_stop_training(tmp_path) -> None:
    root = shutil.copytree(SHOP, tmp_path / "shop")
    (root / "tests" / "test_bad.yml").write_text("stories: [{story: x, steps: [what]}]\n")
    (root / "tests" / "test_worse.yml").write_text("stories: [\n")
    project = Project.load(root)
    assert (
        _codes(project) == [("warning", "bad-step"), ("warning", "unreadable-file")] or project.errors == ()
    )
    assert project.errors == ()
    assert project.complete
