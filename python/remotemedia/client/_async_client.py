"""The client for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

from remotemedia.client._async_calls import cancelled_call
from remotemedia.client._async_stream import AsyncStream
from remotemedia.client._connection import Connection, Methods, Tls, deadline
from remotemedia.client._data import Input
from remotemedia.client._errors import from_failed_call
from remotemedia.client._messages import (
    CLIENT_VERSION,
    ExecuteResult,
    InitProgress,
    execute_request,
    read_result,
    read_version,
    stream_init,
)
from remotemedia.wire import remotemedia_pb2 as wire


class AsyncClient:
    """A connection to one service, for asyncio. What fails raises a `RemoteMediaError`.

    It belongs to the event loop of its first call. Cancelling a task cancels the call that it waits for, and
    everything that the call started in the service. Use it in an ``async with`` block, or call `close`.

    Args:
        address: Host and port, for example ``"localhost:50051"``.
        token: Sent as ``authorization: Bearer …`` with every call.
        tls: True for TLS with the system's authorities, or the certificates to use; without TLS when left out.
        max_message_bytes: Largest answer to accept, in bytes; any when left out, since the service has its own limit.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        tls: Tls | bool | None = None,
        max_message_bytes: int | None = None,
    ) -> None:
        self._connection = Connection(address, token, tls, max_message_bytes)

    # Opened at the first call, since it needs the loop that runs then.
    @cached_property
    def _channel(self) -> Any:
        return self._connection.open(grpc.aio)

    @cached_property
    def _methods(self) -> Methods:
        return Methods.of(self._channel)

    @property
    def address(self) -> str:
        """Host and port."""
        return self._connection.address

    async def execute(
        self,
        manifest: Any,
        inputs: Mapping[str, Input] | None = None,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the service's, which knows what it ends
        metadata: Mapping[str, str] | None = None,
    ) -> ExecuteResult:
        """Runs a pipeline to its end: all input in, all output back. Arguments as for `Client.execute`.

        Raises:
            RemoteMediaError: the pipeline failed, or the service said no.
            TypeError: an input is of a type that could mean several kinds of data.
        """
        request = execute_request(manifest, inputs, timeout)
        return read_result(await self._call(self._methods.execute, request, deadline(timeout), metadata))

    def stream(
        self,
        manifest: Any,
        chunks: AsyncIterable[tuple[str, Input]] | Iterable[tuple[str, Input]] | None = None,
        *,
        inputs: Mapping[str, Input] | None = None,
        on_progress: Callable[[InitProgress], object] | None = None,
        timeout: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> AsyncStream:
        """Starts a pipeline that takes chunks and gives results for as long as the stream is open.

        Arguments as for `Client.stream`; `chunks` may be asynchronous and are sent by a task of their own.
        """
        init = stream_init(manifest, inputs, timeout)
        pairs = self._connection.metadata(metadata)
        call = self._methods.stream(timeout=deadline(timeout), metadata=pairs)
        stream = AsyncStream(call, init, self.address, on_progress)
        if chunks is not None:
            stream.send_all(chunks)
        return stream

    async def version(self, *, timeout: float | None = None) -> wire.VersionInfo:  # noqa: ASYNC109 - gRPC's deadline
        """What the service is and which node types it knows.

        Raises:
            VersionError: it does not speak this client's protocol.
        """
        request = wire.VersionRequest(client_version=CLIENT_VERSION)
        return read_version(await self._call(self._methods.version, request, timeout, None))

    async def close(self) -> None:
        """Ends the connection, and with it every call that still runs."""
        if "_channel" in self.__dict__:
            await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _call(self, method: Any, request: Any, seconds: float | None, metadata: Mapping[str, str] | None) -> Any:
        try:
            return await method(request, timeout=seconds, metadata=self._connection.metadata(metadata))
        except grpc.aio.AioRpcError as error:
            raise from_failed_call(error, self.address) from None
        except asyncio.CancelledError:
            raise cancelled_call() from None
