"""A node in a process of its own, with this process as its service."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING, Any

from remotemedia._channel import Domain
from remotemedia._data import RuntimeData, open_received
from remotemedia._frame import END
from remotemedia._registry import NodeType
from remotemedia.testing._child import ChildProcess

if TYPE_CHECKING:
    from remotemedia._channel import Receiver, Sender

_NODE_ID = "node"
_CAPACITY = 100
_MAX_BYTES = 256 * 1024 * 1024
# Inbox 0 is the service's, inbox 1 the node's.
_EDGES = [(0, 1, _CAPACITY, _MAX_BYTES, True), (1, 0, _CAPACITY, _MAX_BYTES, True)]


async def run_over_channel(
    node_type: NodeType, messages: list[RuntimeData], params: dict[str, Any]
) -> list[RuntimeData]:
    """Starts a process for the node, sends it the messages and returns its outputs.

    Raises:
        NodeFailedError: the node failed, or its process ended.
    """
    domain = Domain.create(None, 2, _EDGES)
    # The edges are opened before the process starts, so that it finds their other ends.
    sender, receiver = domain.open_sender(0), domain.open_receiver(1)
    try:
        async with ChildProcess(_configure_line(node_type, params, domain)) as child:
            await child.wait_for("ready")
            outputs = await child.race(exchange(domain, sender, receiver, messages))
            await child.wait_for("ended")
            await child.stop()
            return outputs
    finally:
        sender.close()
        receiver.close()
        domain.close()


async def exchange(
    domain: Domain, sender: Sender, receiver: Receiver, messages: list[RuntimeData]
) -> list[RuntimeData]:
    """Sends the messages and the end; returns what came until the node's own end."""
    rung = asyncio.Event()

    def ring() -> None:
        domain.drain()
        rung.set()

    outputs: list[RuntimeData] = []
    frames = deque(
        (each._code, each.sequence or 0, each.timestamp_us or 0, each.body, each._get_meta()) for each in messages
    )
    frames.append((END, 0, 0, memoryview(b""), b""))
    loop = asyncio.get_running_loop()
    loop.add_reader(domain.fileno(), ring)
    try:
        while True:
            rung.clear()
            while frames and sender.try_send(*frames[0]):
                frames.popleft()
            while (message := receiver.try_receive()) is not None:
                if message.kind == END:
                    return outputs
                place = (message.sequence, message.timestamp_us, _NODE_ID)
                outputs.append(open_received(message.kind, bytes(message), message.meta, *place))
            await rung.wait()
    finally:
        loop.remove_reader(domain.fileno())


def _configure_line(node_type: NodeType, params: dict[str, Any], domain: Domain) -> dict[str, Any]:
    module = node_type.module
    if module == "__main__":
        # There, the script is an ordinary module, and what it guards with __name__ does not run.
        module = getattr(sys.modules["__main__"], "__file__", None) or module
    return {
        "type": "configure",
        "session_id": "test",
        "node_id": _NODE_ID,
        "node_type": node_type.name,
        "params": params,
        "module": module,
        "module_paths": [],
        "modules": [],
        "root": domain.root,
        "prefix": domain.prefix,
        "inbox": 1,
        "inputs": [{"edge": 0, "from": ""}],
        "outputs": [{"edge": 1, "to": ""}],
        "process_timeout_ms": None,
        "log_level": "debug",
    }
