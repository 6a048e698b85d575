"""Notices a message that stays in `process` for too long, even while the event loop is blocked."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from remotemedia._failure import Failure


class Watchdog:
    """Calls back once, from its own thread, when a watched block takes longer than it may.

    Args:
        timeout_ms: How long one block may take.
        on_timeout: Called with the failure and the sequence of the message. The failure's traceback shows where the
            threads of this process are at that moment.
    """

    def __init__(self, timeout_ms: float, on_timeout: Callable[[Failure, int | None], None]) -> None:
        self._timeout_ms = timeout_ms
        self._on_timeout = on_timeout
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._sequence: int | None = None
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    @contextmanager
    def watch(self, sequence: int | None) -> Iterator[None]:
        """Watches the block below it."""
        with self._changed:
            self._deadline = monotonic() + self._timeout_ms / 1000
            self._sequence = sequence
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
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
        self._on_timeout(self._describe(), sequence)

    def _describe(self) -> Failure:
        message = f"ProcessTimeout: process() has not returned after {self._timeout_ms:g} ms (process_timeout_secs)"
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
