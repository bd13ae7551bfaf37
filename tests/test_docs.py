"""The documentation is complete, tells of nothing that does not exist, and every command in it runs."""

from __future__ import annotations

import ast
import inspect
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

import chatwright
import chatwright.errors
from chatwright.actions.api import ActionContext
from chatwright.actions.default_actions import DEFAULTS
from chatwright.cli.main import app
from chatwright.dialogue import fit_dialogue
from chatwright.dialogue.policies.custom import load_policy_class
from chatwright.nlu import registry
from chatwright.nlu.component import Message
from chatwright.project.config import read_config
from chatwright.project.credentials import read_credentials
from chatwright.project.domain import Domain
from chatwright.project.endpoints import read_endpoints
from chatwright.project.findings import Findings
from chatwright.project.json_schema import schemas
from chatwright.project.project import Project
from chatwright.project.read_domain import read_domain
from chatwright.project.read_stories import StoryReader
from chatwright.project.yaml_reader import read_yaml
from chatwright.serve.access import ACCESS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = Path(chatwright.__file__).parent
BIN = Path(sys.executable).parent

RUN = sorted(path for folder in ("tutorials", "how-to") for path in (DOCS / folder).glob("*.md"))
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = [*READMES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

SHOWN = {
    "first-bot": [
        "is on its way",
        "退款",
        "speaks for track_order",
        "looking for two colleagues",
        "我们仓库正在招两位同事",
        "looking for three colleagues",
        "Trained nothing",
        "recipient_id",
    ],
    "run-a-rasa-project": ["Hey! How are you?", "Here is something to cheer you up."],
    "write-actions": ["It is ", "现在是"],
    "choose-a-pipeline": ["intents: ", "What the bot knew before"],
    "speak-two-languages": ["你好！", "Goodbye!"],
    "analyse-text": ["改 (want)", "昨天下午三点的会议", "London", '"negated": true', "written to tree.svg"],
    "use-emotions": ['"label": "anger"', '"label": "gratitude"'],
    "read-messages-in-context": ["read as “is the backpack in stock?”", "回到您的退货"],
    "know-users": ["Hello Ann", "name: Ann", "profile and 0 conversations erased"],
    "follow-wishes": ["thai food in the north", "thai food in the south", "a hotel in the south"],
    "start-from-logs": ["<phone>", "faq", "label_next.csv"],
    "check-training-data": ["contradictory-examples", "leaked-test"],
    "test-a-bot": ["2 of 2 passed", "of 4 right"],
    "learn-from-simulated-users": ["0 dead ends", "3 of 3 passed", "What was learned is in"],
    "talk-over-http": ['"text":"Hello!"', "chat.completion", '"greet"', '"turn":1'],
    "deploy": ["ok", '"status":"ready"', "chatwright_", "shop.tar.gz"],
    "teach-by-correcting": ["kept in data/stories.yml", "intent: greet"],
    "send-events-to-a-broker": ['"sender_id":"ann"', "→ the event broker"],
    "keep-conversations": ["hi  (greet)", "1 erased"],
}
"""Words that must be among what the commands of a page print."""


def blocks(path: Path, kind: str) -> list[str]:
    """The code blocks of a kind, also those inside of lists."""
    found = re.findall(rf"^([ ]*)```{kind}\n(.*?)^\1```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text).rstrip() for _, text in found]


# Commands


def script_of(page: Path, port: int) -> str:
    """The page's commands as one script: servers run in the background until the next one or the end."""
    lines = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    ready = f"curl -sf http://127.0.0.1:{port}/readyz >/dev/null"
    for line in "\n".join(blocks(page, "bash")).replace("5005", str(port)).splitlines():
        if line.startswith("chatwright serve"):
            where = "" if f"--port {port}" in line else f" --port {port}"
            lines += [
                "kill $(jobs -p) 2>/dev/null || true; wait",
                f"{line}{where} >server.log 2>&1 &",
                f"for i in $(seq 150); do {ready} && break; sleep 0.2; done; "
                f"{ready} || {{ cat server.log; exit 1; }}",
            ]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the person who tries the pages one after the other."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("page", RUN, ids=lambda path: path.stem)
def test_every_command_of_a_page_runs(page: Path, home: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = script_of(page, port)
    env = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "HOME": str(home),
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=170
    )
    said = f"{script}\n--- output\n{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    assert [words for words in SHOWN[page.stem] if words not in done.stdout + done.stderr] == [], said


@pytest.mark.parametrize("page", RUN, ids=lambda path: path.stem)
def test_every_page_has_commands(page: Path) -> None:
    assert blocks(page, "bash"), f"{page.name} shows no command"


def commands() -> dict[str, set[str]]:
    """``train nlu`` → its options; the options of all commands before it count, too."""
    found: dict[str, set[str]] = {}

    def walk(command: click.Command, name: str, outer: set[str]) -> None:
        options = {option for parameter in command.params for option in parameter.opts}
        options |= {option for parameter in command.params for option in parameter.secondary_opts}
        found[name] = outer | options | {"--help", "-h"}
        for key, inner in getattr(command, "commands", {}).items():
            walk(inner, f"{name} {key}".strip(), found[name])

    walk(typer.main.get_command(app), "", set())
    return found


def mentioned() -> Iterator[tuple[Path, str]]:
    """Every ``chatwright …`` of the pages, in blocks and in sentences."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in text.splitlines():
            if found := re.match(r"(?:\$ |.*\| )?\s*(chatwright [a-z][^|`]*)$", line):
                yield page, found[1].strip()
        yield from ((page, found) for found in re.findall(r"`(chatwright [a-z][^`]*)`", text))


def test_no_page_shows_a_command_or_option_that_does_not_exist() -> None:
    known, wrong, seen = commands(), [], 0
    for page, line in mentioned():
        words = line.split("#")[0].split()[1:]
        name = ""
        for word in words:
            longer = f"{name} {word}".strip()
            if longer not in known:
                break
            name = longer
        seen += 1
        options = {word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        if not name or options - known[name]:
            wrong.append(f"{page.name}: {line}")
    assert seen > 60
    assert wrong == []


def test_options_named_in_sentences_exist() -> None:
    known = {option for options in commands().values() for option in options}
    for page in PAGES:
        if page.name == "cli.md":
            continue
        prose = re.sub(r"^[ ]*```.*?^[ ]*```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        named = set(re.findall(r"`(--[a-z][a-z-]*)", prose))
        assert named - known == set(), page.name


def test_every_command_and_option_is_told() -> None:
    text = (DOCS / "reference" / "cli.md").read_text("utf-8")
    for name, options in commands().items():
        if not name:
            continue
        assert f"`chatwright {name}`" in text
        section = text.partition(f"`chatwright {name}`\n")[2].partition("\n## ")[0]
        hidden = {"--jwt-private-key", "--e2e", "-h"}
        own = options - commands()[name.rpartition(" ")[0]] - hidden
        assert [option for option in own if option not in section] == [], name


CODE = r"[a-z0-9]+(-[a-z0-9]+)+"

# The reference is complete, and tells of nothing that is not there


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "generate_reference.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr + "\nrun: python docs/generate_reference.py"


def constants(of: type[ast.AST] = ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every text constant of the program that is a direct part of such a node, with the node."""
    for path in SOURCE.rglob("*.py"):
        if "starters" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for child in ast.iter_child_nodes(node) if isinstance(node, of) else ():
                if isinstance(child, ast.Constant) and isinstance(child.value, str):
                    yield node, child.value


def told(page: str) -> set[str]:
    """What the tables of a page list: the code in the first column."""
    text = (DOCS / "reference" / page).read_text("utf-8")
    return set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))


def test_every_problem_is_told_and_no_other() -> None:
    codes = set()
    for node, text in constants(ast.Call):
        assert isinstance(node, ast.Call)
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function in ("error", "warn", "Problem") and re.fullmatch(CODE, text):
            codes.add(text)
    for _, text in constants(ast.IfExp):  # a code that depends
        if re.fullmatch(CODE, text):
            codes.add(text)
    assert len(codes) > 50
    assert told("problems.md") == codes


def test_every_environment_variable_is_told_and_no_other() -> None:
    asked = r"(CHATWRIGHT|PROMETHEUS|XDG)_[A-Z_]+|[A-Z_]+_ACTION_SERVER_REQUEST"
    names = {text for _, text in constants() if re.fullmatch(asked, text)}
    assert told("environment.md") == names


def test_every_component_and_policy_is_told_and_no_other() -> None:
    assert told("pipeline.md") == set(registry._MAKERS)
    assert told("policies.md") == set(fit_dialogue.TRAINERS)
    text = (DOCS / "reference" / "policies.md").read_text("utf-8")
    for name in fit_dialogue._REMOVED:
        assert f"`{name}`" in text


def test_the_options_that_are_known_are_those_that_are_told() -> None:
    """They tell what is misspelt, so neither list may lack one of the other."""
    text = (DOCS / "reference" / "pipeline.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    shown = {name: re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", cell)) for name, cell in rows}
    assert shown == {name: registry._OPTIONS.get(name, "").split() for name in registry._MAKERS}


@pytest.mark.parametrize(("page", "package"), [("pipeline.md", "nlu"), ("policies.md", "dialogue/policies")])
def test_options_of_components_and_policies_are_read_by_the_code(page: str, package: str) -> None:
    rows = re.findall(r"^\| `\w+` \|.*\| ([^|]+) \|$", (DOCS / "reference" / page).read_text("utf-8"), re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)} - {"action_default_fallback"}
    code = "".join(path.read_text("utf-8") for path in (SOURCE / package).rglob("*.py"))
    assert named
    assert [name for name in sorted(named) if f'"{name}"' not in code] == []


def test_default_pipeline_and_policies_are_shown_as_they_are(tmp_path: Path) -> None:
    for page, key, default in (
        ("pipeline.md", "pipeline", registry.DEFAULT_PIPELINE),
        ("policies.md", "policies", fit_dialogue.DEFAULT_POLICIES),
    ):
        (tmp_path / "config.yml").write_text(blocks(DOCS / "reference" / page, "yaml")[0], "utf-8")
        shown = read_yaml(tmp_path / "config.yml").data
        assert [dict(entry) for entry in shown[key]] == [dict(entry) for entry in default]


def test_every_key_of_domain_and_data_is_told_and_no_other() -> None:
    text = (DOCS / "reference" / "data.md").read_text("utf-8")
    found = schemas()
    for title, keys in (
        ("## The domain", found["domain"]["properties"]),
        ("### A slot", found["domain"]["$defs"]["slot"]["properties"]),
        ("### A mapping", found["domain"]["$defs"]["mapping"]["properties"]),
        ("### A form", found["domain"]["$defs"]["form"]["properties"]),
        ("### A variation", found["domain"]["$defs"]["variation"]["properties"]),
        ("## What people say", found["nlu"]["properties"]["nlu"]["items"]["properties"]),
        ("## How conversations go", found["stories"]["$defs"]["step"]["properties"]),
    ):
        section = re.split(r"\n##+ ", text.partition(f"\n{title}")[2])[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(keys), title


def test_all_of_the_action_context_is_told() -> None:
    text = (DOCS / "reference" / "actions.md").read_text("utf-8")
    public = {name for name in vars(ActionContext) if not name.startswith("_")}
    public |= {name for name in vars(ActionContext()) if not name.startswith("_")}
    assert [name for name in sorted(public) if f"`context.{name}" not in text] == []
    assert set(re.findall(r"`context\.(\w+)", text)) <= public
    assert {name for name in told("actions.md") if name.startswith("action_")} == set(DEFAULTS) - {"..."}


def test_every_public_name_is_told_with_what_it_takes() -> None:
    text = (DOCS / "reference" / "python.md").read_text("utf-8")
    for name in chatwright.__all__:
        assert f"\n## `{name}`\n" in text
        thing = getattr(chatwright, name)
        section = text.partition(f"\n## `{name}`\n")[2].partition("\n## ")[0]
        if callable(thing):
            assert [p for p in inspect.signature(thing).parameters if p not in section] == []


def test_routes_named_in_sentences_exist() -> None:
    known = {(method, path.replace(":path", "")) for method, path in ACCESS}
    named = set()
    for page in PAGES:
        named |= set(re.findall(r"`(GET|POST|PUT|DELETE) (/[^`? ]*)", page.read_text("utf-8")))
    assert named
    assert named - known == set()


def test_error_codes_named_in_sentences_exist() -> None:
    known = {
        kind.code
        for _, kind in inspect.getmembers(chatwright.errors, inspect.isclass)
        if issubclass(kind, chatwright.errors.ChatwrightError)
    }
    for page in PAGES:
        assert set(re.findall(r"\bCW\d{3}\b", page.read_text("utf-8"))) <= known, page.name


# Snippets


def snippets(kind: str) -> list[object]:
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, text in enumerate(blocks(page, kind))
    ]


@pytest.mark.parametrize("text", snippets("python"))
def test_python_compiles(text: str) -> None:
    compile(text, "<docs>", "exec")


def test_a_component_and_a_policy_of_ones_own_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for page, module in (("pipeline.md", "documented_nlu"), ("policies.md", "documented_policies")):
        (tmp_path / f"{module}.py").write_text(blocks(DOCS / "reference" / page, "python")[0], "utf-8")
    plan = registry.plan_pipeline([{"name": "documented_nlu.Emoji"}], ["en"], project_root=tmp_path)
    emoji = registry.import_component(plan.steps[0].kind, tmp_path).from_config({})
    assert [entity.start for entity in emoji.process([Message(text="hi 🙂")])[0].entities] == [3]
    assert load_policy_class("documented_policies.Cautious", tmp_path).fit({}, None).priority == 5


@pytest.mark.parametrize("text", snippets("yaml"))
def test_yaml_is_what_the_program_reads(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_PASSWORD", "RABBIT_PASSWORD", "KAFKA_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    path, findings = tmp_path / "shown.yml", Findings()
    path.write_text(text, "utf-8")
    document = read_yaml(path)
    keys = set(document.data)
    if keys <= {"pipeline", "policies", "languages", "language", "context"}:
        read_config(document, findings)
    elif keys <= {"store", "lock", "action_endpoint", "event_broker"}:
        read_endpoints(document, findings)
    elif keys <= {"rest"}:
        read_credentials(document, findings)
    elif keys == {"responses"}:
        (tmp_path / "config.yml").write_text("languages: [zh, en]\nassistant_id: x\n", "utf-8")
        path.rename(tmp_path / "domain.yml")
        (tmp_path / "data").mkdir()
        domain: Domain = Project.load(tmp_path).domain
        for variations in domain.responses.values():
            assert {variation.language for variation in variations} == {"zh", "en"}
    elif keys == {"slots"}:
        assert read_domain([path])[1] == []
    else:
        assert keys in ({"stories"}, {"rules"})
        reader = StoryReader(findings, {}, is_test=keys == {"stories"})
        reader.read([document])
        assert reader.stories or reader.rules
    assert [str(problem) for problem in findings.problems] == []


# READMEs, links, site


def test_both_readmes_say_the_same() -> None:
    english, chinese = READMES
    assert blocks(english, "bash") == blocks(chinese, "bash")
    shapes = [
        re.findall(r"^(#+ |!\[|\| )|\]\((?!README)([^)]+)\)", page.read_text("utf-8"), re.MULTILINE)
        for page in READMES
    ]
    assert shapes[0] == shapes[1]


def test_readme_commands_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = "\n".join(blocks(READMES[0], "bash"))
    assert {"demo", "test", "setup"} <= set(re.findall(r"^make ([a-z-]+)", shown, re.MULTILINE)) <= targets


def test_what_pages_link_to_exists() -> None:
    for page in (*READMES, ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            assert target.startswith("http") or (ROOT / target).exists(), f"{page.name}: {target}"


def test_pictures_are_small() -> None:
    for picture in (DOCS / "images").iterdir():
        assert picture.stat().st_size < 200_000, picture.name


@pytest.mark.skipif(
    shutil.which("mkdocs", path=str(BIN)) is None, reason="mkdocs (extra docs) is not installed"
)
def test_the_site_builds(tmp_path: Path) -> None:
    # Without --quiet: it would hide warnings from --strict, too.
    done = subprocess.run(
        [str(BIN / "mkdocs"), "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
