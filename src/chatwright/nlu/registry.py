"""Names in ``pipeline:`` → components.

Every component of Rasa 3.6 has its place here: one of ours does its work, or a sentence says what is
done instead. A name with dots is a component of the user's own.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from chatwright.errors import ComponentError, Location, Problem, did_you_mean
from chatwright.nlu.component import Component
from chatwright.nlu.encoder_option import RASA_WEIGHTS, encoder_option, frozen, lacking
from chatwright.nlu.joint_classifier import LEAST_EXAMPLES, can_train
from chatwright.project.nlu_data import NluData
from chatwright.schema.understanding import Understanding

__all__ = [
    "DEFAULT_PIPELINE",
    "Enlarger",
    "Plan",
    "Step",
    "check_pipeline",
    "import_component",
    "misspelt_options",
    "pipeline_errors",
    "plan_pipeline",
]

_RASA_PATH = "rasa."
_PACKAGE = "chatwright.nlu."


class Enlarger(Protocol):
    """Makes more training examples of those that there are."""

    def enlarge(
        self, data: NluData, train: Callable[[NluData], Callable[[Sequence[str]], Sequence[Understanding]]]
    ) -> NluData:
        """The data, and more; ``train`` fits the pipeline on data and gives its parser."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """A component to make."""

    kind: str
    """Module and class, such as ``chatwright.nlu.intent_classifier.IntentClassifier``."""
    config: Mapping[str, Any]


@dataclass(slots=True)
class Plan:
    """The steps of a pipeline, and what is done otherwise than the configuration says."""

    steps: list[Step] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    chinese: bool = False
    project_root: Path | None = None
    features: dict[str, Any] = field(default_factory=dict)
    """What the featurizers so far ask of the classifiers behind them."""
    patterns: dict[str, Any] | None = None
    embedder: dict[str, Any] | None = None
    """Where dense vectors of texts come from: see ``chatwright.lm.embedder.embedder_of``."""
    split_symbol: str | None = None
    """What stands between the parts of an intent's name, where they are to be learnt from."""
    featurizers: int = 0
    enlargers: list[Enlarger] = field(default_factory=list)
    """What adds to the examples before anything is trained."""

    def add(self, kind: str, entry: Mapping[str, Any], **more: Any) -> None:
        """One step, its module given within ``chatwright.nlu``."""
        self.steps.append(Step(_PACKAGE + kind, {**entry, **more}))

    def learner_options(self) -> dict[str, Any]:
        """Options of featurizers, for a component that learns; all features where there is none."""
        found = {
            "features": dict(self.features),
            "patterns": self.patterns if self.featurizers else {},
            "embedder": self.embedder,
            "intent_split_symbol": self.split_symbol,
        }
        return {key: value for key, value in found.items() if value is not None or key == "patterns"}

    def tagger_options(self) -> dict[str, Any]:
        """Options of featurizers for what finds entities, and whether the intent is known by then."""
        known = any(step.kind.endswith(".IntentClassifier") for step in self.steps)
        return {**self.learner_options(), "reads_intent": known}


DEFAULT_PIPELINE: tuple[Mapping[str, Any], ...] = (
    {"name": "MixedTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "HouseVectorsFeaturizer"},
    {"name": "IntentClassifier"},
    {"name": "EntityTagger"},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector"},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1, "scope_threshold": 0.4},
)
"""The pipeline of a project that names none."""


def check_pipeline(
    entries: Sequence[Mapping[str, Any]] | None, languages: Sequence[str], *, project_root: Path | None = None
) -> list[str]:
    """What would be done otherwise than ``entries`` say, a sentence each.

    Raises:
        ComponentError: a name is unknown, or a component lacks what it needs from those before it.
    """
    return plan_pipeline(entries, languages, project_root=project_root).notices


def plan_pipeline(
    entries: Sequence[Mapping[str, Any]] | None, languages: Sequence[str], *, project_root: Path | None = None
) -> Plan:
    """The steps that ``entries`` ask for (the default pipeline where there are none).

    Raises:
        ComponentError: as ``check_pipeline``.
    """
    plan, errors = _read(entries, languages, project_root)
    if errors:
        raise errors[0]
    return plan


def pipeline_errors(
    entries: Sequence[Mapping[str, Any]] | None, languages: Sequence[str], *, project_root: Path | None = None
) -> list[ComponentError]:
    """Why ``entries`` cannot be used: one error for each entry that is wrong, with its place."""
    return _read(entries, languages, project_root)[1]


def misspelt_options(entries: Sequence[Mapping[str, Any]] | None) -> list[Problem]:
    """Keys of ``entries`` that have no effect, but are written nearly as an option that has."""
    found: list[Problem] = []
    for number, entry in enumerate(entries or ()):
        name = _short(str(entry.get("name", "")).strip())
        known = _OPTIONS.get(name, "").split()
        for key in entry:
            if key in known or not (near := difflib.get_close_matches(str(key), known, n=1, cutoff=0.8)):
                continue
            at = Location("config.yml", key=f"pipeline[{number}]")
            message = f"{name} has no option '{key}'; it has no effect"
            found.append(Problem("warning", "unknown-option", message, f"did you mean '{near[0]}'?", at))
    return found


def _read(
    entries: Sequence[Mapping[str, Any]] | None, languages: Sequence[str], project_root: Path | None
) -> tuple[Plan, list[ComponentError]]:
    """The plan, and what is wrong; behind a wrong entry, what it would have given is not missed."""
    plan = Plan(chinese=_speaks_chinese(languages), project_root=project_root)
    available: set[str] = set()
    errors: list[ComponentError] = []
    for number, entry in enumerate(entries or DEFAULT_PIPELINE):
        before = len(plan.steps)
        try:
            _take(plan, entry)
            for step in plan.steps[before:]:
                _check_step(step, None if errors else available, project_root)
        except ComponentError as error:
            at = Location("config.yml", key=f"pipeline[{number}]")
            errors.append(ComponentError(error.message, fix=error.fix, location=at))
    return plan, errors


def _take(plan: Plan, given: Mapping[str, Any]) -> None:
    name = _short(str(given.get("name", "")).strip())
    entry = {**given, "name": name}
    if name in _MAKERS:
        try:
            _MAKERS[name](plan, entry)
        except (TypeError, ValueError) as error:
            raise _wrong_option(name, error) from error
    elif "." in name:
        _own(plan, entry, name)
    else:
        raise ComponentError(
            f"there is no component {name!r}",
            fix=did_you_mean(name, _MAKERS) or f"use one of {', '.join(sorted(_MAKERS))}",
        )


def import_component(kind: str, project_root: Path | None = None) -> type[Component]:
    """The class of a component; one of the user's own is looked for in the project's folder first.

    Raises:
        ComponentError: there is none, or it lacks methods of ``Component``.
    """
    module, _, name = kind.rpartition(".")
    if not kind.startswith(_PACKAGE) and project_root and str(project_root) not in sys.path:
        sys.path.insert(0, str(project_root))
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:  # the project's own code may fail in any way
        raise ComponentError(
            f"component {kind} cannot be imported: {error}",
            fix=f"is there a class {name} in {module.replace('.', '/')}.py of the project?",
        ) from error
    wanted = ("from_config", "fit", "process", "save", "load", "requires", "provides")
    missing = [method for method in wanted if not hasattr(found, method)]
    if missing:
        raise ComponentError(
            f"component {kind} lacks {', '.join(missing)}",
            fix="write it after chatwright.nlu.component.Component; a Rasa GraphComponent must be adapted",
        )
    return found


def _check_step(step: Step, available: set[str] | None, project_root: Path | None) -> None:
    """Its options, and where ``available`` (what those before it give) is known, its place."""
    kind = import_component(step.kind, project_root)
    name = step.config["name"]
    if step.kind.startswith(_PACKAGE):
        try:
            kind.from_config(step.config)
        except (TypeError, ValueError) as error:
            raise _wrong_option(name, error) from error
    if available is None:
        return
    if "tokens" in kind.provides & available:
        raise ComponentError(f"{name} is a second tokenizer", fix="leave one tokenizer in the pipeline")
    if missing := sorted(kind.requires - available):
        needs = {"tokens": "a tokenizer", "intent": "an intent classifier", "entities": "an entity extractor"}
        what = " and ".join(needs.get(field, field) for field in missing)
        raise ComponentError(f"{name} needs {what} before it", fix=f"put {what} earlier in the pipeline")
    available |= kind.provides


def _wrong_option(name: str, error: Exception) -> ComponentError:
    return ComponentError(
        f"{name}: an option has a value that it cannot have: {error}",
        fix="its options are listed in the reference, under Pipeline",
    )


def _short(name: str) -> str:
    """Rasa's own components may stand with their module paths."""
    return name.rsplit(".", 1)[-1] if name.startswith(_RASA_PATH) else name


def _speaks_chinese(languages: Sequence[str]) -> bool:
    return any(language.lower().split("-")[0].split("_")[0] == "zh" for language in languages)


Maker = Callable[[Plan, dict[str, Any]], None]


def _own(plan: Plan, entry: dict[str, Any], path: str) -> None:
    """A component of the user's own; where its code cannot be had, what does the same kind of work here."""
    entry["name"] = path.rpartition(".")[2]
    try:
        import_component(path, plan.project_root)
    except ComponentError as error:
        if not isinstance(error.__cause__, ModuleNotFoundError):
            plan.steps.append(Step(path, entry))  # what is wrong with it is said with its place
            return
        instead = next((kind for kind in _INSTEAD if entry["name"].endswith(kind)), None)
        done = f"is replaced by {_INSTEAD[instead]}" if instead else "is left out"
        plan.notices.append(f"{path} {done}: its code cannot be had ({error.__cause__})")
        if instead:
            _MAKERS[_INSTEAD[instead]](plan, {"name": _INSTEAD[instead]})
        elif entry["name"].endswith("Featurizer"):
            plan.featurizers += 1
        return
    plan.steps.append(Step(path, entry))


def _tokenizer(plan: Plan, entry: dict[str, Any]) -> None:
    name = entry["name"]
    if name == "WhitespaceTokenizer" and plan.chinese:
        entry["name"] = "MixedTokenizer"
        plan.notices.append("WhitespaceTokenizer: Chinese is split into words too, which spaces do not show")
    elif name in ("SpacyTokenizer", "MitieTokenizer"):
        plan.notices.append(f"{name} is replaced by a tokenizer that needs no model")
    if entry.get("intent_tokenization_flag"):
        plan.split_symbol = str(entry.get("intent_split_symbol") or "_")
    if path := entry.get("dictionary_path"):
        entry["dictionary_path"] = str((plan.project_root or Path()) / path)
    plan.add("tokenizer.Tokenizer", entry)


def _regex_featurizer(plan: Plan, entry: dict[str, Any]) -> None:
    plan.featurizers += 1
    plan.patterns = {key: value for key, value in entry.items() if key != "name"}


def _count_vectors(plan: Plan, entry: dict[str, Any]) -> None:
    """N-grams longer than ours are taken over; shorter ones would only take something away."""
    plan.featurizers += 1
    longest = int(entry.get("max_ngram") or 1)
    if str(entry.get("analyzer", "word")) == "word":
        plan.features["word_pairs"] = max(2, longest)
    else:
        plan.features["characters"] = (2, max(4, longest))


def _plain_featurizer(plan: Plan, entry: dict[str, Any]) -> None:
    plan.featurizers += 1


def _model_featurizer(plan: Plan, entry: dict[str, Any]) -> None:
    plan.featurizers += 1
    plan.embedder = plan.embedder or {"kind": "house"}
    plan.notices.append(f"{entry['name']}: the house vectors are used instead of its model's")


def _house_vectors(plan: Plan, entry: dict[str, Any]) -> None:
    plan.embedder = {"kind": "house"}


def _encoder(plan: Plan, entry: dict[str, Any]) -> None:
    plan.embedder = encoder_option(entry, plan.project_root)


def _language_model(plan: Plan, entry: dict[str, Any]) -> None:
    """The checkpoint that Rasa would take, as it is, if it is on this machine."""
    model = str(entry.get("model_weights") or RASA_WEIGHTS.get(str(entry.get("model_name") or "bert"), ""))
    if problem := lacking(model, plan.project_root, at_hand=True):
        plan.notices.append(
            f"LanguageModelFeaturizer: words and characters are used instead of {model}: {problem}"
        )
        plan.featurizers += 1
    else:
        plan.embedder = encoder_option({"model": model, "fine_tune": "none"}, plan.project_root)


def _model_loader(plan: Plan, entry: dict[str, Any]) -> None:
    plan.notices.append(f"{entry['name']} is left out: no component here needs its model")


def _diet(plan: Plan, entry: dict[str, Any]) -> None:
    if entry.get("intent_classification", True):
        plan.add("intent_classifier.IntentClassifier", entry, **plan.learner_options())
    if not entry.get("entity_recognition", True):
        return
    if can_train():
        options = plan.tagger_options()
        plan.add("joint_classifier.JointClassifier", entry, **options, least_examples=LEAST_EXAMPLES)
    else:
        plan.notices.append(
            "DIETClassifier is trained as a linear classifier and a light tagger; "
            "with the extra train a net joins them where there is much data"
        )
        _tagger(plan, entry)


def _joint(plan: Plan, entry: dict[str, Any]) -> None:
    options = plan.learner_options()
    if entry.get("intent_classification", True):
        plan.add("intent_classifier.IntentClassifier", entry, **options)
    plan.add("joint_classifier.JointClassifier", entry, **options)


def _classifier(plan: Plan, entry: dict[str, Any]) -> None:
    plan.add("intent_classifier.IntentClassifier", entry, **plan.learner_options())


def _tagger(plan: Plan, entry: dict[str, Any]) -> None:
    plan.add("entity_tagger.EntityTagger", entry, **plan.tagger_options())


def _selector(plan: Plan, entry: dict[str, Any]) -> None:
    plan.add("response_selector.ResponseSelector", entry, **frozen(plan.learner_options()))


def _values(plan: Plan, entry: dict[str, Any]) -> None:
    if entry["name"] == "DucklingEntityExtractor":
        plan.notices.append("DucklingEntityExtractor: numbers, times and money are found without a server")
    elif entry["name"] == "SpacyEntityExtractor":
        plan.notices.append("SpacyEntityExtractor: only numbers, times, money and the like are found")
    plan.add("values.ValueExtractor", entry)


def _augmenter(plan: Plan, entry: dict[str, Any]) -> None:
    from chatwright.nlu.fit_augment import Augmenter

    plan.enlargers.append(Augmenter.from_config(entry, plan.project_root))


def _self_training(plan: Plan, entry: dict[str, Any]) -> None:
    from chatwright.nlu.fit_self_training import SelfTraining

    plan.enlargers.append(SelfTraining.from_config(entry, plan.project_root))


def _emotion(plan: Plan, entry: dict[str, Any]) -> None:
    if path := entry.get("examples"):
        entry["examples"] = str((plan.project_root or Path()) / path)
    plan.add("emotion_classifier.EmotionClassifier", entry)


def _as(kind: str) -> Maker:
    return lambda plan, entry: plan.add(kind, entry)


_INSTEAD = {"Tokenizer": "MixedTokenizer", "Classifier": "IntentClassifier", "Extractor": "EntityTagger"}
"""What does the work of a component whose code cannot be had, by the end of its name."""

_MAKERS: dict[str, Maker] = {
    "CRFEntityExtractor": _tagger,
    "ConveRTFeaturizer": _model_featurizer,
    "CountVectorsFeaturizer": _count_vectors,
    "DIETClassifier": _diet,
    "DucklingEntityExtractor": _values,
    "EmotionClassifier": _emotion,
    "EncoderFeaturizer": _encoder,
    "EntitySynonymMapper": _as("synonyms.EntitySynonymMapper"),
    "EntityTagger": _tagger,
    "ExampleAugmenter": _augmenter,
    "FallbackClassifier": _as("fallback.FallbackClassifier"),
    "FuzzyEntityExtractor": _as("fuzzy_entities.FuzzyEntityExtractor"),
    "HouseVectorsFeaturizer": _house_vectors,
    "IntentClassifier": _classifier,
    "JiebaTokenizer": _tokenizer,
    "JointClassifier": _joint,
    "KeywordIntentClassifier": _as("keyword_classifier.KeywordIntentClassifier"),
    "LanguageModelFeaturizer": _language_model,
    "LexicalSyntacticFeaturizer": _plain_featurizer,
    "LogisticRegressionClassifier": _classifier,
    "MitieEntityExtractor": _tagger,
    "MitieFeaturizer": _model_featurizer,
    "MitieIntentClassifier": _classifier,
    "MitieNLP": _model_loader,
    "MitieTokenizer": _tokenizer,
    "MixedTokenizer": _tokenizer,
    "RegexEntityExtractor": _as("regex_entities.RegexEntityExtractor"),
    "RegexFeaturizer": _regex_featurizer,
    "ResponseSelector": _selector,
    "SelfTraining": _self_training,
    "SklearnIntentClassifier": _classifier,
    "SpacyEntityExtractor": _values,
    "SpacyFeaturizer": _model_featurizer,
    "SpacyNLP": _model_loader,
    "SpacyTokenizer": _tokenizer,
    "ValueExtractor": _values,
    "WhitespaceTokenizer": _tokenizer,
}

_CLASSIFIER = "ranking_length random_seed out_of_scope_intent"
_TAGGER = "L1_c L2_c max_iterations split_entities_by_comma"
_TOKENIZER = "dictionary_path token_pattern intent_tokenization_flag intent_split_symbol"
_OPTIONS: dict[str, str] = {
    "CRFEntityExtractor": _TAGGER,
    "CountVectorsFeaturizer": "analyzer max_ngram",
    "DIETClassifier": f"{_CLASSIFIER} {_TAGGER} intent_classification entity_recognition",
    "DucklingEntityExtractor": "dimensions timezone locale",
    "EmotionClassifier": "examples sentiments",
    "EncoderFeaturizer": "model fine_tune pooling",
    "EntityTagger": _TAGGER,
    "ExampleAugmenter": "copies methods thesaurus back_translate random_seed",
    "FallbackClassifier": "threshold ambiguity_threshold scope_threshold",
    "IntentClassifier": _CLASSIFIER,
    "JiebaTokenizer": _TOKENIZER,
    "JointClassifier": f"{_CLASSIFIER} {_TAGGER} least_examples intent_classification",
    "KeywordIntentClassifier": "case_sensitive",
    "LanguageModelFeaturizer": "model_name model_weights",
    "LogisticRegressionClassifier": _CLASSIFIER,
    "MitieEntityExtractor": _TAGGER,
    "MitieIntentClassifier": _CLASSIFIER,
    "MitieTokenizer": _TOKENIZER,
    "MixedTokenizer": _TOKENIZER,
    "RegexEntityExtractor": "case_sensitive use_regexes use_lookup_tables use_word_boundaries",
    "RegexFeaturizer": "case_sensitive use_regexes use_lookup_tables",
    "ResponseSelector": "retrieval_intent use_text_as_label ranking_length random_seed",
    "SelfTraining": "unlabelled threshold per_intent rounds",
    "SklearnIntentClassifier": _CLASSIFIER,
    "SpacyEntityExtractor": "dimensions timezone locale",
    "SpacyTokenizer": _TOKENIZER,
    "ValueExtractor": "entities timezone locale",
    "WhitespaceTokenizer": _TOKENIZER,
}
"""Options that have an effect, as docs/reference/pipeline.md lists them."""
