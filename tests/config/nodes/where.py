"""Tell which Python it is that runs the node."""

import sys

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node


@register_node("WhereNode")
class WhereNode(MultiprocessNode):
    """Answers every message with the folder of its environment."""

    async def process(self, _data: RuntimeData) -> RuntimeData:
        """Name the environment."""
        return RuntimeData.text(sys.prefix)
