"""The bot that a worker serves, and its change without a pause."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from pathlib import Path
from typing import Any

from chatwright.bot import Bot
from chatwright.brain import Brain
from chatwright.brokers.relay import relaying
from chatwright.bundle import Bundle, latest_bundle, open_bundle
from chatwright.errors import BundleError, ChatwrightError, RequestError
from chatwright.project.config import load_config
from chatwright.project.endpoints import load_endpoints
from chatwright.schema.messages import new_id
from chatwright.serve import metrics
from chatwright.serve.settings import ServeSettings
from chatwright.stores.project_store import open_store
from chatwright.stores.store import ConversationStore

__all__ = ["BotHost"]

logger = logging.getLogger(__name__)

POLL_S = 1.0
"""How often a worker looks which bundle it is to serve."""
HEARTBEAT_S = 5.0
ALIVE_S = 20.0
"""A worker that has not been heard of for so long is not waited for."""
CONFIRM_WITHIN_S = 60.0
GRACE_S = 30.0
"""A server that stops waits so long for the turns under way."""


class BotHost:
    """Loads the bot, watches for another one, and swaps. One a worker.

    One row of the store says which bundle all workers serve. A bundle that is newly written into the
    folder of bundles becomes the current one, unless the server was started on a named file.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self.settings = settings
        self.root = settings.root.resolve()
        self.endpoints = load_endpoints(self.root / settings.endpoints)
        self.name = load_config(self.root / "config.yml").name
        """What the bot is called on its chat page."""
        self.bot: Bot | None = None
        """What is served now; None after ``unload``, or where there is no bundle yet."""
        self.worker = f"{os.getpid()}-{new_id()[:8]}"
        self._store: ConversationStore | None = None
        self._sending = contextlib.AsyncExitStack()
        """What sends events to a broker."""
        self._tasks: set[asyncio.Task[Any]] = set()
        self._retired: set[Bot] = set()
        self._loading = asyncio.Lock()
        self._last_beat = 0.0
        self._seen: tuple[str, int] | None = None
        self._refused: dict[str, Any] | None = None

    @property
    def store(self) -> ConversationStore:
        """The conversation store."""
        if self._store is None:
            raise RequestError("the server is starting", status=503, reason="NotReady")
        return self._store

    @property
    def models(self) -> Path:
        """Folder of bundles."""
        path = self.root / self.settings.model
        return path if self._follows_folder else path.parent

    @property
    def _follows_folder(self) -> bool:
        """Whether the newest bundle of a folder is served, not a named one."""
        path = self.root / self.settings.model
        return path.is_dir() or not path.suffix

    async def start(self) -> None:
        """Open the store and load the bundle; without any, the server runs and says that it has none.

        Raises:
            BundleError: a bundle was named, and it cannot be loaded.
            StoreUnavailable: the store cannot be opened.
            ProjectError: there is no such event broker as endpoints.yml names.
        """
        self._store = await open_store(self.root, self.endpoints, url=self.settings.store)
        await self._sending.enter_async_context(relaying(self._store, self.endpoints, self.root))
        self._seen = self._newest() if self._follows_folder else None
        current = await self._store.current_bundle()
        if current and current.get("run") == self.settings.run:
            with contextlib.suppress(BundleError):  # it is gone; _look says so
                await self._follow(current)  # this worker takes the place of one that died
        elif not self._follows_folder:
            await self._announce(await self._serve(self.root / self.settings.model))
        elif self._seen is not None:
            await self._announce(await self._serve(Path(self._seen[0])))
        self._spawn(self._watch())

    async def stop(self) -> None:
        """Stop watching, let the turns under way end, close everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        bots = [*self._retired, *([self.bot] if self.bot else [])]
        try:
            async with asyncio.timeout(GRACE_S):
                await asyncio.gather(*(bot.close() for bot in bots))
        except TimeoutError:
            logger.warning("turns that took too long are left; they begin again at the next start")
        await self._sending.aclose()
        if self._store is not None:
            with contextlib.suppress(ChatwrightError):
                await self._store.forget_worker(self.worker)
            await self._store.close()

    async def replace(self, path: Path) -> None:
        """Serve another bundle; comes back when all workers do.

        Raises:
            BundleError: it cannot be loaded.
            RequestError: a worker has not confirmed in time (status 503).
        """
        bot = await self._serve(path)
        await self._announce(bot)
        deadline = time.time() + CONFIRM_WITHIN_S
        while behind := await self._behind(bot.bundle_id):
            if time.time() > deadline:
                raise RequestError(
                    f"{len(behind)} workers have not loaded the bundle yet", status=503, reason="NotReady"
                )
            await asyncio.sleep(POLL_S / 4)

    async def unload(self) -> None:
        """Serve nothing, on all workers."""
        await self._say(None, None)
        self._swap(None)

    async def _announce(self, bot: Bot) -> None:
        """Let all workers serve it."""
        current = await self.store.current_bundle() or {}
        if (current.get("bundle_id"), current.get("run")) != (bot.bundle_id, self.settings.run):
            await self._say(bot.bundle_id, str(bot.model_file))
        await self._beat()

    async def _say(self, bundle_id: str | None, path: str | None) -> None:
        run = self.settings.run
        await self.store.set_current_bundle({"bundle_id": bundle_id, "path": path, "run": run})

    async def _behind(self, bundle_id: str) -> list[str]:
        alive_since = time.time() - ALIVE_S
        return [
            worker
            for worker, told in (await self.store.confirmations()).items()
            if told["at"] > alive_since and told["bundle_id"] != bundle_id
        ]

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self._look()
            except ChatwrightError as error:
                logger.error("looking for another bundle: %s", error)
            except Exception:
                logger.exception("looking for another bundle failed")

    async def _look(self) -> None:
        newest = self._newest() if self._follows_folder else None
        if newest is not None and newest != self._seen:
            self._seen = newest
            await self._announce(await self._serve(Path(newest[0])))
            return
        current = await self.store.current_bundle()
        wanted = current["bundle_id"] if current else None
        serving = self.bot.bundle_id if self.bot else None
        if current and wanted != serving and current != self._refused:
            try:
                await self._follow(current)
            except BundleError:
                self._refused = current  # said once, not every second
                raise
            await self._beat()
        elif time.time() - self._last_beat > HEARTBEAT_S:
            await self._beat()

    async def _follow(self, current: dict[str, Any]) -> None:
        if current["bundle_id"] is None:
            self._swap(None)
        else:
            await self._serve(Path(current["path"]))

    async def _serve(self, path: Path) -> Bot:
        """Load beside the bot that runs, then swap."""
        async with self._loading:
            bundle = await asyncio.to_thread(open_bundle, path)
            if self.bot is not None and self.bot.bundle_id == bundle.manifest.bundle_id:
                return self.bot
            brain = await asyncio.to_thread(self._load, bundle)
            bot = Bot(brain, self.store, bundle.path, observe=metrics.observe)
            self._swap(bot)
        logger.info("serving bundle %s", bot.bundle_id[:8])
        return bot

    def _load(self, bundle: Bundle) -> Brain:
        return Brain.load(bundle, project_root=self.root, endpoints=self.endpoints)

    def _swap(self, bot: Bot | None) -> None:
        """From now on new turns get ``bot``; those under way keep theirs."""
        old, self.bot = self.bot, bot
        metrics.serving(bot.bundle_id if bot else None)
        if old is not None:
            self._retired.add(old)
            self._spawn(self._retire(old))

    async def _retire(self, bot: Bot) -> None:
        await bot.close()
        self._retired.discard(bot)

    async def _beat(self) -> None:
        self._last_beat = time.time()
        await self.store.confirm_bundle(self.worker, self.bot.bundle_id if self.bot else "")

    def _newest(self) -> tuple[str, int] | None:
        try:
            path = latest_bundle(self.models)
            return str(path), path.stat().st_mtime_ns
        except (BundleError, OSError):
            return None

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
