"""Events as lines of a file (``type: file``)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import orjson

from chatwright.brokers.broker import Sent
from chatwright.errors import BrokerUnavailable

__all__ = ["FileBroker"]


class FileBroker:
    """Appends one JSON object a line."""

    def __init__(self, url: str | None, *, root: Path, path: str = "rasa_event.log") -> None:
        self._path = root / path
        self._file: IO[bytes] | None = None

    def publish(self, events: Sequence[Sent], *, headers: Mapping[str, str] | None = None) -> None:
        """Append; on disk when it comes back."""
        lines = b"".join(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE) for event in events)
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("ab")
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self.close()
            raise BrokerUnavailable(
                f"events cannot be written to {self._path}: {error}", fix="check the path and the free space"
            ) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
