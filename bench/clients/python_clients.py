"""The same three calls through grpcio and through remotemedia.client, in turns: ADDRESS ROUNDS BATCH → JSON."""

from __future__ import annotations

import json
import queue
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Protocol

import grpc
import numpy as np
from remotemedia.client import Client
from remotemedia.wire import remotemedia_pb2 as wire
from remotemedia.wire import remotemedia_pb2_grpc as stubs

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = {"version": "v1", "nodes": [{"id": "pass", "node_type": "PassThrough"}]}
RATE = 16_000
SAMPLES = np.zeros(320, np.float32)  # 20 ms of voice
CALLS = ("version", "execute", "stream")


class BenchClient(Protocol):
    """The calls that are timed."""

    def version(self) -> None:
        """Ask for the version."""

    def execute(self) -> None:
        """Run a pipeline of one native node on 20 ms of voice."""

    def stream(self) -> None:
        """Send 20 ms of voice and take them back."""

    def close(self) -> None:
        """End the stream and the connection."""


class Bare:
    """What anybody has without us."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)
        self._calls = stubs.PipelineExecutionServiceStub(self._channel)
        self._requests: queue.SimpleQueue[wire.StreamRequest | None] = queue.SimpleQueue()
        self._requests.put(wire.StreamRequest(init=wire.StreamInit(manifest_json=json.dumps(MANIFEST))))
        self._responses = stubs.StreamingPipelineServiceStub(self._channel).StreamPipeline(self._all_requests())
        self._sequence = 0
        self._wait_for("ready")

    def version(self) -> None:
        """Ask for the version."""
        self._calls.GetVersion(wire.VersionRequest(client_version="v1"))

    def execute(self) -> None:
        """Run a pipeline on 20 ms of voice."""
        request = wire.ExecuteRequest(manifest_json=json.dumps(MANIFEST), data_inputs={"pass": self._buffer()})
        self._calls.ExecutePipeline(request)

    def stream(self) -> None:
        """Send 20 ms of voice and take them back."""
        self._sequence += 1
        chunk = wire.DataChunk(node_id="pass", buffer=self._buffer(), sequence=self._sequence)
        self._requests.put(wire.StreamRequest(data_chunk=chunk))
        self._wait_for("result")

    def close(self) -> None:
        """End the stream and the connection."""
        self._requests.put(None)
        self._wait_for("closed")
        self._channel.close()

    def _all_requests(self) -> Iterator[wire.StreamRequest]:
        while (request := self._requests.get()) is not None:
            yield request

    def _wait_for(self, kind: str) -> None:
        while next(self._responses).WhichOneof("response") != kind:
            pass

    def _buffer(self) -> wire.DataBuffer:
        audio = wire.AudioBuffer(
            samples=SAMPLES.tobytes(),
            sample_rate=RATE,
            channels=1,
            format=wire.AUDIO_FORMAT_F32,
            num_samples=len(SAMPLES),
        )
        return wire.DataBuffer(audio=audio)


class Own:
    """The same through our client."""

    def __init__(self, address: str) -> None:
        self._client = Client(address)
        self._stream = self._client.stream(MANIFEST)
        self._stream.__enter__()
        self._outputs = iter(self._stream)

    def version(self) -> None:
        """Ask for the version."""
        self._client.version()

    def execute(self) -> None:
        """Run a pipeline on 20 ms of voice."""
        self._client.execute(MANIFEST, {"pass": (SAMPLES, RATE)})

    def stream(self) -> None:
        """Send 20 ms of voice and take them back."""
        self._stream.send("pass", (SAMPLES, RATE))
        next(self._outputs)

    def close(self) -> None:
        """End the stream and the connection."""
        self._stream.end()
        for _ in self._outputs:
            pass
        self._stream.__exit__(None, None, None)
        self._client.close()


def main(address: str, rounds: int, batch: int) -> None:
    """Measures and prints the medians, in milliseconds."""
    clients: dict[str, BenchClient] = {"bare": Bare(address), "own": Own(address)}
    times: dict[str, dict[str, list[float]]] = {name: {call: [] for call in CALLS} for name in clients}
    # The first round is not counted: both open their connections in it.
    for round_number in range(rounds + 1):
        for name, client in clients.items():
            for call in CALLS:
                act = getattr(client, call)
                for _ in range(batch):
                    started = time.perf_counter()
                    act()
                    if round_number > 0:
                        times[name][call].append((time.perf_counter() - started) * 1000)
    for client in clients.values():
        client.close()
    print(json.dumps({name: {call: median(taken) for call, taken in calls.items()} for name, calls in times.items()}))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
