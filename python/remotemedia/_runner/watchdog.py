"""Notices a call of `process` or `flush` that takes too long, even while the event loop is blocked.

What is measured is the node's own time: waiting for room in an output is the business of whoever does not take.
Code that holds the GIL keeps this thread from running too; the service then asks the native thread of the control
connection, which is told of the same begin and end.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Protocol

from remotemedia._failure import Failure


class Work(Protocol):
    """The part of `remotemedia._channel.Control` that is needed here."""

    def begin_work(self, sequence: int | None, /) -> None:
        """The node is in `process` with the message of this sequence from now on, or in `flush` for None."""

    def end_work(self) -> None:
        """The node is in neither."""


class Watchdog:
    """Calls back once, from its own thread, when a watched block takes longer than it may.

    Args:
        timeout_ms: How long one block may take.
        on_timeout: Called with the hook, the failure and the sequence of the message. The failure's traceback shows where
            the threads of this process are at that moment.
        work: Told of begin and end as well.
    """

    def __init__(self, timeout_ms: float, on_timeout: Callable[[str, Failure, int | None], None], work: Work) -> None:
        self._timeout_ms = timeout_ms
        self._on_timeout = on_timeout
        self._work = work
        self._changed = threading.Condition()
        # While a block is watched: when it must be over. While it is paused: nothing, and how much time it has left.
        self._deadline: float | None = None
        self._left = 0.0
        # Of the message that is in `process`; None in `flush`.
        self._sequence: int | None = None
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    @contextmanager
    def watch(self, sequence: int | None) -> Iterator[None]:
        """Watches the block below it: one call of `process` with the message of this sequence, or of `flush` for None."""
        self._sequence = sequence
        self._begin(self._timeout_ms / 1000)
        try:
            yield
        finally:
            self._end()

    def pausing(self, emit: Callable[[Any], Awaitable[None] | None]) -> Callable[[Any], Awaitable[None] | None]:
        """The same function for use in a watched block, whose waits do not count."""

        def emit_unwatched(item: Any) -> Awaitable[None] | None:
            pending = emit(item)
            return None if pending is None else self._wait(pending)

        return emit_unwatched

    async def _wait(self, pending: Awaitable[None]) -> None:
        self._end()
        try:
            await pending
        finally:
            self._begin(self._left)

    def _begin(self, seconds: float) -> None:
        with self._changed:
            self._deadline = monotonic() + seconds
            self._changed.notify()
        self._work.begin_work(self._sequence)

    def _end(self) -> None:
        self._work.end_work()
        with self._changed:
            if self._deadline is not None:
                self._left = max(self._deadline - monotonic(), 0.0)
            self._deadline = None

    def _run(self) -> None:
        with self._changed:
            while True:
                if self._deadline is None:
                    self._changed.wait()
                elif (left := self._deadline - monotonic()) > 0:
                    self._changed.wait(left)
                else:
                    break
            sequence = self._sequence
        hook = "flush" if sequence is None else "process"
        self._on_timeout(hook, self._describe(hook), sequence)

    def _describe(self, hook: str) -> Failure:
        message = f"ProcessTimeout: {hook}() has not returned after {self._timeout_ms:g} ms (process_timeout_secs)"
        return Failure("ProcessTimeout", message, f"{_all_stacks()}{message}\n")


def _all_stacks() -> str:
    own = threading.get_ident()
    names = {each.ident: each.name for each in threading.enumerate()}
    shown = []
    for ident, frame in sys._current_frames().items():
        if ident != own:
            shown.append(f"Thread {names.get(ident, ident)} (most recent call last):\n")
            shown += traceback.format_stack(frame)
    return "".join(shown)
