"""Starts the process of one node, with edges and a domain around it."""

import asyncio
from contextlib import asynccontextmanager

from remotemedia._channel import Domain
from remotemedia.testing._child import ChildProcess

CAPACITY = 10
MAX_BYTES = 64 * 1024 * 1024


class Around:
    """What is at the far ends of the node's edges: this process, from inbox 0."""

    def __init__(self, inputs, outputs, capacity, max_bytes):
        edges = [(0, 1, capacity, max_bytes, True)] * inputs + [(1, 0, capacity, max_bytes, True)] * outputs
        self.domain = Domain.create(None, 2, edges)
        self.senders = [self.domain.open_sender(each) for each in range(inputs)]
        self.receivers = [self.domain.open_receiver(inputs + each) for each in range(outputs)]

    def send(self, data, sequence=0, edge=0):
        assert self.senders[edge].try_send(data._code, sequence, 0, data._get_body(), data._get_meta())

    def end(self):
        for each in self.senders:
            assert each.try_send(0, 0, 0, b"", b"")

    def close(self):
        for each in self.senders + self.receivers:
            each.close()
        self.domain.close()


@asynccontextmanager
async def started(
    node_type,
    params=None,
    *,
    module="faults",
    inputs=1,
    outputs=1,
    kinds=(),
    capacity=CAPACITY,
    max_bytes=MAX_BYTES,
    **configure,
):
    """The process and what is around it. Nothing is awaited yet. `kinds`: those of each output."""
    around = Around(inputs, outputs, capacity, max_bytes)
    line = {
        "type": "configure",
        "session_id": "session-1",
        "node_id": "node-1",
        "node_type": node_type,
        "params": params or {},
        "module": module,
        "module_paths": [],
        "modules": [],
        "root": around.domain.root,
        "prefix": around.domain.prefix,
        "inbox": 1,
        "inputs": [{"edge": each, "from": f"in-{each}" if each else ""} for each in range(inputs)],
        "outputs": [
            {"edge": inputs + each, "to": f"out-{each}", "kinds": dict(enumerate(kinds)).get(each)}
            for each in range(outputs)
        ],
        "process_timeout_ms": None,
        "log_level": "info",
        **configure,
    }
    try:
        async with ChildProcess(line) as child:
            yield child, around
    finally:
        around.close()


def text_of(message):
    return bytes(message).decode()


async def receive(child, around, edge=0, read=text_of):
    """What comes on one output, read one by one; None for the end."""
    rung = asyncio.Event()
    seen = []

    def ring():
        around.domain.drain()
        rung.set()

    async def all_of_it():
        while True:
            rung.clear()
            while (message := around.receivers[edge].try_receive()) is not None:
                seen.append(None if message.kind == 0 else read(message))
                if message.kind == 0:
                    return
            await rung.wait()

    loop = asyncio.get_running_loop()
    loop.add_reader(around.domain.fileno(), ring)
    try:
        await child.race(all_of_it())
    finally:
        loop.remove_reader(around.domain.fileno())
    return seen
