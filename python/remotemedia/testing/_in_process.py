"""A node in this process: its hooks, with no channel around them."""

from __future__ import annotations

from contextlib import closing
from logging import getLogger
from typing import Any

from remotemedia._audio_check import audio_check
from remotemedia._data import RuntimeData, to_data
from remotemedia._node import NodeContext
from remotemedia._registry import NodeType
from remotemedia._runner.hooks import call_hook, create_node, drive
from remotemedia._runner.worker import Worker
from remotemedia.testing._copies import received


async def run_in_process(node_type: NodeType, messages: list[RuntimeData], params: dict[str, Any]) -> list[RuntimeData]:
    """Runs the node over the messages and returns its outputs."""
    outputs: list[RuntimeData] = []
    current: RuntimeData | None = None

    def emit(item: Any) -> None:
        data = to_data(item)
        if node_type.output_types is not None and data.kind not in node_type.output_types:
            raise TypeError(f"the node declares output_types={list(node_type.output_types)} but gave {data.kind} data")
        sequence, timestamp_us = data.sequence, data.timestamp_us
        if sequence is None:
            sequence = (current and current.sequence) or 0
        if timestamp_us is None:
            timestamp_us = (current and current.timestamp_us) or 0
        outputs.append(received(data, sequence, timestamp_us, "node"))

    context = NodeContext("node", "test", params, getLogger("remotemedia.node.node"))
    worker = Worker()
    with closing(worker):
        node = await create_node(node_type, context, worker)
        await call_hook(node, "initialize", worker)
        try:
            process = drive(node.process, worker, emit)
            check = audio_check(node_type.input_format, node.params, context.node_id, node_type.name)
            for current in messages:
                if check is not None:
                    check(current)
                await process(current)
            await drive(node.flush, worker, emit)()
        finally:
            await call_hook(node, "cleanup", worker)
    return outputs
