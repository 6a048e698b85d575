"""A running pipeline, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

from remotemedia.client._async_calls import cancelled_call
from remotemedia.client._data import Input
from remotemedia.client._errors import from_failed_call
from remotemedia.client._messages import Event, InitProgress, Output, close_request
from remotemedia.client._stream_state import StreamState, input_has_ended
from remotemedia.errors import RemoteMediaError
from remotemedia.wire import remotemedia_pb2 as wire


class AsyncStream:
    """One running pipeline, from `AsyncClient.stream`. Iterate it for outputs; a failure is raised there.

    Both directions have backpressure: outputs that nobody reads stop the pipeline, and `send` returns only when there
    is room for more. Send in one task and read in another, or give the chunks to `AsyncClient.stream`. A task that is
    cancelled while it sends or reads cancels the pipeline, and so does leaving the ``async with`` block before the end.
    """

    def __init__(
        self,
        call: Any,
        init: wire.StreamRequest,
        address: str,
        on_progress: Callable[[InitProgress], object] | None,
    ) -> None:
        self._call = call
        self._address = address
        self._state = StreamState(on_progress)
        self._first: wire.StreamRequest | None = init
        self._sending = asyncio.Lock()
        self._is_ended = False
        self._feeder: asyncio.Task[None] | None = None
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

    async def send(
        self, node_id: str, data: Input, *, sequence: int | None = None, timestamp_ms: int | None = None
    ) -> None:
        """Sends a chunk to a node. Returns when the next one may be sent. Arguments as for `Stream.send`.

        Raises:
            RemoteMediaError: the pipeline has ended, with its failure if it has one.
        """
        async with self._sending:
            if self._is_ended:
                raise self._state.failure or input_has_ended()
            await self._write(self._state.chunk(node_id, data, sequence, timestamp_ms))

    def send_all(self, chunks: AsyncIterable[tuple[str, Input]] | Iterable[tuple[str, Input]]) -> None:
        """Sends pairs of node id and data in a task of its own, then ends the input. Returns at once.

        An exception in `chunks` cancels the pipeline and is raised where it is read.
        """
        self._feeder = asyncio.ensure_future(self._send_all(chunks))

    async def end(self) -> None:
        """No more input: the pipeline flushes, its last outputs come, and the iteration ends."""
        async with self._sending:
            if self._is_ended:
                return
            self._is_ended = True
            await self._write(close_request())
            await self._call.done_writing()

    def cancel(self) -> None:
        """Stops the pipeline now. The iteration ends with ``session.cancelled``."""
        self._is_ended = True
        self._call.cancel()

    def events(self) -> AsyncIterator[Event]:
        """Everything that the stream says: progress, ready, outputs, metrics, closed."""
        return self._events

    async def __aiter__(self) -> AsyncIterator[Output]:
        async for event in self._events:
            if isinstance(event, Output):
                yield event

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cancel()  # nothing, where it has ended
        if self._feeder is not None:
            self._feeder.cancel()
            await asyncio.gather(self._feeder, return_exceptions=True)

    async def _read(self) -> AsyncIterator[Event]:
        try:
            if self._first is not None:
                async with self._sending:
                    await self._write_first()
            while (response := await self._call.read()) is not grpc.aio.EOF:
                for event in self._state.read(response):
                    yield event
            if await self._call.code() is not grpc.StatusCode.OK:
                self._fail(await self._status_error())
        except grpc.aio.AioRpcError as error:
            self._fail(from_failed_call(error, self._address))
        except RemoteMediaError as error:
            # The whole error; the status that follows has a shorter one.
            self._fail(error)
        except asyncio.CancelledError:
            self._fail(cancelled_call())
        finally:
            self.cancel()
        if self._state.failure is not None:
            raise self._state.failure

    async def _write(self, message: wire.StreamRequest) -> None:
        try:
            await self._write_first()
            await self._call.write(message)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
            raise self._state.failure or await self._status_error() from None
        except asyncio.CancelledError:
            raise self._state.failure or cancelled_call() from None

    async def _write_first(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            await self._call.write(first)

    async def _status_error(self) -> BaseException:
        code, message = await self._call.code(), await self._call.details()
        if code is grpc.StatusCode.OK:
            return input_has_ended()
        trailers = await self._call.trailing_metadata()
        return from_failed_call(grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, message), self._address)

    def _fail(self, error: BaseException) -> None:
        # What came first is the cause: chunks that could not be made end with a cancelled call.
        self._state.failure = self._state.failure or error

    async def _send_all(self, chunks: AsyncIterable[tuple[str, Input]] | Iterable[tuple[str, Input]]) -> None:
        try:
            if isinstance(chunks, AsyncIterable):
                async for node_id, data in chunks:
                    await self.send(node_id, data)
            else:
                for node_id, data in chunks:
                    await self.send(node_id, data)
            await self.end()
        except Exception as error:  # raised where the stream is read
            if not self._is_ended:
                self._fail(error)
                self.cancel()
