"""``chatwright visualize``: stories and rules as a drawing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chatwright.cli.console import console, errors_for_people
from chatwright.cli.options import Config, DomainPath

__all__ = ["visualize"]


@errors_for_people
def visualize(
    config: Config = "config.yml",
    domain: DomainPath = None,
    stories: Annotated[
        list[str] | None, typer.Option("--stories", "-s", help="Files or folders.  [default: data]")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("graph.html"),
    max_history: Annotated[
        int, typer.Option("--max-history", min=1, help="States whose last so many moves agree are one.")
    ] = 2,
) -> None:
    """Draw the stories and rules of the project as a graph, in one HTML page.

    Examples:

        chatwright visualize

        chatwright visualize --stories data/stories.yml --out stories.html
    """
    from chatwright.dialogue.story_graph import story_graph
    from chatwright.dialogue.training_stories import rule_dialogues, story_dialogues
    from chatwright.errors import ProjectError
    from chatwright.evaluate.story_page import story_page
    from chatwright.project.project import Project

    project = Project.load(Path.cwd(), config=config, domain=domain, data=stories)
    if not project.stories and not project.rules:
        raise ProjectError("there are no stories or rules to draw", fix="name files with --stories")
    dialogues = [
        *story_dialogues(project.stories, project.domain),
        *rule_dialogues(project.rules, project.domain),
    ]
    graph = story_graph(dialogues, max_history=max_history)
    page = story_page(
        graph,
        title=project.config.assistant_id or project.root.resolve().name,
        stories=len(project.stories),
        rules=len(project.rules),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, "utf-8")
    console().print(f"Open {out}: {len(graph.nodes)} states, {len(graph.edges)} arrows.")
