"""An action server whose answers follow from the request alone, so that two bots can be held to them.

The public projects come without the code of their actions. Forms are validated as a ``FormValidationAction``
without methods of its own does it: what was extracted is taken. Every other action says its name and sets the
first slot that only actions fill.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VALUES = {"bool": True, "float": 1.0, "list": ["one"]}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Events and responses of one call."""
    name, tracker = request["next_action"], request["tracker"]
    if name.startswith("validate_") or name == "action_validate_slot_mappings":
        return {"events": _just_extracted(tracker["events"]), "responses": []}
    if name.startswith("action_ask_"):
        return {"events": [], "responses": [{"text": f"{name} asks"}]}
    slots = request.get("domain", {}).get("slots", {})
    own = [key for key, slot in slots.items() if any(m["type"] == "custom" for m in slot["mappings"])]
    events = [{"event": "slot", "name": own[0], "value": _value(slots[own[0]])}] if own else []
    return {"events": events, "responses": [{"text": f"{name} ran"}]}


def summary(request: Mapping[str, Any]) -> dict[str, Any]:
    """What two bots must send alike."""
    tracker = request["tracker"]
    return {
        "action": request["next_action"],
        "events": len(tracker["events"]),
        "slots": {name: value for name, value in tracker["slots"].items() if value is not None},
        "intent": (tracker["latest_message"].get("intent") or {}).get("name"),
        "active_loop": (tracker["active_loop"] or {}).get("name"),
        "latest_action": tracker["latest_action_name"],
    }


def _just_extracted(events: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, Any] = {}
    for event in reversed(events):
        if event["event"] != "slot":
            break
        found.setdefault(event["name"], event["value"])
    return [{"event": "slot", "name": name, "value": value} for name, value in found.items()]


def _value(slot: Mapping[str, Any]) -> Any:
    if slot["type"] == "categorical":
        return slot["values"][0]
    return VALUES.get(slot["type"], "one")


@contextmanager
def stand_in_actions() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of a running server, and the growing list of what it was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"conversation": request["sender_id"], **summary(request)})
            content = json.dumps(answer(request)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/webhook", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
