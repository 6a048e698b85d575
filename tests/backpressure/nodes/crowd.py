"""Python nodes that make more than they take, or take their time."""

import asyncio
from collections.abc import AsyncIterator

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("CrowdNode")
class CrowdNode(MultiprocessNode):
    """Gives `count` small messages for each one that it takes, and says nothing else."""

    def __init__(self, count: int = 1) -> None:
        self.count = count

    async def process(self, data: RuntimeData) -> AsyncIterator[RuntimeData]:
        """Number them."""
        for number in range(self.count):
            yield RuntimeData.json({"number": number})


@register_node("TakeTimeNode")
class TakeTimeNode(MultiprocessNode):
    """Echoes each message after `delay_ms`."""

    def __init__(self, delay_ms: float = 1) -> None:
        self.delay_secs = delay_ms / 1000

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Wait, and hand the message on."""
        await asyncio.sleep(self.delay_secs)
        return data
