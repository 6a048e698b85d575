"""Errors from the wire, without a service: the golden list that both languages read."""

import base64
import json
import pickle
import traceback
from pathlib import Path

import grpc
import pytest

from remotemedia import errors
from remotemedia.client._errors import from_error_response, from_failed_call
from remotemedia.errors import ERROR_TABLE, ErrorCause, ErrorDetails, Problem, RemoteMediaError, make_error
from remotemedia.wire import remotemedia_pb2 as wire

GOLDEN = json.loads((Path(__file__).parents[3] / "contract/fixtures/errors.json").read_text())


class Failed:
    """A call that has ended, as both interfaces of gRPC show it."""

    def __init__(self, code, details="", trailers=()):
        self.code = lambda: code
        self.details = lambda: details
        self.trailing_metadata = lambda: trailers


@pytest.mark.parametrize("example", GOLDEN["responses"], ids=lambda each: each["name"])
def test_the_trailers_of_a_failed_call_become_the_whole_error(example):
    trailer = base64.b64decode(example["status_details_base64"])
    status = grpc.StatusCode[ERROR_TABLE[example["error"]["code"]].grpc_status]
    error = from_failed_call(Failed(status, "x", (("other", "y"), ("grpc-status-details-bin", trailer))), "here:1")
    expected = example["error"]
    assert (error.code, error.message, error.node_id, error.hint) == tuple(
        expected[name] for name in ("code", "message", "node_id", "hint")
    )
    assert error.grpc_status == status.name
    assert error.details == details_of(expected["details"])


def details_of(facts):
    facts = dict(facts)
    problems = tuple(Problem(**each) for each in facts.pop("problems", ()))
    cause = facts.pop("caused_by", None)
    return ErrorDetails(
        **{**facts, "stderr": tuple(facts.get("stderr", ()))},
        problems=problems,
        caused_by=None if cause is None else ErrorCause(**cause),
    )


@pytest.mark.parametrize("code", ERROR_TABLE)
def test_every_code_has_a_class_of_its_first_word(code):
    error = make_error(code, "m")
    names = {"client": "VersionError", "frame": "RemoteMediaError", "internal": "RemoteMediaError"}
    word = code.split(".")[0]
    assert type(error) is getattr(errors, names.get(word, f"{word.capitalize()}Error"))
    assert (error.hint, error.retryable) == (ERROR_TABLE[code].hint, ERROR_TABLE[code].retryable)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.code, copy.message, copy.hint) == (type(error), code, "m", error.hint)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("CANCELLED", "session.cancelled"),
        ("DEADLINE_EXCEEDED", "session.deadline"),
        ("UNAUTHENTICATED", "auth.missing"),
        ("PERMISSION_DENIED", "auth.denied"),
        ("UNAVAILABLE", "service.unreachable"),
        ("UNIMPLEMENTED", "service.unreachable"),
        ("RESOURCE_EXHAUSTED", "limit.message_size"),
        ("DATA_LOSS", "internal"),
    ],
)
@pytest.mark.parametrize("trailers", [None, (("grpc-status-details-bin", b"\xff\xff"),)])
def test_a_status_of_grpc_itself_gets_the_nearest_code(status, code, trailers):
    error = from_failed_call(Failed(grpc.StatusCode[status], "why it is so", trailers), "here:1")
    assert error.code == code
    assert "why it is so" in error.message
    assert ("here:1" in error.message) == (code == "service.unreachable")


def test_an_older_service_has_no_codes_and_a_newer_one_more():
    old = from_error_response(wire.ErrorResponse(error_type=wire.ERROR_TYPE_RESOURCE_LIMIT, message="m"))
    assert (old.code, type(old)) == ("limit.sessions", errors.LimitError)
    new = from_error_response(wire.ErrorResponse(code="limit.of_tomorrow", message="m", context="[not an object]"))
    assert (new.code, type(new), new.retryable) == ("limit.of_tomorrow", errors.LimitError, False)


def test_hint_and_traceback_are_printed_when_nobody_catches_it():
    details = ErrorDetails(traceback="Traceback …\nValueError: it was this\n")
    error = make_error("node.failed", "Node 'asr' failed", node_id="asr", hint="look", details=details)
    printed = "".join(traceback.format_exception(error))
    assert "remotemedia.errors.NodeError: Node 'asr' failed\nhint: look\nIn the node:\nTraceback …" in printed
    assert isinstance(error, RemoteMediaError)
