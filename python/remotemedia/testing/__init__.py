"""Runs a node without a service.

from remotemedia.testing import run_node

def test_shouts() -> None:
    assert [each.text for each in run_node(Shout, ["hello"])] == ["HELLO"]
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from remotemedia._data import RuntimeData, to_data
from remotemedia._data.buffers import is_array, is_bytes_like
from remotemedia._registry import NodeType, find_implementation
from remotemedia.testing._failed import NodeFailedError

__all__ = ["NodeFailedError", "run_node", "run_node_async"]


def run_node(
    node: Callable[..., Any],
    inputs: Any,
    params: Mapping[str, Any] | None = None,
    *,
    over_channel: bool = False,
    timeout: float = 30.0,
) -> list[RuntimeData]:
    """Runs a node over some inputs, to its end: initialize, process for each, flush, cleanup.

    Args:
        node: The class or function. In-process it need not be registered.
        inputs: Messages, or what a node may return for one (str, bytes, numpy arrays). As in a real session, the
            node gets read-only views.
        params: The manifest's parameters.
        over_channel: Run it as the service does: in a process of its own, with the data in shared memory. The node
            must be registered in a module that can be imported.
        timeout: Seconds that a run over the channel may take.

    Returns:
        What the node sent, in order. Outputs have the sequence and timestamp they would have in a session.

    Raises:
        NodeFailedError: the node failed in its own process. In this one, its exceptions pass through as they are.
        TimeoutError: the run over the channel took too long.
    """
    run = run_node_async(node, inputs, params, over_channel=over_channel, timeout=timeout)
    return asyncio.run(run)


async def run_node_async(
    node: Callable[..., Any],
    inputs: Any,
    params: Mapping[str, Any] | None = None,
    *,
    over_channel: bool = False,
    timeout: float = 30.0,  # noqa: ASYNC109 - the same arguments as run_node
) -> list[RuntimeData]:
    """`run_node` for tests that have an event loop already."""
    node_type = find_implementation(node)
    if node_type is None:
        if over_channel:
            raise ValueError(f"{node!r} is not registered, so another process cannot find it; use @register_node")
        node_type = NodeType(getattr(node, "__name__", ""), node, "", None, None, None)
    messages = [_numbered(to_data(each), index) for index, each in enumerate(_listed(inputs))]
    if over_channel:
        from remotemedia.testing._over_channel import run_over_channel

        async with asyncio.timeout(timeout):
            return await run_over_channel(node_type, messages, dict(params or {}))
    from remotemedia.testing._in_process import run_in_process

    return await run_in_process(node_type, messages, dict(params or {}))


def _listed(inputs: Any) -> Iterable[Any]:
    # A text or an array is one message, though Python could iterate over it.
    is_one = isinstance(inputs, RuntimeData | str) or is_bytes_like(inputs) or is_array(inputs)
    return [inputs] if is_one else inputs


def _numbered(data: RuntimeData, index: int) -> RuntimeData:
    """As a received message: with sequence and timestamp, and bytes that nobody can write."""
    from remotemedia.testing._copies import received

    sequence = index if data.sequence is None else data.sequence
    return received(data, sequence, data.timestamp_us or 0)
