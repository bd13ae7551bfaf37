"""``chatwright interactive``: teach the bot by correcting it, in the terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatwright.cli.console import console, errors_for_people
from chatwright.cli.options import EndpointsFile, Model

if TYPE_CHECKING:
    from chatwright.brain import Brain
    from chatwright.schema.decision import Decision
    from chatwright.schema.messages import BotMessage
    from chatwright.schema.understanding import Understanding
    from chatwright.teach.lesson import Lesson

__all__ = ["interactive"]

LESSON = Path(".chatwright/lesson.json")
"""A lesson that is not saved yet, to go on with."""
HELP = """\
Type what a person would say. At each question, Enter says that the bot is right; else type what is right.
  ?       the names to choose from          :undo   take the latest message back
  :save   keep story and examples           :train  keep them, and train again
  :new    a new conversation, this one is dropped      :quit  leave; the lesson waits for next time"""


class _Command(Exception):
    """A command was typed in place of an answer."""


@errors_for_people
def interactive(
    model: Model = Path("models"),
    endpoints: EndpointsFile = "endpoints.yml",
    web: Annotated[
        bool, typer.Option("--web", help="Teach in the inspector page, from this machine only.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, help="Of the page, with --web.")
    ] = 5005,
) -> None:
    """Teach by correcting: confirm or correct each understanding and each action, and keep them as data.

    What was taught is written to the project's own files: a story, and examples of the messages.

    Examples:

        chatwright interactive

        chatwright interactive --web
    """
    if web:
        return _serve_page(model, endpoints, port)
    import asyncio

    from chatwright.brain import Brain
    from chatwright.project.endpoints import load_endpoints

    root = Path.cwd()

    def load() -> Brain:
        return Brain.load(model, project_root=root, endpoints=load_endpoints(root / endpoints))

    asyncio.run(_Class(root, load).run())


def _serve_page(model: Path, endpoints: str, port: int) -> None:
    """The server of ``chatwright serve``, on this machine alone, with teaching."""
    from chatwright.bundle import open_bundle
    from chatwright.cli.console import error_console
    from chatwright.project.project import Project
    from chatwright.serve.logging_setup import set_up_logging
    from chatwright.serve.settings import ServeSettings
    from chatwright.serve.workers import run

    settings = ServeSettings(root=Path.cwd(), model=model, endpoints=endpoints, port=port, teach=True)
    Project.load(settings.root)  # what is taught must have a place
    open_bundle(settings.root / model)
    set_up_logging(settings.log_level, settings.log_file)
    address = f"http://127.0.0.1:{port}"
    error_console().print(
        f"Open [bold]{address}/inspect[/] to teach, [bold]{address}[/] to chat. Ctrl-C stops."
    )
    run(settings)


class _Class:
    """The person at the terminal, and the lesson."""

    def __init__(self, root: Path, load: Callable[[], Brain]) -> None:
        self.root = root
        self.load = load
        self.brain = load()
        self._learn_names()

    def _learn_names(self) -> None:
        from chatwright.teach.lesson import action_choices, intent_choices

        self.intents = intent_choices(self.brain.domain)
        self.actions = action_choices(self.brain.domain)

    async def run(self) -> None:
        self._tell(HELP, "dim")
        lesson = await self._begin()
        while True:
            try:
                await self._exchange(lesson)
                self._leave_for_later(lesson)
            except _Command as command:
                match str(command):
                    case ":undo":
                        self._tell("taken back" if lesson.undo() else "there is nothing to take back", "dim")
                    case ":save" | ":train" as wish:
                        if self._save(lesson):
                            if wish == ":train":
                                self._train()
                            lesson = await self._new()
                    case ":new":
                        lesson = await self._new()
                    case _:
                        break
                self._leave_for_later(lesson)
        await self.brain.close()

    async def _begin(self) -> Lesson:
        from chatwright.teach.lesson import Lesson

        path = self.root / LESSON
        if path.exists():
            lesson = Lesson.from_json(self.brain, json.loads(path.read_text("utf-8")))
            said = [m for m in (event.to_json() for event in lesson.tracker.events) if m["event"] == "user"]
            if said and self._ask("Go on with the lesson from before?", "yes").lower().startswith("y"):
                for event in said:
                    self._tell(f"you › {event['text']}", "dim")
                return lesson
        return await self._new()

    async def _new(self) -> Lesson:
        from chatwright.teach.lesson import Lesson

        (self.root / LESSON).unlink(missing_ok=True)
        return await Lesson.begin(self.brain)

    async def _exchange(self, lesson: Lesson) -> None:
        """One message and the actions after it; goes on where a lesson was left."""
        if lesson.waits:
            text = self._ask("you", "").strip()
            if not text:
                return
            understood = lesson.understand(text)
            if not lesson.is_payload(text):
                try:
                    understood = self._check_understanding(understood)
                except _Command as command:
                    if str(command) == ":undo":
                        return  # this message; those before it stay
                    raise
            await lesson.hear(understood)
        while not lesson.waits:
            decision = self._check_action(lesson)
            said = await lesson.do(decision)
            if said is None:
                self._tell(f"      {decision.action} declined to run", "yellow")
            for message in said or ():
                self._show(message)

    def _check_understanding(self, understood: Understanding) -> Understanding:
        from chatwright.project.annotations import AnnotationError, annotate, parse_annotated
        from chatwright.teach.lesson import corrected, full_intent

        name = full_intent(understood) or "?"
        sure = f" {understood.intent.confidence:.2f}" if understood.intent.name else ""
        intent = self._choose(f"intent {name}{sure}", name, self.intents, self._new_intent)
        marked = annotate(understood.text, tuple(understood.entities))
        while True:
            answer = self._ask(f"entities {marked}", marked)
            try:
                text, entities = parse_annotated(answer)
            except AnnotationError as error:
                self._tell(f"      {error}", "yellow")
                continue
            if text == understood.text:
                if answer == marked:  # confirmed: roles, values and offsets stay as they were found
                    entities = understood.entities
                return corrected(understood, intent, entities, text)
            self._tell("      write the same words, with [value](entity) around what is one", "yellow")

    def _check_action(self, lesson: Lesson) -> Decision:
        decision = lesson.decide()
        why = "; ".join(
            evidence.told(lesson.tracker.language) + (f" [{evidence.source}]" if evidence.source else "")
            for evidence in decision.evidence[:2]
        )
        self._tell(f"      {decision.policy} {decision.confidence:.2f}: {why}", "dim")
        action = self._choose(f"action {decision.action}", decision.action, self.actions, self._new_response)
        return lesson.chosen(action)

    def _choose(self, question: str, proposed: str, known: Sequence[str], make: Callable[[str], bool]) -> str:
        """The proposal, or another known name, or a new one that the person wants."""
        from chatwright.errors import did_you_mean

        while True:
            answer = self._ask(question, proposed)
            if answer == "?":
                self._tell("      " + ", ".join(known), "dim")
            elif answer in known or answer == proposed != "?":
                return answer
            else:
                self._tell(
                    f"      there is no {answer}; {did_you_mean(answer, known)}".rstrip("; "), "yellow"
                )
                if make(answer):
                    return answer

    def _new_intent(self, name: str) -> bool:
        from chatwright.teach.keep import keep_intent

        if not self._yes(f"Add the intent {name}"):
            return False
        self._tell(f"      declared in {self._named(keep_intent(self.root, name))}", "dim")
        self.intents.append(name)
        return True

    def _new_response(self, name: str) -> bool:
        from chatwright.teach.keep import keep_response

        if not name.startswith("utter_"):
            self._tell("      new actions that are no code begin with utter_", "yellow")
            return False
        languages = self.brain.languages
        texts = {}
        for language in languages:
            which = f" ({language})" if len(languages) > 1 else ""
            texts[language] = self._ask(f"What does {name} say{which}? Enter: nothing, choose again", "")
            if not texts[language]:
                return False
        path = keep_response(self.root, name, texts)
        self._tell(f"      declared in {self._named(path)}; it is said after training", "dim")
        self.actions.append(name)
        return True

    def _save(self, lesson: Lesson) -> bool:
        from chatwright.teach.keep import keep_lesson

        steps = lesson.story()
        if not steps:
            self._tell("nothing was said yet", "yellow")
            return False
        first = next((step["intent"] for step in steps if "intent" in step), "story")
        name = self._ask("Name of the story", f"taught: {first}")
        for path in keep_lesson(self.root, name, steps, lesson.examples):
            self._tell(f"kept in {self._named(path)}", "green")
        return True

    def _train(self) -> None:
        from chatwright.cli.console import print_problems, progress_bar
        from chatwright.errors import ProjectInvalid
        from chatwright.trainer import train

        try:
            with progress_bar() as tell:
                result = train(self.root, progress=tell)
        except ProjectInvalid as error:  # such as a story that contradicts a rule: the old bot goes on
            print_problems(problem for problem in error.problems if problem.severity == "error")
            self._tell("not trained: correct this in the files, then type :train again", "yellow")
            return
        self.brain = self.load()
        self._learn_names()
        self._tell(f"trained in {result.seconds:.1f} s", "green")

    def _leave_for_later(self, lesson: Lesson) -> None:
        path = self.root / LESSON
        if lesson.story():
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(lesson.to_json(), ensure_ascii=False), "utf-8")
        else:
            path.unlink(missing_ok=True)

    def _ask(self, question: str, otherwise: str) -> str:
        """A line from the person; Enter means ``otherwise``.

        Raises:
            _Command: a command was typed, or the input ended.
        """
        from rich.text import Text

        console().print(Text(f"{question} › ", style="bold"), end="" if sys.stdin.isatty() else "\n")
        try:
            answer = input().strip()
        except EOFError:
            raise _Command(":quit") from None
        if answer in (":undo", ":save", ":train", ":new", ":quit", "/stop"):
            raise _Command(answer)
        return answer or otherwise

    def _yes(self, question: str) -> bool:
        return self._ask(f"{question}? [y/n]", "n").lower().startswith("y")

    def _show(self, message: BotMessage) -> None:
        content: Any = message.text or {key: value for key, value in message.data().items() if value}
        self._tell(f"bot › {content}", "green")

    def _tell(self, text: str, style: str) -> None:
        from rich.text import Text

        console().print(Text(text, style=style))

    def _named(self, path: Path) -> Path:
        return path.relative_to(self.root)
