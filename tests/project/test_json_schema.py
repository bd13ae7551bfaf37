"""The schemas accept good files, refuse bad ones, and list what the readers know."""

import json
from pathlib import Path

import jsonschema
import pytest

from chatwright.project.config import BotConfig
from chatwright.project.domain_merge import DOMAIN_KEYS
from chatwright.project.json_schema import schemas, write_schemas
from chatwright.project.read_responses import CONTENT_KEYS
from chatwright.project.read_slots import MAPPING_TYPES, SLOT_TYPES
from chatwright.project.yaml_reader import plain, read_yaml, read_yaml_text

SHOP = Path(__file__).parent / "data" / "shop"
SCHEMAS = schemas()


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("config", "config.yml"),
        ("domain", "domain/base.yml"),
        ("domain", "domain/forms.yml"),
        ("nlu", "data/nlu.yml"),
        ("stories", "data/dialogue.yml"),
        ("stories", "tests/test_order.yml"),
        ("endpoints", "endpoints.yml"),
        ("credentials", "credentials.yml"),
    ],
)
def test_good_files_pass(name: str, file: str) -> None:
    jsonschema.validate(
        plain(read_yaml(SHOP / file).data), SCHEMAS[name], cls=jsonschema.Draft202012Validator
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config", "languages: zh"),
        ("config", "pipeline: [WhitespaceTokenizer]"),
        ("domain", "intents: {greet: {}}"),
        ("domain", "slots: {a: {type: text}}"),
        ("domain", "slots: {a: {type: txt, mappings: []}}"),
        ("domain", "slots: {a: {type: text, mappings: [{type: from_entity}]}}"),
        ("domain", "responses: {utter_a: [{txt: hi}]}"),
        ("domain", "forms: {f: {required_slot: []}}"),
        ("nlu", "nlu: [{intent: a, regex: b, examples: x}]"),
        ("nlu", "responses: {utter_a: [hi]}"),
        ("stories", "stories: [{story: a, steps: [{intnt: b}]}]"),
        ("stories", "rules: [{rule: a, condition: [{intent: b}], steps: []}]"),
        ("endpoints", "store: {path: x}"),
        ("credentials", "rest: {access: everyone}"),
    ],
)
def test_bad_files_fail(name: str, text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            plain(read_yaml_text(text).data), SCHEMAS[name], cls=jsonschema.Draft202012Validator
        )


def test_the_schemas_name_what_the_readers_read() -> None:
    domain = SCHEMAS["domain"]
    slot, mapping, variation = (
        domain["$defs"][name]["properties"] for name in ("slot", "mapping", "variation")
    )
    assert tuple(slot["type"]["anyOf"][0]["enum"]) == SLOT_TYPES
    assert tuple(mapping["type"]["enum"]) == MAPPING_TYPES
    assert set(CONTENT_KEYS) < set(variation)
    assert set(domain["properties"]) == set(DOMAIN_KEYS) - {"templates"}
    assert set(SCHEMAS["config"]["properties"]) == set(BotConfig.model_fields)


def test_they_are_written_as_files(tmp_path) -> None:
    paths = write_schemas(tmp_path / "schemas")
    assert sorted(path.name for path in paths) == sorted(f"{name}.schema.json" for name in SCHEMAS)
    assert json.loads(paths[0].read_text()) in SCHEMAS.values()
