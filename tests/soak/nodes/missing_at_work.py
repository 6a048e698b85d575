"""Import well when asked for its nodes, and not in a node's process: as with a library that only a GPU has."""

import sys

from remotemedia.core.multiprocessing import MultiprocessNode, RuntimeData, register_node

if "--session" in sys.argv:
    raise ImportError("libcuda.so.1: cannot open shared object file")


@register_node("MissingAtWorkNode")
class MissingAtWorkNode(MultiprocessNode):
    """Is never made."""

    async def process(self, data: RuntimeData) -> RuntimeData:
        """Is never called."""
        return data
