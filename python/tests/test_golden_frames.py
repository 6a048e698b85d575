"""Every vector decoded to its fields and written again byte for byte."""

import json
from pathlib import Path

import pytest

from remotemedia import BatchHint, CancelSpeculation, DeadlineWarning, FrameError
from remotemedia._data import open_received
from remotemedia._frame import END, KIND_NAMES, pack_meta

GOLDEN = json.loads((Path(__file__).parents[2] / "contract/fixtures/frames.json").read_text())
FRAMES = [each for each in GOLDEN["frames"] if each["kind"] != END]

# The vectors' names of the content, and of codes that Python shows by name.
BODIES = {"samples", "pixel_data", "data", "text_data"}
RENAMED = {("video", "timestamp_us"): "video_timestamp_us", ("json", "json_payload"): "payload"}
CODES = {
    ("audio", "format"): ["unspecified", "f32", "i16", "i32"],
    ("video", "format"): {
        0: "unspecified", 1: "rgb24", 2: "rgba32", 3: "yuv420p", 4: "gray8", 5: "i420", 6: "nv12", 255: "encoded",
    },
    ("video", "codec"): ["", "vp8", "h264", "av1"],
    ("tensor", "dtype"): ["unspecified", "f32", "f16", "i32", "i8", "u8"],
}  # fmt: skip
MESSAGES = {"cancel_speculation": CancelSpeculation, "batch_hint": BatchHint, "deadline_warning": DeadlineWarning}
# Python's integers reach further than JavaScript's.
FINE_IN_PYTHON = {"number beyond 2^53", "stride beyond -2^53"}


def by_name(vectors):
    return pytest.mark.parametrize("vector", vectors, ids=[each["name"] for each in vectors])


def open_vector(vector):
    payload = bytes.fromhex(vector["payload_hex"])
    body, meta = payload[: vector["body_len"]], payload[len(payload) - vector["meta_len"] :]
    return open_received(vector["kind"], body, meta, 1, 2, "somewhere"), meta


def check(data, expected):
    assert data.kind == expected["kind"]
    assert dict(data.metadata) == dict(expected["metadata"])
    assert list(data.metadata) == [key for key, _ in expected["metadata"]]
    for name, value in expected.items():
        if name in ("kind", "metadata"):
            continue
        if name in BODIES:
            assert data.body.hex() == value
        elif name == "metadata_json":
            assert data.metadata_json == (None if value is None else bytes.fromhex(value))
        elif name == "message":
            fields = dict(value) if value else {}
            assert data.message == (MESSAGES[fields.pop("type")](**fields) if value else None)
        elif name == "buffers":
            assert list(data.buffers) == [each["name"] for each in value]
            for each in value:
                check(data[each["name"]], each["data"])
        else:
            shown = getattr(data, RENAMED.get((data.kind, name), name))
            coded = CODES.get((data.kind, name))
            wanted = coded[value] if coded else value
            assert (list(shown) if isinstance(shown, tuple) else shown) == wanted


@by_name(FRAMES)
def test_a_frame_is_decoded_to_its_fields(vector):
    data, _ = open_vector(vector)
    check(data, vector["data"])
    assert (data.sequence, data.timestamp_us, data.source) == (1, 2, "somewhere")


@by_name(FRAMES)
def test_a_frame_is_written_again_byte_for_byte(vector):
    data, meta = open_vector(vector)
    assert pack_meta(vector["kind"], data._get_fields(), data.metadata) == meta
    assert data._get_meta() == meta
    assert bytes(data.body) == bytes.fromhex(vector["payload_hex"])[: vector["body_len"]]


@by_name([each for each in FRAMES if each["data"]["kind"] == "composite"])
def test_a_composite_is_laid_out_anew_byte_for_byte(vector):
    data, meta = open_vector(vector)
    again = type(data)(data.buffers, metadata=data.metadata)
    assert bytes(again.body) == bytes.fromhex(vector["payload_hex"])[: vector["body_len"]]
    assert again._get_meta() == meta


@by_name([each for each in GOLDEN["malformed"] if each["name"] not in FINE_IN_PYTHON])
def test_a_malformed_frame_is_refused(vector):
    body, meta = bytes.fromhex(vector["body_hex"]), bytes.fromhex(vector["meta_hex"])
    with pytest.raises((FrameError, UnicodeDecodeError)):
        read_everything(vector["kind"], body, meta)


def read_everything(kind, body, meta):
    data = open_received(kind, body, meta, 0, 0, "")
    for name in ("metadata", "message", "payload", "buffers"):
        getattr(data, name, None)
    assert data._get_fields() is not None


@by_name([each for each in GOLDEN["malformed"] if each["name"] in FINE_IN_PYTHON])
def test_python_reads_integers_that_javascript_cannot(vector):
    read_everything(vector["kind"], bytes.fromhex(vector["body_hex"]), bytes.fromhex(vector["meta_hex"]))


def test_kinds_are_numbered_as_in_the_vectors():
    for vector in FRAMES:
        assert KIND_NAMES[vector["kind"]] == vector["data"]["kind"]
    assert len({each["kind"] for each in GOLDEN["frames"]}) == len(KIND_NAMES)
