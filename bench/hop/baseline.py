"""The bare means that a hop is measured beside: a datagram wake-up, multiprocessing.Pipe, and a copy in memory.

Reads one JSON line per measurement from standard input and answers with one. The sender is this process, the receiver
a child of it; both use the clock that they share.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

Measured = dict[str, object]


def measured(latencies: list[int], started: int, ended: int) -> Measured:
    """One answer line."""
    return {"latencies_ns": latencies, "started_ns": started, "ended_ns": ended}


def paced(count: int, warm_up: int, pace_ms: float, send: Callable[[], None]) -> int:
    """Sends `count` times, the first `warm_up` without a pause, and returns when it began."""
    started = time.monotonic_ns()
    for number in range(count):
        if pace_ms and number >= warm_up:
            time.sleep(pace_ms / 1000)
        send()
    return started


def receive_wake_ups(path: str, count: int, result: Connection) -> None:
    """One task that sleeps until its datagram came: asyncio's add_reader and one future, nothing else."""

    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell.bind(path)
        bell.setblocking(False)
        waiter: asyncio.Future[bytes] | None = None

        def on_readable() -> None:
            stamp = bell.recv(8)
            if waiter is not None and not waiter.done():
                waiter.set_result(stamp)

        loop.add_reader(bell, on_readable)
        result.send(None)
        latencies = []
        for _ in range(count):
            waiter = loop.create_future()
            stamp = await waiter
            latencies.append(time.monotonic_ns() - int.from_bytes(stamp, "little"))
        return latencies

    latencies = asyncio.run(main())
    result.send((latencies, time.monotonic_ns()))


def wake_up(size: int, count: int, warm_up: int, pace_ms: float) -> Measured:
    """A Unix datagram that carries nothing but its time; `size` does not matter."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bell")
        ours, theirs = multiprocessing.Pipe()
        child = multiprocessing.Process(target=receive_wake_ups, args=(path, count, theirs))
        child.start()
        ours.recv()
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell.connect(path)
        started = paced(count, warm_up, pace_ms, lambda: bell.sendall(time.monotonic_ns().to_bytes(8, "little")))
        latencies, ended = ours.recv()
        child.join()
        return measured(latencies, started, ended)


def receive_pipe(pipe: Connection, count: int, result: Connection) -> None:
    """Blocks in recv_bytes."""
    latencies = []
    result.send(None)
    for _ in range(count):
        body = pipe.recv_bytes()
        latencies.append(time.monotonic_ns() - int.from_bytes(body[:8], "little"))
    result.send((latencies, time.monotonic_ns()))


def pipe(size: int, count: int, warm_up: int, pace_ms: float) -> Measured:
    """multiprocessing.Pipe with send_bytes and recv_bytes."""
    sender, receiver = multiprocessing.Pipe()
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=receive_pipe, args=(receiver, count, theirs))
    child.start()
    ours.recv()
    body = bytearray(max(size, 8))

    def send() -> None:
        body[:8] = time.monotonic_ns().to_bytes(8, "little")
        sender.send_bytes(body)

    started = paced(count, warm_up, pace_ms, send)
    latencies, ended = ours.recv()
    child.join()
    return measured(latencies, started, ended)


def memcpy(size: int, count: int, warm_up: int, pace_ms: float) -> Measured:
    """A copy into memory whose pages exist, in turn into as many places as a connection has large slots."""
    source = np.ones(size, np.uint8)
    targets = [np.zeros(size, np.uint8) for _ in range(8)]
    for target in targets:
        np.copyto(target, source)
    latencies = []
    started = time.monotonic_ns()
    for number in range(count):
        before = time.monotonic_ns()
        np.copyto(targets[number % len(targets)], source)
        latencies.append(time.monotonic_ns() - before)
    return measured(latencies, started, time.monotonic_ns())


MEANS = {"wake_up": wake_up, "pipe": pipe, "memcpy": memcpy}


def main() -> None:
    """Answers until standard input ends."""
    for line in sys.stdin:
        request = json.loads(line)
        measure = MEANS[request.pop("means")]
        print(json.dumps(measure(**request)), flush=True)


if __name__ == "__main__":
    main()
