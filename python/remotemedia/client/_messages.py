"""What is said to the service, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from remotemedia._data import CompositeData, RuntimeData
from remotemedia.client._data import Input, fill_buffer, from_buffer, to_runtime_data
from remotemedia.client._errors import from_error_response
from remotemedia.client._manifest import set_manifest
from remotemedia.errors import make_error
from remotemedia.wire import remotemedia_pb2 as wire

CLIENT_VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Output:
    """One message that a node put out.

    Attributes:
        node_id: The node.
        data: The message; `data.sequence` is the number it inherited from its input.
        processing_time_ms: In a stream, the time since the chunk came that it belongs to.
    """

    node_id: str
    data: RuntimeData
    processing_time_ms: float | None = None

    @property
    def sequence(self) -> int:
        """The number it inherited from its input."""
        return self.data.sequence or 0


@dataclass(frozen=True, slots=True)
class ExecuteResult:
    """What a pipeline gave. ``result["tts"]`` is the buffer of the sink node `tts`.

    Attributes:
        status: ``"SUCCESS"`` or ``"PARTIAL_SUCCESS"``.
        outputs: Every output in the order it came.
        data_outputs: One buffer per sink node: audio of one format concatenated, text joined, of anything else the last.
        warnings: What was odd, one sentence each.
        node_results: Per node how it ended, as the protocol has it.
        metrics: What was measured, as the protocol has it.
    """

    status: str
    outputs: list[Output]
    data_outputs: Mapping[str, RuntimeData]
    warnings: list[str]
    node_results: list[wire.NodeResult]
    metrics: wire.ExecutionMetrics

    def __getitem__(self, node_id: str) -> RuntimeData:
        try:
            return self.data_outputs[node_id]
        except KeyError:
            raise KeyError(f"no output of {node_id!r}; there is one of {', '.join(self.data_outputs)}") from None


@dataclass(frozen=True, slots=True)
class InitProgress:
    """How far one node has come on its way to being ready.

    Attributes:
        node_id: The node.
        status: ``"starting"``, ``"loading_model"``, ``"ready"`` or ``"error"``.
        fraction: 0 to 1, or None where the node does not say.
        message: What it does.
        elapsed_ms: Since the session began.
    """

    node_id: str
    status: str
    fraction: float | None
    message: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True)
class Ready:
    """All nodes are ready. The session's id is what `remotemedia ps` and the log call it."""

    session_id: str
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Metrics:
    """How the session is doing, now and then (service.metrics_interval_secs)."""

    metrics: wire.StreamMetrics


@dataclass(frozen=True, slots=True)
class Closed:
    """The pipeline has ended in order."""

    reason: str
    metrics: wire.ExecutionMetrics


Event = InitProgress | Ready | Output | Metrics | Closed
"""Everything that a stream says, in the order it is said."""


def execute_request(manifest: Any, inputs: Mapping[str, Input] | None, timeout: float | None) -> wire.ExecuteRequest:
    """The request of a unary call."""
    request = wire.ExecuteRequest(client_version=CLIENT_VERSION)
    _fill(request, manifest, inputs, timeout)
    return request


def stream_init(manifest: Any, inputs: Mapping[str, Input] | None, timeout: float | None) -> wire.StreamRequest:
    """The first message of a stream."""
    request = wire.StreamRequest()
    request.init.client_version = CLIENT_VERSION
    _fill(request.init, manifest, inputs, timeout)
    return request


def chunk(node_id: str, value: Input, sequence: int, timestamp_ms: int | None) -> wire.StreamRequest:
    """A message for one node; the media time is the data's own where the caller gives none."""
    data = to_runtime_data(value)
    if timestamp_ms is None:
        timestamp_ms = (data.timestamp_us or 0) // 1000
    request = wire.StreamRequest()
    message = request.data_chunk
    message.node_id, message.sequence, message.timestamp_ms = node_id, sequence, timestamp_ms
    if isinstance(data, CompositeData):
        for name, part in data.buffers.items():
            fill_buffer(message.named_buffers[name], part)
    else:
        fill_buffer(message.buffer, data)
    return request


def close_request() -> wire.StreamRequest:
    """Says that no more input comes."""
    return wire.StreamRequest(control=wire.StreamControl(command=wire.StreamControl.COMMAND_CLOSE))


def read_result(response: wire.ExecuteResponse) -> ExecuteResult:
    """The answer of a unary call.

    Raises:
        RemoteMediaError: it holds an error.
    """
    if response.HasField("error"):
        raise from_error_response(response.error)
    if not response.HasField("result"):
        raise make_error("internal", "The service answered without a result")
    result = response.result
    return ExecuteResult(
        status=response.status or wire.ExecutionStatus.Name(result.status).removeprefix("EXECUTION_STATUS_"),
        outputs=[
            Output(each.node_id, from_buffer(each.buffer, node_id=each.node_id, sequence=each.sequence))
            for each in result.outputs
        ],
        data_outputs={name: from_buffer(buffer, node_id=name) for name, buffer in result.data_outputs.items()},
        warnings=list(response.warnings),
        node_results=list(result.node_results),
        metrics=result.metrics,
    )


def read_version(response: wire.VersionResponse) -> wire.VersionInfo:
    """What the service says of itself.

    Raises:
        VersionError: it does not speak this client's protocol.
    """
    if not response.compatible:
        raise make_error("client.version_mismatch", response.compatibility_message)
    return response.version_info


def read_events(response: wire.StreamResponse) -> Iterator[Event]:
    """What one message of a stream says.

    Raises:
        RemoteMediaError: it says that the session has failed.
    """
    match response.WhichOneof("response"):
        case "result":
            result = response.result
            outputs = result.data_outputs
            for node_id in outputs:  # not items(), which is slower than looking up the one there is
                data = from_buffer(outputs[node_id], node_id=node_id, sequence=result.sequence)
                yield Output(node_id, data, result.processing_time_ms)
        case "error":
            raise from_error_response(response.error)
        case "init_progress":
            it = response.init_progress
            fraction = it.fraction if it.HasField("fraction") else None
            yield InitProgress(it.node_id, it.status, fraction, it.message, it.elapsed_ms)
        case "ready":
            yield Ready(response.ready.session_id, list(response.ready.warnings))
        case "metrics":
            yield Metrics(response.metrics)
        case "closed":
            yield Closed(response.closed.reason, response.closed.final_metrics)


def _fill(
    request: wire.ExecuteRequest | wire.StreamInit,
    manifest: Any,
    inputs: Mapping[str, Input] | None,
    timeout: float | None,
) -> None:
    set_manifest(request, manifest)
    for node_id, value in (inputs or {}).items():
        fill_buffer(request.data_inputs[node_id], to_runtime_data(value))
    if timeout is not None:
        request.resource_limits.max_timeout_ms = max(1, round(timeout * 1000))
