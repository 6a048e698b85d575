"""One task's wait for a doorbell, without a turn of the event loop between the two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any


class Wake:
    """What one task awaits, again and again, until `ring` resumes it at once.

    A future would schedule the task for the next turn of the loop, and that turn asks the operating system for events
    first: a system call and some of the loop's own work between the doorbell and `process`, for every message. This
    object speaks the protocol that a task expects of what it awaits (see `asyncio.isfuture`), keeps the callback that
    the task hands over, and calls it from the reader callback itself. That is allowed there: no task is running.
    """

    __slots__ = ("_asyncio_future_blocking", "_context", "_is_cancelled", "_loop", "_resume")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asyncio_future_blocking = False
        self._resume: Callable[[Any], object] | None = None
        self._context: Context | None = None
        self._is_cancelled = False

    def __await__(self) -> Generator[Any, None, None]:
        self._is_cancelled = False
        self._asyncio_future_blocking = True
        yield self
        # Resumed without a ring: the task was thrown into, and what it waited for is over.
        self._resume = None

    def ring(self) -> None:
        """Resumes the task if it waits. Call from a callback of the loop, where no task runs."""
        resume, context = self._resume, self._context
        if resume is not None and context is not None:
            self._resume = None
            context.run(resume, self)

    def ring_soon(self) -> None:
        """Resumes the task if it waits, from the loop's next turn. May be called from within a task."""
        self._loop.call_soon(self.ring)

    # What a task asks of the thing it waits for.

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop this belongs to."""
        return self._loop

    def add_done_callback(self, resume: Callable[[Any], object], *, context: Context) -> None:
        """Keeps how to resume the task."""
        self._resume = resume
        self._context = context

    def remove_done_callback(self, resume: Callable[[Any], object]) -> int:
        """Forgets how to resume the task."""
        was_kept = self._resume == resume
        self._resume = None
        return int(was_kept)

    def cancel(self, msg: object = None) -> bool:
        """Ends the wait because the task is cancelled; False when nothing waits."""
        if self._resume is None:
            return False
        self._is_cancelled = True
        self.ring_soon()
        return True

    def done(self) -> bool:
        """Whether no task waits."""
        return self._resume is None

    def result(self) -> None:
        """What the task is resumed with."""
        if self._is_cancelled:
            raise asyncio.CancelledError
