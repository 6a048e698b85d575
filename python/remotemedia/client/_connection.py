"""How to reach a service: address, TLS, token, sizes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc

from remotemedia.wire import remotemedia_pb2 as wire

EXECUTE = "/remotemedia.v1.PipelineExecutionService/ExecutePipeline"
GET_VERSION = "/remotemedia.v1.PipelineExecutionService/GetVersion"
STREAM = "/remotemedia.v1.StreamingPipelineService/StreamPipeline"

# How much longer than a call's own timeout to wait: the service ends it in time and says which node it was in, which
# gRPC's own deadline does not know. That one is for a service that no longer answers.
_ANSWER_GRACE_SECS = 2.0

PemSource = str | os.PathLike[str] | bytes
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates of a connection. Each is the path of a PEM file, or its bytes.

    Args:
        ca: Whom to trust; the system's authorities when left out.
        cert: The client's own certificate with its chain, where the service asks for one.
        key: Its private key.
        server_name: Name to expect in the service's certificate, when it is not the address's.

    Raises:
        ValueError: one of `cert` and `key` is there without the other.
        OSError: a file cannot be read.
    """

    ca: PemSource | None = None
    cert: PemSource | None = None
    key: PemSource | None = field(default=None, repr=False)
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.cert is None) != (self.key is None):
            raise ValueError("a client certificate needs both cert and key")

    def credentials(self) -> grpc.ChannelCredentials:
        """The credentials for gRPC; reads the files."""
        ca, key, cert = (None if each is None else _read_pem(each) for each in (self.ca, self.key, self.cert))
        return grpc.ssl_channel_credentials(root_certificates=ca, private_key=key, certificate_chain=cert)


class Connection:
    """The options that both clients share, in gRPC's words.

    Args:
        address: Host and port, for example ``"localhost:50051"``.
        token: Sent as ``authorization: Bearer …`` with every call.
        tls: True for TLS with the system's authorities, or the certificates to use.
        max_message_bytes: Largest answer to accept; None for any, since the service has a limit of its own.
    """

    def __init__(self, address: str, token: str | None, tls: Tls | bool | None, max_message_bytes: int | None) -> None:
        if token is not None and not (token.isascii() and token.isprintable() and token):
            # Without the token, which must not end up in a log.
            raise ValueError("the token is empty or has characters that no header can carry")
        self.address = address
        self._token = token
        self._tls = Tls() if tls is True else tls or None
        self._max_message_bytes = -1 if max_message_bytes is None else max_message_bytes

    def open(self, module: Any) -> Any:
        """A channel of `grpc` or of `grpc.aio`. Nothing is connected before the first call."""
        options: list[tuple[str, int | str]] = [
            ("grpc.max_receive_message_length", self._max_message_bytes),
            ("grpc.max_send_message_length", -1),  # the service refuses what is too large, and says what to change
            ("grpc.use_local_subchannel_pool", 1),  # closing one client must not touch the calls of another
        ]
        if self._tls is None:
            return module.insecure_channel(self.address, options)
        if self._tls.server_name is not None:
            options.append(("grpc.ssl_target_name_override", self._tls.server_name))
        return module.secure_channel(self.address, self._tls.credentials(), options)

    def metadata(self, extra: Mapping[str, str] | None) -> Pairs:
        """What goes with a call."""
        pairs = tuple((extra or {}).items())
        return pairs if self._token is None else (*pairs, ("authorization", f"Bearer {self._token}"))


@dataclass(frozen=True, slots=True)
class Methods:
    """The calls of a channel, of either interface."""

    execute: Any
    version: Any
    stream: Any

    @classmethod
    def of(cls, channel: Any) -> Methods:
        """The calls that a service has."""
        return cls(
            channel.unary_unary(EXECUTE, wire.ExecuteRequest.SerializeToString, wire.ExecuteResponse.FromString),
            channel.unary_unary(GET_VERSION, wire.VersionRequest.SerializeToString, wire.VersionResponse.FromString),
            channel.stream_stream(STREAM, wire.StreamRequest.SerializeToString, wire.StreamResponse.FromString),
        )


def deadline(timeout: float | None) -> float | None:
    """The deadline to give gRPC for a call that the service has to end within `timeout` seconds."""
    if timeout is None:
        return None
    if timeout <= 0:
        raise ValueError(f"a timeout is more than 0 seconds, not {timeout}")
    return timeout + _ANSWER_GRACE_SECS


def _read_pem(source: PemSource) -> bytes:
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read()
