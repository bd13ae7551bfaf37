"""The start of a policy that learns how to ask; ``chatwright align policy`` gives it its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatwright.dialogue.policies.aligned import AlignedPolicy
from chatwright.dialogue.policies.form_choices import FormChoices
from chatwright.errors import ComponentError, did_you_mean
from chatwright.project.domain import Domain

__all__ = ["fit_aligned"]


def fit_aligned(config: Mapping[str, Any], domain: Domain) -> AlignedPolicy:
    """The policy that an entry of config.yml describes, not trained yet.

    Raises:
        ComponentError: ``may_skip`` names a slot that no form asks for, or ``give_up`` an action that is
        none.
    """
    asked = {slot for form in domain.forms.values() for slot in form.required_slots}
    may_skip = [str(slot) for slot in config.get("may_skip") or ()]
    for slot in may_skip:
        if slot not in asked:
            raise ComponentError(
                f"may_skip of AlignedPolicy names {slot!r}, which no form asks for",
                fix=did_you_mean(slot, asked) or "name slots that stand in required_slots of a form",
            )
    give_up = config.get("give_up")
    if give_up is not None and give_up not in domain.action_names:
        raise ComponentError(
            f"give_up of AlignedPolicy names {give_up!r}, which is no action",
            fix=did_you_mean(str(give_up), domain.action_names) or "name an action or response of the domain",
        )
    return AlignedPolicy(
        choices=FormChoices.of(domain, may_skip=may_skip, give_up=give_up),
        priority=int(config.get("priority", 5)),
        give_up=give_up,
    )
