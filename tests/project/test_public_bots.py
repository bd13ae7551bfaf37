"""Public Rasa projects, unchanged: they load, and have no errors where Rasa 3.6 has none."""

import os
from pathlib import Path

import pytest

from chatwright.project.project import Project
from chatwright.project.read_domain import domain_from_json
from chatwright.project.validate import validate

BOTS = os.environ.get("CHATWRIGHT_BOTS")
PROJECTS = sorted(path.parent for path in Path(BOTS).rglob("config.yml")) if BOTS else []

REFUSED = {
    # Rasa 3.6.20 refuses these too: a mapping condition names a form that does not exist …
    "conversational-ai-course-3.x/video-09-2-custom-forms": {"unknown-form"},
    # … and a rule runs an action that is not declared.
    "rasa_chinese_book_code/Chapter08": {"unknown-action"},
}


@pytest.mark.skipif(not BOTS, reason="CHATWRIGHT_BOTS (a folder of public Rasa projects) is not set")
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.relative_to(BOTS).as_posix())
def test_a_public_project_has_no_errors_that_rasa_has_not(folder: Path) -> None:
    project = Project.load(folder)
    errors = {problem.code for problem in validate(project) if problem.severity == "error"}
    assert errors == REFUSED.get(folder.relative_to(str(BOTS)).as_posix(), set())
    assert project.nlu.examples
    assert len(project.domain.intents) > 5
    assert domain_from_json(project.domain.to_json()) == project.domain
