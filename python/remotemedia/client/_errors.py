"""From what gRPC and the service say of a failure to one error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol

import grpc
from google.protobuf.message import DecodeError

from remotemedia.errors import ERROR_TABLE, ErrorCause, ErrorDetails, Problem, RemoteMediaError, make_error
from remotemedia.wire import remotemedia_pb2 as wire
from remotemedia.wire.remotemedia_status_pb2 import Status

_DETAILS_KEY = "grpc-status-details-bin"
_TYPE_URL = "type.googleapis.com/remotemedia.v1.ErrorResponse"

# The nearest code of a status that comes without details of ours, from gRPC itself or from a proxy.
_BY_STATUS = {
    grpc.StatusCode.CANCELLED: "session.cancelled",
    grpc.StatusCode.INVALID_ARGUMENT: "input.invalid",
    grpc.StatusCode.DEADLINE_EXCEEDED: "session.deadline",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "limit.message_size",
    grpc.StatusCode.UNAUTHENTICATED: "auth.missing",
    grpc.StatusCode.PERMISSION_DENIED: "auth.denied",
    grpc.StatusCode.UNAVAILABLE: "service.unreachable",
    grpc.StatusCode.UNIMPLEMENTED: "service.unreachable",
}
# The nearest code of an error from a service that has no codes yet.
_BY_ERROR_TYPE = {
    wire.ERROR_TYPE_VALIDATION: "manifest.invalid",
    wire.ERROR_TYPE_TYPE_VALIDATION: "manifest.type_mismatch",
    wire.ERROR_TYPE_NODE_EXECUTION: "node.failed",
    wire.ERROR_TYPE_RESOURCE_LIMIT: "limit.sessions",
    wire.ERROR_TYPE_AUTHENTICATION: "auth.denied",
    wire.ERROR_TYPE_VERSION_MISMATCH: "client.version_mismatch",
}


class FailedCall(Protocol):
    """What the errors of both gRPC interfaces have."""

    def code(self) -> Any:
        """The status."""

    def details(self) -> str | None:
        """Its message."""

    def trailing_metadata(self) -> Any:
        """The trailers, as pairs."""


def from_failed_call(call: FailedCall, address: str) -> RemoteMediaError:
    """The error of a call that ended with another status than OK."""
    status, message = call.code(), call.details() or ""
    response = _response_in(call.trailing_metadata() or ())
    if response is not None:
        return from_error_response(response)
    code = _BY_STATUS.get(status, "internal")
    if code == "service.unreachable":
        return make_error(code, f"The service at {address} cannot be reached: {message}")
    name = getattr(status, "name", str(status))
    return make_error(code, f"The call ended with {name}: {message}", hint=None)


def from_error_response(response: wire.ErrorResponse) -> RemoteMediaError:
    """The service's own error."""
    code = response.code
    if not code:
        code = _BY_ERROR_TYPE.get(response.error_type, "internal")
    return make_error(
        code,
        response.message,
        node_id=response.failing_node_id or None,
        hint=response.hint or None,
        details=_details(response),
    )


def _response_in(trailers: Iterable[tuple[str, str | bytes]]) -> wire.ErrorResponse | None:
    """The details among the trailers; None for another kind, which must not hide the status itself."""
    for key, value in trailers:
        if key != _DETAILS_KEY or not isinstance(value, bytes):
            continue
        try:
            for detail in Status.FromString(value).details:
                if detail.type_url == _TYPE_URL:
                    return wire.ErrorResponse.FromString(detail.value)
        except DecodeError:
            return None
    return None


def _details(response: wire.ErrorResponse) -> ErrorDetails:
    # Read leniently: the context may come from another version, and must not hide the error that it belongs to.
    context = _object(response.context)
    cause = context.get("caused_by")
    problems = context.get("problems")
    stderr = context.get("stderr")
    return ErrorDetails(
        traceback=response.stack_trace or None,
        stderr=tuple(line for line in stderr if isinstance(line, str)) if isinstance(stderr, list) else (),
        exit_code=response.exit_code if response.HasField("exit_code") else None,
        signal=response.signal or None,
        sequence=response.sequence if response.HasField("sequence") else None,
        problems=tuple(_problem(each) for each in problems if isinstance(each, dict))
        if isinstance(problems, list)
        else (),
        caused_by=ErrorCause(_code(cause), _text(cause, "node_id"), _text(cause, "message") or "")
        if isinstance(cause, dict)
        else None,
        log_id=_text(context, "log_id"),
        asked=_number(context, "asked"),
        allowed=_number(context, "allowed"),
        setting=_text(context, "setting"),
    )


def _problem(item: dict[str, Any]) -> Problem:
    text = {name: _text(item, name) for name in ("path", "message", "hint", "node_id")}
    return Problem(text["path"] or "", text["message"] or "", _code(item), text["hint"], text["node_id"])


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _code(item: dict[str, Any]) -> str:
    code = _text(item, "code")
    return code if code in ERROR_TABLE else "internal"


def _text(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) else None


def _number(item: dict[str, Any], name: str) -> float | None:
    value = item.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
