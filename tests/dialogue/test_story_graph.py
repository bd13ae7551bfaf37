"""The graph of stories and rules, and its page."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from typer.testing import CliRunner

from chatwright.cli.main import app
from chatwright.dialogue.story_graph import story_graph
from chatwright.dialogue.training_stories import rule_dialogues, story_dialogues
from chatwright.evaluate.story_page import graph_svg
from chatwright.project.project import Project
from small_bot import write_project

STORIES = """\
version: "3.1"
stories:
- story: order
  steps:
  - intent: greet
  - action: utter_greet
  - intent: order_pizza
  - action: utter_baked
- story: only greet
  steps:
  - intent: greet
  - action: utter_greet
  - intent: bye
  - action: utter_bye
"""


def graph_of(root: Path):
    project = Project.load(root)
    return story_graph(
        [*story_dialogues(project.stories, project.domain), *rule_dialogues(project.rules, project.domain)]
    )


def test_what_stories_share_is_drawn_once(tmp_path: Path) -> None:
    root = write_project(tmp_path / "bot")
    for path in (root / "data").glob("*.yml"):
        if path.name != "nlu.yml":
            path.unlink()
    (root / "data" / "stories.yml").write_text(STORIES, "utf-8")
    graph = graph_of(root)
    assert sorted(node.label for node in graph.nodes) == ["start", "utter_baked", "utter_bye", "utter_greet"]
    named = {
        (graph.nodes[start].label, graph.nodes[end].label, label): edge
        for (start, end, label), edge in graph.edges.items()
    }
    assert named.keys() == {
        ("start", "utter_greet", "greet"),
        ("utter_greet", "utter_baked", "order_pizza"),
        ("utter_greet", "utter_bye", "bye"),
    }
    assert len(named["start", "utter_greet", "greet"].sources) == 2
    assert all("stories.yml:" in source for edge in named.values() for source in edge.sources)
    assert graph.layers()[0] == 0


def test_the_drawing_is_well_formed_and_shows_every_state(tmp_path: Path) -> None:
    graph = graph_of(write_project(tmp_path / "bot"))
    drawing = ElementTree.fromstring(graph_svg(graph))
    boxes = drawing.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(boxes) == len(graph.nodes)
    tops = [(float(box.attrib["x"]), float(box.attrib["y"])) for box in boxes]
    assert len(set(tops)) == len(tops), "no box stands on another"


def test_the_command_writes_one_page(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(write_project(tmp_path / "bot"))
    result = CliRunner().invoke(app, ["visualize", "--out", "out/graph.html"])
    assert result.exit_code == 0, result.output
    page = Path("out/graph.html").read_text("utf-8")
    assert "utter_greet" in page
    assert "<script" not in page


def test_a_project_without_stories_says_so(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "config.yml").write_text("language: en\n", "utf-8")
    (tmp_path / "domain.yml").write_text('version: "3.1"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["visualize"])
    assert result.exit_code == 1
    assert "no stories" in result.output
