"""The thread that runs plain ``def`` hooks, one after another."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

_T = TypeVar("_T")
_Job = tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]


class Worker:
    """One thread, started at its first use.

    A daemon, because a hook that never returns must not keep the process. Leaner than an executor: a call costs two
    thread switches and no lock of ours.
    """

    def __init__(self, name: str = "hooks") -> None:
        self._name = name
        self._jobs: SimpleQueue[_Job | None] | None = None

    async def run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Calls a function in the thread, after all calls before it.

        Cancelling the caller leaves the function running.
        """
        loop = asyncio.get_running_loop()
        if self._jobs is None:
            self._jobs = SimpleQueue()
            threading.Thread(target=_work, args=(self._jobs, loop), name=self._name, daemon=True).start()
        future: asyncio.Future[_T] = loop.create_future()
        self._jobs.put((future, function, arguments))
        del arguments  # a message is held by its user alone
        return await future

    async def is_idle_within(self, seconds: float) -> bool:
        """Waits until the function that is running returns; False when it has not after so many seconds."""
        if self._jobs is None:
            return True
        done, _ = await asyncio.wait([asyncio.ensure_future(self.run(_nothing))], timeout=seconds)
        return bool(done)

    def close(self) -> None:
        """Ends the thread once it is idle."""
        if self._jobs is not None:
            self._jobs.put(None)
            self._jobs = None


def _nothing() -> None:
    """Returns once it is its turn."""


def _work(jobs: SimpleQueue[_Job | None], loop: asyncio.AbstractEventLoop) -> None:
    while True:
        job = jobs.get()
        if job is None:
            return
        future, function, arguments = job
        result: Any = None
        error: BaseException | None = None
        try:
            result = function(*arguments)
        except BaseException as raised:  # SystemExit from a hook belongs to its caller too
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, future, result, error)
        # What this call held must not live until the next one.
        del job, future, function, arguments, result, error


def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    elif isinstance(error, StopIteration):
        future.set_exception(RuntimeError("StopIteration raised by a hook"))
    else:
        future.set_exception(error)
