"""The lines from the service: waited for before there is an event loop, taken as they come after that."""

from __future__ import annotations

import select
from collections import deque
from typing import Protocol

from remotemedia._runner.configure import parse_stop

# A line that was sent before a signal may be read after it, by as much as a busy machine keeps the reading thread waiting.
_LAG_MS = 250


class ControlSource(Protocol):
    """The part of `remotemedia._channel.Control` that is needed here."""

    def fileno(self) -> int:
        """Readable when there are lines to take."""

    def take(self) -> list[bytes]:
        """The lines that came since the last call."""


class Commands:
    """Lines in their order, however they are asked for."""

    def __init__(self, control: ControlSource) -> None:
        self._control = control
        self._lines: deque[bytes] = deque()
        self._has_stopped = False

    def fileno(self) -> int:
        """Readable when there may be lines to take."""
        return self._control.fileno()

    def wait(self) -> bytes:
        """The next line. Blocks: on hang-up the watch thread ends the process."""
        poll = select.poll()
        poll.register(self._control.fileno(), select.POLLIN)
        while not self._lines:
            poll.poll()
            self._lines += self._control.take()
        return self._lines.popleft()

    def take_stops(self) -> list[str]:
        """The modes of the stop lines that have come. Lines of other types are for later versions."""
        self._lines += self._control.take()
        modes = [parse_stop(line) for line in self._lines]
        self._lines.clear()
        stops = [mode for mode in modes if mode is not None]
        self._has_stopped = self._has_stopped or bool(stops)
        return stops

    def has_stopped(self) -> bool:
        """Whether the service has said stop by now. Waits a moment for a line that is under way."""
        poll = select.poll()
        poll.register(self._control.fileno(), select.POLLIN)
        if not self._has_stopped and not self.take_stops() and poll.poll(_LAG_MS):
            self.take_stops()
        return self._has_stopped

    def wait_for_stop(self) -> None:
        """Blocks until the service says stop."""
        while parse_stop(self.wait()) is None:
            pass
