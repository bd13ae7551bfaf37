"""Training the joint net: where PyTorch is, by ``training/nlu/fit_joint.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chatwright.errors import MissingExtraError
from chatwright.nlu.component import Message
from chatwright.nlu.joint_classifier import can_train
from chatwright.project.nlu_data import NluData

if TYPE_CHECKING:
    from chatwright.training.nlu.fit_joint import Fitted

__all__ = ["fit_joint_classifier"]


def fit_joint_classifier(
    data: NluData, messages: Sequence[Message], config: Mapping[str, Any]
) -> Fitted | None:
    """The net of a project; None where there is nothing to learn.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    if not can_train():
        raise MissingExtraError("training the JointClassifier", "train")
    from chatwright.training.nlu.fit_joint import fit_joint

    return fit_joint(data, messages, config)
