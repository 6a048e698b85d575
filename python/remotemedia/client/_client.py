"""The client for code with threads or without any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import grpc

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
from remotemedia.client._stream import Stream
from remotemedia.wire import remotemedia_pb2 as wire


class Client:
    """A connection to one service. Threads may share it. What fails raises a `RemoteMediaError`.

    Nothing is connected before the first call. Use it in a ``with`` block, or call `close`.

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
        self._channel = self._connection.open(grpc)
        self._methods = Methods.of(self._channel)

    @property
    def address(self) -> str:
        """Host and port."""
        return self._connection.address

    def execute(
        self,
        manifest: Any,
        inputs: Mapping[str, Input] | None = None,
        *,
        timeout: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> ExecuteResult:
        """Runs a pipeline to its end: all input in, all output back.

        Args:
            manifest: A `Manifest`, a dict, the text of a manifest, a path, or a `PipelineManifest` message.
            inputs: Data by the id of the node it is for: any `RuntimeData`, text, bytes, a numpy array, or
                ``(samples, sample_rate)`` for audio.
            timeout: Seconds after which the service ends the call; none when left out.
            metadata: Headers of the call, for example ``{"x-request-id": "…"}``.

        Raises:
            RemoteMediaError: the pipeline failed, or the service said no.
            TypeError: an input is of a type that could mean several kinds of data.
        """
        request = execute_request(manifest, inputs, timeout)
        return read_result(self._call(self._methods.execute, request, deadline(timeout), metadata))

    def stream(
        self,
        manifest: Any,
        chunks: Iterable[tuple[str, Input]] | None = None,
        *,
        inputs: Mapping[str, Input] | None = None,
        on_progress: Callable[[InitProgress], object] | None = None,
        timeout: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Stream:
        """Starts a pipeline that takes chunks and gives results for as long as the stream is open.

        Args:
            manifest: As for `execute`.
            chunks: Pairs of node id and data. They are sent from a thread of their own while you read results, and
                the input ends after the last. Without them, call `Stream.send` and `Stream.end`.
            inputs: Data that is sent with the start, as for `execute`.
            on_progress: Called with each report of a node that starts, while the stream is read.
            timeout: Seconds after which the service ends the stream; none when left out.
            metadata: Headers of the call.
        """
        init = stream_init(manifest, inputs, timeout)
        pairs = self._connection.metadata(metadata)
        stream = Stream(self._methods.stream, init, deadline(timeout), pairs, self.address, on_progress)
        if chunks is not None:
            stream.send_all(chunks)
        return stream

    def version(self, *, timeout: float | None = None) -> wire.VersionInfo:
        """What the service is and which node types it knows.

        Raises:
            VersionError: it does not speak this client's protocol.
        """
        request = wire.VersionRequest(client_version=CLIENT_VERSION)
        return read_version(self._call(self._methods.version, request, timeout, None))

    def close(self) -> None:
        """Ends the connection, and with it every call that still runs."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: Any, request: Any, seconds: float | None, metadata: Mapping[str, str] | None) -> Any:
        try:
            return method(request, timeout=seconds, metadata=self._connection.metadata(metadata))
        except grpc.RpcError as error:
            raise from_failed_call(error, self.address) from None
