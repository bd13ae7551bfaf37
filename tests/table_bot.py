"""A bot that books tables: a form of three wishes and a confirmation, trained without its understanding."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from chatwright.brain import Brain
from chatwright.bundle import open_bundle
from chatwright.project.project import Project
from chatwright.trainer import train

__all__ = ["CONFIG", "DOMAIN", "NLU", "RULES", "brain_of", "trained", "write_table_bot"]

CONFIG = """
recipe: default.v1
assistant_id: tables
languages: [en]
pipeline:
- name: MixedTokenizer
- name: KeywordIntentClassifier
- name: RegexEntityExtractor
policies:
- name: RulePolicy
- name: AlignedPolicy
  may_skip: [confirmed]
  give_up: utter_colleague
"""

DOMAIN = """
intents: [book, inform, affirm, deny, parking]
entities: [food, people, day]
slots:
  food: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: food}]}
  people: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: people}]}
  day: {type: text, influence_conversation: false, mappings: [{type: from_entity, entity: day}]}
  confirmed:
    type: bool
    influence_conversation: false
    mappings:
    - type: from_intent
      intent: affirm
      value: true
      conditions: [{active_loop: table_form, requested_slot: confirmed}]
forms:
  table_form:
    required_slots: [food, people, day, confirmed]
responses:
  utter_ask_food: [{text: "Which food?"}]
  utter_ask_people: [{text: "How many people?"}]
  utter_ask_day: [{text: "Which day?"}]
  utter_ask_people_and_day: [{text: "How many people, and which day?"}]
  utter_ask_table_form: [{text: "Which food, how many people, which day?"}]
  utter_ask_confirmed: [{text: "{food} for {people} on {day}, right?"}]
  utter_change: [{text: "What should I change?"}]
  utter_go_on: [{text: "All right."}]
  utter_parking: [{text: "Behind the house."}]
  utter_booked: [{text: "Booked: {food} for {people} on {day}."}]
  utter_colleague: [{text: "A colleague will help you."}]
"""

RULES = """
rules:
- rule: begin
  steps: [{intent: book}, {action: table_form}, {active_loop: table_form}]
- rule: book
  condition: [{active_loop: table_form}]
  steps:
  - action: table_form
  - active_loop: null
  - slot_was_set: [{requested_slot: null}]
  - action: utter_booked
- rule: parking
  steps: [{intent: parking}, {action: utter_parking}]
- rule: something is wrong
  condition: [{active_loop: table_form}]
  steps: [{intent: deny}, {action: utter_change}, {action: table_form}, {active_loop: table_form}]
- rule: nothing new
  condition: [{active_loop: table_form}]
  steps:
  - or: [{intent: affirm}, {intent: inform}, {intent: book}]
  - action: utter_go_on
  - action: table_form
  - active_loop: table_form
"""

NLU = """
nlu:
- intent: book
  examples: |
    - book a table
    - reserve a table
    - a table for [two](people)
- intent: inform
  examples: |
    - [thai](food)
    - some [italian](food)
    - [two](people)
    - we are [four](people)
    - on [friday](day)
    - [sunday](day)
    - [thai](food) for [two](people)
    - [italian](food) on [sunday](day)
- intent: affirm
  examples: |
    - yes
    - right
- intent: deny
  examples: |
    - no
    - wrong
- intent: parking
  examples: |
    - where can i park
    - is there parking
- lookup: food
  examples: |
    - thai
    - italian
- lookup: people
  examples: |
    - two
    - four
- lookup: day
  examples: |
    - friday
    - sunday
"""


def write_table_bot(folder: Path, **changed: str) -> Path:
    """The project's files; ``rules=…`` and the like take the place of one."""
    files = {"config": CONFIG, "domain": DOMAIN, "rules": RULES, "nlu": NLU, **changed}
    (folder / "data").mkdir(parents=True)
    for name, text in files.items():
        place = folder if name in ("config", "domain") else folder / "data"
        version = "" if name == "config" else 'version: "3.1"\n'
        (place / f"{name}.yml").write_text(version + text, "utf-8")
    return folder


def brain_of(folder: Path) -> tuple[Project, Brain]:
    """The project, and its bot, trained first; the understanding is not."""
    result = train(folder, nlu=False)
    return Project.load(folder), Brain.load(open_bundle(result.path), project_root=folder)


@functools.cache
def trained() -> tuple[Project, Brain]:
    """The bot as it is above, trained once in each process."""
    folder = Path(tempfile.mkdtemp(prefix="chatwright-tables-"))
    atexit.register(shutil.rmtree, folder)
    return brain_of(write_table_bot(folder / "tables"))
