"""Figures for Prometheus, right across workers (prometheus_client's multiprocess mode)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from chatwright.bot import Turn
from chatwright.project.credentials import CHANNELS
from chatwright.project.domain import NLU_FALLBACK
from chatwright.schema.events import UserUttered
from chatwright.serve.workers import SHARED_FOLDER_VARIABLE

__all__ = ["HTTP_REQUESTS", "IN_PROGRESS", "forget_dead", "forget_process", "observe", "router", "serving"]

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)

TURNS = Counter("chatwright_turns", "Kept turns.", ["channel"])
TURN_SECONDS = Histogram(
    "chatwright_turn_seconds", "From a message to its kept answer.", ["channel"], buckets=_SECONDS
)
STAGE_SECONDS = Histogram(
    "chatwright_stage_seconds",
    "Time of a turn by stage: wait (for the conversation's lock), understand, track, decide, act.",
    ["stage"],
    buckets=_SECONDS,
)
FALLBACKS = Counter("chatwright_fallbacks", "Messages that were not understood.")
ACTION_ERRORS = Counter("chatwright_action_errors", "Actions that failed.", ["code"])
IN_PROGRESS = Gauge("chatwright_requests_in_progress", "Requests under way.", multiprocess_mode="livesum")
HTTP_REQUESTS = Counter("chatwright_http_requests", "Answered requests.", ["method", "route", "status"])
SERVING = Gauge(
    "chatwright_workers_serving", "Workers by the bundle they serve.", ["bundle"], multiprocess_mode="livesum"
)

_CHANNELS = frozenset((*CHANNELS, "web", "openai"))
_served: str | None = None

router = APIRouter(tags=["server"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics() -> Response:
    """Figures of all workers, in Prometheus' text format."""
    registry = REGISTRY
    if os.environ.get(SHARED_FOLDER_VARIABLE):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def observe(turn: Turn) -> None:
    """Count a kept turn."""
    why: Mapping[str, Any] = turn.why
    heard = next((event for event in turn.events if isinstance(event, UserUttered)), None)
    channel = heard.input_channel if heard else None
    channel = channel if channel in _CHANNELS else "other"  # who writes may name any
    TURNS.labels(channel).inc()
    for stage, milliseconds in why["timing_ms"].items():
        histogram = TURN_SECONDS.labels(channel) if stage == "all" else STAGE_SECONDS.labels(stage)
        histogram.observe(milliseconds / 1000)
    if why.get("understanding", {}).get("intent") == NLU_FALLBACK:
        FALLBACKS.inc()
    for step in why["steps"]:
        if step.get("error"):
            ACTION_ERRORS.labels(step["error"].get("code", "unknown")).inc()


def serving(bundle_id: str | None) -> None:
    """Say which bundle this worker serves."""
    global _served
    if _served:
        SERVING.labels(_served).set(0)
    _served = bundle_id[:8] if bundle_id else None
    if _served:
        SERVING.labels(_served).set(1)


def forget_process(pid: int) -> None:
    """A worker has ended: its gauges count no more."""
    if os.environ.get(SHARED_FOLDER_VARIABLE):
        multiprocess.mark_process_dead(pid)


def forget_dead() -> None:
    """Workers that were killed could not say that they have ended."""
    folder = os.environ.get(SHARED_FOLDER_VARIABLE)
    for path in Path(folder).glob("gauge_live*_*.db") if folder else ():
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            forget_process(pid)
        except PermissionError:
            pass  # it lives
