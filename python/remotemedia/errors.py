"""Every way something can fail, as one table; the same in the service, which sends these codes.

manifest  .invalid .unknown_node_type .cycle .duplicate_id .type_mismatch .bad_params   the manifest must change
config    .invalid                                                                      runtime.toml must change
limit     .processes .sessions .message_size .shared_memory .memory .file_descriptors   a limit of the service
engine    .missing                                                                      what a node needs is not there
process   .spawn_failed .init_failed .init_timeout .crashed .unresponsive               a Python process
node      .failed                                                                       a node's own code
input     .invalid                                                                      data that a client sent
frame     .invalid                                                                      data that a process sent
stream    .init_required .bad_sequence .unknown_node .stalled                           the use of a stream
client    .version_mismatch                                                             client and service differ
auth      .missing .denied                                                              who may call
session   .cancelled .deadline                                                          ended from outside
service   .draining .unreachable                                                        the service as a whole
internal                                                                                a bug
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from remotemedia._failure import cut


class ErrorKind(NamedTuple):
    """What one code means to a caller.

    Attributes:
        grpc_status: Name of the gRPC status that a call ends with.
        error_type: Name of the wire's coarse class, without its prefix.
        retryable: Whether the same call may succeed later with nothing changed.
        hint: What to change, where no better hint is at hand.
    """

    grpc_status: str
    error_type: str
    retryable: bool
    hint: str


ERROR_TABLE: dict[str, ErrorKind] = {
    "manifest.invalid": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Correct the manifest at the paths given; `remotemedia validate MANIFEST` checks it without running it.",
    ),
    "manifest.unknown_node_type": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Check the spelling with `remotemedia nodes list`; a Python node must be registered in a module that runtime.toml names or finds through extra_paths.",
    ),
    "manifest.cycle": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Remove one connection of the cycle: data must not come back to a node it has left.",
    ),
    "manifest.duplicate_id": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Give every node an id of its own.",
    ),
    "manifest.type_mismatch": ErrorKind(
        "INVALID_ARGUMENT",
        "TYPE_VALIDATION",
        False,
        "Put a node between the two that turns the one kind of data into the other.",
    ),
    "manifest.bad_params": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "See the parameters of a node type with `remotemedia nodes info TYPE`.",
    ),
    "config.invalid": ErrorKind(
        "FAILED_PRECONDITION",
        "VALIDATION",
        False,
        "Correct runtime.toml; `remotemedia config explain` prints every value and where it comes from.",
    ),
    "limit.processes": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        True,
        "Use fewer Python nodes, wait for other sessions to end, or raise the limit that the message names.",
    ),
    "limit.sessions": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        True,
        "Wait for a session to end, or raise limits.max_sessions in runtime.toml.",
    ),
    "limit.message_size": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        False,
        "Send smaller pieces, or raise the setting that the message names.",
    ),
    "limit.shared_memory": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        True,
        "Free or enlarge /dev/shm, or lower shm_segment_size or channel_capacity.",
    ),
    "limit.memory": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        False,
        "Allow the call more memory (resource_limits.max_memory_bytes, capped by limits.max_memory_bytes), or use a smaller model.",
    ),
    "limit.file_descriptors": ErrorKind(
        "RESOURCE_EXHAUSTED",
        "RESOURCE_LIMIT",
        True,
        "Wait for other sessions to end, or start the service with a higher limit of open files (ulimit -n).",
    ),
    "engine.missing": ErrorKind(
        "FAILED_PRECONDITION",
        "NODE_EXECUTION",
        False,
        "Install what the message names; `remotemedia nodes info TYPE` shows what a node needs.",
    ),
    "process.spawn_failed": ErrorKind(
        "FAILED_PRECONDITION",
        "NODE_EXECUTION",
        False,
        "Check multiprocess.python.executable and venv_path in runtime.toml, and that the interpreter can import remotemedia.",
    ),
    "process.init_failed": ErrorKind(
        "FAILED_PRECONDITION",
        "NODE_EXECUTION",
        False,
        "The node raised before it was ready; its traceback is in the details.",
    ),
    "process.init_timeout": ErrorKind(
        "DEADLINE_EXCEEDED",
        "NODE_EXECUTION",
        True,
        "If the node needs longer to start, increase init_timeout_secs in the manifest (metadata.multiprocess) or in runtime.toml.",
    ),
    "process.crashed": ErrorKind(
        "ABORTED",
        "NODE_EXECUTION",
        True,
        "Read the exit code or signal and the last lines of stderr; SIGKILL often means that the machine ran out of memory.",
    ),
    "process.unresponsive": ErrorKind(
        "ABORTED",
        "NODE_EXECUTION",
        True,
        "If one message, or flush(), may take this long, raise process_timeout_secs.",
    ),
    "node.failed": ErrorKind(
        "ABORTED",
        "NODE_EXECUTION",
        False,
        "The node raised while it worked; its traceback is in the details.",
    ),
    "input.invalid": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Correct the data that was sent.",
    ),
    "frame.invalid": ErrorKind(
        "INTERNAL",
        "INTERNAL",
        False,
        "A process wrote a frame that cannot be read; check that the Python package and the service have the same version.",
    ),
    "stream.init_required": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Send `init` once, as the first message of the stream.",
    ),
    "stream.bad_sequence": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Number the chunks of a stream upwards; gaps are allowed.",
    ),
    "stream.unknown_node": ErrorKind(
        "INVALID_ARGUMENT",
        "VALIDATION",
        False,
        "Send chunks to an id of the manifest's nodes.",
    ),
    "stream.stalled": ErrorKind(
        "DEADLINE_EXCEEDED",
        "RESOURCE_LIMIT",
        False,
        "Read results while sending chunks: a client that does not read stops the pipeline.",
    ),
    "client.version_mismatch": ErrorKind(
        "FAILED_PRECONDITION",
        "VERSION_MISMATCH",
        False,
        "Use a client of protocol v1, or leave client_version empty.",
    ),
    "auth.missing": ErrorKind(
        "UNAUTHENTICATED",
        "AUTHENTICATION",
        False,
        "Send the token that the service was started with.",
    ),
    "auth.denied": ErrorKind(
        "PERMISSION_DENIED",
        "AUTHENTICATION",
        False,
        "The caller is known but may not do this.",
    ),
    "session.cancelled": ErrorKind(
        "CANCELLED",
        "UNSPECIFIED",
        False,
        "The session was cancelled by its client.",
    ),
    "session.deadline": ErrorKind(
        "DEADLINE_EXCEEDED",
        "RESOURCE_LIMIT",
        False,
        "Give the call a later deadline, or a larger resource_limits.max_timeout_ms.",
    ),
    "service.draining": ErrorKind(
        "UNAVAILABLE",
        "RESOURCE_LIMIT",
        True,
        "The service is shutting down; call again or call another one.",
    ),
    "service.unreachable": ErrorKind(
        "UNAVAILABLE",
        "INTERNAL",
        True,
        "Check the address and that `remotemedia serve` is running there.",
    ),
    "internal": ErrorKind(
        "INTERNAL",
        "INTERNAL",
        False,
        "This is a bug in the service; its log has the whole error under the id in the message.",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a manifest or a configuration.

    Attributes:
        path: Where, for example ``nodes[2].params.chunk_size``.
        message: What, in one sentence, without the path.
        code: The code that this problem alone would end with.
        hint: What to change, when it is known.
        node_id: The node it belongs to, when there is one.
    """

    path: str
    message: str
    code: str
    hint: str | None = None
    node_id: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorCause:
    """The first failure of a session, as later ones name it."""

    code: str
    node_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Facts beside the message; None or empty where they are not known.

    Attributes:
        traceback: The traceback of the exception in the node. In a call's status its middle may be left out.
        stderr: Last lines that the process wrote to stderr, oldest first.
        exit_code: Exit code of the process.
        signal: Signal that ended the process, for example ``"SIGKILL"``.
        sequence: Sequence of the message that was being worked on.
        problems: Everything that is wrong in a manifest.
        caused_by: The failure that this one only followed from.
        log_id: Under this id the service's log has the whole error.
        asked: What was asked for, of a limit.
        allowed: What the limit allows.
        setting: The setting's full name, for example ``"limits.max_sessions"``.
    """

    traceback: str | None = None
    stderr: tuple[str, ...] = ()
    exit_code: int | None = None
    signal: str | None = None
    sequence: int | None = None
    problems: tuple[Problem, ...] = ()
    caused_by: ErrorCause | None = None
    log_id: str | None = None
    asked: float | None = None
    allowed: float | None = None
    setting: str | None = None


_NO_DETAILS = ErrorDetails()
# Most of a node's traceback that is printed below an error that nobody catches; `details` has the rest.
_SHOWN_TRACEBACK = 4_000


class RemoteMediaError(Exception):
    """Whatever the service or the way to it says no with. The message says what failed; the hint what to change.

    Its subclasses follow the first word of the code.

    Attributes:
        code: One of `ERROR_TABLE`, for example ``"node.failed"``.
        message: One paragraph.
        node_id: The node that failed, when it was one.
        hint: What to change, or None.
        details: The facts.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        node_id: str | None = None,
        hint: str | None = None,
        details: ErrorDetails = _NO_DETAILS,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.node_id = node_id
        self.hint = hint
        self.details = details
        # Printed with the traceback when nobody catches the error.
        if hint:
            self.add_note(f"hint: {hint}")
        if details.traceback:
            self.add_note(f"In the node:\n{cut(details.traceback, _SHOWN_TRACEBACK)}")

    @property
    def grpc_status(self) -> str:
        """Name of the gRPC status that the code stands for, for example ``"DEADLINE_EXCEEDED"``."""
        return _kind(self.code).grpc_status

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later with nothing changed."""
        return _kind(self.code).retryable

    def __reduce__(self) -> tuple[Any, ...]:
        make = partial(type(self), node_id=self.node_id, hint=self.hint, details=self.details)
        return make, (self.code, self.message)


class ManifestError(RemoteMediaError):
    """``manifest.*``: the manifest must change."""


class ConfigError(RemoteMediaError):
    """``config.*``: the service's configuration must change."""


class LimitError(RemoteMediaError):
    """``limit.*``: a limit of the service."""


class EngineError(RemoteMediaError):
    """``engine.*``: the machine lacks what a node needs; `details.problems` has each gap."""


class ProcessError(RemoteMediaError):
    """``process.*``: a node's Python process did not start, or ended."""


class NodeError(RemoteMediaError):
    """``node.*``: a node's own code raised."""


class InputError(RemoteMediaError):
    """``input.*``: the data that was sent."""


class StreamError(RemoteMediaError):
    """``stream.*``: the use of a stream."""


class VersionError(RemoteMediaError):
    """``client.*``: client and service speak different versions."""


class AuthError(RemoteMediaError):
    """``auth.*``: the caller may not."""


class SessionError(RemoteMediaError):
    """``session.*``: cancelled, or out of time."""


class ServiceError(RemoteMediaError):
    """``service.*``: the service cannot be reached, or is going down."""


_CLASSES: dict[str, type[RemoteMediaError]] = {
    "manifest": ManifestError,
    "config": ConfigError,
    "limit": LimitError,
    "engine": EngineError,
    "process": ProcessError,
    "node": NodeError,
    "input": InputError,
    "stream": StreamError,
    "client": VersionError,
    "auth": AuthError,
    "session": SessionError,
    "service": ServiceError,
}


def make_error(
    code: str,
    message: str,
    *,
    node_id: str | None = None,
    hint: str | None = "",
    details: ErrorDetails = _NO_DETAILS,
) -> RemoteMediaError:
    """An error of the class that its code belongs to.

    Args:
        code: One of `ERROR_TABLE`.
        message: One paragraph.
        node_id: The node it is about.
        hint: None for none; the code's own when left out.
        details: The facts.
    """
    kind = _CLASSES.get(code.partition(".")[0], RemoteMediaError)
    own_hint = _kind(code).hint if hint == "" else hint
    return kind(code, message, node_id=node_id, hint=own_hint, details=details)


def _kind(code: str) -> ErrorKind:
    # A newer service may have codes that are not in the table yet.
    return ERROR_TABLE.get(code, ERROR_TABLE["internal"])
