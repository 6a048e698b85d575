"""A running pipeline, for code with threads or without any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self

import grpc

from remotemedia.client._connection import Pairs
from remotemedia.client._data import Input
from remotemedia.client._errors import from_failed_call
from remotemedia.client._messages import Event, InitProgress, Output, close_request
from remotemedia.client._outbox import Outbox
from remotemedia.client._stream_state import StreamState, input_has_ended
from remotemedia.errors import RemoteMediaError
from remotemedia.wire import remotemedia_pb2 as wire


class Stream:
    """One running pipeline, from `Client.stream`. Iterate it for outputs; a failure of the pipeline is raised there.

    Both directions have backpressure: outputs that nobody reads stop the pipeline, and `send` returns only when there
    is room for more. Code that sends much without reading therefore waits for ever; send from one thread and read in
    another, or give the chunks to `Client.stream`. Leaving the ``with`` block before the end cancels the pipeline.
    """

    def __init__(
        self,
        method: Any,
        init: wire.StreamRequest,
        seconds: float | None,
        metadata: Pairs,
        address: str,
        on_progress: Callable[[InitProgress], object] | None,
    ) -> None:
        self._address = address
        self._state = StreamState(on_progress)
        self._outbox = Outbox(init)
        self._sending = Lock()
        self._call = method(self._outbox, timeout=seconds, metadata=metadata)
        # False: the call was over before.
        if not self._call.add_callback(self._outbox.abandon):
            self._outbox.abandon()
        self._events = self._read()

    @property
    def session_id(self) -> str | None:
        """The session's id, once all nodes are ready."""
        return self._state.session_id

    @property
    def warnings(self) -> list[str]:
        """What is odd about the manifest, once all nodes are ready."""
        return self._state.warnings

    @property
    def metrics(self) -> wire.ExecutionMetrics | None:
        """What was measured, once the pipeline has ended in order."""
        return self._state.metrics

    def send(self, node_id: str, data: Input, *, sequence: int | None = None, timestamp_ms: int | None = None) -> None:
        """Sends a chunk to a node. Returns when the next one may be sent.

        Args:
            node_id: The node it is for.
            data: Any `RuntimeData`, text, bytes, a numpy array, or ``(samples, sample_rate)`` for audio. A composite
                reaches the node in one call.
            sequence: Must grow from chunk to chunk; one more than the last when left out.
            timestamp_ms: Media time; the data's own when left out.

        Raises:
            RemoteMediaError: the pipeline has ended, with its failure if it has one.
        """
        with self._sending:
            message = self._state.chunk(node_id, data, sequence, timestamp_ms)
            if self._outbox.ended or not self._outbox.put(message):
                raise self._why_ended()

    def send_all(self, chunks: Iterable[tuple[str, Input]]) -> None:
        """Sends pairs of node id and data from a thread of their own, then ends the input. Returns at once.

        An exception in `chunks` cancels the pipeline and is raised where it is read.
        """
        Thread(target=self._send_all, args=(chunks,), name="remotemedia-send", daemon=True).start()

    def end(self) -> None:
        """No more input: the pipeline flushes, its last outputs come, and the iteration ends."""
        with self._sending:
            if not self._outbox.ended and self._outbox.put(close_request()):
                self._outbox.end()

    def cancel(self) -> None:
        """Stops the pipeline now, from any thread. The iteration ends with ``session.cancelled``."""
        self._call.cancel()

    def events(self) -> Iterator[Event]:
        """Everything that the stream says: progress, ready, outputs, metrics, closed."""
        return self._events

    def __iter__(self) -> Iterator[Output]:
        return (event for event in self._events if isinstance(event, Output))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()  # nothing, where it has ended

    def _read(self) -> Iterator[Event]:
        try:
            for response in self._call:
                yield from self._state.read(response)
        except grpc.RpcError as error:
            self._fail(from_failed_call(error, self._address))
        except RemoteMediaError as error:
            # The whole error; the status that follows has a shorter one.
            self._fail(error)
        finally:
            self._call.cancel()
            self._outbox.abandon()  # at once: gRPC calls back some time later
        if self._state.failure is not None:
            raise self._state.failure

    def _fail(self, error: BaseException) -> None:
        # What came first is the cause: chunks that could not be made end with a cancelled call.
        self._state.failure = self._state.failure or error

    def _send_all(self, chunks: Iterable[tuple[str, Input]]) -> None:
        try:
            for node_id, data in chunks:
                self.send(node_id, data)
            self.end()
        except BaseException as error:  # raised where the stream is read
            if not self._outbox.ended:
                self._fail(error)
                self.cancel()

    def _why_ended(self) -> BaseException:
        if self._state.failure is not None:
            return self._state.failure
        if not self._call.is_active() and self._call.code() is not grpc.StatusCode.OK:
            return from_failed_call(self._call, self._address)
        return input_has_ended()
