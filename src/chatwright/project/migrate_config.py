"""``config.yml`` of Rasa 2 → 3: policies that became rules, components that were renamed."""

from __future__ import annotations

from typing import Any

__all__ = ["migrate_config"]

_RENAMED = {
    "DucklingHTTPExtractor": "DucklingEntityExtractor",
    "ConveRTTokenizer": "WhitespaceTokenizer",
    "SklearnPolicy": "TEDPolicy",
    "KerasPolicy": "TEDPolicy",
    "EmbeddingPolicy": "TEDPolicy",
}
_LOADERS = {"HFTransformersNLP": ("model_name", "model_weights", "cache_dir")}
_GONE = ("MappingPolicy", "FormPolicy", "FallbackPolicy", "TwoStageFallbackPolicy")


def migrate_config(content: Any, rules: list[dict[str, Any]], left: list[str]) -> list[str]:
    """Change the parsed file; gives what was done.

    Args:
        rules: rules that take the place of policies are added here.
        left: what has no equivalent is added here, with what to do.
    """
    said: list[str] = []
    said += _rename(content, "pipeline")
    said += _rename(content, "policies")
    said += _language_model(content)
    said += _policies(content, rules)
    for entry in content.get("pipeline") or ():
        if "." in str(entry.get("name")) and not str(entry["name"]).startswith("rasa."):
            left.append(
                f"config.yml: component {entry['name']} is code of yours or of a package; "
                "adapt it to chatwright.nlu.component.Component, or take it out"
            )
    return said


def _rename(content: Any, section: str) -> list[str]:
    said = []
    for entry in content.get(section) or ():
        if new := _RENAMED.get(str(entry.get("name"))):
            said.append(f"{entry['name']} is now {new}")
            entry["name"] = new
    return said


def _language_model(content: Any) -> list[str]:
    """The model is named by the featurizer; a tokenizer of its own is not needed."""
    pipeline = content.get("pipeline") or []
    loader = next((entry for entry in pipeline if entry.get("name") in _LOADERS), None)
    said = []
    for entry in pipeline:
        if entry.get("name") == "LanguageModelTokenizer":
            chinese = str(content.get("language", "")).startswith("zh")
            entry["name"] = "JiebaTokenizer" if chinese else "WhitespaceTokenizer"
            said.append(f"LanguageModelTokenizer is now {entry['name']}")
        if loader is not None and entry.get("name") == "LanguageModelFeaturizer":
            for key in _LOADERS[str(loader["name"])]:
                if key in loader and key not in entry:
                    entry[key] = loader[key]
    if loader is not None:
        pipeline.remove(loader)
        said.append(f"{loader['name']} is left out: LanguageModelFeaturizer names the model")
    return said


def _policies(content: Any, rules: list[dict[str, Any]]) -> list[str]:
    policies = content.get("policies") or []
    gone = {str(entry["name"]): entry for entry in policies if entry.get("name") in _GONE}
    if not gone:
        return []
    said = [f"{name} is replaced by rules" for name in gone]
    for entry in gone.values():
        policies.remove(entry)
    rule_policy = next((entry for entry in policies if entry.get("name") == "RulePolicy"), None)
    if rule_policy is None:
        rule_policy = {"name": "RulePolicy"}
        policies.append(rule_policy)
    fallback = gone.get("TwoStageFallbackPolicy") or gone.get("FallbackPolicy")
    if fallback is not None:
        _fall_back(content, fallback, rule_policy, rules)
    content["policies"] = policies
    return said


def _fall_back(content: Any, fallback: Any, rule_policy: Any, rules: list[dict[str, Any]]) -> None:
    two_stages = fallback["name"] == "TwoStageFallbackPolicy"
    pipeline = content.setdefault("pipeline", [])
    if not any(entry.get("name") == "FallbackClassifier" for entry in pipeline):
        threshold = fallback.get("nlu_threshold", 0.3)
        ambiguity = fallback.get("ambiguity_threshold", 0.1)
        pipeline.append(
            {"name": "FallbackClassifier", "threshold": threshold, "ambiguity_threshold": ambiguity}
        )
    if "core_threshold" in fallback:
        rule_policy["core_fallback_threshold"] = fallback["core_threshold"]
    last = fallback.get("fallback_core_action_name" if two_stages else "fallback_action_name")
    last = str(last or "action_default_fallback")
    rule_policy["core_fallback_action_name"] = last
    steps: list[dict[str, Any]] = [{"intent": "nlu_fallback"}]
    if two_stages:
        steps += [{"action": "action_two_stage_fallback"}, {"active_loop": "action_two_stage_fallback"}]
    else:
        steps += [{"action": last}]
    rules.append({"rule": "what was not understood", "steps": steps})
