"""Clients with stubs of their own, as grpc_tools makes them, in processes of their own."""

import shutil
import subprocess
import sys

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from service_process import ROOT, run_python

PROTO = ROOT / "proto/remotemedia.proto"
SCHEMA = FileDescriptorSet.FromString((ROOT / "proto/remotemedia.binpb").read_bytes())
LEGACY = ROOT / "tests/fixtures/legacy.proto"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """A function: the folder in which the stubs of a .proto file lie, which is there called `name`."""
    known = {}

    def generate(proto, name):
        if (proto, name) not in known:
            folder = known[proto, name] = tmp_path_factory.mktemp("stubs")
            shutil.copy(proto, folder / f"{name}.proto")
            out = [f"--{each}_out={folder}" for each in ("python", "grpc_python")]
            subprocess.run(
                [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", *out, f"{name}.proto"],
                check=True,
                capture_output=True,
            )
        return known[proto, name]

    return generate


CURRENT_CLIENT = """
import random, sys
import grpc
from google.protobuf.json_format import ParseDict
import remotemedia_pb2 as pb
from remotemedia_pb2_grpc import PipelineExecutionServiceStub, StreamingPipelineServiceStub

channel = grpc.insecure_channel(sys.argv[1])
manifest = ParseDict({"version": "v1", "nodes": [{"id": "cut", "nodeType": "AudioChunkerNode",
    "params": {"chunk_size": 100}}, {"id": "echo", "node_type": "EchoNode"}],
    "connections": [{"from": "cut", "to": "echo"}], "metadata": {"multiprocess": {"channel_capacity": 5}}},
    pb.PipelineManifest())
samples = random.Random(1).randbytes(4 * 1000)
audio = pb.AudioBuffer(samples=samples, sample_rate=16000, channels=1, format=pb.AUDIO_FORMAT_F32, num_samples=1000)
request = pb.ExecuteRequest(manifest=manifest, data_inputs={"cut": pb.DataBuffer(audio=audio)})
response = PipelineExecutionServiceStub(channel).ExecutePipeline(request)
assert response.status == "SUCCESS"
assert len(response.result.outputs) == 10
assert response.result.data_outputs["echo"].audio == audio

stream = StreamingPipelineServiceStub(channel).StreamPipeline(iter([
    pb.StreamRequest(init=pb.StreamInit(manifest=manifest)),
    pb.StreamRequest(data_chunk=pb.DataChunk(node_id="cut", buffer=pb.DataBuffer(audio=audio))),
    pb.StreamRequest(control=pb.StreamControl(command=pb.StreamControl.COMMAND_CLOSE)),
]))
responses = list(stream)
results = [each.result.data_outputs["echo"].audio.samples for each in responses if each.HasField("result")]
assert b"".join(results) == samples
assert responses[-1].HasField("closed")
print("done")
"""

LEGACY_CLIENT = """
import json, random, sys
import grpc
import remotemedia_v1_pb2 as pb
from remotemedia_v1_pb2_grpc import PipelineExecutionServiceStub, StreamingPipelineServiceStub

params = pb.NodeManifest.DESCRIPTOR.fields_by_name["params"]
assert params.type == params.TYPE_STRING
channel = grpc.insecure_channel(sys.argv[1])
manifest = pb.PipelineManifest(version="v1", metadata=pb.ManifestMetadata(name="old"), nodes=[
    pb.NodeManifest(id="cut", node_type="AudioChunkerNode", params=json.dumps({"chunk_size": 100})),
    pb.NodeManifest(id="echo", node_type="EchoNode", params=""),
], connections=[pb.Connection(**{"from": "cut", "to": "echo"})])
samples = random.Random(1).randbytes(4 * 1000)
audio = pb.AudioBuffer(samples=samples, sample_rate=16000, channels=1, format=pb.AUDIO_FORMAT_F32, num_samples=1000)
request = pb.ExecuteRequest(manifest=manifest, data_inputs={"cut": pb.DataBuffer(audio=audio)}, client_version="v1")
response = PipelineExecutionServiceStub(channel).ExecutePipeline(request)
assert response.WhichOneof("outcome") == "result"
assert response.result.status == pb.EXECUTION_STATUS_SUCCESS
assert response.result.data_outputs["echo"].audio == audio

def requests():
    yield pb.StreamRequest(init=pb.StreamInit(manifest=manifest))
    for number in range(3):
        yield pb.StreamRequest(audio_chunk=pb.AudioChunk(node_id="cut", buffer=audio, sequence=number))

stream = StreamingPipelineServiceStub(channel).StreamPipeline(requests())
responses = [each for each in stream if each.WhichOneof("response") is not None]
assert [each.WhichOneof("response") for each in responses][::len(responses) - 1] == ["ready", "closed"]
results = [each.result.data_outputs["echo"].audio.samples for each in responses if each.HasField("result")]
assert b"".join(results) == 3 * samples

bad = pb.PipelineManifest(version="v1", nodes=[pb.NodeManifest(id="a", node_type="EchoNode", params="[object Object]")])
try:
    PipelineExecutionServiceStub(channel).ExecutePipeline(pb.ExecuteRequest(manifest=bad))
except grpc.RpcError as error:
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT and "[object Object]" in error.details()
    print("done")
"""


def test_stubs_of_the_protocol_as_it_is(stubs, address):
    assert run_python(CURRENT_CLIENT, stubs(PROTO, "remotemedia"), address) == (0, "done\n")


def test_stubs_of_the_field_with_text_params_and_audio_chunks(stubs, address):
    assert run_python(LEGACY_CLIENT, stubs(LEGACY, "remotemedia_v1"), address) == (0, "done\n")


def test_own_stubs_of_the_same_protocol_and_ours_live_in_one_process(stubs, address):
    code = "import remotemedia.client, remotemedia_v1_pb2" + CURRENT_CLIENT
    assert run_python(code, stubs(PROTO, "remotemedia"), address) == (0, "done\n")


@pytest.mark.parametrize("module", ["remotemedia.client", "remotemedia_v1_pb2", "remotemedia_v1_pb2_grpc"])
def test_older_stubs_beside_ours_are_named_in_the_error(stubs, module):
    folder = stubs(LEGACY, "old_protocol")
    exit_code, printed = run_python(f"import old_protocol_pb2\nimport {module}", folder)
    assert exit_code == 1
    error = printed.splitlines()[-1]
    assert error.startswith(f"ImportError: {folder}/old_protocol_pb2.py has loaded other stubs of remotemedia.v1")
    assert "delete or rename the generated files of your own" in error


def test_a_file_of_the_users_that_hides_ours_is_named_too(stubs):
    folder = stubs(LEGACY, "remotemedia_v1")
    exit_code, printed = run_python("import remotemedia_v1_pb2\nimport remotemedia.client", folder)
    assert exit_code == 1
    assert f"ImportError: {folder}/remotemedia_v1_pb2.py has loaded other stubs" in printed


def test_older_stubs_after_ours_fail_with_the_text_that_the_guide_quotes(stubs):
    folder = stubs(LEGACY, "old_protocol")
    exit_code, printed = run_python("import remotemedia.client\nimport old_protocol_pb2", folder)
    assert exit_code == 1
    assert "TypeError: Couldn't build proto file into descriptor pool: duplicate symbol 'remotemedia.v1." in printed


NAMES = """
import remotemedia_v1_pb2 as messages, remotemedia_v1_pb2_grpc as stubs
from remotemedia.wire import remotemedia_pb2, remotemedia_pb2_grpc
print(messages is remotemedia_pb2, stubs is remotemedia_pb2_grpc)
"""


def test_the_names_that_clients_import_are_the_one_generation(tmp_path):
    assert run_python(NAMES, tmp_path) == (0, "True True\n")


WITHOUT = "import sys; sys.modules['{missing}'] = None\nimport {module}"


@pytest.mark.parametrize(
    ("missing", "module"),
    [("grpc", "remotemedia.client"), ("google.protobuf", "remotemedia_v1_pb2"), ("grpc", "remotemedia_v1_pb2_grpc")],
)
def test_without_the_extra_the_error_says_what_to_install(tmp_path, missing, module):
    exit_code, printed = run_python(WITHOUT.format(missing=missing, module=module), tmp_path)
    assert exit_code == 1
    assert "pip install 'remotemedia-sdk[client]'" in printed.splitlines()[-1]


def test_reflection_is_enough_to_call(address):
    from google.protobuf.descriptor_pool import DescriptorPool
    from google.protobuf.message_factory import GetMessageClass
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    with grpc.insecure_channel(address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        try:
            services = set(database.get_services())
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                pytest.skip("the service has no reflection")
            raise
        assert {"remotemedia.v1.PipelineExecutionService", "remotemedia.v1.StreamingPipelineService"} <= services
        pool = DescriptorPool(database)
        method = pool.FindServiceByName("remotemedia.v1.PipelineExecutionService").methods_by_name["GetVersion"]
        [committed] = [each for each in SCHEMA.file if each.name == "remotemedia.proto"]
        assert database.FindFileByName("remotemedia.proto") == committed
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        call = channel.unary_unary(
            "/remotemedia.v1.PipelineExecutionService/GetVersion", request.SerializeToString, response.FromString
        )
        assert "EchoNode" in call(request()).version_info.supported_node_types
