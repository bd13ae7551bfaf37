"""A small HTTP server that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Recorder", "recorder"]


@dataclass
class Recorder:
    """What came, and what goes back."""

    url: str = ""
    status: int = 200
    body: Any = field(default_factory=dict)
    """Sent as JSON; bytes as they are."""
    delay_s: float = 0.0
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Each with ``path``, ``headers``, ``body`` and the sender's ``port``."""


@contextmanager
def recorder() -> Iterator[Recorder]:
    """A server on a free port of this machine."""
    record = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "deflate":
                content = zlib.decompress(content)
            record.requests.append(
                {
                    "path": self.path,
                    "headers": dict(self.headers),
                    "body": json.loads(content),
                    "port": self.client_address[1],
                }
            )
            time.sleep(record.delay_s)
            answer = record.body if isinstance(record.body, bytes) else json.dumps(record.body).encode()
            self.send_response(record.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that went away

    server = Server(("127.0.0.1", 0), Handler)
    record.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
