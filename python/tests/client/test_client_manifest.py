import json
import sys

import pytest

from remotemedia.client import Manifest, node
from remotemedia.errors import ManifestError
from remotemedia.wire import remotemedia_pb2 as wire

NODE = {
    "id": "asr",
    "nodeType": "WhisperNode",
    "params": {"beam": 5, "scale": 0.5, "names": ["a", None, True], "deep": {"chunkSize": -(2**53), "": ""}},
    "is_streaming": True,
    "capabilities": {"gpu": {"type": "cuda", "minMemoryGb": 8}, "cpu": {"cores": 2}, "memory_gb": 1.5},
    "host": None,
    "runtimeHint": "cpython",
    "input_types": ["audio", "DATA_TYPE_HINT_TEXT", 6],
}


def params_of(message):
    from google.protobuf.json_format import MessageToDict

    return {key: MessageToDict(value) for key, value in message.params.items()}


def test_a_node_becomes_keyword_arguments_of_the_message():
    message = wire.NodeManifest(**node(NODE))
    assert (message.id, message.node_type, message.is_streaming, message.host) == ("asr", "WhisperNode", True, "")
    assert params_of(message) == NODE["params"]
    assert (message.capabilities.gpu.type, message.capabilities.gpu.min_memory_gb) == ("cuda", 8)
    assert (message.capabilities.cpu.cores, message.capabilities.memory_gb) == (2, 1.5)
    assert message.runtime_hint == wire.RUNTIME_HINT_CPYTHON
    assert list(message.input_types) == [1, 5, 6]


def test_params_of_an_older_manifest_stay_text():
    assert node({"id": "a", "node_type": "T", "params": '{"n": 9007199254740993}'}) == {
        "id": "a",
        "node_type": "T",
        "params_json": '{"n": 9007199254740993}',
    }


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n": 2**53 + 1}, r"params\.n is 9007199254740993, beyond 2\^53"),
        ({"a": [1, {"b": float("nan")}]}, r"params\.a\[1\]\.b is nan"),
        ({"a": {1: 2}}, r"params\.a has the key 1"),
        ({"a": object()}, r"params\.a is object"),
        ([1], r"params must be an object, not list"),
    ],
)
def test_params_that_would_change_on_the_way_are_refused_with_their_path(params, message):
    with pytest.raises(ManifestError, match=message):
        node({"id": "a", "node_type": "T", "params": params})


def test_an_unknown_key_gets_a_warning_with_the_one_that_was_meant():
    with pytest.warns(UserWarning, match="Unknown key node_typ is left out; did you mean node_type"):
        assert node({"id": "a", "node_typ": "T"}) == {"id": "a"}
    with pytest.raises(ManifestError, match="nodeType is given twice"):
        node({"id": "a", "node_type": "T", "nodeType": "T"})
    with pytest.raises(ManifestError, match="runtime_hint must be one of rustpython, cpython, .* not 'pypy'"):
        node({"id": "a", "runtime_hint": "pypy"})


def test_a_manifest_becomes_the_message():
    multiprocess = {"max_processes_per_session": None, "enable_backpressure": False, "channel_capacity": 0}
    document = {
        "version": "v1",
        "metadata": {"name": "test", "multiprocess": multiprocess},
        "nodes": [NODE, {"id": "out", "node_type": "PassThrough"}],
        "connections": [{"from": "asr", "to": "out"}],
    }
    message = Manifest(document).to_proto()
    assert (message.version, message.metadata.name, len(message.nodes)) == ("v1", "test", 2)
    assert dict(message.metadata.multiprocess.items()) == multiprocess
    assert getattr(message.connections[0], "from") == "asr"
    assert message.nodes[0] == wire.NodeManifest(**node(NODE))


YAML = """
# comments are fine
version: v1
nodes:
  - {id: a, nodeType: T, params: {voice: no, when: 2024-01-01, octal: 010, hex: 0x1F, ratio: 1e3, clock: 12:30, empty: }}
  - id: b
    node_type: T
    params:
      text: |
        two
        lines
connections: [{from: a, to: b}]
"""


def test_yaml_is_read_as_version_1_2_says(tmp_path):
    file = tmp_path / "manifest.yaml"
    file.write_text(YAML)
    manifest = Manifest.from_file(file)
    params = {
        "voice": "no",
        "when": "2024-01-01",
        "octal": 10,
        "hex": 31,
        "ratio": 1000,
        "clock": "12:30",
        "empty": None,
    }
    assert manifest.document["nodes"][0] == {"id": "a", "nodeType": "T", "params": params}
    assert manifest.document["nodes"][1]["params"] == {"text": "two\nlines\n"}
    assert json.loads(manifest.to_json()) == manifest.document
    assert manifest.to_proto().nodes[0].node_type == "T"


def test_json_is_read_as_json(tmp_path):
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"version": "v1", "nodes": [NODE], "big": 2**70}))
    assert Manifest.from_file(str(file)).document == {"version": "v1", "nodes": [NODE], "big": 2**70}
    assert Manifest.from_text('\n {"version": "v1"}').to_json() == '{"version":"v1"}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": "v1", // no\n}', "not valid JSON: .*line 1"),
        ('{"a": 1, "a": 2}', "not valid JSON: the key 'a' is there twice"),
        ("a: 1\na: 2", "not valid YAML: the key 'a' is there twice"),
        ("a: [", "not valid YAML: .*line 1"),
        ("a: !!python/object:os.system x", "not valid YAML: could not determine a constructor"),
        ("1: 2", "not valid YAML: the key 1 is not a text"),
        ("a: 1\n---\nb: 2", "not valid YAML: expected a single document"),
        ("just text", "must be an object, not str"),
        ("[" * 100_000, "not valid JSON: it is nested too deep"),
    ],
)
def test_a_file_that_is_neither_says_where(tmp_path, text, message):
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(ManifestError, match=f"(?s){message}") as caught:
        Manifest.from_file(file)
    assert caught.value.code == "manifest.invalid"
    assert "object" in message or str(file) in str(caught.value)


def test_what_json_has_no_word_for_is_refused():
    for value in (float("inf"), b"bytes", {1, 2}):
        with pytest.raises(ManifestError, match="cannot be written as JSON"):
            Manifest({"version": value}).to_json()
    loop = {}
    loop["loop"] = loop
    with pytest.raises(ManifestError, match="cannot be written as JSON"):
        Manifest(loop).to_json()


def test_without_pyyaml_json_works_and_yaml_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert Manifest.from_text("{}").document == {}
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'remotemedia-sdk\[client\]'"):
        Manifest.from_text("version: v1")
