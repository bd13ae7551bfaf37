"""A project on disk, read whole: ``Project.load("mybot")``.

Every file is parsed once; problems are collected with their places instead of stopping at the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chatwright.errors import Location, Problem, ProjectInvalid, did_you_mean
from chatwright.project.config import BotConfig, read_config
from chatwright.project.credentials import Credentials, read_credentials
from chatwright.project.domain import Domain
from chatwright.project.domain_merge import DOMAIN_KEYS, DomainSource, is_domain
from chatwright.project.endpoints import Endpoints, read_endpoints
from chatwright.project.files import ProjectFiles, find_files, is_test_file
from chatwright.project.findings import Findings
from chatwright.project.nlu_data import NluData
from chatwright.project.read_domain import build_domain
from chatwright.project.read_nlu import NluCollector, read_nlu
from chatwright.project.read_nlu_json import read_nlu_json
from chatwright.project.read_stories import StoryReader
from chatwright.project.stories import BotStep, Rule, Story
from chatwright.project.yaml_reader import LocatedDoc, locate

__all__ = ["Project"]

Paths = Path | str | Sequence[Path | str]


@dataclass(frozen=True)
class Project:
    """Everything that the text files of a project say."""

    root: Path
    config: BotConfig = field(default_factory=BotConfig)
    domain: Domain = field(default_factory=Domain)
    nlu: NluData = field(default_factory=NluData)
    stories: tuple[Story, ...] = ()
    rules: tuple[Rule, ...] = ()
    test_stories: tuple[Story, ...] = ()
    endpoints: Endpoints = field(default_factory=Endpoints)
    credentials: Credentials = field(default_factory=Credentials)
    problems: tuple[Problem, ...] = ()
    """Found while reading; ``validate`` adds what only the whole shows."""
    config_file: Path | None = None

    @classmethod
    def load(
        cls,
        root: Path | str,
        *,
        config: Path | str = "config.yml",
        domain: Paths | None = None,
        data: Paths | None = None,
        tests: Paths | None = None,
        endpoints: Path | str = "endpoints.yml",
        credentials: Path | str = "credentials.yml",
    ) -> Project:
        """Read a project folder.

        Args:
            root: the folder; the other paths are relative to it.
            domain: files or folders; by default ``domain.yml``, or the folder ``domain``.
            data: files or folders; by default the folder ``data``.
            tests: files or folders of test conversations; by default the folder ``tests``, and every
                ``test_*`` file among the data.

        Raises:
            ProjectInvalid: the folder holds no project. Problems inside the files are in ``problems``.
        """
        return _Loader(Path(root)).load(config, domain, data, tests, endpoints, credentials)

    @property
    def complete(self) -> bool:
        """Whether every file could be read, so that what is missing is really missing."""
        return not any(problem.code == "unreadable-file" for problem in self.errors)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stand in the way of training."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


class _Loader:
    """One loading of a project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.findings = Findings()
        self.files = ProjectFiles(root, self.findings)
        self.source = DomainSource(self.findings)
        self.docs: list[LocatedDoc] = []
        self.answers: list[Any] = []  # responses that stand beside NLU data
        self.json_files: list[Path] = []
        self.tests: list[Path] = []

    def load(
        self,
        config_path: Path | str,
        domain: Paths | None,
        data: Paths | None,
        tests: Paths | None,
        endpoints: Path | str,
        credentials: Path | str,
    ) -> Project:
        config_file = self.root / config_path
        domain_paths = self._domain_paths(domain)
        self._check_root(config_file, domain_paths)
        config_doc = self.files.read(config_file) if config_file.is_file() else None
        if config_doc is None and not config_file.is_file():
            self.findings.error(
                "no-config",
                "the configuration is missing",
                at=Location(self.files.name(config_file)),
                fix="create it with 'language: en', or name it with --config",
            )
        config = read_config(config_doc, self.findings) if config_doc else BotConfig()
        self._read_domain_files(domain_paths)
        self._read_data_files(self._paths(data, "data"))
        self._import(config, config_doc, config_file.parent)
        self._find_tests(tests)
        project = self._assemble(config, config_file)
        return Project(
            **project,
            endpoints=self._optional(endpoints, read_endpoints, Endpoints()),
            credentials=self._optional(credentials, read_credentials, Credentials()),
            problems=self._problems(),
        )

    def _problems(self) -> tuple[Problem, ...]:
        self.files.report_old()
        return tuple(self.findings.problems)

    def _check_root(self, config_file: Path, domain_paths: list[Path]) -> None:
        if config_file.is_file() or any(path.exists() for path in domain_paths):
            return
        folder = (
            "no such folder" if not self.root.is_dir() else "the folder has neither config.yml nor a domain"
        )
        problem = Problem(
            "error",
            "no-project",
            f"{folder}: {self.root}",
            "give the folder of a project, or run `chatwright init`",
        )
        raise ProjectInvalid([problem])

    def _domain_paths(self, domain: Paths | None) -> list[Path]:
        if domain is not None:
            return self._paths(domain, "")
        for name in ("domain.yml", "domain.yaml"):
            if (self.root / name).exists():
                return [self.root / name]
        return [self.root / "domain"] if (self.root / "domain").is_dir() else []

    def _paths(self, paths: Paths | None, default: str) -> list[Path]:
        """Given paths must exist; the default may be absent."""
        if paths is None:
            return [path for path in [self.root / default] if path.exists()]
        listed = [paths] if isinstance(paths, str | Path) else list(paths)
        full = [self.root / path for path in listed]
        for path in full:
            if not path.exists():
                self.findings.error(
                    "no-file", "no such file or folder", at=Location(str(path)), fix="check the path"
                )
        return full

    def _read_domain_files(self, paths: list[Path]) -> None:
        if not paths:
            self.findings.warn(
                "no-domain", "there is no domain.yml: the bot understands but says and does nothing",
                at=Location("domain.yml"), fix="create domain.yml, or name it with --domain",
            )  # fmt: skip
        for path in paths:
            for file in find_files([path]):
                doc = self.files.read(file) if file.suffix != ".json" else None
                # Of a folder, other files than those of the domain are left alone; a named file is meant.
                if doc is not None and (file == path or is_domain(doc.data)):
                    self._add_domain(doc)

    def _add_domain(self, doc: LocatedDoc) -> None:
        self.findings.unknown_keys(doc.data, (*DOMAIN_KEYS, "nlu", "stories", "rules"), "the domain")
        self.source.add(doc.data)

    def _read_data_files(self, paths: Iterable[Path]) -> None:
        for file in find_files(paths):
            if is_test_file(file):
                self.tests.append(file)
            elif file.suffix.lower() == ".json":
                self.json_files.append(file)
            elif (doc := self.files.read_data(file)) is not None:
                self.docs.append(doc)
                self.answers.append(doc.data.get("responses"))

    def _import(self, config: BotConfig, doc: LocatedDoc | None, base: Path) -> None:
        """Importers of the configuration: sub-projects are read, custom ones are named."""
        known = ("RasaFileImporter", "MultiProjectImporter")
        for index, importer in enumerate(config.importers):
            name = str(importer.get("name"))
            short = name.rsplit(".", 1)[-1]
            if short == "MultiProjectImporter":
                self._import_folders(config.imports, base, {base.resolve()})
            elif short not in known:
                self.findings.warn(
                    "custom-importer",
                    f"importer '{name}' is code of the project and is not run; only the files are read",
                    at=locate(doc.data["importers"], index) if doc else None,
                    fix=did_you_mean(name, known) or "write its data to files in the data folder",
                )

    def _import_folders(self, imports: Iterable[str], base: Path, seen: set[Path]) -> None:
        for entry in imports:
            folder = base / entry
            if folder.resolve() in seen:
                continue
            seen.add(folder.resolve())
            if not folder.exists():
                self.findings.error(
                    "no-file", f"imported project '{entry}' does not exist",
                    at=Location(self.files.name(folder)), fix="correct 'imports' in config.yml",
                )  # fmt: skip
                continue
            self._import_files(folder, seen)

    def _import_files(self, folder: Path, seen: set[Path]) -> None:
        data: list[Path] = []
        for file in find_files([folder]):
            if file.suffix.lower() == ".json" or is_test_file(file):
                data.append(file)
            elif file.name == "config.yml":
                doc = self.files.read(file)
                nested = doc.data.get("imports") if doc else None
                self._import_folders(map(str, nested or ()), file.parent, seen)
            elif file.name not in ("endpoints.yml", "credentials.yml") and (doc := self.files.read(file)):
                if is_domain(doc.data):
                    self._add_domain(doc)
                self.docs.append(doc)
        self._read_data_files(data)

    def _assemble(self, config: BotConfig, config_file: Path) -> dict[str, Any]:
        collector = NluCollector()
        for file in self.json_files:
            if (read := self.files.read_json(file)) is not None:
                read_nlu_json(*read, self.findings, collector, folder=file.parent)
        nlu = read_nlu(self.docs, self.findings, collector)
        for responses in self.answers:
            self.source.add_responses(responses)
        dialogue = StoryReader(self.findings, self._slot_types())
        dialogue.read(self.docs)
        texts = [step.text for story in dialogue.stories for step in story.steps if isinstance(step, BotStep)]
        self.source.add_e2e_actions(texts)
        domain = build_domain(self.source)
        return {
            "root": self.root,
            "config": config,
            "config_file": config_file if config_file.is_file() else None,
            "domain": domain,
            "nlu": replace(nlu, answers=_answers(domain)),
            "stories": tuple(dialogue.stories),
            "rules": tuple(dialogue.rules),
            "test_stories": tuple(self._test_stories()),
        }

    def _find_tests(self, tests: Paths | None) -> None:
        """Named files are tests whatever they are called; of folders, those called ``test_*``."""
        if tests is None:
            self.tests += [path for path in find_files([self.root / "tests"]) if is_test_file(path)]
        else:
            named = self._paths(tests, "")
            self.tests = [path for path in find_files(named) if path in named or is_test_file(path)]

    def _slot_types(self) -> dict[str, str]:
        slots = self.source.sections["slots"]
        return {name: str(slot.get("type")) for name, slot in slots.items() if isinstance(slot, dict)}

    def _test_stories(self) -> list[Story]:
        """Test conversations; what is wrong in them never stands in the way of training."""
        findings = Findings()
        files = ProjectFiles(self.root, findings, self.files.old)
        paths = (path for path in find_files(self.tests) if path.suffix.lower() != ".json")
        reader = StoryReader(findings, self._slot_types(), is_test=True)
        reader.read(doc for path in paths if (doc := files.read(path)) is not None)
        for problem in findings.problems:
            self.findings.warn(problem.code, problem.message, at=problem.location, fix=problem.fix)
        return reader.stories

    def _optional(self, path: Path | str, read: Any, default: Any) -> Any:
        file = self.root / path
        doc = self.files.read(file) if file.is_file() else None
        return read(doc, self.findings) if doc is not None else default


def _answers(domain: Domain) -> dict[str, list[str]]:
    """Key → texts of the answers of retrieval intents."""
    found = {
        name.removeprefix("utter_"): [v.content["text"] for v in variations if v.content.get("text")]
        for name, variations in domain.responses.items()
        if "/" in name
    }
    return {key: texts for key, texts in found.items() if texts}
