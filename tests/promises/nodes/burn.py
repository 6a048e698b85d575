"""Spend `iterations` rounds of Python arithmetic on every message."""

from _burn import burn
from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("BurnNode")
class BurnNode(MultiprocessNode):
    """Echoes after a fixed amount of work."""

    def __init__(self, iterations: int) -> None:
        self.iterations = iterations

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Work, then hand the message on."""
        burn(self.iterations)
        return data
