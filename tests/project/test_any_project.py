"""Whatever stands in the files, loading and validating ends with problems, never with a crash."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatwright.errors import ProjectInvalid
from chatwright.project.fingerprint import project_fingerprint
from chatwright.project.project import Project
from chatwright.project.read_domain import domain_from_json
from chatwright.project.validate import validate
from chatwright.project.yaml_reader import plain, read_yaml

SHOP = Path(__file__).parent / "data" / "shop"
FILES = sorted(path.relative_to(SHOP) for path in SHOP.rglob("*.yml"))

_ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        "",
        "x",
        "/x",
        "a#b",
        "你好",
        "...",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"": None},
        {"a": {"b": []}},
    ]
)


def _paths(value: Any, path: tuple = ()) -> list[tuple]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in below for found in _paths(item, (*path, key)))]


def _replaced(value: Any, path: tuple, new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    return shutil.copytree(SHOP, tmp_path_factory.mktemp("any") / "shop")


@given(data=st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_anywhere(shop: Path, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(FILES))
    content = plain(read_yaml(SHOP / file).data)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_paths(content)))
        content = _replaced(content, path, data.draw(_ODD))
    (shop / file).write_text(json.dumps(content, ensure_ascii=False))
    try:
        project = Project.load(shop)
        problems = validate(project)
        assert all(problem.message and problem.fix for problem in problems)
        project_fingerprint(project)
        # What is stored in a bundle can be loaded again, unless training would have refused it.
        if not project.errors:
            assert domain_from_json(json.loads(json.dumps(project.domain.to_json()))) == project.domain
    finally:
        shutil.copyfile(SHOP / file, shop / file)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["intents", "slots", "forms", "responses", "type", "mappings", "x"]), inner
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_is_a_domain_or_refused(data: Any) -> None:
    if isinstance(data, dict):
        try:
            domain_from_json(data)
        except ProjectInvalid as error:
            problems = error.problems
            assert any(problem.severity == "error" for problem in problems)
