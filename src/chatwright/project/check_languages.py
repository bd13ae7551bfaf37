"""Checks that a bot of several languages can say everything in each of them.

Only projects that declare ``languages:`` are checked. A variation with ``language:`` speaks that language;
one without speaks the default language, or all of them where it has no words of its own (``{answer}``, a
picture).
"""

from __future__ import annotations

import re

from chatwright.errors import did_you_mean
from chatwright.project.domain import ResponseVariation
from chatwright.project.findings import Findings
from chatwright.project.project import Project

__all__ = ["check_languages"]

_PLACEHOLDER = re.compile(r"\{[^{}\n]*\}")


def check_languages(project: Project, findings: Findings) -> None:
    """Each response has a variation in each language, and no others."""
    config = project.config
    for name, variations in project.domain.responses.items():
        spoken: set[str] = set()
        for variation in variations:
            language = variation.language
            if language is not None and language not in config.languages:
                findings.add(
                    "error" if config.declares_languages else "warning",
                    "unknown-language",
                    f"a variation of '{name}' is in '{language}', which the bot does not speak",
                    at=variation.location,
                    fix=did_you_mean(language, config.languages)
                    or f"add '{language}' to 'languages' in config.yml",
                )
            spoken |= _speaks(variation, config.languages)
        missing = [language for language in config.languages if language not in spoken]
        if config.declares_languages and variations and missing:
            findings.error(
                "missing-language",
                f"response '{name}' has no variation in {' and '.join(missing)}",
                at=variations[0].location,
                fix=f"add a variation with 'language: {missing[0]}'",
            )


def _speaks(variation: ResponseVariation, languages: list[str]) -> set[str]:
    if variation.language is not None:
        return {variation.language}
    words = _PLACEHOLDER.sub("", str(variation.content.get("text") or ""))
    return {languages[0]} if any(char.isalpha() for char in words) else set(languages)
