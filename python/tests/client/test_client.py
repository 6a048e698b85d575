"""The client against a real service."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from random_data import KINDS, random_data, random_of_seed
from service_process import ECHO, NATIVE, ROOT, manifest_of

from remotemedia import RuntimeData
from remotemedia.client import Client, Closed, InitProgress, Manifest, Metrics, Output, Ready
from remotemedia.errors import InputError, ManifestError, NodeError, ProcessError, ServiceError, SessionError

ROUNDS = 25


@pytest.fixture
def client(address):
    with Client(address) as client:
        yield client


def test_arrays_go_in_and_arrays_come_out(client):
    samples = np.linspace(-1, 1, 4800, dtype=np.float32)
    result = client.execute(ECHO, {"in": (samples, 48_000)})
    assert (result.status, result.warnings, [each.node_id for each in result.outputs]) == ("SUCCESS", [], ["echo"])
    assert result["echo"].sample_rate == 48_000
    np.testing.assert_array_equal(result["echo"].samples, samples)
    matrix = np.arange(12, dtype="<i8").reshape(3, 4)
    np.testing.assert_array_equal(client.execute(NATIVE, {"pass": matrix})["pass"].array, matrix)
    assert {each.node_id for each in result.node_results} == {"in", "echo"}
    assert result.metrics.wall_time_ms > 0 and result.metrics.node_metrics["echo"].items_processed == 1
    with pytest.raises(KeyError, match="no output of 'in'; there is one of echo"):
        result["in"]


@pytest.mark.parametrize("kind", KINDS)
def test_generated_data_of_every_kind_comes_back_bit_for_bit(client, kind):
    sent = [random_data(kind, random_of_seed(seed)) for seed in range(ROUNDS)]
    with client.stream(ECHO, (("in", data) for data in sent)) as stream:
        received = list(stream)
    assert [each.sequence for each in received] == list(range(ROUNDS))
    for seed, (output, data) in enumerate(zip(received, sent, strict=True)):
        assert output.data == data, f"seed {seed}"
    for seed in range(3):
        assert client.execute(NATIVE, {"pass": sent[seed]})["pass"] == sent[seed], f"seed {seed}"


def test_named_buffers_reach_a_node_in_one_call(client):
    parts = {"left": RuntimeData.text("l"), "right": RuntimeData.audio(np.ones(3, np.int16), 8000)}
    with client.stream(ECHO, [("in", RuntimeData.named(parts))]) as stream:
        received = {each.data.metadata["buffer_name"]: each.data for each in stream}
    assert received["left"].text == "l"
    np.testing.assert_array_equal(received["right"].samples, np.ones(3, np.int16))


def test_a_manifest_comes_in_many_forms(client, tmp_path):
    manifest = Manifest(NATIVE)
    file = tmp_path / "manifest.yaml"
    file.write_text("version: v1\nnodes: [{id: pass, nodeType: PassThrough}]")
    for form in (manifest, NATIVE, manifest.to_json(), manifest.to_proto(), file, Manifest.from_file(file)):
        assert client.execute(form, {"pass": "hi"})["pass"].text == "hi"
    with pytest.raises(TypeError, match="a manifest is"):
        client.execute(7)


def test_params_and_settings_of_a_manifest_reach_the_node(client):
    manifest = manifest_of(("cut", "AudioChunkerNode", {"chunk_size": 1000}), multiprocess={"channel_capacity": 7})
    for form in (manifest, Manifest(manifest).to_proto()):
        result = client.execute(form, {"cut": (np.zeros(2500, np.float32), 16_000)})
        assert [len(each.data.samples) for each in result.outputs] == [1000, 1000, 500]


def test_an_unknown_key_comes_back_as_a_warning(client):
    result = client.execute({**NATIVE, "conections": []}, {"pass": "x"})
    assert len(result.warnings) == 1 and "did you mean 'connections'" in result.warnings[0]
    with client.stream({**NATIVE, "conections": []}, [("pass", "x")]) as stream:
        assert len(list(stream)) == 1
        assert stream.warnings == result.warnings


def test_a_stream_says_how_its_nodes_start_and_how_it_went(client):
    manifest = manifest_of(("slow", "SlowInitNode", {"steps": 2, "step_secs": 0.02}))
    reports = []
    with client.stream(manifest, on_progress=reports.append) as stream:
        assert stream.session_id is None
        stream.send("slow", "one", timestamp_ms=40)
        stream.send("slow", "two", sequence=9)
        events = stream.events()
        seen = []
        for event in events:
            seen.append(event)
            if isinstance(event, Metrics):
                stream.end()
    assert reports == [each for each in seen if isinstance(each, InitProgress)]
    assert (0.5, "step 2 of 2") in [(each.fraction, each.message) for each in reports]
    [ready] = [each for each in seen if isinstance(each, Ready)]
    assert ready.session_id == stream.session_id
    outputs = [each for each in seen if isinstance(each, Output)]
    assert [(each.node_id, each.sequence, each.data.text) for each in outputs] == [
        ("slow", 0, "one"),
        ("slow", 9, "two"),
    ]
    assert all(each.processing_time_ms >= 0 for each in outputs)
    assert isinstance(seen[-1], Closed) and seen[-1].reason == "completed"
    assert stream.metrics.sequence_gaps == 8
    with pytest.raises(InputError, match="No chunk may follow"):
        stream.send("slow", "late")


def test_input_may_come_with_the_start(client):
    with client.stream(NATIVE, [], inputs={"pass": "first"}) as stream:
        assert [each.data.text for each in stream] == ["first"]


def test_much_more_than_fits_between_goes_through_when_one_thread_sends_and_another_reads(client):
    chunk = np.zeros(48_000, np.float32)
    count = 200  # 38 MB
    with client.stream(ECHO, (("in", (chunk, 48_000)) for _ in range(count))) as stream:
        assert sum(len(each.data.samples) for each in stream) == count * len(chunk)


def test_send_waits_while_nobody_reads_and_wakes_up_when_the_stream_is_cancelled(client):
    chunk = (np.zeros(48_000, np.float32), 48_000)
    sent = 0
    failures = []

    def send():
        nonlocal sent
        try:
            while True:
                stream.send("in", chunk)
                sent += 1
        except SessionError as error:
            failures.append(error)

    with client.stream(manifest_of(("in", "PassThrough"), multiprocess={"channel_capacity": 4})) as stream:
        sender = threading.Thread(target=send)
        sender.start()
        before = -1
        while sent != before:
            before = sent
            time.sleep(0.5)
        assert 4 <= sent < 200
        stream.cancel()
        sender.join(5)
    assert not sender.is_alive()
    assert [error.code for error in failures] == ["session.cancelled"]
    with pytest.raises(SessionError):
        list(stream)


def test_a_failure_of_a_node_is_raised_with_its_traceback(client):
    manifest = manifest_of(("in", "PassThrough"), ("bad", "RaiseInProcessNode", {"after": 1}))
    with pytest.raises(NodeError, match="cannot read this text") as caught:
        client.execute(manifest_of(("bad", "RaiseInProcessNode")), {"bad": "x"})
    assert (caught.value.code, caught.value.node_id, caught.value.grpc_status) == ("node.failed", "bad", "ABORTED")
    assert "raise_in_process.py" in caught.value.details.traceback
    with client.stream(manifest) as stream:
        stream.send("in", "good")
        stream.send("in", "bad")
        got = []
        with pytest.raises(NodeError, match="cannot read this text") as caught:
            got.extend(each.data.text for each in stream)
        assert caught.value.details.sequence == 1
        # Whoever sends hears of it too.
        with pytest.raises(NodeError, match="cannot read this text"):
            stream.send("in", "more")


def test_a_long_traceback_comes_whole_in_a_stream_and_cut_in_a_call(client, service):
    manifest = manifest_of(("wordy", "LongTracebackNode"))
    with client.stream(manifest, [("wordy", "x")]) as stream, pytest.raises(NodeError) as whole:
        list(stream)
    assert len(whole.value.details.traceback) > 200 * 1024
    with pytest.raises(NodeError, match="the last of all errors") as cut:
        client.execute(manifest, {"wordy": "x"})
    assert cut.value.code == "node.failed"
    log_id = cut.value.details.log_id
    assert f"characters left out; the log has it whole under {log_id}" in cut.value.details.traceback
    assert log_id in service.log.read_text()


def test_a_manifest_with_problems_is_refused_with_all_of_them(client):
    manifest = manifest_of(("a", "NoSuchNode"), ("b", "PassThru"))
    with pytest.raises(ManifestError) as caught:
        client.execute(manifest)
    assert [(each.path, each.node_id) for each in caught.value.details.problems] == [
        ("nodes[0].node_type", "a"),
        ("nodes[1].node_type", "b"),
    ]
    with pytest.raises(ManifestError), client.stream(manifest) as stream:
        list(stream)


def test_an_init_timeout_names_the_node_and_the_remedy(client):
    manifest = manifest_of(
        ("slow", "SlowInitNode", {"steps": 100, "step_secs": 0.1}), multiprocess={"init_timeout_secs": 1}
    )
    with pytest.raises(ProcessError, match="slow") as caught:
        client.execute(manifest, {"slow": "x"})
    assert (caught.value.code, caught.value.grpc_status) == ("process.init_timeout", "DEADLINE_EXCEEDED")
    assert "increase init_timeout_secs" in caught.value.message + caught.value.hint


def test_a_timeout_ends_the_call_and_what_it_started(client):
    manifest = manifest_of(("hang", "HangNode"))
    started = time.monotonic()
    with pytest.raises(SessionError) as caught:
        client.execute(manifest, {"hang": "x"}, timeout=1.5)
    assert caught.value.code == "session.deadline"
    with pytest.raises(SessionError) as caught, client.stream(manifest, [("hang", "x")], timeout=1.5) as stream:
        list(stream)
    assert caught.value.code == "session.deadline"
    assert time.monotonic() - started < 8
    with pytest.raises(ValueError, match="more than 0 seconds"):
        client.execute(manifest, timeout=0)


def test_leaving_a_stream_ends_its_processes(client, service):
    with client.stream(ECHO, [("in", "x")]) as stream:
        next(iter(stream))
        started = service.event(event="process.started", session=stream.session_id)
    service.event(event="session.ended", session=stream.session_id)
    with pytest.raises(ProcessLookupError):
        os.kill(started["pid"], 0)


def test_an_exception_of_the_chunks_ends_the_stream_and_is_raised(client):
    def chunks():
        yield "in", "x"
        raise RuntimeError("the microphone is gone")

    with client.stream(ECHO, chunks()) as stream, pytest.raises(RuntimeError, match="the microphone is gone"):
        list(stream)


def test_a_chunk_that_cannot_be_sent_leaves_the_stream_as_it_was(client):
    with client.stream(NATIVE) as stream:
        with pytest.raises(TypeError):
            stream.send("pass", 7)
        stream.send("pass", "x")
        stream.end()
        assert [(each.sequence, each.data.text) for each in stream] == [(0, "x")]


def test_several_threads_may_share_a_client(client):
    results = [None] * 8

    def run(index):
        results[index] = client.execute(NATIVE, {"pass": f"text {index}"})["pass"].text

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(results))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results == [f"text {index}" for index in range(len(results))]


def test_closing_the_client_ends_a_call_that_runs(address):
    client = Client(address)
    failures = []

    def run():
        try:
            client.execute(manifest_of(("hang", "HangNode")), {"hang": "x"})
        except SessionError as error:
            failures.append(error.code)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1)
    client.close()
    thread.join(5)
    assert failures == ["session.cancelled"]


def test_nobody_at_the_address_is_said_so():
    with Client("127.0.0.1:1") as client:
        for call in (client.version, lambda: client.execute(NATIVE), lambda: list(client.stream(NATIVE))):
            with pytest.raises(ServiceError, match=r"The service at 127\.0\.0\.1:1 cannot be reached") as caught:
                call()
            assert caught.value.retryable


def test_an_answer_larger_than_the_client_takes_is_refused(address):
    with Client(address, max_message_bytes=10_000) as client:
        with pytest.raises(Exception, match="larger than max") as caught:
            client.execute(NATIVE, {"pass": bytes(20_000)})
    assert caught.value.code == "limit.message_size"


def test_sixty_mebibytes_go_in_and_out(client):
    samples = np.arange(15 * 1024 * 1024, dtype=np.int32)
    result = client.execute(NATIVE, {"pass": (samples, 48_000)})
    assert np.array_equal(result["pass"].samples, samples)


def test_the_version_tells_what_there_is(client):
    info = client.version()
    assert {"PassThrough", "EchoNode"} <= set(info.supported_node_types)
    assert info.protocol_version == "v1"


INTERRUPTED = """
import sys
from remotemedia.client import Client
print("ready", flush=True)
with Client(sys.argv[1]) as client:
    {call}
"""
CALLS = {
    "execute": "client.execute({manifest!r}, {{'execute': 'x'}})",
    "stream": "list(client.stream({manifest!r}, [('stream', 'x')]))",
}


@pytest.mark.parametrize("node_id", CALLS)
def test_an_interrupt_from_the_keyboard_ends_a_call(address, service, node_id):
    call = CALLS[node_id].format(manifest=manifest_of((node_id, "HangNode")))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(call=call), address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
    )
    process.stdout.readline()
    started = service.event(event="process.started", node=node_id)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode != 0 and "KeyboardInterrupt" in stderr
    service.event(event="session.ended", session=started["session"])
