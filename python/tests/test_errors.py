import base64
import json
from pathlib import Path

import grpc
import pytest

from remotemedia.errors import ERROR_TABLE
from remotemedia.wire import remotemedia_pb2 as wire
from remotemedia.wire.remotemedia_status_pb2 import Status

GOLDEN = json.loads((Path(__file__).parents[2] / "contract/fixtures/errors.json").read_text())


def test_the_error_table_is_the_services():
    codes = GOLDEN["codes"]
    names = ("grpc_status", "error_type", "retryable", "hint")
    assert {code: kind._asdict() for code, kind in ERROR_TABLE.items()} == {
        code: {name: kind[name] for name in names} for code, kind in codes.items()
    }
    assert list(ERROR_TABLE) == list(codes)


@pytest.mark.parametrize("example", GOLDEN["responses"], ids=lambda each: each["name"])
def test_an_error_on_the_wire_is_read_and_written_again_to_the_same_bytes(example):
    data = base64.b64decode(example["response_base64"])
    response = wire.ErrorResponse.FromString(data)
    assert response.SerializeToString(deterministic=True) == data

    error, kind = example["error"], ERROR_TABLE[example["error"]["code"]]
    assert (response.code, response.message, response.hint) == (error["code"], error["message"], error["hint"] or "")
    assert response.failing_node_id == (error["node_id"] or "")
    assert wire.ErrorType.Name(response.error_type) == f"ERROR_TYPE_{kind.error_type}"
    assert details_of(response) == error["details"]


@pytest.mark.parametrize("example", GOLDEN["responses"], ids=lambda each: each["name"])
def test_the_trailer_of_a_failed_call_has_the_whole_error(example):
    data = base64.b64decode(example["status_details_base64"])
    status = Status.FromString(data)
    assert status.SerializeToString(deterministic=True) == data
    assert (status.code, status.message) == (example["grpc_status"], example["error"]["message"])
    named = grpc.StatusCode[ERROR_TABLE[example["error"]["code"]].grpc_status]
    assert status.code == named.value[0]
    [detail] = status.details
    assert detail.type_url == "type.googleapis.com/remotemedia.v1.ErrorResponse"
    assert detail.value == base64.b64decode(example["response_base64"])


def details_of(response):
    """The facts of an error: some have fields of their own, the rest is a JSON object."""
    details = json.loads(response.context or "{}")
    if response.stack_trace:
        details["traceback"] = response.stack_trace
    if response.signal:
        details["signal"] = response.signal
    for name in ("exit_code", "sequence"):
        if response.HasField(name):
            details[name] = getattr(response, name)
    return details
