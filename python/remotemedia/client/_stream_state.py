"""What a stream knows of itself, whichever way it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from remotemedia.client._data import Input
from remotemedia.client._messages import Closed, Event, InitProgress, Ready, chunk, read_events
from remotemedia.errors import RemoteMediaError, make_error
from remotemedia.wire import remotemedia_pb2 as wire


class StreamState:
    """The facts that a stream has told so far, and the number of its last chunk."""

    def __init__(self, on_progress: Callable[[InitProgress], object] | None) -> None:
        self._on_progress = on_progress
        self._sequence = -1
        self.session_id: str | None = None
        self.warnings: list[str] = []
        self.metrics: wire.ExecutionMetrics | None = None
        self.failure: BaseException | None = None

    def chunk(self, node_id: str, data: Input, sequence: int | None, timestamp_ms: int | None) -> wire.StreamRequest:
        """The message for a chunk, numbered one more than the last where the caller gives no number."""
        number = self._sequence + 1 if sequence is None else sequence
        message = chunk(node_id, data, number, timestamp_ms)
        self._sequence = number
        return message

    def read(self, response: wire.StreamResponse) -> Iterator[Event]:
        """What the message says; keeps what is asked for later."""
        for event in read_events(response):
            match event:
                case InitProgress() if self._on_progress is not None:
                    self._on_progress(event)
                case Ready(session_id, warnings):
                    self.session_id = session_id
                    self.warnings = warnings
                case Closed(_, metrics):
                    self.metrics = metrics
            yield event


def input_has_ended() -> RemoteMediaError:
    """A chunk came too late."""
    return make_error(
        "input.invalid", "No chunk may follow after the end of the input", hint="Send all chunks before end()."
    )
