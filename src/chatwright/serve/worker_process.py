"""A worker of uvicorn whose death its parent notices at once."""

from __future__ import annotations

from uvicorn.supervisors import multiprocess

__all__ = ["WorkerProcess", "watch_workers"]


class WorkerProcess(multiprocess.Process):
    """As uvicorn's, but the parent keeps no copy of the worker's end of their pipe.

    With such a copy a question to a dying worker is answered by nothing, not even by the end of the pipe: the
    parent waits as long as it would for a busy worker before it replaces that one, or ends itself.
    """

    def start(self) -> None:
        super().start()
        self.child_conn.close()


def watch_workers() -> None:
    """Let uvicorn make its workers so."""
    multiprocess.Process = WorkerProcess
