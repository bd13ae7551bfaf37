"""A training run on disk, so that one that was cut off goes on: safetensors and JSON, no pickle."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

__all__ = ["Saved"]


@dataclass(frozen=True, slots=True)
class Saved:
    """What has to be the same again when a run goes on."""

    model: nn.Module
    head: nn.Module
    optimizer: torch.optim.Optimizer

    def write(self, folder: Path, state: Any) -> None:
        """Write everything into ``folder``, in one step: a cut leaves the checkpoint before.

        Args:
            state: dataclass with ``best``, weights of the best epoch, and JSON values.
        """
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        tensors = {
            **{f"model.{key}": value for key, value in self.model.state_dict().items()},
            **{f"head.{key}": value for key, value in self.head.state_dict().items()},
            **{f"best.{key}": value for key, value in state.best.items()},
            **{
                f"optimizer.{number}.{key}": value
                for number, found in self.optimizer.state_dict()["state"].items()
                for key, value in found.items()
            },
        }
        save_file(
            {key: value.clone().contiguous() for key, value in tensors.items()}, fresh / "run.safetensors"
        )
        reached = {f.name: getattr(state, f.name) for f in fields(state) if f.name != "best"}
        (fresh / "run.json").write_text(json.dumps(reached), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(fresh, folder)

    def read(self, folder: Path) -> dict[str, Any]:
        """Load everything back; the fields of ``state``, empty where there is no checkpoint."""
        if not (folder / "run.json").is_file():
            return {}
        tensors = load_file(folder / "run.safetensors")
        self.model.load_state_dict(_under("model.", tensors))
        self.head.load_state_dict(_under("head.", tensors))
        reached = json.loads((folder / "run.json").read_text("utf-8"))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in _under("optimizer.", tensors).items():
            number, _, name = key.partition(".")
            moments.setdefault(int(number), {})[name] = value
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        return {**reached, "best": _under("best.", tensors)}


def _under(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
