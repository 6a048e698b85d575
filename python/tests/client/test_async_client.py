"""The client for asyncio against a real service."""

import asyncio
import os
import time

import numpy as np
import pytest
from random_data import KINDS, random_data, random_of_seed
from service_process import ECHO, NATIVE, manifest_of

from remotemedia.client import AsyncClient, Closed, InitProgress, Output, Ready
from remotemedia.errors import InputError, NodeError, ProcessError, ServiceError, SessionError

HANG = manifest_of(("hang", "HangNode"))


@pytest.fixture
async def client(address):
    async with AsyncClient(address) as client:
        yield client


async def test_arrays_go_in_and_arrays_come_out(client):
    samples = np.linspace(-1, 1, 4800, dtype=np.float32)
    result = await client.execute(ECHO, {"in": (samples, 48_000)})
    assert result.status == "SUCCESS"
    np.testing.assert_array_equal(result["echo"].samples, samples)


@pytest.mark.parametrize("kind", KINDS)
async def test_generated_data_of_every_kind_comes_back_bit_for_bit(client, kind):
    sent = [random_data(kind, random_of_seed(seed)) for seed in range(100, 120)]

    async def chunks():
        for data in sent:
            yield "in", data

    async with client.stream(ECHO, chunks()) as stream:
        received = [each.data async for each in stream]
    assert received == sent


async def test_many_calls_run_at_once(client):
    results = await asyncio.gather(*(client.execute(NATIVE, {"pass": f"text {index}"}) for index in range(20)))
    assert [each["pass"].text for each in results] == [f"text {index}" for index in range(20)]


async def test_a_stream_tells_everything_in_order(client):
    reports = []
    async with client.stream(ECHO, on_progress=reports.append) as stream:
        await stream.send("in", "one")
        await stream.send("in", "two", sequence=9)
        await stream.end()
        seen = [event async for event in stream.events()]
    assert reports == [each for each in seen if isinstance(each, InitProgress)]
    assert [each.session_id for each in seen if isinstance(each, Ready)] == [stream.session_id]
    outputs = [each for each in seen if isinstance(each, Output)]
    assert [(each.node_id, each.sequence, each.data.text) for each in outputs] == [
        ("echo", 0, "one"),
        ("echo", 9, "two"),
    ]
    assert isinstance(seen[-1], Closed) and stream.metrics.sequence_gaps == 8
    with pytest.raises(InputError, match="No chunk may follow"):
        await stream.send("in", "late")


async def test_much_more_than_fits_between_goes_through_when_one_task_sends_and_another_reads(client):
    chunk = np.zeros(48_000, np.float32)
    async with client.stream(ECHO, (("in", (chunk, 48_000)) for _ in range(200))) as stream:
        assert sum([len(each.data.samples) async for each in stream]) == 200 * len(chunk)


async def test_send_waits_while_nobody_reads_and_wakes_up_when_the_stream_is_cancelled(client):
    sent = 0

    async def send():
        nonlocal sent
        while True:
            await stream.send("pass", (np.zeros(48_000, np.float32), 48_000))
            sent += 1

    async with client.stream(manifest_of(("pass", "PassThrough"), multiprocess={"channel_capacity": 4})) as stream:
        sender = asyncio.create_task(send())
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.5)
        assert 4 <= sent < 200
        stream.cancel()
        with pytest.raises(SessionError) as caught:
            await asyncio.wait_for(sender, 5)
        assert caught.value.code == "session.cancelled"
        with pytest.raises(SessionError):
            [each async for each in stream]


async def test_a_reader_that_starts_late_frees_a_sender_that_waits(client):
    async with client.stream(manifest_of(("pass", "PassThrough"), multiprocess={"channel_capacity": 4})) as stream:

        async def send():
            for _ in range(50):
                await stream.send("pass", bytes(200_000))
            await stream.end()

        sender = asyncio.create_task(send())
        await asyncio.sleep(0.5)
        assert not sender.done()
        assert len([each async for each in stream]) == 50
        await sender


async def test_a_failure_of_a_node_is_raised_with_its_traceback(client):
    with pytest.raises(NodeError, match="cannot read this text") as caught:
        await client.execute(manifest_of(("bad", "RaiseInProcessNode")), {"bad": "x"})
    assert (caught.value.code, caught.value.node_id) == ("node.failed", "bad")
    async with client.stream(manifest_of(("wordy", "LongTracebackNode"))) as stream:
        await stream.send("wordy", "x")
        with pytest.raises(NodeError, match="the last of all errors") as caught:
            [each async for each in stream]
        assert len(caught.value.details.traceback) > 200 * 1024
        with pytest.raises(NodeError, match="the last of all errors"):
            await stream.send("wordy", "more")


async def test_an_init_timeout_names_the_node_and_the_remedy(client):
    slow = ("slow", "SlowInitNode", {"steps": 100, "step_secs": 0.1})
    manifest = manifest_of(slow, multiprocess={"init_timeout_secs": 1})
    with pytest.raises(ProcessError, match="slow") as caught:
        await client.execute(manifest, {"slow": "x"})
    assert (caught.value.code, caught.value.grpc_status) == ("process.init_timeout", "DEADLINE_EXCEEDED")


async def test_a_timeout_ends_the_call(client):
    started = time.monotonic()
    with pytest.raises(SessionError) as caught:
        await client.execute(HANG, {"hang": "x"}, timeout=1.5)
    assert caught.value.code == "session.deadline"
    assert time.monotonic() - started < 4


async def test_cancelling_a_task_ends_what_its_call_has_started(client, service):
    manifest = manifest_of(("cancelled", "HangNode"))
    task = asyncio.create_task(client.execute(manifest, {"cancelled": "x"}))
    started = await asyncio.to_thread(service.event, event="process.started", node="cancelled")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(service.event, event="session.ended", session=started["session"])
    with pytest.raises(ProcessLookupError):
        os.kill(started["pid"], 0)


async def test_closing_the_client_ends_a_call_that_runs(address):
    client = AsyncClient(address)
    call = asyncio.create_task(client.execute(HANG, {"hang": "x"}))
    await asyncio.sleep(1)
    await client.close()
    with pytest.raises(SessionError) as caught:
        await call
    assert caught.value.code == "session.cancelled"


async def test_cancelling_a_task_that_reads_is_a_cancellation_and_no_error(client):
    async def read():
        async with client.stream(HANG, [("hang", "x")]) as stream:
            async for _ in stream:
                pass

    task = asyncio.create_task(read())
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_leaving_a_stream_ends_its_processes(client, service):
    async with client.stream(ECHO, [("in", "x")]) as stream:
        async for _ in stream:
            break
    await asyncio.to_thread(service.event, event="session.ended", session=stream.session_id)


async def test_an_exception_of_the_chunks_ends_the_stream_and_is_raised(client):
    async def chunks():
        yield "in", "x"
        raise RuntimeError("the microphone is gone")

    async with client.stream(ECHO, chunks()) as stream:
        with pytest.raises(RuntimeError, match="the microphone is gone"):
            [each async for each in stream]


async def test_nobody_at_the_address_is_said_so():
    async with AsyncClient("127.0.0.1:1") as client:
        with pytest.raises(ServiceError, match="cannot be reached"):
            await client.version()
        async with client.stream(NATIVE, [("pass", "x")]) as stream:
            with pytest.raises(ServiceError, match="cannot be reached"):
                [each async for each in stream]


def test_a_client_may_be_made_before_its_loop(address):
    client = AsyncClient(address)

    async def call():
        async with client:
            return await client.version()

    assert "EchoNode" in asyncio.run(call()).supported_node_types
