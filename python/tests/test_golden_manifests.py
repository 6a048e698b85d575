"""The golden manifests through the public schema, as a client in any language has it."""

import base64
import json
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError

from remotemedia.wire import remotemedia_pb2 as wire

GOLDEN = json.loads((Path(__file__).parents[2] / "contract/fixtures/manifests.json").read_text())
MESSAGES = {"execute_request": wire.ExecuteRequest, "stream_init": wire.StreamInit}

# What older clients send in the place of the map. Only the service's own schema reads it.
TEXT_PARAMS = {
    "one empty record", "null", "an empty object", "JSON text", "JSON text with white space around it",
}  # fmt: skip


def is_text(form):
    return form.get("note", "").startswith("params as text")


def forms(wanted):
    return [
        pytest.param(form, example["canonical"], id=f"{example['name']}, {form['form']}, {form.get('note', '')}")
        for example in GOLDEN["manifests"]
        for form in example["forms"]
        if wanted(form)
    ]


def decoded(form):
    return MESSAGES[form["form"]].FromString(base64.b64decode(form["base64"]))


def encoded(message):
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()


def is_told_in_fields(form):
    return "base64" in form and not decoded(form).manifest_json


def pipeline_of(message):
    """The manifest of a request, in the field of its own or at top level."""
    if message.HasField("manifest") or not message.DESCRIPTOR.fields_by_name.get("nodes"):
        return message.manifest
    return message


@pytest.mark.parametrize(("form", "_"), forms(lambda form: "base64" in form and not is_text(form)))
def test_a_request_keeps_its_bytes(form, _):
    assert encoded(decoded(form)) == form["base64"]


@pytest.mark.parametrize(
    ("form", "canonical"),
    forms(lambda form: form.get("note") in (None, "the manifest at top level") and is_told_in_fields(form)),
)
def test_a_request_says_what_the_manifest_says(form, canonical):
    pipeline = pipeline_of(decoded(form))
    assert pipeline.version == canonical["version"]
    told = MessageToDict(pipeline, preserving_proto_field_name=True)
    assert told.get("metadata", {}).get("multiprocess", {}) == canonical["metadata"]["multiprocess"]
    assert [(node["id"], node["node_type"], node.get("params", {})) for node in told["nodes"]] == [
        (node["id"], node["node_type"], node["params"]) for node in canonical["nodes"]
    ]
    ends = [{"from": getattr(each, "from"), "to": each.to} for each in pipeline.connections]
    assert ends == canonical["connections"]


@pytest.mark.parametrize(("form", "canonical"), forms(is_text))
def test_params_as_text_are_not_for_the_public_schema(form, canonical):
    if any(node["params"] for node in canonical["nodes"]):
        with pytest.raises(DecodeError):
            decoded(form)
    else:  # no text to trip over
        assert encoded(decoded(form)) == form["base64"]


@pytest.mark.parametrize("example", GOLDEN["manifests"], ids=lambda each: each["name"])
def test_a_manifest_file_is_the_json_form_of_the_message(example):
    first = {form["form"]: form for form in reversed(example["forms"]) if "note" not in form}
    if "object" not in first:
        return  # given as text, or as bytes only
    request = {"manifest": first["object"]["value"]}
    if example["name"] == "unknown keys":
        with pytest.raises(ParseError, match="has no field named"):
            ParseDict(request, wire.ExecuteRequest())
    else:
        assert encoded(ParseDict(request, wire.ExecuteRequest())) == first["execute_request"]["base64"]


@pytest.mark.parametrize(
    "example",
    [each for each in GOLDEN["params"] if "params" in each and each["name"] not in TEXT_PARAMS],
    ids=lambda each: each["name"],
)
def test_params_are_a_map_of_values(example):
    records = [bytes.fromhex(each) for each in example["records_hex"]]
    # Field 3, each record with its length, all of them shorter than 128 bytes.
    node = wire.NodeManifest.FromString(b"".join(bytes((0x1A, len(each))) + each for each in records))
    assert MessageToDict(node).get("params", {}) == example["params"]
