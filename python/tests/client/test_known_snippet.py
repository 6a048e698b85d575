"""The Python client that users of the protocol have, with its own imports."""

import json

import pytest
from service_process import run_python

# As users know it; nodes and connections are to be filled in, which the two ways below do.
SNIPPET = """
import grpc
from remotemedia_v1_pb2 import ExecuteRequest, PipelineManifest
from remotemedia_v1_pb2_grpc import PipelineExecutionServiceStub
import json

# Load manifest
with open('manifest.json') as f:
    manifest_data = json.load(f)

# Convert to protobuf
manifest = PipelineManifest(
    version=manifest_data['version'],
    metadata={'name': manifest_data['metadata']['name']},
    nodes=[...],  # Convert nodes
    connections=[...]  # Convert connections
)

# Create channel
channel = grpc.insecure_channel('localhost:50051')
client = PipelineExecutionServiceStub(channel)

# Execute pipeline
request = ExecuteRequest(manifest=manifest)
response = client.ExecutePipeline(request)

print(f"Execution status: {response.status}")
"""

WITH_PARSE_DICT = {
    "import json\n": "import json\nfrom google.protobuf import json_format\n"
    "from remotemedia_v1_pb2 import Connection, NodeManifest\n",
    "nodes=[...],": "nodes=[json_format.ParseDict(n, NodeManifest()) for n in manifest_data['nodes']],",
    "connections=[...]": "connections=[json_format.ParseDict(c, Connection()) for c in manifest_data['connections']]",
}
WITH_NODE = {
    "import json\n": "import json\nimport remotemedia.client\nfrom remotemedia_v1_pb2 import Connection, NodeManifest\n",
    "nodes=[...],": "nodes=[NodeManifest(**remotemedia.client.node(n)) for n in manifest_data['nodes']],",
    "connections=[...]": "connections=[Connection(**c) for c in manifest_data['connections']]",
}

MANIFEST = {
    "version": "v1",
    "metadata": {"name": "speech-to-speech-pipeline"},
    "nodes": [
        {"id": "input_chunker", "node_type": "AudioChunkerNode", "params": {"chunk_size": 1024}},
        {"id": "voice", "node_type": "TypedParamsNode", "params": {"voice": "sarah", "speed": 1.5}},
        {"id": "out", "node_type": "EchoNode"},
    ],
    "connections": [{"from": "input_chunker", "to": "voice"}, {"from": "voice", "to": "out"}],
}


@pytest.mark.parametrize("ways", [WITH_PARSE_DICT, WITH_NODE], ids=["ParseDict", "node"])
def test_it_prints_success(address, tmp_path, ways):
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    code = SNIPPET.replace("localhost:50051", address)
    for blank, filled in ways.items():
        assert code.count(blank) == 1
        code = code.replace(blank, filled)
    assert run_python(code, tmp_path) == (0, "Execution status: SUCCESS\n")


IN_GRPCIO = """
import sys
import grpc
from google.protobuf.json_format import ParseDict
from remotemedia_v1_pb2 import DataBuffer, ErrorResponse, ExecuteRequest, TextBuffer
from remotemedia_v1_pb2_grpc import PipelineExecutionServiceStub
from remotemedia.wire.remotemedia_status_pb2 import Status

stub = PipelineExecutionServiceStub(grpc.insecure_channel(sys.argv[1]))
request = ParseDict({"manifest": {"version": "v1", "nodes": [NODE], "metadata": METADATA}}, ExecuteRequest())
request.data_inputs["n"].CopyFrom(DataBuffer(text=TextBuffer(text_data=b"x")))
try:
    stub.ExecutePipeline(request)
except grpc.RpcError as error:
    trailers = dict(error.trailing_metadata())
    response = ErrorResponse.FromString(Status.FromString(trailers["grpc-status-details-bin"]).details[0].value)
    print(repr((error.code().name, error.details(), response.code, response.failing_node_id, response.context,
        len(response.stack_trace), response.stack_trace[-300:], response.stack_trace)))
"""


def failure_in_grpcio(address, folder, node, metadata=None):
    code = IN_GRPCIO.replace("NODE", repr(node)).replace("METADATA", repr(metadata or {}))
    exit_code, printed = run_python(code, folder, address)
    assert exit_code == 0, printed
    return eval(printed)


def test_a_long_traceback_reaches_grpcio_cut_with_its_code_and_log_id(address, service, tmp_path):
    node = {"id": "n", "node_type": "LongTracebackNode"}
    status, message, code, node_id, context, length, end, whole = failure_in_grpcio(address, tmp_path, node)
    assert (status, code, node_id) == ("ABORTED", "node.failed", "n")
    assert message.endswith("ValueError: the last of all errors") and end.endswith(
        "ValueError: the last of all errors\n"
    )
    log_id = json.loads(context)["log_id"]
    assert length < 7 * 1024
    left_out, characters = map(int, whole.split("[... ")[1].split(" characters left out")[0].split(" of "))
    assert characters > 200 * 1024 and left_out > characters - 7 * 1024
    assert f"the log has it whole under {log_id} ...]" in whole
    assert log_id in service.log.read_text()


def test_an_init_timeout_reaches_grpcio_as_deadline_exceeded(address, tmp_path):
    node = {"id": "n", "node_type": "SlowInitNode", "params": {"steps": 100, "step_secs": 0.1}}
    multiprocess = {"init_timeout_secs": 1}
    status, message, code, node_id, *_ = failure_in_grpcio(address, tmp_path, node, {"multiprocess": multiprocess})
    assert (status, code, node_id) == ("DEADLINE_EXCEEDED", "process.init_timeout", "n")
    assert "Process spawn timeout" in message and "increase init_timeout_secs" in message
